"""The register of charging stations: its file of many years, and its service with its quirks."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from app.feeds.connector import Cursor, Fetched, Stop, TryLater
from app.feeds.items import Place
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import context, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "ev-register"
RECORDING = Path(__file__).parent / "recordings" / "register.csv"


def page(*numbers: int, more: bool = False) -> bytes:
    features = [
        {
            "attributes": {"OBJECTID": number, "Betreiber": f"Werk {number}", "Bundesland": "Brandenburg"},
            "geometry": {"x": 12.5 + number / 100, "y": 52.1},
        }
        for number in numbers
    ]
    return msgspec.json.encode({"features": features, "exceededTransferLimit": more})


def fetched(origin: Origin, path: str, cursor: Cursor | None = None, **options: Any) -> Fetched:
    async def ask() -> Fetched:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            code = connector("charging")
            return await code.fetch(code.configured({"url": origin.url(path), **options}), http, cursor or Cursor())

    return asyncio.run(ask())


def test_pages_are_asked_for_until_there_is_no_more() -> None:
    with Origin() as origin:
        path = "/FeatureServer/0/query"
        origin.file("/one", page(1, 2, more=True), "application/json", etag='"1"')
        origin.file("/two", page(3), "application/json")
        origin.in_turn(path, "/one", "/two")
        answer = fetched(origin, path, state="Brandenburg")
        asked = [parse_qs(urlsplit(one.target).query) for one in origin.asked]

    assert [one["resultOffset"] for one in asked] == [["0"], ["2"]]
    assert asked[0]["where"] == ["state='Brandenburg'"]
    code = connector("charging")
    found = list(code.parse(answer.body, code.configured({"url": "https://a.example"}), context()))
    assert [one.title for one in found if isinstance(one, Place)] == ["Werk 1", "Werk 2", "Werk 3"]
    assert answer.etag == '"1"'


def test_the_service_has_names_of_its_own_and_counts_power_together() -> None:
    told = {
        "OBJECTID": 7, "Betreiber": None, "operator_companyName": "Werke Musterdorf GmbH", "Straße": "Markt",
        "Hausnummer": "2", "Postleitzahl": "14806", "Ort": "Bad Belzig", "district_independent_city": "Landkreis PM",
        "state": "Brandenburg", "Typ": "Schnellladeeinrichtung", "Status": "In Betrieb", "Anzahl_Ladepunkte": "2",
        "max_electric_power_station": "320", "go_live_date": "31.08.2026", "coordinates_latitude": 52.14,
        "coordinates_longitude": 12.59, "Steckersystem_Ladepunkt1": "DC Fahrzeugkupplung Typ Combo 2 (CCS) (160 kw)",
        "Steckersystem_Ladepunkt2": "DC Combo 2 (CCS) (160 kw)\nAC Schuko (3,7 kw)\nAC Typ 2 Steckdose ( kw)",
    }  # fmt: skip

    [found] = read("charging", msgspec.json.encode({"features": [{"attributes": told}]}), state="Brandenburg")

    assert isinstance(found, Place)
    assert (found.title, found.address.street) == ("Werke Musterdorf GmbH", "Markt 2")
    assert found.details == {
        "capacity": "2", "power_kw": "160", "sockets": "CCS, Schuko, Typ 2", "fast": "yes", "since": "2026-08-31",
        "named": "operator",
    }  # fmt: skip
    assert not read("charging", msgspec.json.encode({"features": [{"attributes": told}]}), state="Bayern")


def test_a_service_that_repeats_itself_is_stopped() -> None:
    with Origin() as origin:
        origin.file("/FeatureServer/0/query", page(1, more=True), "application/json")
        with pytest.raises(Stop) as stop:
            fetched(origin, "/FeatureServer/0/query")

    assert stop.value.code == "endless"


@pytest.mark.parametrize(("code", "kind"), [(400, Stop), (504, TryLater)])
def test_an_error_that_is_sent_as_an_answer_is_one(code: int, kind: type[Exception]) -> None:
    body = msgspec.json.encode({"error": {"code": code, "message": "Cannot perform query."}})

    with pytest.raises(kind):
        read("charging", body)


def test_only_the_wanted_district_comes() -> None:
    body = RECORDING.read_bytes()

    assert len([one for one in read("charging", body, district="Potsdam") if isinstance(one, Place)]) == 3
    assert not [one for one in read("charging", body, state="Bayern") if isinstance(one, Place)]


def test_the_file_reads_the_same_in_either_encoding() -> None:
    body = RECORDING.read_bytes()

    assert read("charging", body) == read("charging", body.decode("cp1252").encode("utf-8-sig"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_what_others_published_is_read() -> None:
    for path in SAMPLES.glob("*"):
        found = [one for one in read("charging", path.read_bytes()) if isinstance(one, Place)]
        assert len(found) == path.read_bytes().count(b"\n") - 1
        assert found[-1].details["power_kw"] == "150"
