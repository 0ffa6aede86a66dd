"""Timetables are read whole, cut to a region, and refused with a reason when they are none."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from app.feeds.connector import InvalidConfig, Stop
from app.feeds.connectors.gtfs.moments import Times, day_of
from app.feeds.connectors.gtfs.release import Release, TripRow, read
from app.feeds.registry import connector
from tests.timetables import MARKET, STATION, VILLAGE, WIESENBURG, packed, village

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "gtfs"
TODAY = date(2026, 11, 22)


def inside(lats: list[float], lons: list[float]) -> list[bool]:
    """The district: everything west of 13 degrees."""
    return [lon < 13 for lon in lons]


def everywhere(lats: list[float], lons: list[float]) -> list[bool]:
    return [True] * len(lats)


def release(folder: Path, body: bytes, *, today: date = TODAY) -> Release:
    path = folder / "gtfs.zip"
    path.write_bytes(body)
    return read(path, inside, today=today)


def calls(found: Release) -> list[tuple[str, str, int, int]]:
    """Stop, trip, departure in minutes, pickup type of everything one can board."""
    ids = {row.number: row.source_id for row in found.stop_rows}
    trips = {row.number: row.source_id for row in found.trips()}
    return [
        (ids[stop], trips[trip], departs // 60, asked)
        for part in found.parts()
        for stop, departs, trip, asked in zip(
            part.stops.tolist(), part.departs.tolist(), part.trips.tolist(), part.asked.tolist(), strict=True
        )
    ]


def trip(found: Release, source_id: str) -> TripRow:
    return next(row for row in found.trips() if row.source_id == source_id)


def stopped(body: bytes, tmp_path: Path) -> str:
    with pytest.raises(Stop) as stop:
        release(tmp_path, body)
    return stop.value.code


def test_what_can_be_boarded_in_the_region_is_there(tmp_path: Path) -> None:
    found = release(tmp_path, village())

    assert calls(found) == [
        (f"{STATION}:1:1", "re-1", 14 * 60 + 10, 0),
        (f"{STATION}:1:1", "re-night", 24 * 60 + 5, 0),
        (f"{STATION}:2:2", "bus-1", 14 * 60 + 15, 0),
        (f"{MARKET}::2", "bus-2", 14 * 60 + 30, 2),
        (WIESENBURG, "re-1", 14 * 60 + 1, 0),
        (WIESENBURG, "re-night", 23 * 60 + 51, 0),
    ]
    assert not found.calls.unreadable
    assert [row.source_id for row in found.stop_rows if "11000" in row.source_id] == []


def test_a_trip_keeps_its_destination_outside_of_the_region(tmp_path: Path) -> None:
    found = release(tmp_path, village())

    assert trip(found, "re-1").headsign == "Berlin Hauptbahnhof"  # no headsign: where it ends
    assert trip(found, "re-1").departs == [14 * 3600 + 60, 14 * 3600 + 600]
    assert trip(found, "bus-1").headsign == "Markt"


def test_stations_have_keys_that_stay(tmp_path: Path) -> None:
    found = release(tmp_path, village())
    stations = {row.key: row.name for row in found.stop_rows if row.station == row.number}

    assert stations == {
        STATION: "Bad Belzig, Bahnhof",
        MARKET: "Bad Belzig, Markt",
        WIESENBURG: "Wiesenburg Bahnhof",
    }


def test_a_stop_without_such_an_id_is_named_by_name_and_place(tmp_path: Path) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\nx1,Lüsse Dorf,52.1540,12.6530\nx2,Lüsse Dorf,52.1541,12.6531\n"
    times = "trip_id,departure_time,stop_id,stop_sequence\nbus-1,8:00:00,x1,1\nbus-1,8:05:00,x2,2\n"
    renamed = stops.replace("x1", "y7").replace("x2", "y8")

    first = release(tmp_path, village(stops=stops, stop_times=times))
    second = release(tmp_path, village(stops=renamed, stop_times=times.replace("x1", "y7").replace("x2", "y8")))

    assert {row.key for row in first.stop_rows} == {row.key for row in second.stop_rows} == {"luesse-dorf-5215-1265"}
    assert {row.station for row in first.stop_rows} == {0}


def test_services_run_by_weekday_and_exception(tmp_path: Path) -> None:
    found = release(tmp_path, village())
    active = dict(found.services.active())
    service = trip(found, "bus-1").service

    def runs(day: date) -> bool:
        return bool(active[day][service >> 3] >> (service & 7) & 1)

    assert runs(date(2026, 11, 23))  # a Monday
    assert not runs(date(2026, 11, 22))
    assert runs(date(2026, 11, 28))  # a Saturday, added
    assert not runs(date(2026, 12, 24))  # taken out
    assert min(active) == date(2026, 11, 20)


def test_calendar_dates_alone_are_enough(tmp_path: Path) -> None:
    dates = "service_id,date,exception_type\nW,20261123,1\nA,20261123,1\n"

    found = release(tmp_path, village(without="calendar.txt", calendar_dates=dates))

    assert [day for day, _ in found.services.active()] == [date(2026, 11, 23)]


def test_trips_that_run_every_half_hour_become_departures(tmp_path: Path) -> None:
    often = "trip_id,start_time,end_time,headway_secs\nbus-1,06:00:00,07:30:00,1800\n"

    found = release(tmp_path, village(frequencies=often))

    assert [minutes for stop, _, minutes, _ in calls(found) if stop == f"{STATION}:2:2"] == [360, 390, 420]
    assert "bus-1" not in {row.source_id for row in found.trips()}  # realtime can't mean one of them


def test_a_stop_without_a_time_gets_one_between_its_neighbours(tmp_path: Path) -> None:
    times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        f"bus-1,8:00:00,8:00:00,{STATION}:2:2,1\nbus-1,,,{MARKET}::1,2\nbus-1,8:20:00,8:20:00,{WIESENBURG},3\n"
        f"bus-1,8:30:00,8:30:00,{STATION}:1:1,4\n"
    )

    found = release(tmp_path, village(stop_times=times))

    assert (f"{MARKET}::1", "bus-1", 490, 0) in calls(found)


@pytest.mark.parametrize("name", ["stops.txt", "routes.txt", "trips.txt", "stop_times.txt"])
def test_a_missing_table_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(Stop, match=name):
        release(tmp_path, village(without=name))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"stop_sequence is missing in stop_times\.txt"):
        release(tmp_path, village(stop_times="trip_id,departure_time,stop_id\n"))


def test_optional_columns_and_files_may_be_missing(tmp_path: Path) -> None:
    tables = dict(VILLAGE) | {
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\n{STATION},Bahnhof,52.136,12.595\nz,Ziel,52.1,12.4\n",
        "routes.txt": "route_id,route_type\n580_700,3\n",
        "trips.txt": "route_id,service_id,trip_id\n580_700,W,bus-1\n",
        "stop_times.txt": "trip_id,departure_time,stop_id,stop_sequence\n"
        f"bus-1,08:00:00,{STATION},1\nbus-1,08:10:00,z,2\n",
    }
    del tables["agency.txt"], tables["feed_info.txt"]

    found = release(tmp_path, packed(tables))

    assert calls(found) == [(STATION, "bus-1", 480, 0)]
    assert trip(found, "bus-1").headsign == "Ziel"
    assert found.covers[0].zone == "Europe/Berlin"


@pytest.mark.parametrize("folder", ["GTFS", "export/2026/gtfs"])
def test_a_nested_folder_is_found(folder: str, tmp_path: Path) -> None:
    assert len(calls(release(tmp_path, packed(VILLAGE, folder)))) == 6


def test_two_timetables_in_one_file_are_both_taken(tmp_path: Path) -> None:
    other = {name: text.replace("bus-", "ferry-").replace("580", "F1") for name, text in VILLAGE.items()}

    found = release(tmp_path, packed(VILLAGE, "bus", ferry=other))

    assert len(calls(found)) == 12
    assert len(found.covers) == 2
    assert {row.line for row in found.routes} == {"RE7", "580", "F1"}
    assert len({row.key for row in found.stop_rows}) == 3


def test_marks_and_quotes_and_other_encodings_are_read(tmp_path: Path) -> None:
    marked = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in VILLAGE.items()}
    western = {name: text.encode("cp1252") for name, text in VILLAGE.items()}

    for body in (packed(marked), packed(western)):
        found = release(tmp_path, body)
        assert len(calls(found)) == 6
        assert found.routes[0].operator == 'Regiobahn "Fläming" GmbH'


def test_rows_that_make_no_sense_lose_only_themselves(tmp_path: Path) -> None:
    noise = "bus-1,8:00\nnobody,8:00:00,8:00:00,x,1,0\nbus-1,8:00:00,8:00:00,nowhere,9,0\nbus-1,a,b,c,d,e\n\n"

    found = release(tmp_path, village(stop_times=VILLAGE["stop_times.txt"] + noise))

    assert found.calls.unreadable == 4
    assert len([one for one in calls(found) if one[1] != "bus-1"]) == 5


def test_an_archive_in_an_archive_is_told(tmp_path: Path) -> None:
    assert stopped(packed({"gtfs.zip": village()}), tmp_path) == "nested-zip"


def test_what_is_no_timetable_is_told(tmp_path: Path) -> None:
    assert stopped(b"PK no", tmp_path) == "no-zip"
    assert stopped(packed({"readme.txt": "hello"}), tmp_path) == "incomplete"
    assert stopped(village()[:-200], tmp_path) == "no-zip"


def test_a_bomb_is_refused_before_it_bursts(tmp_path: Path) -> None:
    bomb = packed(dict(VILLAGE) | {"shapes.txt": b"0" * 300_000_000})
    many = packed(dict(VILLAGE) | {f"extra-{number}.txt": "x" for number in range(600)})

    assert len(bomb) < 400_000
    assert stopped(bomb, tmp_path) == "bomb"
    assert stopped(many, tmp_path) == "too-many-files"


def test_a_damaged_table_is_told(tmp_path: Path) -> None:
    body = bytearray(village())
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        start = archive.getinfo("stop_times.txt").header_offset + 60
    body[start : start + 40] = bytes(40)

    assert stopped(bytes(body), tmp_path) == "no-zip"


def test_times_go_on_after_midnight() -> None:
    times = Times()

    assert [times[text] for text in ("8:05:00", "25:10:30", " 08:00", "", "8.30", "200:00:00")] == [
        29100,
        90630,
        28800,
        -1,
        -1,
        -1,
    ]
    assert day_of("20260229") is None


def test_a_box_is_checked() -> None:
    code = connector("gtfs")

    assert code.configured({"url": "https://x.example/", "bbox": "11,51,15,54"}).box == (11, 51, 15, 54)
    for wrong in ("11,51,15", "15,51,11,54", "a,b,c,d", "11,51,15,95"):
        with pytest.raises(InvalidConfig, match="bbox"):
            code.configured({"url": "https://x.example/", "bbox": wrong})


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_files_of_others_are_read() -> None:
    tram = read(SAMPLES / "vbb__vbb-m5-2026-06-03.gtfs.zip", everywhere, today=date(2026, 6, 5))
    old = read(SAMPLES / "google__sample-feed-1.zip", everywhere, today=date(2007, 6, 5))

    assert tram.call_count > 20
    assert tram.sign_texts[1].startswith("Prerower Platz")
    assert all(row.key.startswith("de:") for row in tram.stop_rows)
    assert old.covers[0].zone == "America/Los_Angeles"
    assert old.trip_count == 11
    assert old.call_count > 100  # trips every half hour
    assert not old.calls.unreadable
