"""Millions of stop times as a few arrays of numbers: which trip calls at which stop, and when it leaves."""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from app.feeds.connectors.gtfs.moments import UNKNOWN, Times
from app.feeds.connectors.gtfs.tables import Record, require
from app.kit.richtext import clean_line

Numbers = npt.NDArray[Any]
"""Whole numbers."""

NOT_BOARDING: Final = "1"
_ASKED: Final = {"2": 2, "3": 3}
LEAST_HEADWAY: Final = 30
MOST_REPEATS: Final = 3_000


class Calls:
    """All calls inside the region, in the order of the file."""

    def __init__(self) -> None:
        self.stops = array("i")
        self.departs = array("i")
        self.trips = array("i")
        self.places = array("H")
        """GTFS stop_sequence; of a trip with more than 65,535 the rest is left out."""
        self.asked = array("b")
        self.signs = array("i")
        """Number of a destination of the call's own, 0 for none; as long as the others once there is one."""
        self.sign_texts: list[str] = [""]
        self.last_place = array("i")
        """Of each trip: where it ends, also outside the region; nobody boards there."""
        self.last_stop: list[str] = []
        self.first_departure = array("i")
        self.unreadable = 0
        """Rows of trips or stops that the feed doesn't know, or without order."""

    def read(  # noqa: C901, PLR0912, PLR0915  # millions of rounds: a call for each step would double the time
        self, header: list[str], rows: Iterator[list[str]], trips: Mapping[str, int], stops: Mapping[str, int]
    ) -> None:
        """Take a stop_times table; both mappings tell the number of an id, a negative one for "cut off"."""
        require(header, "stop_times.txt", "trip_id", "stop_id", "stop_sequence", "departure_time")
        column = {name: place for place, name in reversed(list(enumerate(header)))}
        c_trip, c_stop, c_place = column["trip_id"], column["stop_id"], column["stop_sequence"]
        c_leaves, c_comes = column["departure_time"], column.get("arrival_time", column["departure_time"])
        c_pickup, c_sign = column.get("pickup_type", -1), column.get("stop_headsign", -1)
        c_window = column.get("start_pickup_drop_off_window", -1)
        more = max(trips.values(), default=-1) + 1 - len(self.last_place)
        self.last_place.extend([-1] * more)
        self.first_departure.extend([UNKNOWN] * more)
        self.last_stop.extend([""] * more)
        times = Times()
        signs = {text: number for number, text in enumerate(self.sign_texts)}
        add_stop, add_departs, add_trip = self.stops.append, self.departs.append, self.trips.append
        add_place, add_asked, add_sign = self.places.append, self.asked.append, self.signs.append
        signed = len(self.signs) > 0
        trip_of, stop_of = trips.get, stops.get
        last_place, last_stop, first = self.last_place, self.last_stop, self.first_departure
        last_id, trip, unreadable, width = None, -1, 0, len(header)
        for row in rows:
            if len(row) < width:
                # Many feeds leave out what is empty at the end of a row.
                row.extend([""] * (width - len(row)) if row else ())
            try:
                trip_id = row[c_trip]
                if trip_id != last_id:
                    last_id, trip = trip_id, trip_of(trip_id, -1)
                if trip < 0:
                    unreadable += 1
                    continue
                place, stop_id = int(row[c_place]), row[c_stop]
                departs = times[row[c_leaves]]
                if departs < 0:
                    departs = times[row[c_comes]]
                stop = stop_of(stop_id, -2)
                if stop == -2:
                    unreadable += c_window < 0 or not row[c_window]
                    continue
                if place > last_place[trip]:
                    if last_place[trip] < 0:
                        first[trip] = departs
                    last_place[trip] = place
                    last_stop[trip] = stop_id
                if stop < 0:
                    continue
                asked = row[c_pickup] if c_pickup >= 0 else ""
                if asked == NOT_BOARDING:
                    continue
                sign = row[c_sign] if c_sign >= 0 else ""
                if sign and sign not in signs:
                    signs[sign] = len(signs)
                add_place(place)
            except (IndexError, ValueError, OverflowError):
                unreadable += bool(row)
                continue
            add_stop(stop)
            add_departs(departs)
            add_trip(trip)
            add_asked(_ASKED.get(asked, 0))
            if signed:
                add_sign(signs[sign] if sign else 0)
            elif sign:
                signed = True
                self.signs.extend([0] * (len(self.asked) - 1))
                add_sign(signs[sign])
        self.sign_texts = [clean_line(text)[:200] for text in signs]
        self.unreadable += unreadable

    def repeat(self, records: Iterator[Record], trips: Mapping[str, int]) -> set[int]:
        """Trips that run every so many minutes (frequencies.txt) become departures; the numbers of these trips."""
        times = Times()
        spans: dict[int, list[tuple[int, int, int]]] = {}
        for row in records:
            trip, headway = trips.get(row("trip_id"), -1), row("headway_secs")
            start, end = times[row("start_time")], times[row("end_time")]
            if trip >= 0 and headway.isdigit() and 0 <= start < end and int(headway) >= LEAST_HEADWAY:
                spans.setdefault(trip, []).append((start, end, int(headway)))
        if not spans:
            return set()
        pattern = np.isin(numbers(self.trips), list(spans))
        templates: dict[int, list[tuple[int, int, int, int, int]]] = {}
        for place in np.flatnonzero(pattern).tolist():
            sign = self.signs[place] if self.signs else 0
            call = (self.stops[place], self.departs[place], self.places[place], self.asked[place], sign)
            templates.setdefault(self.trips[place], []).append(call)
            # The pattern itself is no departure: its place in the trip says so below.
            self.places[place] = min(self.last_place[self.trips[place]], 65_535)
        for trip, calls in templates.items():
            begins = [start for span in spans[trip] for start in range(*span)][:MOST_REPEATS]
            for start in begins:
                shift = start - self.first_departure[trip]
                for stop, departs, place, asked, sign in calls:
                    if departs >= 0 and self.first_departure[trip] >= 0 and place != self.last_place[trip]:
                        self.stops.append(stop)
                        self.departs.append(departs + shift)
                        self.trips.append(trip)
                        self.places.append(place)
                        self.asked.append(asked)
                        if self.signs:
                            self.signs.append(sign)
        return set(spans)

    def fill_gaps(self) -> int:
        """Give calls without a time one between their neighbours'; the number of those that have no neighbours."""
        missing = np.flatnonzero(numbers(self.departs) < 0)
        if not len(missing):
            return 0
        trips = numbers(self.trips)
        touched = np.flatnonzero(np.isin(trips, trips[missing]))
        ways: dict[int, list[int]] = {}
        for place in touched.tolist():
            ways.setdefault(self.trips[place], []).append(place)
        del trips, touched
        lost = 0
        for way in ways.values():
            way.sort(key=self.places.__getitem__)
            timed = [step for step, place in enumerate(way) if self.departs[place] >= 0]
            known = [self.departs[way[step]] for step in timed]
            for step, place in enumerate(way):
                if self.departs[place] < 0:
                    if timed and timed[0] < step < timed[-1]:
                        self.departs[place] = int(np.interp(step, timed, known))
                    else:
                        lost += 1
        return lost


def numbers(column: "array[int]") -> Numbers:
    """The array as numpy sees it, without a copy; the array can't grow while this is looked at."""
    return np.frombuffer(column, dtype=column.typecode) if len(column) else np.empty(0, column.typecode)
