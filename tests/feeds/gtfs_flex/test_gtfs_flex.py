"""Buses that come when called: where, when and how to order, also from files that say it in another way."""

import pytest

from app.feeds.connector import Stop
from app.feeds.items import OnDemand
from tests.feeds.reading import problems, read
from tests.timetables import FLEX, VILLAGE, flex, packed, village


def bus(body: bytes, **options: str) -> OnDemand:
    found = [one for one in read("gtfs_flex", body, **options) if isinstance(one, OnDemand)]
    assert len(found) == 1
    return found[0]


def test_stops_of_a_group_and_the_area_are_there() -> None:
    found = bus(flex())

    assert [stop.name for stop in found.stops] == ["Bad Belzig, Markt", "Lüsse, Dorf"]
    assert found.area is not None
    assert len(found.area.polygons) == 1
    assert found.area_names == ("Hoher Fläming", "Bad Belzig und Dörfer")


def test_a_day_before_until_an_hour() -> None:
    rule = (
        "booking_rule_id,booking_type,prior_notice_last_day,prior_notice_last_time,phone_number\nheute,2,1,18:00:00,1\n"
    )

    [booking] = bus(flex(booking_rules=rule)).bookings

    assert (booking.kind, booking.days_before, f"{booking.until}") == ("days_before", 1, "18:00:00")


def test_without_a_rule_the_operators_number_counts() -> None:
    rule = "booking_rule_id,booking_type\nheute,0\n"

    assert bus(flex(booking_rules=rule)).phone == "03381 000"
    assert bus(flex(booking_rules=rule, agency="agency_name\nBus\n"), phone="112 233").phone == "112 233"


def test_a_line_with_a_timetable_that_must_be_ordered_counts_too() -> None:
    found = bus(village())

    assert found.title == "Stadtbus"
    assert found.phone == "03381 000"
    assert [(one.start, one.end, one.weekdays) for one in found.windows] == [(52200, 52200, (1, 2, 3, 4, 5))]


def test_a_timetable_without_such_lines_gives_nothing() -> None:
    times = VILLAGE["stop_times.txt"].replace(",1,2\n", ",1,0\n")

    assert read("gtfs_flex", village(stop_times=times)) == []


def test_areas_that_cannot_be_read_lose_only_themselves() -> None:
    found = read("gtfs_flex", packed(FLEX | {"locations.geojson": "{not json"}))

    assert [one.reason for one in problems(found)] == ["The areas of the on-demand buses can't be read."]
    assert [one.title for one in found if isinstance(one, OnDemand)] == ["Rufbus Hoher Fläming"]


def test_an_area_may_stand_where_a_stop_belongs() -> None:
    times = (
        "trip_id,stop_id,stop_sequence,start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type\n"
        "r5-w,flaeming,1,06:00:00,20:00:00,2\nr5-w,g1,2,06:00:00,20:00:00,2\n"
    )

    found = bus(flex(stop_times=times))

    assert found.area is not None
    assert len(found.area.polygons) == 1
    assert len(found.stops) == 2


def test_what_is_no_timetable_is_told() -> None:
    for body, code in ((packed({"a.txt": "x"}), "incomplete"), (b"<html>x</html>", "web-page"), (b"PK", "no-zip")):
        with pytest.raises(Stop) as stop:
            read("gtfs_flex", body)
        assert stop.value.code == code
