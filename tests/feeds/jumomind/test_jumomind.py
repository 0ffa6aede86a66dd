"""The streets of a town, each area asked for once; and what is said when something does not fit."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.feeds.bundle import Part, pack, unpack
from app.feeds.connector import Stop
from app.feeds.connectors.jumomind.places import Street
from app.feeds.items import Collection
from app.kit.http import BadStatus
from tests.feeds.jumomind.works import API, Works, day, recording
from tests.feeds.reading import problems, read
from tests.origin import Origin


@pytest.fixture
def works() -> Iterator[Works]:
    with Origin() as origin:
        yield Works(origin)


def collections(body: bytes) -> list[Collection]:
    return [one for one in read("jumomind", body) if isinstance(one, Collection)]


def test_the_recording_is_what_a_run_brings(works: Works) -> None:
    kept = Path(__file__).with_name("recordings").joinpath("town.json").read_bytes()

    assert recording(asyncio.run(works.fetch()).body, works.origin) == kept


def test_an_area_of_many_streets_is_asked_for_once(works: Works) -> None:
    asyncio.run(works.fetch())

    assert works.origin.paths == [
        f"{API}?{query}"
        for query in (
            "r=cities_web",
            "r=streets&city_id=7",
            "r=dates/0&city_id=7&area_id=71&ws=3",
            "r=dates/0&city_id=7&area_id=72&ws=3",
            "r=dates/0&city_id=8&area_id=81&ws=3",
        )
    ]


def test_a_street_in_two_areas_is_told_apart_by_its_numbers(works: Works) -> None:
    found = collections(asyncio.run(works.fetch()).body)

    assert list(dict.fromkeys(one.street for one in found)) == [
        "Ahornweg", "Birkenstraße", "Lange Straße 1–2, 11a", "Lange Straße 9–10", "Feldhof",
    ]  # fmt: skip


def test_chosen_streets_are_found_however_they_are_written(works: Works) -> None:
    body = asyncio.run(works.fetch(streets=["birkenstr."])).body

    assert {one.street for one in collections(body)} == {"Birkenstraße"}
    assert len(works.origin.asked) == 3


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"city": "Nirgendwo"}, "Musterstadt, Musterstadt, OT Feldhof, Musterstadtfelde"),
        ({"city": ""}, "city"),
        ({"streets": ["Am Mond"]}, "none of these streets"),
        ({"most_areas": 1}, "has 3 areas"),
        ({"url": ""}, "service"),
    ],
)
def test_what_is_set_wrong_is_said(works: Works, options: dict[str, object], named: str) -> None:
    with pytest.raises(Stop, match=named):
        asyncio.run(works.fetch(**options))


def test_a_city_is_too_much_for_one_feed(works: Works) -> None:
    works.put("r=streets&city_id=7", [{"name": f"Weg {number}", "area_id": "71"} for number in range(1_001)])

    with pytest.raises(Stop, match="1002 streets"):
        asyncio.run(works.fetch())
    assert len(works.origin.asked) == 2


def test_an_area_that_fails_stops_the_run_and_takes_nothing_away(works: Works) -> None:
    body = asyncio.run(works.fetch()).body
    works.origin.status(f"{API}?r=dates/0&city_id=7&area_id=72&ws=3", 500)

    with pytest.raises(BadStatus):
        asyncio.run(works.fetch())
    parts = [part for part in unpack(body) if part.name != "area:7/72"]
    with pytest.raises(Stop, match="Lange Straße 9–10"):
        read("jumomind", pack(parts))


def test_a_day_that_can_t_be_read_loses_only_itself(works: Works) -> None:
    works.put("r=dates/0&city_id=8&area_id=81&ws=3", [day("31.12.", "Bio"), day("2026-12-30", "Bio"), "x"])

    found = read("jumomind", asyncio.run(works.fetch()).body)

    assert [one.day.isoformat() for one in found if isinstance(one, Collection) and one.street == "Feldhof"] == [
        "2026-12-30"
    ]
    assert len(problems(found)) == 1


def test_a_calendar_that_is_not_published_yet_is_told() -> None:
    streets = msgspec.json.encode([Street("Anger", "1", "2")])
    body = pack([Part(name="streets", url="", body=streets), Part(name="area:2/1", url="", body=b"[]")])

    assert [one.reason for one in problems(read("jumomind", body))] == ["The source names no days for this place yet."]
