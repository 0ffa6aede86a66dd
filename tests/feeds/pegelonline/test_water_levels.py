"""Water levels of PEGELONLINE: what is asked for, and measurements that are odd, missing or of something else."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Cursor, Stop
from app.feeds.connectors.pegelonline.connector import Config, fetch
from app.feeds.items import Level
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

PATH = "/webservices/rest-api/v2/stations.json"


def station(uuid: str = "u-1", value: Any = 312, series: str = "W", **now: Any) -> dict[str, Any]:
    measured = {"timestamp": "2026-11-22T09:45:00+01:00", "value": value, "stateMnwMhw": "normal"} | now
    return {
        "uuid": uuid, "number": "503050", "shortname": "WITTENBERGE", "longname": "WITTENBERGE",
        "longitude": 11.76, "latitude": 52.99, "water": {"shortname": "ELBE", "longname": "ELBE"},
        "timeseries": [{"shortname": series, "unit": "cm", "currentMeasurement": measured}],
    }  # fmt: skip


def levels(*stations: Any) -> list[Level]:
    return [one for one in read("pegelonline", msgspec.json.encode(stations)) if isinstance(one, Level)]


def said(*stations: Any) -> int:
    return len(problems(read("pegelonline", msgspec.json.encode(stations))))


def test_waters_and_stations_are_asked_for_with_their_last_measurement() -> None:
    async def run(origin: Origin) -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            url = origin.url(PATH)
            await fetch(Config(url=url, waters="ELBE, ODER", stations="SCHWEDT-ODERBRÜCKE"), http, Cursor())
            await fetch(Config(url=url), http, Cursor())

    with Origin() as origin:
        origin.file(PATH, b"[]", "application/json")
        asyncio.run(run(origin))
        rest = "includeTimeseries=true&includeCurrentMeasurement=true&prettyprint=false"
        assert origin.paths == [
            f"{PATH}?waters=ELBE,ODER&ids=SCHWEDT-ODERBR%C3%9CCKE&{rest}",
            f"{PATH}?{rest}",
        ]


def test_a_station_says_how_high_its_water_is() -> None:
    [found] = levels(station(trend=-1, stateMnwMhw="low"))

    assert (found.title, found.water, found.value, found.unit) == ("Wittenberge", "Elbe", 312.0, "cm")
    assert (found.trend, found.state, found.level) == ("falling", "low", None)
    assert found.measured_at == datetime(2026, 11, 22, 8, 45, tzinfo=UTC)
    assert found.url == "https://www.musterdorf.example/gast/stammdaten?pegelnr=503050"


@pytest.mark.parametrize("value", ["hoch", None, True, 10**9, []])
def test_a_value_that_can_not_be_is_said_and_leaves_the_others(value: Any) -> None:
    assert [one.external_id for one in levels(station(value=value), station("u-2"))] == ["u-2"]
    assert said(station(value=value), station("u-2")) == 1


@pytest.mark.parametrize("at", ["gestern", "2026-11-22T09:45:00", 7, None, "9999-12-31T23:59:59-12:00"])
def test_a_measurement_without_a_time_is_none(at: Any) -> None:
    assert (levels(station(timestamp=at), station("u-2"))[0].external_id, said(station(timestamp=at))) == ("u-2", 2)


def test_other_series_and_silent_stations_are_left_out() -> None:
    silent = station("u-3")
    del silent["timeseries"][0]["currentMeasurement"]

    assert levels(station(series="Q"), silent, station("u-2") | {"timeseries": None}) == []
    assert said(station(series="Q"), silent) == 1  # that there is none at all
    assert said(station("u-2"), silent) == 0


def test_an_error_as_an_object_is_no_list() -> None:
    with pytest.raises(Stop):
        read("pegelonline", b'{"status": 404, "message": "station not found"}')


def test_unknown_states_and_trends_are_not_told() -> None:
    [found] = levels(station(trend=7, stateMnwMhw="out-dated"))

    assert (found.trend, found.state) == ("", "")
