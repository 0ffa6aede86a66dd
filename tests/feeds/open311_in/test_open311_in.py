"""Defect reports from an Open311 endpoint, JSON and XML, and nothing about who reported."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.feeds.bundle import Part, pack
from app.feeds.connector import Cursor, Stop
from app.feeds.connectors.open311_in.reading import masked
from app.feeds.items import Item, Problem, Report
from app.kit.http import BadStatus
from tests.feeds.open311_in.endpoint import REQUESTS, Endpoint, recording
from tests.feeds.reading import problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "open311"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


def reports(found: list[Item | Problem]) -> dict[str, Report]:
    return {one.external_id: one for one in found if isinstance(one, Report)}


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_the_recordings_are_what_a_run_brings(origin: Origin, kind: str) -> None:
    kept = Path(__file__).parent.joinpath("recordings", f"{kind}.json").read_bytes()

    assert recording(asyncio.run(Endpoint(origin, format=kind).fetch()).body, origin) == kept


def test_nothing_about_who_reported_is_read(origin: Origin) -> None:
    found = repr(Endpoint(origin).run())

    for told in ("erika", "Erika", "Beispiel", "0171", "2345678", "a-device", "bauhof@"):
        assert told not in found


def test_the_many_words_for_done_are_one(origin: Origin) -> None:
    found = reports(Endpoint(origin).run())

    assert {number: (one.status, one.status_text) for number, one in found.items()} == {
        "2026-11": ("open", "Der Bauhof ist beauftragt, Rückfragen an …."),
        "2026-09": ("closed", "behoben"),
    }


def test_a_kind_is_named_by_the_list_of_services(origin: Origin) -> None:
    found = reports(Endpoint(origin).run())

    assert found["2026-11"].service_name == found["2026-11"].title == "Straßenlampe defekt"


def test_a_report_without_number_or_without_anything_loses_only_itself(origin: Origin) -> None:
    found = Endpoint(origin).run()

    assert len(reports(found)) == 2
    assert [one.external_id for one in problems(found)] == [None, "2026-08"]


def test_of_two_copies_the_one_changed_last_counts(origin: Origin) -> None:
    endpoint = Endpoint(origin)
    older = REQUESTS[0] | {"updated_datetime": "2026-11-18T00:00:00+01:00", "status": "closed"}
    endpoint.json("/v2/requests.json", [REQUESTS[0], older])

    assert reports(endpoint.run())["2026-11"].status == "open"


def test_the_window_is_asked_for_and_moves_without_changing_the_bundle(origin: Origin) -> None:
    endpoint = Endpoint(origin, days=30)

    body = asyncio.run(endpoint.fetch()).body

    assert "/v2/requests.json?start_date=2026-10-23T00%3A00%3A00Z" in origin.paths
    assert b"start_date" not in body


def test_pages_are_turned_until_nothing_new_comes(origin: Origin) -> None:
    endpoint = Endpoint(origin)
    endpoint.pages([REQUESTS[0]], [REQUESTS[1]])

    assert set(reports(endpoint.run())) == {"2026-11", "2026-09"}
    assert len([one for one in origin.paths if one.startswith("/v2/requests")]) == 3


def test_an_unchanged_list_is_not_fetched_again(origin: Origin) -> None:
    endpoint = Endpoint(origin)
    first = asyncio.run(endpoint.fetch())

    assert asyncio.run(endpoint.fetch(Cursor(etag=first.etag))).status == "not_modified"


def test_an_endpoint_that_fails_is_a_failed_run(origin: Origin) -> None:
    endpoint = Endpoint(origin)
    origin.status("/v2/requests.json", 500)

    with pytest.raises(BadStatus):
        asyncio.run(endpoint.fetch())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><body>Wartung</body></html>", "web-page"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><service_requests/>', "entities"),
        (b"<rss/>", "no-feed"),
        (b"[[", "no-feed"),
        (b'{"errors": []}', "no-feed"),
    ],
)
def test_what_is_no_list_of_reports_stops_with_a_reason(body: bytes, code: str) -> None:
    with pytest.raises(Stop) as stop:
        read("open311_in", pack([Part(name="requests", url="https://m.example", body=body)]))

    assert stop.value.code == code


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Tel. 033841 12-34 anrufen", "Tel. … anrufen"),
        ("+49 171 2345678", "…"),
        ("seit dem 12.11.2026 um 10:30", "seit dem 12.11.2026 um 10:30"),
        ("Hausnummer 12, 14806 Musterdorf", "Hausnummer 12, 14806 Musterdorf"),
        ("an erika@post.example, danke", "an …, danke"),
    ],
)
def test_numbers_of_people_are_masked_and_other_numbers_stay(told: str, shown: str) -> None:
    assert masked(told) == shown


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_real_lists_are_read() -> None:
    [services], [requests] = list(SAMPLES.glob("*.xml")), list(SAMPLES.glob("*.json"))
    parts = [
        Part(name="services", url="https://m.example", body=services.read_bytes()),
        Part(name="requests", url="https://m.example", body=requests.read_bytes()),
    ]

    found = read("open311_in", pack(parts))

    assert len(reports(found)) == len(msgspec.json.decode(requests.read_bytes()))
    assert all(one.geo for one in reports(found).values())
