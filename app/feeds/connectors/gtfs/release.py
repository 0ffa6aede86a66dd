"""A whole release of a timetable, read from its zip file into compact arrays and cut to a region.

    release = read(path, inside, today=date(2026, 11, 22))
    for part in release.parts():   # departures of a few hundred stops, sorted by stop and time
        ...

About 100 bytes of memory for each five calls: a state with five million of them needs some 100 MB.
"""

import zlib
from array import array
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np

from app.feeds.connector import Stop
from app.feeds.connectors.gtfs import cover, tables
from app.feeds.connectors.gtfs.calendar import Services
from app.feeds.connectors.gtfs.calls import Calls, Numbers, numbers
from app.feeds.connectors.gtfs.stops import Inside, StopRow, Stops
from app.feeds.items import Timetable
from app.kit.richtext import clean_line
from app.kit.zipped import BadArchive, Zipped

DAYS_BEFORE: Final = 2
"""A night train of yesterday still runs today."""
DAYS: Final = 400
_CALLS_A_PART: Final = 100_000
_TRIPS_A_PART: Final = 10_000


class RouteRow(msgspec.Struct, frozen=True):
    """A line."""

    number: int
    source_id: str
    line: str
    name: str
    mode: int
    operator: str


class TripRow(NamedTuple):
    """A trip that calls in the region."""

    number: int
    source_id: str
    """Empty when it stands for many departures and no realtime can mean it."""
    route: int
    service: int
    headsign: str
    wheelchair: int
    stops: list[int]
    places: list[int]
    departs: list[int]
    """Its calls in the region, in order: stop, GTFS stop_sequence, and when it leaves."""


class Part(NamedTuple):
    """Calls of some stops, sorted by stop and time; arrays of equal length."""

    stops: Numbers
    departs: Numbers
    trips: Numbers
    services: Numbers
    places: Numbers
    asked: Numbers
    signs: Numbers


class Release:
    """What was read."""

    def __init__(self, first: date) -> None:
        self.covers: list[Timetable] = []
        self.stops = Stops()
        self.routes: list[RouteRow] = []
        self.services = Services(first, DAYS)
        self.calls = Calls()
        self.unknown_trips = 0
        self.without_time = 0
        self._trip_ids: list[str] = []
        self._trip_routes = array("i")
        self._trip_services = array("i")
        self._trip_heads: list[str] = []
        self._trip_wheelchairs = bytearray()
        self._repeating: set[int] = set()
        self._number: Numbers = np.empty(0, np.int32)

    @property
    def stop_rows(self) -> list[StopRow]:
        return self.stops.rows

    @property
    def sign_texts(self) -> list[str]:
        return self.calls.sign_texts

    def marks(self) -> bytes:
        """CRC-32 of every trip id, sorted, also of trips that were cut off: what realtime may speak of."""
        found = np.fromiter((zlib.crc32(one.encode()) for one in self._trip_ids), np.uint32, len(self._trip_ids))
        return np.unique(found).astype("<u4").tobytes()

    def add(self, archive: Zipped, folder: str, inside: Inside) -> None:
        """Read the feed in this folder of the archive."""
        self.covers.append(cover.timetable(archive, folder))
        operators = cover.operators(archive, folder)
        services = self.services.numbers(
            tables.records(archive, folder, "calendar.txt", "service_id", "start_date", "end_date"),
            tables.records(archive, folder, "calendar_dates.txt", "service_id", "date", "exception_type"),
        )
        stops, names = self.stops.numbers(tables.records(archive, folder, "stops.txt", "stop_id"), inside)
        routes = self._routes(archive, folder, operators)
        trips = self._trips(archive, folder, routes, services)
        before = len(self.calls.last_stop)
        self.calls.read(*archive.table(folder, "stop_times.txt"), trips, stops)
        self._repeating |= self.calls.repeat(tables.records(archive, folder, "frequencies.txt", "trip_id"), trips)
        for number in range(before, len(self._trip_ids)):
            if not self._trip_heads[number]:
                self._trip_heads[number] = names.get(self.calls.last_stop[number], "")
        self.calls.last_stop = [""] * len(self._trip_ids)

    def finish(self) -> None:
        """Leave only what somebody can board, on days to come; give trips their final numbers."""
        self.without_time = self.calls.fill_gaps()
        trips, departs = numbers(self.calls.trips), numbers(self.calls.departs)
        alive = np.fromiter((bool(runs) for runs in self.services.runs), bool, len(self.services.runs))
        service = self._trip_service()
        wanted = departs >= 0
        if len(trips):
            wanted &= numbers(self.calls.places) < numbers(self.calls.last_place)[trips]
            wanted &= alive[service[trips]]
        self._wanted = wanted
        used = np.zeros(len(self._trip_ids), bool)
        used[trips[wanted]] = True
        self._number = np.cumsum(used, dtype=np.int32) - 1
        self._used = used

    @property
    def call_count(self) -> int:
        return int(self._wanted.sum())

    @property
    def trip_count(self) -> int:
        return int(self._used.sum())

    def trips(self) -> Iterator[TripRow]:
        """The trips that call in the region, with their calls."""
        trips = numbers(self.calls.trips)
        columns = (numbers(self.calls.stops), numbers(self.calls.places), numbers(self.calls.departs))
        used = np.flatnonzero(self._used)
        for first in range(0, len(used), _TRIPS_A_PART):
            some = used[first : first + _TRIPS_A_PART]
            chosen = np.flatnonzero(self._wanted & (trips >= some[0]) & (trips <= some[-1]))
            chosen = chosen[np.lexsort((columns[1][chosen], trips[chosen]))]
            edges = np.searchsorted(trips[chosen], some).tolist()
            for place, begin, end in zip(some.tolist(), edges, [*edges[1:], len(chosen)], strict=True):
                calls = chosen[begin:end]
                yield TripRow(
                    int(self._number[place]),
                    "" if place in self._repeating else self._trip_ids[place],
                    self._trip_routes[place],
                    self._trip_services[place],
                    self._trip_heads[place],
                    self._trip_wheelchairs[place],
                    *(column[calls].tolist() for column in columns),
                )

    def parts(self) -> Iterator[Part]:
        """The calls by stop, some at a time so that sorting needs little memory."""
        stops = numbers(self.calls.stops)
        service = self._trip_service()
        counts = np.bincount(stops[self._wanted], minlength=len(self.stops.rows))
        bounds, load = [0], 0
        for number, count in enumerate(counts.tolist(), 1):
            load += count
            if load >= _CALLS_A_PART or number == len(counts):
                bounds.append(number)
                load = 0
        for begin, end in pairwise(bounds):
            chosen = np.flatnonzero(self._wanted & (stops >= begin) & (stops < end))
            if not len(chosen):
                continue
            departs, stop = numbers(self.calls.departs)[chosen], stops[chosen]
            order = np.lexsort((departs, stop))
            chosen = chosen[order]
            trips = numbers(self.calls.trips)[chosen]
            yield Part(
                stop[order],
                departs[order],
                self._number[trips],
                service[trips],
                numbers(self.calls.places)[chosen],
                numbers(self.calls.asked)[chosen],
                numbers(self.calls.signs)[chosen] if self.calls.signs else np.zeros(len(chosen), np.int32),
            )

    def weekly(self, first: date) -> tuple[Numbers, dict[int, set[int]]]:
        """Departures of each station in the seven days from `first` on, and the routes that stop there."""
        total = np.zeros(len(self.stops.rows), np.int64)
        lines: dict[int, set[int]] = {}
        stations = np.array([row.station for row in self.stops.rows], np.int32)
        week = np.array(self.services.within(first, 7), np.int32)
        route_of = numbers(self._trip_routes)[self._used]
        for part in self.parts():
            at = stations[part.stops]
            total += np.bincount(at, weights=week[part.services], minlength=len(total)).astype(np.int64)
            pairs = np.unique(at.astype(np.int64) << 32 | route_of[part.trips])
            for pair in pairs.tolist():
                lines.setdefault(pair >> 32, set()).add(pair & 0xFFFFFFFF)
        return np.minimum(total, 2**31 - 1).astype(np.int32), lines

    def _trip_service(self) -> Numbers:
        return numbers(self._trip_services)

    def _routes(self, archive: Zipped, folder: str, operators: dict[str, str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in tables.records(archive, folder, "routes.txt", "route_id"):
            if row("route_id") in found:
                continue
            found[row("route_id")] = number = len(self.routes)
            short, long = clean_line(row("route_short_name"))[:40], clean_line(row("route_long_name"))[:200]
            kind = row("route_type")
            mode = int(kind) if kind.isascii() and kind.isdigit() and int(kind) < 2_000 else 3
            operator = operators.get(row("agency_id"), "") or next(iter(operators.values()), "")
            self.routes.append(RouteRow(number, row("route_id"), short or long[:40], long, mode, operator))
        return found

    def _trips(self, archive: Zipped, folder: str, routes: dict[str, int], services: dict[str, int]) -> dict[str, int]:
        found: dict[str, int] = {}
        heads: dict[str, str] = {}
        for row in tables.records(archive, folder, "trips.txt", "trip_id", "route_id", "service_id"):
            route, service, trip = routes.get(row("route_id")), services.get(row("service_id")), row("trip_id")
            if route is None or service is None or not trip or trip in found:
                self.unknown_trips += 1
                continue
            found[trip] = len(self._trip_ids)
            head = row("trip_headsign")
            if head not in heads:
                heads[head] = clean_line(head)[:200]
            wheelchair = row("wheelchair_accessible")
            self._trip_ids.append(trip)
            self._trip_routes.append(route)
            self._trip_services.append(service)
            self._trip_heads.append(heads[head])
            self._trip_wheelchairs.append(int(wheelchair) if wheelchair in {"1", "2"} else 0)
        return found


def read(source: Path, inside: Inside, *, today: date) -> Release:
    """Read all feeds in the zip file; raises `Stop` with what is wrong."""
    release = Release(today - timedelta(days=DAYS_BEFORE))
    try:
        with tables.opened(source) as archive:
            for folder in tables.folders(archive):
                release.add(archive, folder, inside)
    except BadArchive as error:
        raise Stop(error.reason, code=error.code) from error
    release.finish()
    return release
