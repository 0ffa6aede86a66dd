"""Levels: the danger of forest fire by districts, gauges near a town, and what is too old to be told."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.capabilities.notices import levels
from app.capabilities.notices.levels_here import NoticesOptions, chosen
from app.feeds.items import Area, Geo, Level
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock
from app.platform import towns
from app.tenancy import control, lifecycle, registry
from app.tenancy.regions import region
from tests import loop
from tests.capabilities.notices.given import SLUG, page
from tests.village import Village

STATE = "brandenburg"
RIVER_TOWN = "wittenberge"
MORNING = datetime(2026, 6, 12, 6, 30, tzinfo=UTC)
NOON = MORNING + timedelta(hours=5)
WINTER = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def river_town(platform: Village) -> Iterator[str]:
    """A town of another district, on the Elbe."""
    loop.run(towns.create(RIVER_TOWN, template="town", ags="12070424"))
    yield RIVER_TOWN
    loop.run(lifecycle.delete(RIVER_TOWN))


@pytest.fixture
def village(belzig: Village) -> Iterator[Village]:
    yield belzig
    loop.run(_emptied())
    belzig.edge.cache.empty(SLUG)


async def _emptied() -> None:
    async with region(STATE) as scope, scope.transaction():
        await scope.fetch("DELETE FROM level")


def fire(level: int | None = 4, district: str = "12069", at: datetime | None = MORNING) -> Level:
    return Level(
        external_id=district, title="Landkreis " + district, topic="forest-fire", level=level, measured_at=at,
        area=Area(keys=(district,)), attribution="Ministerium",
    )  # fmt: skip


def gauge(id_: str = "BB_503050", **fields: Any) -> Level:
    told: dict[str, Any] = {
        "title": "Wittenberge", "water": "Elbe", "number": id_.partition("_")[2], "level": 1,
        "measured_at": WINTER - timedelta(minutes=15), "geo": Geo(52.99, 11.76), "attribution": "LHP",
        "url": "https://pegel.example/503050",
    } | fields  # fmt: skip
    return Level(external_id=id_, topic="gauge", **told)


async def kept(*found: Level, name: str = "pegel", licence: str = "CC-BY-4.0") -> Kept:
    """Store what a feed of the state brought."""
    feed = RegionFeed(
        region=STATE, name=name, title="Pegel", connector="hochwasserzentralen", url="https://pegel.example",
        options={}, licence=licence, attribution="", delivers="increment", area=("12",),
    )  # fmt: skip
    async with region(STATE) as scope, scope.transaction():
        return await levels.keep(scope, feed, found)


async def told(village: Village, slug: str = SLUG) -> list[dict[str, Any]]:
    village.edge.cache.empty(slug)
    found: list[dict[str, Any]] = (await village.at(slug).json("/api/v1/levels"))["items"]
    return found


@asynccontextmanager
async def option(**values: Any) -> AsyncIterator[None]:
    """Bad Belzig with these options, as its file would say."""

    async def put(chosen: dict[str, Any]) -> None:
        async with control() as connection:
            await connection.execute(
                "UPDATE tenant SET site = jsonb_set(site, '{capabilities,notices}', $2::jsonb) WHERE slug = $1",
                SLUG, msgspec.json.encode(chosen).decode(),
            )  # fmt: skip
        registry.forget(SLUG)

    await put(values)
    try:
        yield
    finally:
        await put({})


async def test_a_high_danger_stands_on_the_weather_page_and_on_the_start_page(village: Village) -> None:
    with clock.at(NOON):
        await kept(fire(4))
        shown, start = await page(village, "/weather"), await page(village, "/")
        [entry] = await told(village)

    assert "Waldbrandgefahr: Stufe 4 von 5 (hohe Gefahr)" in shown
    assert "Ein Funke genügt." in shown
    assert "Stand: heute, 8:30 Uhr" in shown
    assert "Ministerium" in shown
    assert shown.count("<h1") == 1
    assert "Waldbrandgefahr: Stufe 4 von 5 (hohe Gefahr)" in start
    assert 'href="/weather#levels"' in start
    assert (entry["topic"], entry["level"], entry["stale"], entry["words"]) == (
        "forest-fire", 4, False, "hohe Gefahr",
    )  # fmt: skip


async def test_a_medium_danger_leaves_the_start_page_alone(village: Village) -> None:
    with clock.at(NOON):
        await kept(fire(3))

        assert "Stufe 3 von 5 (mittlere Gefahr)" in await page(village, "/weather")
        assert "Waldbrand" not in await page(village, "/")


async def test_two_towns_of_different_districts_see_different_levels(village: Village, river_town: str) -> None:
    with clock.at(NOON):
        await kept(fire(4), fire(2, "12070"))
        here, there = await told(village), await told(village, river_town)

    assert [one["level"] for one in here] == [4]
    assert [one["level"] for one in there] == [2]


@pytest.mark.parametrize("at", [MORNING - timedelta(hours=40), None, NOON + timedelta(days=400)])
async def test_an_old_or_impossible_level_is_unknown(village: Village, at: datetime | None) -> None:
    with clock.at(NOON):
        await kept(fire(5, at=at))
        shown = await page(village, "/weather")
        [entry] = await told(village)

        assert "Waldbrandgefahr: unbekannt" in shown
        assert "Stufe 5" not in shown
        assert ("10. Juni, 16:30 Uhr" in shown) == (at == MORNING - timedelta(hours=40))
        assert "Waldbrand" not in await page(village, "/")
    assert (entry["level"], entry["words"], entry["stale"]) == (None, "", True)


async def test_silence_in_winter_is_no_fault_and_a_winter_level_is_told(village: Village) -> None:
    with clock.at(WINTER):
        await kept(fire(5, at=WINTER - timedelta(days=2)))
        assert await told(village) == []
        assert "Waldbrand" not in await page(village, "/weather")

        await kept(fire(1, at=WINTER - timedelta(hours=5)))
        assert "Stufe 1 von 5 (sehr geringe Gefahr)" in await page(village, "/weather")


async def test_a_source_without_a_level_is_not_taken_for_the_last_one(village: Village) -> None:
    with clock.at(NOON):
        await kept(fire(5))
        await kept(fire(None))

        assert "Waldbrandgefahr: unbekannt" in await page(village, "/weather")


async def test_a_gauge_is_shown_near_its_river_with_class_and_centimetres_of_two_sources(
    village: Village, river_town: str
) -> None:
    with clock.at(WINTER):
        await kept(gauge())
        measured = gauge("uuid-1", number="503050", level=None, value=712.0, unit="cm", trend="rising", state="high",
                         attribution="WSV", measured_at=WINTER - timedelta(minutes=30))  # fmt: skip
        await kept(measured, name="pegel-elbe", licence="DL-DE-ZERO-2.0")
        [entry] = await told(village, river_town)
        shown = await page(village.at(river_town), "/weather")
        village.edge.cache.empty(river_town)
        start = await page(village.at(river_town), "/")

        assert await told(village) == []
    assert (entry["level"], entry["words"], entry["value"], entry["unit"], entry["trend"], entry["distance_km"]) == (
        1, "kleines Hochwasser", 712.0, "cm", "rising", 2.0,
    )  # fmt: skip
    assert [one["name"] for one in entry["sources"]] == ["LHP", "WSV"]
    assert entry["measured_at"] == "2026-11-22T10:30:00Z"
    assert "Wittenberge (Elbe)" in shown
    assert "712 cm, steigend, kleines Hochwasser" in shown
    assert "Stand: heute, 11:30 Uhr" in shown
    assert "CC-BY-4.0" in shown
    assert "Kleines Hochwasser: Pegel Wittenberge (Elbe)" in start
    assert "712 cm, steigend, Stand: heute, 11:30 Uhr" in start


async def test_a_quiet_gauge_is_no_news_and_an_old_one_tells_only_its_time(village: Village, river_town: str) -> None:
    with clock.at(WINTER):
        await kept(gauge(level=0))
        village.edge.cache.empty(river_town)
        assert "Hochwasser" not in await page(village.at(river_town), "/")
        assert "Kein Hochwasser" in await page(village.at(river_town), "/weather")

        await kept(gauge(level=3, measured_at=WINTER - timedelta(hours=13)))
        village.edge.cache.empty(river_town)
        shown = await page(village.at(river_town), "/weather")
        [entry] = await told(village, river_town)

    assert "Keine neue Messung" in shown
    assert "Letzte Meldung: gestern, 23 Uhr" in shown
    assert (entry["level"], entry["stale"]) == (None, True)


async def test_the_same_again_changes_nothing_and_what_is_not_named_for_a_week_goes(village: Village) -> None:
    with clock.at(WINTER):
        first, again = await kept(gauge(), gauge("BB_2")), await kept(gauge(), gauge("BB_2", level=2))
    with clock.at(WINTER + timedelta(days=8)):
        later = await kept(gauge())

    assert (first.new, first.changed, first.unchanged) == (2, 0, 0)
    assert (again.new, again.changed, again.unchanged) == (0, 1, 1)
    assert (later.unchanged, later.gone) == (1, 1)


async def test_nothing_is_shown_where_nobody_measures(village: Village) -> None:
    with clock.at(WINTER):
        assert await told(village) == []
        await kept(gauge(level=None, geo=Geo(52.14, 12.6)))
        assert await told(village) == []
        assert 'id="levels"' not in await page(village, "/weather")


def test_a_town_names_its_gauges_and_rubbish_is_the_default() -> None:
    site = {"capabilities": {"notices": {"enabled": True, "gauges": ["Wittenberge"], "gauges_km": 5}}}

    assert chosen(site) == NoticesOptions(gauges=("Wittenberge",), gauges_km=5)
    odd: tuple[dict[str, Any], ...] = ({}, {"capabilities": []}, {"capabilities": {"notices": {"gauges": 7}}})
    assert [chosen(one) for one in odd] == [NoticesOptions()] * 3
    assert msgspec.to_builtins(NoticesOptions())["gauges_km"] == 25


async def test_a_gauge_that_the_town_named_is_shown_however_far_it_is(village: Village) -> None:
    async with option(gauges=["Wittenberge"]):
        with clock.at(WINTER):
            await kept(gauge())
            [entry] = await told(village)

    assert (entry["title"], entry["distance_km"] > 100) == ("Wittenberge", True)
