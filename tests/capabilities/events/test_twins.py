"""The same market in a club's calendar and in the region's: shown once, as the nearest source tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.capabilities.events import actions, twins
from app.feeds.items import Geo
from app.kit import clock
from app.tenancy import current, tenant, transaction
from tests.factories_events import SATURDAY, Calendar, fixture, make_event
from tests.village import Village

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)
SUNDAY = SATURDAY + timedelta(days=1)
MARKET: dict[str, Any] = {"title": "Adventsmarkt auf dem Burghof", "location_name": "Burg Eisenhardt"}


class Region(Calendar):
    """A feed that a region fetches for the town."""

    def __init__(self) -> None:
        super().__init__(name="tourismus")

    async def _source(self) -> Any:
        source = await super()._source()
        await current().fetch("UPDATE feed SET region = 'brandenburg', title = 'TMB' WHERE id = $1", [source.feed_id])
        return source


async def shown(belzig: Village) -> list[tuple[str, str]]:
    belzig.edge.cache.empty("bad-belzig")
    found = await belzig.json("/api/v1/events", limit=100)
    return sorted((one["title"], one["starts_at"]) for one in found["items"])


async def test_a_market_of_two_sources_stands_once_and_as_the_club_tells_it(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Region().sends(fixture("tmb", **MARKET | {"title": "Adventsmarkt auf dem Burghof!"}))
        await Calendar().sends(fixture("club", **MARKET))
        [own] = (await belzig.json("/api/v1/events"))["items"]
        hidden = own["id"] - 1
        both = await shown(belzig)
        led = await belzig.get(f"/events/{hidden}", follow_redirects=False)
        await Calendar().drops("club")
        alone = await shown(belzig)
        await Calendar().sends(fixture("club", **MARKET))
        await Region().drops("tmb")
        await Calendar().drops("club")
        neither = await shown(belzig)

    assert [title for title, _ in both] == ["Adventsmarkt auf dem Burghof"]
    assert (led.status_code, led.headers["location"]) == (302, f"/events/{own['id']}-adventsmarkt-auf-dem-burghof")
    assert [title for title, _ in alone] == ["Adventsmarkt auf dem Burghof!"]
    assert neither == []


async def test_the_town_s_own_goes_before_every_feed(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("club", **MARKET))
        own = await make_event(**MARKET | {"title": "Adventsmarkt im Burghof"})
        async with tenant("bad-belzig"), transaction():
            await twins.link(clock.now())
        with_own = await shown(belzig)
        async with tenant("bad-belzig"), transaction():
            await actions.take_back(own)
            await twins.link(clock.now())
        without = await shown(belzig)

    assert [title for title, _ in with_own] == ["Adventsmarkt im Burghof"]
    assert [title for title, _ in without] == ["Adventsmarkt auf dem Burghof"]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"title": "Gottesdienst"}, {"title": "Gottesdienst", "location_name": "St. Marien"}),
        (MARKET, MARKET | {"location_name": "Marktplatz"}),
        (MARKET, MARKET | {"title": "Konzert im Burghof"}),
        (MARKET | {"geo": Geo(52.14, 12.59)}, MARKET | {"geo": Geo(52.16, 12.59)}),
    ],
    ids=["no place", "another place", "another title", "a kilometre away"],
)
async def test_what_may_be_two_events_stays_two(belzig: Village, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a", **ours))
        await Region().sends(fixture("b", **theirs))
        found = await shown(belzig)

    assert len(found) == 2


async def test_a_series_with_more_dates_is_not_hidden_behind_one(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a", **MARKET))
        await Region().sends(fixture("b", SATURDAY, SUNDAY, **MARKET))
        more = await shown(belzig)
        await Calendar().sends(fixture("a", SATURDAY, SUNDAY, **MARKET))
        same = await shown(belzig)

    assert (len(more), len(same)) == (3, 2)


async def test_a_source_never_hides_its_own(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a", **MARKET), fixture("b", **MARKET))
        found = await shown(belzig)

    assert len(found) == 2
