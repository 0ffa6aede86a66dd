"""Rides that have to be ordered, out of trips and stop times: by line, where and when."""

from collections import defaultdict
from typing import Final

import msgspec

from app.feeds.connectors.gtfs import tables
from app.feeds.connectors.gtfs.moments import Times
from app.kit.zipped import Zipped

_BY_PHONE: Final = "2"
_NOBODY_BOARDS: Final = "1"


class Line(msgspec.Struct):
    """What is known of the rides of one route; dictionaries keep the order of the file."""

    areas: dict[str, None] = {}
    groups: dict[str, None] = {}
    stops: dict[str, None] = {}
    rules: dict[str, None] = {}
    windows: dict[tuple[str, int, int], None] = {}
    """(service, from, to)."""
    by_phone: dict[str, tuple[int, int]] = {}
    """Service → first and last departure of rides with a timetable that must be ordered."""


class Rides:
    """The rides of one feed."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, Line] = defaultdict(Line)

    def read(self, archive: Zipped, folder: str) -> None:
        """Read trips and stop times; what has no window and can be boarded without a call is left out."""
        trips = {
            row("trip_id"): (row("route_id"), row("service_id"))
            for row in tables.records(archive, folder, "trips.txt", "trip_id", "route_id", "service_id")
        }
        times = Times()
        for row in tables.records(archive, folder, "stop_times.txt", "trip_id"):
            if row("trip_id") not in trips or row("pickup_type") == _NOBODY_BOARDS:
                continue
            route, service = trips[row("trip_id")]
            begin, end = times[row("start_pickup_drop_off_window")], times[row("end_pickup_drop_off_window")]
            rule = row("pickup_booking_rule_id") or row("drop_off_booking_rule_id")
            if 0 <= begin < end:
                self.lines[route].windows[service, begin, end] = None
            elif row("pickup_type") == _BY_PHONE or rule:
                leaves = max(times[row("departure_time")], times[row("arrival_time")])
                if leaves >= 0:
                    first, last = self.lines[route].by_phone.get(service, (leaves, leaves))
                    self.lines[route].by_phone[service] = min(first, leaves), max(last, leaves)
            else:
                continue
            line = self.lines[route]
            for found, column in ((line.areas, "location_id"), (line.groups, "location_group_id")):
                if row(column):
                    found[row(column)] = None
            if row("stop_id"):
                self._stop(line, row("stop_id"))
            if rule:
                line.rules[rule] = None

    @staticmethod
    def _stop(line: Line, stop: str) -> None:
        line.stops[stop] = None
