"""A release takes the place of the last one whole, or not at all; the boards stay readable all the time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.capabilities.mobility import load
from app.kit import clock
from app.tenancy.regions import region
from tests.capabilities.mobility.region import TABLES, Transit
from tests.feeds.region.district import NAME
from tests.timetables import MARKET, STATION, VILLAGE, packed, village

NEXT = village(feed_info=VILLAGE["feed_info.txt"].replace("2026-11", "2026-12"))
STAYS = [("23. 14:10", "RE7", "planned"), ("23. 14:15", "580", "planned"), ("24. 00:05", "RE7", "planned")]


async def test_a_timetable_fills_the_boards_of_its_towns(transit: Transit) -> None:
    report = await transit.brings("gtfs", village(), attribution="Verkehrsverbund", licence="CC-BY-4.0")

    assert (report.status, report.new, report.errors) == ("ok", 3, [])
    stops = (await transit.json("/stops"))["items"]
    assert [(one["id"], one["name"], one["lines"]) for one in stops] == [
        (STATION, "Bad Belzig, Bahnhof", ["RE7", "580"]),
        (MARKET, "Bad Belzig, Markt", ["580"]),
    ]
    assert stops[0]["source"]["name"] == "Verkehrsverbund"
    assert stops[0]["source"]["licence"] == "CC-BY-4.0"
    assert (await transit.board(STATION, limit=3))[:3] == STAYS


async def test_a_new_release_takes_the_place_of_the_last_one(transit: Transit) -> None:
    await transit.brings("gtfs", village())
    before = {table: await transit.count(table) for table in TABLES}

    later = village(stop_times=VILLAGE["stop_times.txt"].replace("14:15:00,14:15:00", "14:45:00,14:45:00"))
    report = await transit.brings("gtfs", later)

    assert (report.status, report.changed, report.gone) == ("ok", 3, 0)
    assert (await transit.board(STATION))[1] == ("23. 14:45", "580", "planned")
    assert {table: await transit.count(table) for table in TABLES} == before  # the last one is gone


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>Wartung</html>", "keine Zip-Datei"),
        (village(without="trips.txt"), "trips.txt fehlt"),
        (village(stops="stop_id,stop_name,stop_lat,stop_lon\nx,Hamburg,53.55,10.0\n"), "Keine Haltestelle"),
        (
            village(
                calendar="service_id,start_date,end_date\n",
                calendar_dates="service_id,date,exception_type\nA,20260101,1\n",
            ),
            "galt bis 01.01.2026",
        ),
        (packed({"gtfs.zip": b"PK"}), "weitere Zip-Dateien"),
    ],
    ids=["page", "incomplete", "elsewhere", "ended", "nested"],
)
async def test_a_failed_release_leaves_the_boards_as_they_were(transit: Transit, body: bytes, says: str) -> None:
    await transit.brings("gtfs", village())
    before = {table: await transit.count(table) for table in TABLES}

    report = await transit.brings("gtfs", body)

    assert report.status == "failed"
    assert says in report.errors[0]
    assert (await transit.board(STATION, limit=3))[:3] == STAYS
    assert {table: await transit.count(table) for table in TABLES} == before


async def test_a_run_that_breaks_in_the_middle_leaves_nothing_behind(
    transit: Transit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await transit.brings("gtfs", village())
    before = {table: await transit.count(table) for table in TABLES}

    def breaks(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(load, "_blocks", breaks)
    report = await transit.brings("gtfs", NEXT)

    assert report.status == "failed"
    assert (await transit.board(STATION, limit=3))[:3] == STAYS
    assert {table: await transit.count(table) for table in TABLES} == before


async def test_what_a_killed_run_left_is_swept_by_the_next(transit: Transit) -> None:
    await transit.brings("gtfs", village())
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("INSERT INTO transit_release (id, feed, state) VALUES (99, 'gtfs', 'loading')")
        await scope.fetch("INSERT INTO transit_day (release, day, active) VALUES (99, '2026-11-23', '\\x01')")

    await transit.brings("gtfs", NEXT)

    assert await transit.count("transit_release") == 1


async def test_a_release_that_lost_most_stops_is_held(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "HOLD_FROM", 4)
    await transit.brings("gtfs", village())

    few = "\n".join(line for line in VILLAGE["stops.txt"].splitlines() if "Bahnhof" not in line or "Berlin" in line)
    report = await transit.brings("gtfs", village(stops=few))

    assert report.status == "failed"
    assert "mehr als die Hälfte" in report.errors[0]
    assert len((await transit.json("/stops"))["items"]) == 2


async def test_boards_are_readable_while_a_release_is_loaded(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    await transit.brings("gtfs", village())
    monkeypatch.setattr(load, "GRACE_SECONDS", 0.2)
    running = asyncio.ensure_future(transit.brings("gtfs", NEXT))
    seen = []

    while not running.done():
        seen.append((await transit.board(STATION, limit=3))[:3])
        await asyncio.sleep(0)

    assert (await running).status == "ok"
    assert len(seen) > 3
    assert all(board == STAYS for board in seen)


async def test_the_same_file_is_not_loaded_again_on_the_same_day(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    assert (await transit.brings("gtfs", village())).status == "unchanged"
    transit.now += timedelta(days=1)
    assert (await transit.brings("gtfs", village())).status == "ok"  # the calendar reaches a day further


async def test_two_runs_at_once_leave_one_release(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    reports = await asyncio.gather(transit.brings("gtfs", NEXT), transit.brings("gtfs", NEXT))

    assert sorted(one.status for one in reports) == ["ok", "unchanged"]
    assert await transit.count("transit_release") == 1
    assert (await transit.board(STATION, limit=3))[:3] == STAYS


async def test_two_timetables_in_a_file_are_taken_and_told(transit: Transit) -> None:
    report = await transit.brings("gtfs", packed(VILLAGE, "bahn", bus=VILLAGE))

    assert report.errors == ["Die Zip-Datei enthält mehrere Fahrpläne. Alle wurden übernommen."]
    assert len(await transit.board(STATION, limit=40)) == 2 * len(set(await transit.board(STATION, limit=40)))


async def test_an_ended_timetable_is_better_than_none(transit: Transit) -> None:
    transit.now = datetime(2029, 1, 1, 12, tzinfo=UTC)

    report = await transit.brings("gtfs", village())

    assert "abgelaufen" in report.errors[0]
    assert len((await transit.json("/stops"))["items"]) == 2
    assert await transit.board(STATION) == []
    assert "fährt hier nichts" in await transit.page(f"/mobility/stops/{STATION}")


async def test_without_a_timetable_the_page_says_so(transit: Transit) -> None:
    assert "gibt es noch keinen Fahrplan" in await transit.page("/mobility")
    with clock.at(transit.now):
        assert (await transit.belzig.get(f"/mobility/stops/{STATION}")).status_code == 404
        assert (await transit.belzig.get(f"/api/v1/mobility/stops/{STATION}/departures")).status_code == 404
