"""Writes a timetable of any size as a GTFS file: lines over a grid of stops, all day, every day of a year."""

import random
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Final

STOPS_A_TRIP: Final = 20
STOPS: Final = 12_000
ROUTES: Final = 1_000
SERVICES: Final = 300
WEST, SOUTH, EAST, NORTH = 11.3, 51.4, 14.7, 53.5


def write(path: Path, calls: int, *, today: date, seed: int = 1) -> int:
    """A feed with `calls` stop times, valid from yesterday on; the size of the file in bytes."""
    dice = random.Random(seed)  # noqa: S311  # the same file for the same seed, no secret
    trips = calls // STOPS_A_TRIP
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(
            "agency.txt",
            "agency_id,agency_name,agency_url,agency_timezone\n1,Testbus,https://bus.example,Europe/Berlin\n",
        )
        archive.writestr(
            "feed_info.txt",
            f"feed_publisher_name,feed_publisher_url,feed_lang,feed_version\nTestverbund,https://bus.example,de,{seed}\n",
        )
        archive.writestr("stops.txt", _stops(dice))
        archive.writestr(
            "routes.txt",
            "route_id,agency_id,route_short_name,route_long_name,route_type\n"
            + "".join(f"L{number}_700,1,{number},Linie {number},3\n" for number in range(ROUTES)),
        )
        archive.writestr("calendar.txt", _calendar(dice, today))
        archive.writestr("calendar_dates.txt", "service_id,date,exception_type\n")
        archive.writestr(
            "trips.txt",
            "route_id,service_id,trip_id,trip_headsign,direction_id\n"
            + "".join(
                f"L{number % ROUTES}_700,{number % SERVICES},{278_000_000 + number},Ziel {number % (ROUTES * 2)},0\n"
                for number in range(trips)
            ),
        )
        with archive.open("stop_times.txt", "w", force_zip64=True) as file:
            _stop_times(file, dice, trips)
    return path.stat().st_size


def stop_id(number: int) -> str:
    """The id of a stop; the first 100 lie in one corner and are the busiest."""
    return f"de:12069:{900_000_000 + number}"


def _stops(dice: random.Random) -> str:
    lines = ["stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code"]
    for number in range(STOPS):
        lat, lon = dice.uniform(SOUTH, NORTH), dice.uniform(WEST, EAST)
        lines.append(f'{stop_id(number)},"Ort {number}, Markt",{lat:.6f},{lon:.6f},1,,')
        lines.extend(
            f'{stop_id(number)}:{side},"Ort {number}, Markt",{lat:.6f},{lon:.6f},0,{stop_id(number)},{side}'
            for side in (1, 2)
        )
    return "\n".join(lines)


def _calendar(dice: random.Random, today: date) -> str:
    begin, end = today - timedelta(days=1), today + timedelta(days=200)
    rows = ["service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"]
    for number in range(SERVICES):
        days = ",".join("1" if dice.random() < 0.6 else "0" for _ in range(7))
        rows.append(f"{number},{days},{begin:%Y%m%d},{end:%Y%m%d}")
    return "\n".join(rows)


def _stop_times(file: IO[bytes], dice: random.Random, trips: int) -> None:
    """Trips of a line share their way; the first lines go through the busiest stops."""
    ways = [[int(STOPS * dice.random() ** 2) for _ in range(STOPS_A_TRIP)] for _ in range(ROUTES)]
    write = file.write
    write(b"trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n")
    lines: list[str] = []
    for number in range(trips):
        way, side = ways[number % ROUTES], number % 2 + 1
        clock = 4 * 60 + dice.randrange(20 * 60)
        for place in range(STOPS_A_TRIP):
            time = f"{clock // 60:02d}:{clock % 60:02d}:00"
            lines.append(f"{278_000_000 + number},{time},{time},{stop_id(way[place])}:{side},{place},0,0\n")
            clock += 1 + dice.randrange(4)
        if len(lines) > 50_000:
            write("".join(lines).encode())
            lines.clear()
    write("".join(lines).encode())
