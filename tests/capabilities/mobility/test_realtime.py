"""Delays, cancellations and disruptions: shown when they are fresh and belong to the timetable, never guessed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.capabilities.mobility.region import MONDAY, Transit
from tests.timetables import MARKET, STATION, VILLAGE, WIESENBURG, late, packed, realtime, village

NOW = int(MONDAY.timestamp())
DAY = "20261123"
PLANNED = [("23. 14:10", "RE7", "planned"), ("23. 14:15", "580", "planned")]


async def reported(transit: Transit, *entities: Mapping[str, Any], at: int = NOW) -> Any:
    """A timetable, and this report about it."""
    await transit.brings("gtfs", village())
    return await transit.brings("gtfs_rt", realtime(*entities, at=at))


def trip(trip_id: str, **more: Any) -> dict[str, Any]:
    return {"trip_id": trip_id, "start_date": DAY} | more


async def test_a_late_train_is_late_and_the_others_are_not_called_on_time(transit: Transit) -> None:
    report = await reported(transit, late("re-1", 330, day=DAY))

    assert (report.status, report.new, report.errors) == ("ok", 1, [])
    assert (await transit.board(STATION, limit=2))[:2] == [
        ("23. 14:15", "580", "planned"),
        ("23. 14:10", "RE7", "late 6"),
    ]
    page = await transit.page(f"/mobility/stops/{STATION}")
    assert "6 Minuten später" in page
    assert "<s>14:10</s> <strong>14:15</strong>" in page
    assert "Mit Verspätungen, Stand 14:00" in page
    assert "pünktlich" not in page


async def test_a_train_that_should_have_left_is_still_there(transit: Transit) -> None:
    await reported(transit, late("re-1", 1800, day=DAY))
    transit.now = MONDAY + timedelta(minutes=3)

    later = datetime(2026, 11, 23, 13, 20, tzinfo=UTC)
    found = await transit.board(STATION, limit=2, **{"from": later.isoformat()})

    assert found[0] == ("23. 14:10", "RE7", "late 30")


async def test_a_delay_holds_for_the_stops_that_follow_and_for_none_before(transit: Transit) -> None:
    await reported(transit, late("re-1", 300, day=DAY, sequence=1))
    assert ("23. 14:10", "RE7", "late 5") in await transit.board(STATION)

    await transit.brings("gtfs_rt", realtime(late("re-1", 300, day=DAY, sequence=2), at=NOW))
    assert (await transit.board(WIESENBURG))[0] == ("23. 14:01", "RE7", "planned")


async def test_on_time_is_said_only_when_it_was_reported(transit: Transit) -> None:
    await reported(transit, late("re-1", 0, day=DAY))

    assert (await transit.board(STATION, limit=2))[:2] == [("23. 14:10", "RE7", "on_time"), PLANNED[1]]


@pytest.mark.parametrize(
    ("entity", "words"),
    [
        ({"trip_update": {"trip": trip("bus-1", schedule_relationship="CANCELED")}}, "Fällt aus"),
        (
            {
                "trip_update": {
                    "trip": trip("bus-1"),
                    "stop_time_update": [{"stop_sequence": 1, "schedule_relationship": "SKIPPED"}],
                }
            },
            "Hält hier nicht",
        ),
        (
            {
                "trip_update": {
                    "trip": trip("bus-1"),
                    "stop_time_update": [{"stop_id": f"{STATION}:2:2", "schedule_relationship": "SKIPPED"}],
                }
            },
            "Hält hier nicht",
        ),
    ],
    ids=["cancelled", "skipped by place", "skipped by stop"],
)
async def test_what_does_not_leave_is_struck_through_with_words(
    transit: Transit, entity: Mapping[str, Any], words: str
) -> None:
    await reported(transit, entity)

    page = await transit.page(f"/mobility/stops/{STATION}")

    row = page[page.index("<s>14:15</s>") :]
    assert words in row[: row.index("</tr>")]
    assert (await transit.board(STATION))[1][2] in ("cancelled", "skipped")


async def test_times_and_stops_count_as_well_as_delays_and_places(transit: Transit) -> None:
    leaves = int(datetime(2026, 11, 23, 13, 19, tzinfo=UTC).timestamp())
    update = {"stop_id": f"{STATION}:2:2", "departure": {"time": leaves}}

    await reported(transit, {"trip_update": {"trip": trip("bus-1"), "stop_time_update": [update]}})

    assert ("23. 14:15", "580", "late 4") in await transit.board(STATION)


async def test_an_update_without_a_day_means_today(transit: Transit) -> None:
    await reported(transit, late("re-1", 300))

    found = await transit.board(STATION, limit=40)

    assert ("23. 14:10", "RE7", "late 5") in found
    assert ("24. 14:10", "RE7", "planned") in found


async def test_no_data_is_no_delay(transit: Transit) -> None:
    stops = [
        {"stop_sequence": 1, "departure": {"delay": 600}},
        {"stop_sequence": 2, "schedule_relationship": "NO_DATA"},
    ]

    await reported(transit, {"trip_update": {"trip": trip("re-1"), "stop_time_update": stops}})

    assert (await transit.board(STATION))[0] == PLANNED[0]


async def test_an_additional_ride_stands_on_the_board(transit: Transit) -> None:
    leaves = int(datetime(2026, 11, 23, 13, 12, tzinfo=UTC).timestamp())
    stops = [
        {"stop_id": f"{STATION}:2:2", "departure": {"time": leaves}},
        {"stop_id": f"{MARKET}::1", "arrival": {"time": leaves + 420}},
    ]
    descriptor = {"trip_id": "new-1", "route_id": "580_700", "schedule_relationship": "ADDED"}

    await reported(transit, {"trip_update": {"trip": descriptor, "stop_time_update": stops}})

    assert (await transit.board(STATION))[1] == ("23. 14:12", "580", "extra")
    assert "Zusätzliche Fahrt" in await transit.page(f"/mobility/stops/{STATION}")
    assert not [one for one in await transit.board(MARKET) if one[2] == "extra"]


async def test_a_report_for_another_release_is_told_and_ignored(transit: Transit) -> None:
    strange = [late(f"other-{number}", 600, day=DAY) for number in range(9)]

    report = await reported(transit, late("re-1", 300, day=DAY), *strange)

    assert report.errors == [
        "Die Verspätungen gehören zu einer anderen Ausgabe des Fahrplans. Sie werden nicht gezeigt."
    ]
    assert (await transit.board(STATION, limit=2))[:2] == PLANNED
    assert "nicht bekannt" in await transit.page(f"/mobility/stops/{STATION}")


async def test_trips_that_were_cut_off_do_not_make_it_another_release(transit: Transit) -> None:
    berlin = "trip_id,departure_time,stop_id,stop_sequence\n" + "".join(
        f"b{number},8:00:00,de:11000:900003201,1\nb{number},9:00:00,de:11000:900003201,2\n" for number in range(20)
    )
    trips = "route_id,service_id,trip_id\n580_700,W,bus-1\n" + "".join(f"580_700,W,b{one}\n" for one in range(20))
    times = f"{berlin}bus-1,14:15:00,{STATION}:2:2,1\nbus-1,14:22:00,{MARKET}::1,2\n"
    await transit.brings("gtfs", village(trips=trips, stop_times=times))

    updates = [late(f"b{number}", 60, day=DAY) for number in range(20)]
    report = await transit.brings("gtfs_rt", realtime(*updates, late("bus-1", 120, day=DAY, sequence=1), at=NOW))

    assert report.errors == []
    assert (await transit.board(STATION))[0] == ("23. 14:15", "580", "late 2")


async def test_the_last_report_is_laid_onto_a_new_release(transit: Transit) -> None:
    await reported(transit, late("re-1", 300, day=DAY))
    renamed = {name: text.replace("re-1,", "re-new,") for name, text in VILLAGE.items()}

    await transit.brings("gtfs", packed(VILLAGE | {"feed_info.txt": "feed_publisher_name,feed_version\nX,2\n"}))
    assert ("23. 14:10", "RE7", "late 5") in await transit.board(STATION)

    await transit.brings("gtfs", packed(renamed))
    assert (await transit.board(STATION, limit=2))[:2] == PLANNED


@pytest.mark.parametrize("at", [NOW - 3600, 0, NOW + 3600], ids=["old", "without a time", "from the future"])
async def test_a_stale_report_is_not_shown(transit: Transit, at: int) -> None:
    report = await reported(transit, late("re-1", 300, day=DAY), at=at)

    assert ("zu alt" in "".join(report.errors)) == (at <= NOW)
    assert (await transit.board(STATION, limit=2))[:2] == PLANNED
    page = await transit.page(f"/mobility/stops/{STATION}")
    assert "Verspätungen sind gerade nicht bekannt" in page


async def test_what_was_fresh_grows_old(transit: Transit) -> None:
    await reported(transit, late("re-1", 1200, day=DAY))
    assert ("23. 14:10", "RE7", "late 20") in await transit.board(STATION)

    transit.now = MONDAY + timedelta(minutes=6)

    assert (await transit.board(STATION, limit=2))[:2] == PLANNED


async def test_what_is_not_reported_any_more_is_gone(transit: Transit) -> None:
    await reported(transit, late("re-1", 300, day=DAY), late("bus-1", 300, day=DAY, sequence=1))

    report = await transit.brings("gtfs_rt", realtime(late("re-1", 300, day=DAY), at=NOW + 30))

    assert (report.unchanged, report.gone) == (1, 1)
    assert PLANNED[1] in await transit.board(STATION)


async def test_a_report_without_a_timetable_is_told(transit: Transit) -> None:
    report = await transit.brings("gtfs_rt", realtime(late("re-1", 300, day=DAY), at=NOW))

    assert report.errors == ["Es gibt noch keinen Fahrplan, zu dem diese Verspätungen gehören könnten."]


async def test_a_report_that_came_before_its_timetable_counts_once_that_is_there(transit: Transit) -> None:
    await transit.brings("gtfs_rt", realtime(late("re-1", 300, day=DAY), at=NOW))

    await transit.brings("gtfs", village())

    assert ("23. 14:10", "RE7", "late 5") in await transit.board(STATION)


async def test_a_disruption_stands_at_its_stops_and_lines_while_it_holds(transit: Transit) -> None:
    alert = {
        "active_period": [{"start": NOW - 60, "end": NOW + 7200}],
        "informed_entity": [{"route_id": "580_700"}],
        "header_text": {"translation": [{"text": "Umleitung am Markt", "language": "de"}]},
        "description_text": {"translation": [{"text": "Der Bus <b>hält</b> nicht.", "language": "de"}]},
    }
    await reported(transit, {"alert": alert})

    assert "Umleitung am Markt" in await transit.page(f"/mobility/stops/{STATION}")
    assert "Der Bus hält nicht." in await transit.page(f"/mobility/stops/{STATION}")
    assert "Umleitung" not in await transit.page(f"/mobility/stops/{WIESENBURG}")
    transit.now = MONDAY + timedelta(hours=3)
    assert "Umleitung" not in await transit.page(f"/mobility/stops/{STATION}")


async def test_without_realtime_the_board_says_that_times_are_planned(transit: Transit) -> None:
    await transit.brings("gtfs", village())

    assert "Das sind die geplanten Zeiten" in await transit.page(f"/mobility/stops/{STATION}")
    assert (await transit.json(f"/stops/{STATION}/departures"))["realtime"] == "none"
