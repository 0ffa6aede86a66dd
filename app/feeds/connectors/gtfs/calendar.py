"""On which days a service runs: weekly patterns and exceptions (calendar.txt, calendar_dates.txt)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from app.feeds.connectors.gtfs.moments import day_of

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Records = Iterator[Callable[[str], str]]
"""Rows that are asked by the name of a column."""


class Services:
    """Numbers of services, and their days within a window as bits: bit n is the window's day n."""

    def __init__(self, first: date, days: int) -> None:
        self.first = first
        self.days = days
        self.runs: list[int] = []
        self.began: date | None = None
        self.ended: date | None = None
        """First and last day that any service names, also outside the window."""

    def numbers(self, weekly: Records, exceptions: Records) -> dict[str, int]:
        """The services of one feed: id → number."""
        numbers: dict[str, int] = {}
        for row in weekly:
            begin, end = day_of(row("start_date")), day_of(row("end_date"))
            if begin is None or end is None or end < begin:
                continue
            wanted = [row(name).strip() == "1" for name in WEEKDAYS]
            self.runs[self._number(numbers, row("service_id"))] |= self._pattern(begin, end, wanted)
            if any(wanted):
                self._spans(begin, end)
        for row in exceptions:
            day, kind = day_of(row("date")), row("exception_type").strip()
            if day is None or kind not in {"1", "2"}:
                continue
            number = self._number(numbers, row("service_id"))
            place = (day - self.first).days
            if kind == "1":
                self._spans(day, day)
            if 0 <= place < self.days:
                bit = 1 << place
                self.runs[number] = self.runs[number] | bit if kind == "1" else self.runs[number] & ~bit
        return numbers

    def active(self) -> Iterator[tuple[date, bytes]]:
        """Each day of the window on which anything runs, with bit n set for service n (lowest bit first)."""
        size = (len(self.runs) + 7) // 8
        for place in range(self.days):
            bits = bytearray(size)
            for number, runs in enumerate(self.runs):
                if runs >> place & 1:
                    bits[number >> 3] |= 1 << (number & 7)
            if any(bits):
                yield self.first + timedelta(days=place), bytes(bits)

    def within(self, first: date, days: int) -> list[int]:
        """For each service, on how many of these days it runs."""
        mask = ((1 << days) - 1) << max(0, (first - self.first).days)
        return [(runs & mask).bit_count() for runs in self.runs]

    def _number(self, numbers: dict[str, int], name: str) -> int:
        if name not in numbers:
            numbers[name] = len(self.runs)
            self.runs.append(0)
        return numbers[name]

    def _spans(self, begin: date, end: date) -> None:
        self.began = min(self.began or begin, begin)
        self.ended = max(self.ended or end, end)

    def _pattern(self, begin: date, end: date, wanted: list[bool]) -> int:
        first = max(0, (begin - self.first).days)
        last = min(self.days - 1, (end - self.first).days)
        weekday = self.first.weekday()
        return sum(1 << place for place in range(first, last + 1) if wanted[(weekday + place) % 7])
