"""Departures at the right moment: after midnight, in the nights of the clock change, part by part."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.capabilities.mobility.board import base_of
from tests.capabilities.mobility.region import Transit
from tests.timetables import MARKET, STATION, VILLAGE, village

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

NIGHT = "\n".join(
    ["trip_id,departure_time,stop_id,stop_sequence"]
    + [f"n{hour},{hour}:30:00,{STATION}:1:1,1\nn{hour},{hour + 1}:00:00,{MARKET}::1,2" for hour in range(30)]
)
NIGHTS = village(
    trips="route_id,service_id,trip_id\n" + "".join(f"17_100,A,n{hour}\n" for hour in range(30)),
    stop_times=NIGHT,
    calendar_dates="service_id,date,exception_type\n",
)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 6, 1), datetime(2026, 5, 31, 22, tzinfo=UTC)),
        # The clocks jump at 2: noon minus 12 hours is 23 o'clock of the day before.
        (SPRING, datetime(2026, 3, 28, 22, tzinfo=UTC)),
        (AUTUMN, datetime(2026, 10, 24, 23, tzinfo=UTC)),
    ],
)
def test_seconds_count_from_noon_minus_twelve_hours(day: date, first: datetime) -> None:
    assert base_of(day, BERLIN) == first


async def test_a_train_after_midnight_belongs_to_the_evening_before(transit: Transit) -> None:
    await transit.brings("gtfs", village())
    transit.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 0:00 on Tuesday

    answer = await transit.json(f"/stops/{STATION}/departures", limit=1)

    assert answer["items"][0]["planned_at"] == "2026-11-23T23:05:00Z"
    assert answer["items"][0]["service_day"] == "2026-11-23"


async def test_on_saturday_the_bus_rests_unless_it_was_added(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    for month, day, runs in (("12", "05", False), ("11", "28", True), ("11", "30", True)):
        found = await transit.board(STATION, **{"from": f"2026-{month}-{day}T12:00Z"})
        assert (f"{day}. 14:15", "580", "planned") in found or not runs
        assert runs or not [one for one in found if one[1] == "580" and one[0].startswith(day)]


async def test_the_night_with_a_missing_hour(transit: Transit) -> None:
    transit.now = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
    await transit.brings("gtfs", NIGHTS)

    found = [one[0] for one in await transit.board(STATION, limit=6)]

    # Of the evening before 24:30 … 29:30, of the new day 0:30 …, which is an hour earlier on that morning.
    assert found[:4] == ["29. 00:30", "29. 00:30", "29. 01:30", "29. 01:30"]
    assert not [one for one in found if one.startswith("29. 02")]
    assert found == sorted(found)


async def test_the_night_with_an_hour_twice(transit: Transit) -> None:
    transit.now = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    await transit.brings("gtfs", NIGHTS)

    page = await transit.page(f"/mobility/stops/{STATION}")

    assert "02:30 CEST" in page
    assert "02:30 CET" in page
    assert page.index("02:30 CEST") < page.index("02:30 CET")


async def test_parts_follow_each_other_without_gaps_or_repetitions(transit: Transit) -> None:
    every = "trip_id,start_time,end_time,headway_secs\nbus-1,00:00:00,24:00:00,60\nbus-2,05:00:00,22:00:00,60\n"
    await transit.brings("gtfs", village(frequencies=every))
    seen: list[datetime] = []
    since = "2026-11-23T05:00Z"

    for _ in range(6):
        answer = await transit.json(f"/stops/{STATION}/departures", limit=25, **{"from": since})
        seen += [datetime.fromisoformat(one["planned_at"]) for one in answer["items"] if one["line"] == "580"]
        since = answer["next"]

    begin = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert seen == [begin + timedelta(minutes=number) for number in range(len(seen))]
    assert len(seen) > 120


async def test_a_day_and_a_time_can_be_chosen(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    page = await transit.page(f"/mobility/stops/{STATION}?day=2026-11-25&time=14:12")
    wrong = await transit.page(f"/mobility/stops/{STATION}?day=morgen&time=14:12")
    late = await transit.page(f"/mobility/stops/{STATION}?time=25:00")

    assert "Mi., 25. November" in page or "Übermorgen" in page
    assert "14:10" not in page.split("<caption>")[1]
    assert "14:15" in page
    assert "Schreiben Sie den Tag so" in wrong
    assert "Schreiben Sie die Uhrzeit so" in late


@pytest.mark.parametrize("since", ["gestern", "2026-11-23T05:00", "1999-01-01T00:00Z", "2026-11-23T25:00Z"])
async def test_a_moment_that_is_none_is_refused(transit: Transit, since: str) -> None:
    await transit.brings("gtfs", village())

    answer = await transit.belzig.get(f"/api/v1/mobility/stops/{STATION}/departures", params={"from": since})

    assert answer.status_code == 422


async def test_only_what_one_can_board_stands_there(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    market = await transit.json(f"/stops/{MARKET}/departures", limit=1)

    assert [one["on_request"] for one in market["items"]] == [True]  # bus-2; bus-1 ends here
    assert "Nur mit Anmeldung" in await transit.page(f"/mobility/stops/{MARKET}")


async def test_the_timetable_may_be_in_any_order(transit: Transit) -> None:
    head, *rows = VILLAGE["stop_times.txt"].splitlines()

    await transit.brings("gtfs", village(stop_times="\n".join([head, *reversed(rows)])))

    assert (await transit.board(STATION, limit=2))[:2] == [
        ("23. 14:10", "RE7", "planned"),
        ("23. 14:15", "580", "planned"),
    ]
