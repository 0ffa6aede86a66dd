"""The danger of forest fire: which district, what a level may be, and from the source to the town's page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Stop
from app.feeds.items import Level
from app.kit import clock
from app.tenancy.regions import region
from tests import loop
from tests.feeds.reading import problems, read
from tests.feeds.region.district import BELZIG, NAME, District, opened
from tests.origin import Origin
from tests.village import Village

MORNING = datetime(2026, 6, 12, 6, 30, tzinfo=UTC)
PATH = "/ipa_api/waldbrand/version/1"


def entry(name: str = "Potsdam-Mittelmark", level: Any = 3, **fields: Any) -> dict[str, Any]:
    told = {"timestamp": int(MORNING.timestamp()), "district": 7, "level": level, "waldbrand-kreis": name,
            "gemappter-cms-kreis": name, "source": "Quelle: Ministerium"}  # fmt: skip
    return told | fields


def answer(*entries: Any, **fields: Any) -> bytes:
    told = {"timestamp": int(MORNING.timestamp()), "version": 1, "interface": "waldbrand", "data": list(entries)}
    return msgspec.json.encode(told | fields)


def levels(body: bytes) -> dict[str, int | None]:
    return {one.external_id: one.level for one in read("waldbrand_brandenburg", body) if isinstance(one, Level)}


@pytest.fixture
def district(belzig: Village, platform: Village) -> Iterator[District]:
    with Origin() as origin:
        made = loop.run(opened(platform, origin))
        yield made
        loop.run(_emptied())
        loop.run(made.end())


async def _emptied() -> None:
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("DELETE FROM level")


async def test_from_the_source_to_the_town_and_unknown_when_the_source_falls_silent(district: District) -> None:
    async def told() -> list[int | None]:
        district.platform.edge.cache.empty(BELZIG)
        found = (await district.platform.at(BELZIG).json("/api/v1/levels"))["items"]
        return [one["level"] for one in found]

    with clock.at(MORNING + timedelta(hours=1)):
        district.origin.file(PATH, answer(entry(level=4), entry("Prignitz", 1)), etag='"1"')
        await district.has("waldbrand", PATH, "waldbrand_brandenburg")
        report = await district.run()
        assert (report.new, report.errors) == (2, [])
        assert await told() == [4]
    with clock.at(MORNING + timedelta(hours=37)):
        assert (await district.run()).status == "unchanged"
        assert await told() == [None]
    with clock.at(MORNING + timedelta(hours=38)):
        district.origin.file(PATH, b"<!doctype html><title>Wartung</title>", "text/html")
        report = await district.run()
        assert (report.status, await told()) == ("failed", [None])


@pytest.mark.parametrize("level", [9, -1, "hoch", 3.5, True, [3], 10**30])
def test_a_level_that_can_not_be_is_unknown_and_said(level: Any) -> None:
    body = answer(entry(level=level))

    assert levels(body) == {"12069": None}
    assert [one.external_id for one in problems(read("waldbrand_brandenburg", body))] == ["12069"]


@pytest.mark.parametrize("level", [0, "0", None, ""])
def test_no_level_in_winter_is_no_mistake(level: Any) -> None:
    body = answer(entry(level=level))

    assert levels(body) == {"12069": None}
    assert problems(read("waldbrand_brandenburg", body)) == []


def test_the_forest_district_says_where_it_is_else_the_number() -> None:
    body = answer(
        entry("Landkreis Märkisch-Oderland", 2, **{"gemappter-cms-kreis": "Barnim"}),
        entry("Unbekannt", 5, district=1, **{"gemappter-cms-kreis": ""}),
        entry("Nirgendwo", 5, district=77, **{"gemappter-cms-kreis": None}),
        entry("", 5, district=500, **{"gemappter-cms-kreis": ""}),
        "x",
    )

    assert levels(body) == {"12064": 2, "12070": 5}
    assert len(problems(read("waldbrand_brandenburg", body))) == 3


def test_the_time_is_that_of_the_level_and_not_of_the_answer() -> None:
    body = answer(entry(timestamp=None))
    [found] = [one for one in read("waldbrand_brandenburg", body) if isinstance(one, Level)]

    assert found.measured_at is None


def test_news_of_the_police_are_no_levels() -> None:
    with pytest.raises(Stop):
        read("waldbrand_brandenburg", answer(entry(), interface="news"))
