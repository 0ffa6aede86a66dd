"""Who sees a broken lamp looks whether somebody knows, and what became of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.feeds import items
from app.kit import clock
from tests.factories_townhall import Register, titles
from tests.village import Village

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def report(title: str = "Straßenlampe", days: int = 3, **fields: Any) -> items.Report:
    """A report as the connector yields it, so many days old."""
    told: dict[str, Any] = {
        "service_name": "Beleuchtung",
        "requested_at": NOW - timedelta(days=days),
        "address": "Dorfstraße 4",
        "description": "Lampe 4 flackert",
        "geo": items.Geo(52.14, 12.59),
        "url": "https://maengel.example/1",
    }
    return items.Report(external_id=title, title=title, **(told | fields))


async def test_a_report_tells_state_place_and_source(belzig: Village) -> None:
    await Register().sends(report(status="closed", status_text="Lampe getauscht"))
    [brief] = (await belzig.json("/api/v1/reports"))["items"]

    page = await belzig.get(brief["url"])

    for told in (
        "Erledigt", "Lampe getauscht", "Dorfstraße 4", "geo:", "Lampe 4 flackert", "Land Brandenburg",
        "https://maengel.example/1",
    ):  # fmt: skip
        assert told in page.text, told
    assert page.text.count("<h1") == 1
    assert (brief["status"], brief["latitude"]) == ("closed", 52.14)


async def test_the_newest_come_first_and_can_be_narrowed(belzig: Village) -> None:
    await Register().sends(
        report("Alt", 30, status="closed"),
        report("Neu", 1),
        report("Müll", 2, service_name="Abfall"),
        report("Ohne", requested_at=None),
    )

    with clock.at(NOW):
        page = await belzig.get("/reports")

    assert titles(await belzig.json("/api/v1/reports")) == ["Neu", "Müll", "Alt", "Ohne"]
    assert titles(await belzig.json("/api/v1/reports", status="closed")) == ["Alt"]
    assert titles(await belzig.json("/api/v1/reports", kind="Abfall")) == ["Müll"]
    assert titles(await belzig.json("/api/v1/reports", q="müll")) == ["Müll"]
    assert titles(await belzig.json("/api/v1/reports", status="open", kind="Beleuchtung", q="neu")) == ["Neu"]
    assert "Gemeldet: gestern" in page.text
    assert "Abfall" in page.text


async def test_a_long_list_comes_in_parts(belzig: Village) -> None:
    await Register().sends(*(report(f"Meldung {number}", number) for number in range(3)))

    first = await belzig.json("/api/v1/reports", limit=2)
    second = await belzig.json("/api/v1/reports", limit=2, cursor=first["next"])

    assert titles(first) + titles(second) == ["Meldung 0", "Meldung 1", "Meldung 2"]
    assert second["next"] is None


async def test_what_the_town_takes_off_its_list_is_gone_here(belzig: Village) -> None:
    register = Register()
    await register.sends(report("A"), report("B"))

    await register.sends(report("A"))

    assert titles(await belzig.json("/api/v1/reports")) == ["A"]


async def test_reports_are_found_and_stand_in_the_menu_once_there_are_some(belzig: Village) -> None:
    assert "/reports" not in (await belzig.get("/more")).text
    await Register().sends(report())
    belzig.edge.cache.empty("bad-belzig")

    assert "/reports" in (await belzig.get("/more")).text
    assert "Straßenlampe" in (await belzig.get("/search?q=Lampe")).text


async def test_an_empty_list_says_what_to_do(belzig: Village) -> None:
    page = await belzig.get("/reports")

    assert "Hier sind noch keine Meldungen" in page.text
    assert "Rathaus" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/0", 404), ("/reports/x", 404), ("/api/v1/reports/x", 422), ("/api/v1/reports?cursor=x", 422),
        ("/api/v1/reports?status=vielleicht", 422), ("/reports?kind=%25&q=%27", 200),
    ],
)  # fmt: skip
async def test_bad_addresses_are_answered_calmly(belzig: Village, path: str, status: int) -> None:
    answer = await belzig.get(path)

    assert answer.status_code in {status, 400 if status == 422 else status}
