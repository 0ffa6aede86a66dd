"""Sharing systems of both versions: fetched from their discovery file, read without what is broken."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.bundle import Part, pack, unpack
from app.feeds.connector import Cursor, Fetched, Stop
from app.feeds.items import Station
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "gbfs"


def bundle(**files: Any) -> bytes:
    """Files by what they are to us, each with its data."""
    return pack(
        [
            Part(name=name, url="https://rad.example/x", body=msgspec.json.encode({"data": data}))
            for name, data in files.items()
        ]
    )


def stations(body: bytes, **options: Any) -> list[Station]:
    return [one for one in read("gbfs", body, **options) if isinstance(one, Station)]


def fetched(origin: Origin, **options: Any) -> Fetched:
    code = connector("gbfs")

    async def run() -> Fetched:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await code.fetch(code.configured({"url": origin.url("/gbfs.json"), **options}), http, Cursor())

    return asyncio.run(run())


@pytest.mark.parametrize("version", [2, 3])
def test_the_files_of_the_discovery_are_fetched(version: int) -> None:
    names = ["station_information", "station_status", "system_alerts", "geofencing_zones"]
    with Origin() as origin:
        feeds = {"feeds": [{"name": name, "url": origin.url(f"/{name}")} for name in names]}
        data = feeds if version == 3 else {"en": {"feeds": []}, "de": feeds}
        origin.file("/gbfs.json", msgspec.json.encode({"data": data, "ttl": 3600}), "application/json")
        one = {"station_id": "1", "name": "Markt", "lat": 52.1, "lon": 12.6}
        origin.file("/station_information", msgspec.json.encode({"data": {"stations": [one]}}), etag='"1"')
        origin.file("/station_status", msgspec.json.encode({"data": {"stations": []}, "ttl": 90}))

        answer = fetched(origin)

        assert [part.name for part in unpack(answer.body)] == ["gbfs", "stations", "status"]
        assert (answer.etag, answer.last_modified) == ("", "")  # asked for whole again
        assert [station.title for station in stations(answer.body)] == ["Markt"]
        assert connector("gbfs").pace is not None
        assert connector("gbfs").pace(answer.body) == 90  # type: ignore[misc]
        assert sorted(origin.paths) == ["/gbfs.json", "/station_information", "/station_status"]


def test_a_file_that_is_away_fails_the_run() -> None:
    with Origin() as origin:
        feeds = {"feeds": [{"name": "station_status", "url": origin.url("/gone")}]}
        origin.file("/gbfs.json", msgspec.json.encode({"data": feeds}), "application/json")

        with pytest.raises(Exception, match="404"):
            fetched(origin)


def test_what_is_not_there_yet_or_broken_is_left_out() -> None:
    body = bundle(
        stations={
            "stations": [
                {"station_id": 7, "name": "Zahl", "lat": 52.1, "lon": 12.6},
                {"station_id": "off", "name": "Abgebaut", "lat": 52.1, "lon": 12.6},
                {"station_id": "far", "name": "Mond", "lat": 152.1, "lon": 12.6},
                "noise",
            ]
        },
        status={
            "stations": [{"station_id": "7", "num_bikes_available": -1}, {"station_id": "off", "is_installed": False}]
        },
    )

    found = read("gbfs", body)

    assert [(one.external_id, one.vehicles) for one in found if isinstance(one, Station)] == [("station:7", None)]
    assert [one.external_id for one in problems(found)] == ["far"]


def test_free_vehicles_can_be_left_out() -> None:
    body = bundle(stations={"stations": []}, vehicles={"bikes": [{"bike_id": "b", "lat": 52.1, "lon": 12.6}]})

    assert [one.kind for one in stations(body)] == ["vehicle"]
    assert stations(body, with_vehicles=False) == []


def test_a_discovery_without_stations_is_told() -> None:
    for body in (
        bundle(system={}),
        msgspec.json.encode({"data": {"feeds": [{"name": "a", "url": "https://x.example/"}]}}),
    ):
        with pytest.raises(Stop) as stop:
            read("gbfs", body)
        assert stop.value.code == "no-stations"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("version", ["v2.3", "v3.0"])
def test_files_of_others_are_read(version: str) -> None:
    names = {"station_information": "stations", "station_status": "status", "system_information": "system"}
    parts = [
        Part(name=name, url="https://x.example/", body=next(SAMPLES.glob(f"*{version}__{file}.json")).read_bytes())
        for file, name in names.items()
    ]

    found = stations(pack(parts))

    assert found
    assert all(one.reported_at is not None and one.title for one in found if one.vehicles is not None)
