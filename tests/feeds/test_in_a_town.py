"""From the source to a page: what the registers' connectors fetch stands where a citizen looks for it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.feeds.report import FeedReport
from app.kit import clock
from app.kit.http import Http
from app.platform import feeds
from tests import loop
from tests.feeds.abfall_io.form import KEY, District
from tests.feeds.bus_brandenburg.register import KEY as BUS_KEY
from tests.feeds.bus_brandenburg.register import Register
from tests.feeds.fim.portal import CARD, Portal
from tests.feeds.jumomind.works import Works
from tests.feeds.reading import RECORDINGS
from tests.origin import Origin
from tests.village import Village

TOWN: Final = "bad-belzig"
SUNDAY: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
WRITTEN: Final = ("waste_area", "announcement", "office", "service", "tour", "place", "event", "feed")


@pytest.fixture
def origin(belzig: Village) -> Iterator[Origin]:
    with Origin() as started:
        yield started
    loop.run(belzig.sweep(TOWN, WRITTEN))


async def synced(origin: Origin, connector: str, options: Mapping[str, Any]) -> FeedReport:
    """The town has such a feed, and looks."""
    told = dict(options)
    name = connector.replace("_", "-")
    feed = NewFeed(name=name, connector=connector, url=told.pop("url"), title="Muster", options=told)
    await add(TOWN, feed)
    async with Http(private_hosts=frozenset({origin.host})) as http:
        [report] = await engine.sync(TOWN, [name], takers=feeds.takers(), http=http.impatient())
    return report


async def test_the_days_of_a_street_come_from_jumomind(belzig: Village, origin: Origin) -> None:
    with clock.at(SUNDAY):
        report = await synced(origin, "jumomind", Works(origin).options)
        page = await belzig.get("/waste/streets/birkenstrasse")

    assert (report.status, report.new, report.errors) == ("ok", 13, [])
    assert "Restmüll" in page.text
    assert "28. Dezember" in page.text


async def test_the_days_of_a_street_come_from_abfall_io(
    belzig: Village, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VILLAGE_FEED_BAD_BELZIG__ABFALL", KEY)
    options = District(origin).options | {"api_key": "env:VILLAGE_FEED_BAD_BELZIG__ABFALL"}
    with clock.at(SUNDAY):
        report = await synced(origin, "abfall_io", options)
        found = await belzig.json("/api/v1/waste/dates", street="musterdorf-anger")

    assert (report.status, report.errors) == ("ok", [])
    assert [(one["day"], one["fraction"]) for one in found["items"]] == [
        ("2026-11-24", "residual"), ("2026-12-01", "packaging"), ("2026-12-28", "organic"),
    ]  # fmt: skip


async def test_a_service_comes_from_the_state_s_register(
    belzig: Village, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VILLAGE_FEED_BAD_BELZIG__BUS", BUS_KEY)
    report = await synced(
        origin, "bus_brandenburg", Register(origin).options | {"api_key": "env:VILLAGE_FEED_BAD_BELZIG__BUS"}
    )
    [card] = (await belzig.json("/api/v1/services", q="Personalausweis"))["items"]

    assert (report.status, report.new, report.errors) == ("ok", 4, [])
    assert card["title"] == "Personalausweis beantragen"


async def test_a_federal_text_fills_a_gap(belzig: Village, origin: Origin) -> None:
    report = await synced(origin, "fim", Portal(origin).options | {"keys": [CARD]})
    [card] = (await belzig.json("/api/v1/services", q="Personalausweis"))["items"]

    assert (report.status, report.new) == ("ok", 1)
    assert "FITKO" in card["attribution"]


@pytest.mark.parametrize(("name", "path", "title"), [
    ("events.xml", "/events", "Adventsmarkt auf dem Burghof"),
    ("places.xml", "/places", "Café am Markt"),
])  # fmt: skip
async def test_what_the_tourism_association_tells_stands_in_the_town(
    belzig: Village, origin: Origin, name: str, path: str, title: str
) -> None:
    [recording] = [one for one in RECORDINGS if one.parent.parent.name == "tmb" and one.name == name]
    origin.file(f"/{name}", recording, "text/xml")
    with clock.at(SUNDAY):
        report = await synced(origin, "tmb", {"url": origin.url(f"/{name}")})
        page = await belzig.get(path)

    assert (report.status, report.new) == ("ok", 3)
    assert title in page.text
