"""MOSMIX: units, what is missing, several stations, and archives that are none."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.feeds.bundle import Part, pack, unpack
from app.feeds.connector import Cursor, InvalidConfig, Stop
from app.feeds.connectors.mosmix import kml
from app.feeds.connectors.mosmix.connector import Config, fetch
from app.feeds.connectors.mosmix.values import condition, humidity
from app.feeds.items import Forecast, Item, Problem
from app.feeds.registry import connector
from app.kit.http import Fetched, Http
from tests.feeds.mosmix import kmz
from tests.feeds.reading import context, problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "dwd"


def forecasts(body: bytes, **options: Any) -> list[Forecast]:
    return [one for one in read("mosmix", body, **options) if isinstance(one, Forecast)]


def test_kelvin_pascal_and_metres_become_what_people_use() -> None:
    [one] = forecasts(kmz.kmz())
    first = one.hours[0]

    assert (first.temperature, first.pressure, first.wind, first.humidity) == (8.0, 1015.0, 14.4, 87)


def test_sums_are_those_of_the_hour_that_begins() -> None:
    [one] = forecasts(kmz.kmz())

    assert [hour.precipitation for hour in one.hours] == [0.0, 0.1, 0.4, 6.2, 1.1, None]
    assert [hour.gust for hour in one.hours][:2] == [32.4, 43.2]


def test_a_dash_is_nothing() -> None:
    [one] = forecasts(kmz.kmz())

    assert (one.hours[-1].temperature, one.hours[-2].humidity, one.hours[-1].wind_direction) == (None, None, None)


def test_an_hour_without_anything_is_left_out() -> None:
    [one] = forecasts(kmz.kmz(kmz.document(kmz.place(values={"TTT": "280.15 - - - - -"}))))

    assert len(one.hours) == 1


def test_steps_further_apart_have_no_sums_of_an_hour() -> None:
    document = kmz.document(hours=6).replace(b"T11:00", b"T12:30").replace(b"T13:00", b"T18:00")

    [one] = forecasts(document)

    assert one.hours[0].precipitation is None


@pytest.mark.parametrize(
    ("code", "clouds", "rain", "said"),
    [
        (61.0, 100, 0.2, "rain"), (61.0, 100, 5.0, "heavy-rain"), (95.0, 50, None, "thunderstorm"),
        (71.0, None, None, "snow"), (45.0, 10, None, "fog"), (1.0, 5, None, "clear"), (2.0, 50, None, "partly-cloudy"),
        (3.0, 95, None, "cloudy"), (None, None, None, ""), (999.0, 5, None, "clear"), (-5.0, None, None, ""),
    ],
)  # fmt: skip
def test_a_code_becomes_a_word(code: float | None, clouds: int | None, rain: float | None, said: str) -> None:
    assert condition(code, clouds, rain) == said


def test_humidity_of_impossible_temperatures_is_not_made_up() -> None:
    assert humidity(281.15, 281.15) == 100
    assert humidity(0.0, 281.15) is None
    assert humidity(281.15, None) is None


def test_a_station_without_a_place_loses_only_itself() -> None:
    found = read("mosmix", kmz.document(kmz.place(), kmz.place("Y", where="nirgends"), kmz.place("Z", values={})))

    assert [one.external_id for one in found if isinstance(one, Forecast)] == ["X123"]
    assert [one.external_id for one in problems(found)] == ["Y", "Z"]


@pytest.mark.parametrize(
    "options", [{"stations": "X123"}, {"url": "https://a.example/{station}"}, {"stations": "../x"}]
)
def test_stations_and_their_place_belong_together(options: dict[str, str]) -> None:
    with pytest.raises(InvalidConfig):
        connector("mosmix").configured({"url": "https://a.example/x.kmz"} | options)


def test_several_stations_come_as_one_and_a_missing_one_is_asked_for_again() -> None:
    async def run(origin: Origin) -> tuple[Fetched, Fetched, list[Item | Problem]]:
        origin.file("/X123.kmz", kmz.kmz(), etag='"1"')
        origin.file("/Y1.kmz", kmz.kmz(kmz.document(kmz.place("Y1"))))
        url = origin.url("/{station}.kmz")
        async with Http(private_hosts=frozenset({origin.host})) as http:
            whole = Config(url=url, stations="X123, Y1")
            first = await fetch(whole, http, Cursor())
            again = await fetch(whole, http, first.cursor)
            lacking = Config(url=url, stations="X123, Y1, Z9")
            answer = await fetch(lacking, http, Cursor())
        assert (answer.etag, len(unpack(answer.body))) == ("", 2)
        return first, again, list(connector("mosmix").parse(answer.body, lacking, context()))

    with Origin() as origin:
        first, again, found = asyncio.run(run(origin))

    assert (first.etag, again.status) == ('"1"', "not_modified")
    assert [one.external_id for one in found if isinstance(one, Forecast)] == ["X123", "Y1"]
    assert [one.external_id for one in problems(found)] == ["Z9"]


def test_one_station_that_is_no_forecast_loses_only_itself() -> None:
    body = pack([Part(name="X123", url="", body=kmz.kmz()), Part(name="Y1", url="", body=b"<html>")])
    found = read("mosmix", body, url="https://a.example/{station}", stations="X123,Y1")

    assert [type(one) for one in found] == [Forecast, Problem]


def test_an_archive_that_unpacks_to_very_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kml, "DOCUMENT_BYTES", 1_000)

    with pytest.raises(Stop) as stop:
        read("mosmix", kmz.kmz())

    assert stop.value.code == "too-big"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_the_weather_services_own_file_is_read() -> None:
    [one] = forecasts(next(SAMPLES.glob("*.kmz")).read_bytes())

    assert (one.external_id, one.title, len(one.hours)) == ("P0036", "Muenster Zentrum", 247)
    assert (one.hours[0].temperature, one.hours[0].precipitation, one.hours[0].condition) == (9.6, 0.6, "rain")
