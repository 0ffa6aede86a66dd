"""Bright Sky: points as one body, stations that several points share, and answers that are none."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Cursor, InvalidConfig, Stop
from app.feeds.connectors.brightsky.connector import Config, fetch
from app.feeds.items import Forecast, Item, Problem
from app.feeds.registry import connector
from app.kit.http import Fetched, FetchError, Http
from tests.feeds.reading import context, problems, read
from tests.origin import Origin

WEATHER = (Path(__file__).parent / "recordings" / "weather.json").read_bytes()


def changed(**fields: Any) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(WEATHER) | fields)


def test_the_forecasts_station_is_named_not_that_of_the_past_hours() -> None:
    [one] = read("brightsky", WEATHER)

    assert isinstance(one, Forecast)
    assert (one.external_id, one.title) == ("X123", "Musterberg")
    assert one.geo is not None
    assert one.geo.lat == 52.14


def test_sums_are_those_of_the_hour_that_begins() -> None:
    [one] = read("brightsky", WEATHER)

    assert isinstance(one, Forecast)
    assert [hour.precipitation for hour in one.hours] == [0.1, 5.2, None, None]
    assert [hour.gust for hour in one.hours][:2] == [33.0, 47.0]
    assert [hour.condition for hour in one.hours] == ["partly-cloudy", "heavy-rain", "cloudy", "clear"]


def test_values_that_cannot_be_are_none() -> None:
    hour = {"timestamp": "2026-11-22T09:00:00+01:00", "source_id": 12, "temperature": 999, "wind_speed": "viel",
            "cloud_cover": True, "pressure_msl": 1000}  # fmt: skip
    [one] = read("brightsky", changed(weather=[hour, {"timestamp": "gestern"}, 7]))

    assert isinstance(one, Forecast)
    [only] = one.hours
    assert (only.temperature, only.wind, only.cloud_cover, only.pressure) == (None, None, None, 1000.0)
    assert only.at.isoformat() == "2026-11-22T08:00:00+00:00"


@pytest.mark.parametrize(
    "body", [changed(weather=[]), changed(sources=[]), changed(sources="x"), b"[]", b"{}", b"null", WEATHER[:300]]
)
def test_an_answer_that_is_no_forecast_stops(body: bytes) -> None:
    with pytest.raises(Stop):
        read("brightsky", body)


@pytest.mark.parametrize("points", ["Bad Belzig", "52.1", "52,1;12,5,3", "52.1,12.5;" * 61])
def test_points_that_are_none_are_refused(points: str) -> None:
    if points.count(";") == 60 or points.endswith(";"):
        points = ";".join(f"52.{number:02},12.5" for number in range(61))
    with pytest.raises(InvalidConfig):
        connector("brightsky").configured({"url": "https://a.example/weather", "points": points})


def test_each_point_is_asked_for_and_a_shared_station_comes_once() -> None:
    async def run(origin: Origin) -> tuple[Fetched, list[Item | Problem]]:
        origin.file("/weather", WEATHER, "application/json")
        async with Http(private_hosts=frozenset({origin.host})) as http:
            config = Config(url=origin.url("/weather"), points="52.14,12.58; 52.15,12.60")
            answer = await fetch(config, http, Cursor())
        return answer, list(connector("brightsky").parse(answer.body, config, context()))

    with Origin() as origin:
        answer, found = asyncio.run(run(origin))

    assert (answer.status, answer.etag) == ("new", "")
    assert [type(one) for one in found] == [Forecast]
    assert sorted(path.partition("&date=")[0] for path in origin.paths) == [
        "/weather?lat=52.14&lon=12.58",
        "/weather?lat=52.15&lon=12.60",
    ]


def test_a_point_that_fails_loses_only_itself() -> None:
    async def run(origin: Origin) -> list[Item | Problem]:
        origin.in_turn("/weather", "/good", "/bad")
        origin.file("/good", WEATHER, "application/json")
        origin.status("/bad", 404)
        async with Http(private_hosts=frozenset({origin.host})) as http:
            config = Config(url=origin.url("/weather"), points="52.14,12.58; 52.4,12.2")
            answer = await fetch(config, http, Cursor())
        return list(connector("brightsky").parse(answer.body, config, context()))

    with Origin() as origin:
        found = asyncio.run(run(origin))

    assert len([one for one in found if isinstance(one, Forecast)]) == len(problems(found)) == 1


def test_when_every_point_fails_the_feed_fails() -> None:
    async def run(origin: Origin) -> None:
        origin.status("/weather", 404)
        async with Http(private_hosts=frozenset({origin.host})) as http:
            await fetch(Config(url=origin.url("/weather"), points="52.14,12.58; 52.4,12.2"), http, Cursor())

    with Origin() as origin, pytest.raises(FetchError):
        asyncio.run(run(origin))
