"""The flood situation at gauges: states, classes, times, and the GeoJSON that a cache may serve in its place."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Cursor, Fetched, InvalidConfig, Stop
from app.feeds.connectors.hochwasserzentralen.connector import Config, fetch
from app.feeds.items import Geo, Level
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

PATH = "/public/v1/data/stations"


def station(id_: str = "BB_503050", class_: Any = 0, **fields: Any) -> dict[str, Any]:
    told = {
        "id": id_, "coordinates": [11.76, 52.99], "name": "Wittenberge", "water": "Elbe",
        "timestamp": "2026-07-13 11:15:00", "lhpClass": class_, "stationLink": "https://pegel.example/1",
    }  # fmt: skip
    return told | fields


def answer(*stations: Any, **fields: Any) -> bytes:
    told = {"status": "success", "updated": "2026-07-13T10:30:00+01:00", "data": list(stations)}
    return msgspec.json.encode(told | fields)


def levels(body: bytes, **options: Any) -> list[Level]:
    return [one for one in read("hochwasserzentralen", body, **options) if isinstance(one, Level)]


def test_states_are_asked_for_and_a_second_time_nothing_is_sent() -> None:
    async def twice(origin: Origin) -> list[Fetched]:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            config = Config(url=origin.url(PATH), states="bb, ST")
            first = await fetch(config, http, Cursor())
            return [first, await fetch(config, http, first.cursor)]

    with Origin() as origin:
        origin.file(PATH, answer(station()), "application/json", etag='"a"')
        assert [one.status for one in asyncio.run(twice(origin))] == ["new", "not_modified"]
        assert origin.paths == [f"{PATH}?states=BB,ST"] * 2
        assert origin.asked[0].headers["accept"] == "application/json"


def test_only_the_states_that_were_asked_for_count() -> None:
    body = answer(station(), station("BY_1"), station())

    assert [one.external_id for one in levels(body, states="BB")] == ["BB_503050"]
    assert len(levels(body)) == 2
    with pytest.raises(InvalidConfig):
        connector("hochwasserzentralen").configured({"url": "https://lhp.example", "states": "BB,XX"})


@pytest.mark.parametrize(
    ("class_", "level", "said"),
    [
        (4, 4, 0), (0, 0, 0), (-1, None, 0), (None, None, 0),
        (5, None, 1), ("2", None, 1), (True, None, 1), (1.5, None, 1),
    ],
)  # fmt: skip
def test_a_class_is_from_0_to_4_or_unknown(class_: Any, level: int | None, said: int) -> None:
    body = answer(station(class_=class_))

    assert [one.level for one in levels(body)] == [level]
    assert len(problems(read("hochwasserzentralen", body))) == said


def test_times_are_the_countrys_clock_and_updated_has_its_offset() -> None:
    summer, silent = levels(answer(station(), station("BB_2", timestamp=None)))

    assert summer.measured_at == datetime(2026, 7, 13, 9, 15, tzinfo=UTC)
    assert silent.measured_at == datetime(2026, 7, 13, 9, 30, tzinfo=UTC)


def test_the_geojson_of_the_same_address_says_the_same() -> None:
    flat = station()
    point = {"type": "Point", "coordinates": flat.pop("coordinates")}
    feature = {"type": "Feature", "id": flat.pop("id"), "geometry": point, "properties": flat}
    drawn = msgspec.json.encode({"type": "FeatureCollection", "features": [feature]})

    assert levels(drawn) == levels(answer(station()))
    assert levels(drawn)[0].geo == Geo(52.99, 11.76)


def test_what_the_interface_calls_a_failure_is_none_of_its_data() -> None:
    for body in (answer(station(), status="error"), msgspec.json.encode({"status": "success", "data": {}})):
        with pytest.raises(Stop):
            read("hochwasserzentralen", body)


def test_odd_places_and_ids() -> None:
    found = answer(
        station("BB_1", coordinates=[0, 0]), station("BB_2", coordinates=["a", "b"]), station("x"), station("BB_3 '"), 7
    )

    assert [one.geo for one in levels(found)] == [None, None]
    assert len(problems(read("hochwasserzentralen", found))) == 3
