"""Who wants to know what the council decides, and when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from app.feeds import items
from app.kit import clock
from tests.factories_townhall import Register, titles
from tests.village import Village

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def meeting(title: str = "Bauausschuss", days: float = 4, **fields: Any) -> items.Meeting:
    """A meeting as the connector yields it, so many days from now."""
    told: dict[str, Any] = {
        "starts_at": NOW + timedelta(days=days),
        "body": "Ausschuss für Bauen",
        "location": "Rathaus",
        "url": "https://ratsinfo.example/sitzung",
    }
    return items.Meeting(external_id=title, title=title, **(told | fields))


def paper(title: str = "Sanierung der Kita", id_: str = "p1", **fields: Any) -> items.Paper:
    """A paper as the connector yields it."""
    document = items.Link(title="Vorlage", url="https://ratsinfo.example/1.pdf", kind="document")
    told: dict[str, Any] = {"reference": "BV 2026/041", "day": date(2026, 10, 30), "documents": (document,)}
    return items.Paper(external_id=id_, title=title, **(told | fields))


AGENDA = (
    items.AgendaItem(title="Kita", number="1", paper="p1", result="beschlossen"),
    items.AgendaItem(title="", number="2", public=False),
)


async def test_meetings_to_come_stand_in_order_and_past_ones_apart(belzig: Village) -> None:
    await Register().sends(meeting("Spät", 30), meeting("Bald", 2), meeting("Gestern", -1), meeting("Früher", -40))

    with clock.at(NOW):
        upcoming, past = await belzig.json("/api/v1/meetings"), await belzig.json("/api/v1/meetings", when="past")
        page, back = await belzig.get("/council"), await belzig.get("/council?view=past")

    assert titles(upcoming) == ["Bald", "Spät"]
    assert titles(past) == ["Gestern", "Früher"]
    assert "Bald" in page.text
    assert "Gestern" not in page.text
    assert "Gestern" in back.text


async def test_long_lists_come_in_parts(belzig: Village) -> None:
    await Register().sends(*(meeting(f"Sitzung {number}", number) for number in (1, 2, 3)), paper(), paper("B", "p2"))

    with clock.at(NOW):
        first = await belzig.json("/api/v1/meetings", limit=2)
        second = await belzig.json("/api/v1/meetings", limit=2, cursor=first["next"])
        papers = await belzig.json("/api/v1/papers", limit=1)
        rest = await belzig.json("/api/v1/papers", limit=1, cursor=papers["next"])

    assert titles(first) + titles(second) == ["Sitzung 1", "Sitzung 2", "Sitzung 3"]
    assert sorted(titles(papers) + titles(rest)) == ["B", "Sanierung der Kita"]
    assert (second["next"], rest["next"]) == (None, None)


async def test_an_agenda_leads_to_its_papers_and_back(belzig: Village) -> None:
    await Register().sends(meeting(agenda=AGENDA), paper())
    with clock.at(NOW):
        [brief] = (await belzig.json("/api/v1/meetings"))["items"]
        [found] = (await belzig.json("/api/v1/papers"))["items"]

        whole = await belzig.json(f"/api/v1/meetings/{brief['id']}")
        page, leaf = await belzig.get(brief["url"]), await belzig.get(found["url"])

    assert [point["paper_id"] for point in whole["agenda"]] == [found["id"], None]
    assert f"/council/papers/{found['id']}" in page.text
    assert "beschlossen" in page.text
    assert "Nicht öffentlich" in page.text
    assert "https://ratsinfo.example/1.pdf" in leaf.text
    assert "Bauausschuss" in leaf.text
    assert page.text.count("<h1") == leaf.text.count("<h1") == 1


async def test_a_cancelled_meeting_says_so_everywhere(belzig: Village) -> None:
    await Register().sends(meeting(cancelled=True))

    with clock.at(NOW):
        [brief] = (await belzig.json("/api/v1/meetings"))["items"]
        lists, page = await belzig.get("/council"), await belzig.get(brief["url"])
        calendar = await belzig.get("/council.ics")

    assert "Fällt aus" in lists.text
    assert "Diese Sitzung fällt aus" in page.text
    assert "STATUS:CANCELLED" in calendar.text


async def test_the_calendar_can_be_read_by_others(belzig: Village) -> None:
    await Register().sends(meeting(ends_at=NOW + timedelta(days=4, hours=3)), meeting("Ohne Zeit", starts_at=None))

    with clock.at(NOW):
        answer = await belzig.get("/council.ics")

    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert (event.start, event.end) == (NOW + timedelta(days=4), NOW + timedelta(days=4, hours=3))
    assert str(event["summary"]) == "Bauausschuss (Ausschuss für Bauen)"


async def test_the_start_page_tells_only_of_the_next_seven_days(belzig: Village) -> None:
    await Register().sends(meeting("Fern", 9))
    with clock.at(NOW):
        far = await belzig.get("/")
    await Register().sends(meeting("Fern", 9), meeting("Nah", 3))
    belzig.edge.cache.empty("bad-belzig")

    with clock.at(NOW):
        near = await belzig.get("/")

    assert "Nächste Sitzungen" not in far.text
    assert "Nächste Sitzungen" in near.text
    assert "Nah" in near.text
    assert "Fern" not in near.text


async def test_papers_are_found_by_words_and_number(belzig: Village) -> None:
    await Register().sends(paper(), paper("Straßenbau am Anger", "p2", reference="BV 2026/050"))

    assert titles(await belzig.json("/api/v1/papers", q="Kita")) == ["Sanierung der Kita"]
    assert titles(await belzig.json("/api/v1/papers", q="Strassenbau")) == ["Straßenbau am Anger"]
    assert "Sanierung der Kita" in (await belzig.get("/council?view=papers&q=Kita")).text
    assert "Sanierung der Kita" in (await belzig.get("/search?q=Sanierung")).text


async def test_what_the_server_takes_back_is_gone(belzig: Village) -> None:
    register = Register(snapshot=False)
    await register.sends(meeting(), paper())

    await register.sends(items.Gone(external_id="p1"), items.Gone(external_id="Bauausschuss"))

    with clock.at(NOW):
        assert titles(await belzig.json("/api/v1/meetings")) == []
    assert titles(await belzig.json("/api/v1/papers")) == []


async def test_an_empty_council_says_what_to_do_and_is_not_in_the_menu(belzig: Village) -> None:
    for path in ("/council", "/council?view=past", "/council?view=papers", "/council?view=papers&q=nichts"):
        page = await belzig.get(path)
        assert page.status_code == 200
        assert 'class="empty"' in page.text, path
    assert "Sitzungen und Vorlagen" not in (await belzig.get("/more")).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/council/meetings/0", 404), ("/council/papers/x", 404), ("/api/v1/meetings/x", 422),
        ("/api/v1/meetings?when=morgen", 422), ("/api/v1/papers?cursor=x", 422), ("/council?view=quatsch", 422),
    ],
)  # fmt: skip
async def test_bad_addresses_are_answered_calmly(belzig: Village, path: str, status: int) -> None:
    answer = await belzig.get(path)

    assert answer.status_code in {status, 400}
