"""Realtime data as the protocol buffer has them → ours, and what is none."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.feeds.connector import Stop
from app.feeds.items import Problem, Realtime
from tests.feeds.reading import read
from tests.timetables import late, realtime

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "gtfs-rt"


def report(*entities: dict[str, Any], **more: Any) -> Realtime:
    found = [one for one in read("gtfs_rt", realtime(*entities, at=1_795_698_000, **more)) if isinstance(one, Realtime)]
    assert len(found) == 1
    return found[0]


def alert(**more: Any) -> dict[str, Any]:
    return {"alert": {"header_text": {"translation": [{"text": "Umleitung", "language": "de"}]}} | more}


def test_trips_are_named_by_id_and_day() -> None:
    [update] = report(late("t1", 90, day="20261123", route_id="r1")).updates

    assert (update.trip_id, update.start_date, update.route_id) == ("t1", date(2026, 11, 23), "r1")
    assert (update.stops[0].sequence, update.stops[0].delay) == (2, 90)


@pytest.mark.parametrize(
    ("relation", "status"),
    [
        ("CANCELED", "cancelled"),
        ("DELETED", "cancelled"),
        ("ADDED", "added"),
        ("NEW", "added"),
        ("REPLACEMENT", "scheduled"),
    ],
)
def test_what_became_of_a_trip(relation: str, status: str) -> None:
    [update] = report({"trip_update": {"trip": {"trip_id": "t", "schedule_relationship": relation}}}).updates

    assert update.status == status


def test_a_delay_of_a_day_is_none() -> None:
    [update] = report(late("t", 90_000)).updates

    assert update.stops[0].delay is None


def test_the_last_word_about_a_trip_counts() -> None:
    updates = report(
        late("t", 60, day="20261123"), late("t", 120, day="20261123"), late("t", 0, day="20261124")
    ).updates

    assert [one.stops[0].delay for one in updates] == [120, 0]


def test_an_alert_is_read_in_our_language() -> None:
    both = {"translation": [{"text": "Detour", "language": "en"}, {"text": "Umleitung", "language": "de-DE"}]}
    [one] = report(alert(header_text=both, informed_entity=[{"agency_id": "1"}], severity_level="SEVERE")).alerts

    assert (one.title, one.severity, one.everywhere) == ("Umleitung", "severe", True)


def test_an_alert_without_a_headline_takes_its_text() -> None:
    told = {"translation": [{"text": "<p>Der Halt entfällt.</p>"}]}
    [one] = report({"alert": {"description_text": told, "informed_entity": [{"stop_id": "s"}]}}).alerts

    assert (one.title, one.everywhere) == ("Der Halt entfällt.", False)


def test_what_names_no_trip_is_told_once() -> None:
    nobody = {"trip_update": {"trip": {"route_id": "r"}}}

    found = read("gtfs_rt", realtime(nobody, nobody, {"alert": {}}, late("t", 60)))

    assert [one.reason for one in found if isinstance(one, Problem)] == [
        "Some entries of the realtime data could not be read."
    ]
    assert [len(one.updates) for one in found if isinstance(one, Realtime)] == [1]


def test_a_report_without_a_time_has_none() -> None:
    [found] = read("gtfs_rt", realtime(late("t", 60)))

    assert isinstance(found, Realtime)
    assert found.reported_at is None


def test_texts_that_no_database_takes_are_made_plain() -> None:
    told = {"translation": [{"text": "Umleitung", "language": "de"}]}
    body = realtime(late("trip-one", 60), alert(header_text=told, informed_entity=[{"stop_id": "stop-one"}]))

    broken = (
        body.replace(b"trip-one", b"trip\0one").replace(b"stop-one", b"stop\xffone").replace(b"leitung", b"l\xfcitung")
    )
    [found] = [one for one in read("gtfs_rt", broken) if isinstance(one, Realtime)]

    assert [one.trip_id for one in found.updates] == ["tripone"]
    assert [(one.title, one.stop_ids) for one in found.alerts] == [
        ("Uml\N{REPLACEMENT CHARACTER}itung", ("stop\N{REPLACEMENT CHARACTER}one",))
    ]


def test_a_place_in_the_trip_that_no_trip_has_is_none() -> None:
    [update] = report(late("t1", 90, sequence=4_294_967_295)).updates

    assert update.stops[0].sequence is None


def test_changes_only_are_refused() -> None:
    with pytest.raises(Stop) as stop:
        read("gtfs_rt", realtime(late("t", 60), incrementality=1))

    assert stop.value.code == "differential"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_vehicle_positions_alone_say_nothing_about_delays() -> None:
    for path in SAMPLES.glob("*.pb"):
        [found] = read("gtfs_rt", path.read_bytes())
        assert isinstance(found, Realtime)
        assert (found.updates, found.alerts) == ((), ())
