"""One fetch for a district: its warnings reach the towns that they concern, its weather all of them."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from app.kit import clock
from app.tenancy.regions import region
from tests import loop
from tests.capabilities.notices.given import NOON, SLUG, announced
from tests.feeds.nina import warnings
from tests.feeds.region.district import NAME, WIESENBURG, District, opened
from tests.origin import Origin
from tests.village import Village


@pytest.fixture
def district(village: Village, wiesenburg: Village, platform: Village) -> Iterator[District]:
    with Origin() as origin:
        made = loop.run(opened(platform, origin))
        yield made
        loop.run(_emptied())
        loop.run(made.end())
        loop.run(platform.sweep(WIESENBURG, ["announcement", "notice", "feed"]))


async def _emptied() -> None:
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("DELETE FROM forecast")


async def titles(district: District, slug: str) -> list[str]:
    district.platform.edge.cache.empty(slug)
    found = await district.platform.at(slug).json("/api/v1/notices")
    return [item["title"] for item in found["items"]]


async def test_a_flood_comes_and_goes_and_does_not_reach_the_neighbour(district: District) -> None:
    with clock.at(NOON):
        warnings.serve(district.origin, warnings.flood())
        await district.has("nina", warnings.DASHBOARD, "nina")
        await district.run()
        assert await titles(district, SLUG) == ["Hochwasser an der Plane: Wege am Ufer gesperrt"]
        assert await titles(district, WIESENBURG) == []

        warnings.serve(district.origin, warnings.flood(), warnings.clear())
        await district.run()
        assert await titles(district, SLUG) == ["Entwarnung: Das Wasser der Plane sinkt"]

    assert [one["title"] for one in await announced()] == [
        "Hochwasser an der Plane: Wege am Ufer gesperrt",
        "Entwarnung: Das Wasser der Plane sinkt",
    ]


async def test_the_last_warning_may_vanish_without_anybodys_consent(district: District) -> None:
    with clock.at(NOON):
        warnings.serve(district.origin, warnings.flood())
        await district.has("nina", warnings.DASHBOARD, "nina")
        await district.run()
        warnings.serve(district.origin)
        await district.run()
        assert len(await titles(district, SLUG)) == 1  # once may be a mistake
        await district.run()

        assert await titles(district, SLUG) == []


async def test_whether_anybody_still_looks_is_known_for_the_regions_feeds(district: District) -> None:
    with clock.at(NOON):
        warnings.serve(district.origin)
        await district.has("nina", warnings.DASHBOARD, "nina", every_minutes=1)
        assert (await district.platform.at(SLUG).json("/api/v1/notices"))["late"] is True
        await district.run()
        district.platform.edge.cache.empty(SLUG)
        assert (await district.platform.at(SLUG).json("/api/v1/notices"))["late"] is False
    with clock.at(NOON + timedelta(minutes=16)):
        district.platform.edge.cache.empty(SLUG)
        assert (await district.platform.at(SLUG).json("/api/v1/notices"))["late"] is True


async def test_weather_is_kept_once_and_read_by_every_member(district: District) -> None:
    answer = {
        "weather": [
            {"timestamp": (NOON + timedelta(hours=step)).isoformat(), "source_id": 1, "temperature": 3.0}
            for step in range(-1, 30)
        ],
        "sources": [{"id": 1, "lat": 52.1, "lon": 12.6, "station_name": "Musterberg", "observation_type": "forecast"}],
    }
    district.origin.file("/weather", msgspec.json.encode(answer), "application/json")
    await district.has("wetter", "/weather", "brightsky")
    with clock.at(NOON):
        first = await district.run()
        again = await district.run()
        stations = [
            (await district.platform.at(slug).json("/api/v1/weather"))["station"] for slug in (SLUG, WIESENBURG)
        ]
    async with region(NAME) as scope:
        rows = await scope.fetchval("SELECT count(*) FROM forecast")

    assert (first.status, first.new, again.status) == ("ok", 1, "unchanged")
    assert (rows, stations) == (1, ["Musterberg", "Musterberg"])
