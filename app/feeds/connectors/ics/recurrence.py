"""Recurrence rules (RFC 5545, 3.3.10) within a window, in local time.

A rule is walked period by period (day, week, month, year) from the window's beginning to its end, so that neither an
endless rule nor one that never matches (30 February) can hold a worker: the number of steps is bounded by the window,
and by the calendar's `Allowance` where COUNT makes us begin at the start.
"""

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count as counting
from typing import Final

import msgspec

from app.feeds.connector import SkipItem

_MOST_TIMES_A_DAY: Final = 24
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_DAY: Final = timedelta(days=1)
_BAD: Final = "The rule by which an event repeats can't be read. Only its first date is shown."
_TOO_MUCH: Final = "The calendar repeats so many events that not all of their dates are shown."
_TOO_OFTEN: Final = "An event repeats more often than once a day. Only its first date is shown."


class Allowance:
    """What one calendar may cost: days looked at and dates made, over all its events."""

    def __init__(self, days: int = 1_000_000, dates: int = 50_000) -> None:
        self._days = days
        self._dates = dates

    def look_at(self, days: int) -> None:
        """Raise `SkipItem` when the days are used up."""
        self._days -= days
        if self._days < 0:
            raise SkipItem(_TOO_MUCH)

    def add_date(self) -> None:
        """Raise `SkipItem` when the dates are used up."""
        self._dates -= 1
        if self._dates < 0:
            raise SkipItem(_TOO_MUCH)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, read; empty tuples mean the part is absent."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: datetime | date | None = None
    """Aware, floating or a day, as it was written."""
    weeks_start: int = 0
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    """Ordinal (0: every) and weekday (0: Monday)."""
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()


def read(text: str) -> Rule:
    """Read a rule; raises `SkipItem` with what is wrong for the editor."""
    parts: dict[str, str] = {}
    for part in text.strip().upper().split(";"):
        name, _, value = part.partition("=")
        if name:
            parts[name.strip()] = value.strip()
    freq = parts.get("FREQ", "")
    if freq in {"SECONDLY", "MINUTELY", "HOURLY"}:
        raise SkipItem(_TOO_OFTEN)
    if freq not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise SkipItem(_BAD)
    try:
        rule = Rule(
            freq=freq,
            interval=max(1, int(parts.get("INTERVAL", "1"))),
            count=int(parts["COUNT"]) if "COUNT" in parts and int(parts["COUNT"]) > 0 else None,
            until=_until(parts["UNTIL"]) if parts.get("UNTIL") else None,
            weeks_start=_DAYS.index(parts.get("WKST", "MO")),
            months=_numbers(parts, "BYMONTH", 1, 12),
            week_numbers=_numbers(parts, "BYWEEKNO", -53, 53),
            year_days=_numbers(parts, "BYYEARDAY", -366, 366),
            month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
            weekdays=_weekdays(parts.get("BYDAY", ""), freq),
            hours=_numbers(parts, "BYHOUR", 0, 23),
            minutes=_numbers(parts, "BYMINUTE", 0, 59),
            seconds=_numbers(parts, "BYSECOND", 0, 59),
            positions=_numbers(parts, "BYSETPOS", -366, 366),
        )
    except ValueError as error:
        raise SkipItem(_BAD) from error
    if len(rule.hours or (0,)) * len(rule.minutes or (0,)) * len(rule.seconds or (0,)) > _MOST_TIMES_A_DAY:
        raise SkipItem(_TOO_OFTEN)
    return rule


def _numbers(parts: dict[str, str], name: str, low: int, high: int) -> tuple[int, ...]:
    numbers = sorted({int(one) for one in parts.get(name, "").split(",") if one})
    if any(not low <= number <= high for number in numbers) or (low < 0 and 0 in numbers):
        raise ValueError(name)
    return tuple(numbers)


def _weekdays(text: str, freq: str) -> tuple[tuple[int, int], ...]:
    found = []
    for one in text.replace(" ", "").split(","):
        if one:
            match = _BYDAY.fullmatch(one)
            if not match:
                raise ValueError(one)
            # An ordinal means something within a month or a year only.
            found.append((int(match[1] or 0) if freq in {"MONTHLY", "YEARLY"} else 0, _DAYS.index(match[2])))
    return tuple(found)


def _until(text: str) -> datetime | date:
    day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    if "T" not in text:
        return day
    at = time(int(text[9:11]), int(text[11:13]), min(int(text[13:15]), 59))
    return datetime.combine(day, at, UTC if text.endswith("Z") else None)


def starts(
    rule: Rule, first: datetime, window_start: datetime, window_end: datetime, allowance: Allowance
) -> Iterator[datetime]:
    """The local starts from `window_start` until before `window_end`, in order; `first` counts as the first one.

    All are naive or all carry the zone of `first`; the window is compared with local time. Raises `SkipItem` when
    the allowance is used up.
    """
    left = rule.count if rule.count is not None else -1
    if window_start <= first < window_end or (left >= 0 and first < window_end):
        # RFC 5545: DTSTART is always the first instance, whether it fits the rule or not.
        if first >= window_start:
            yield first
        left -= 1
    for start in _candidates(rule, first, window_start, window_end, allowance):
        if left == 0 or (rule.until is not None and _is_after(start, rule.until)):
            return
        if start <= first:
            continue
        left -= 1
        if start >= window_start:
            yield start


def _is_after(start: datetime, until: datetime | date) -> bool:
    if not isinstance(until, datetime):
        return start.date() > until
    if until.tzinfo is None or start.tzinfo is None:
        # Whoever mixes local and absolute time means the wall clock.
        return start.replace(tzinfo=None) > until.replace(tzinfo=None)
    return start.astimezone(UTC) > until


def _candidates(
    rule: Rule, first: datetime, window_start: datetime, window_end: datetime, allowance: Allowance
) -> Iterator[datetime]:
    times = _times(rule, first)
    # With COUNT every earlier instance must be counted; without it, the walk begins where the window does.
    step = 0 if rule.count is not None else max(0, _step_of(rule, first, window_start.date()) - 1)
    for number in counting(step):
        try:
            period = _period(rule, first.date(), number)
        except (ValueError, OverflowError):
            return  # beyond the year 9999
        if period[0] >= window_end.date() + _DAY:
            return
        allowance.look_at((period[1] - period[0]).days + 1)
        days = [day for day in _days(rule, first.date(), period) if _fits(rule, day)]
        found = [datetime.combine(day, at, first.tzinfo) for day in days for at in times]
        if rule.positions:
            places = (position - 1 if position > 0 else position for position in rule.positions)
            found = sorted({found[place] for place in places if -len(found) <= place < len(found)})
        for start in found:
            if start >= window_end:
                return
            yield start


def _times(rule: Rule, first: datetime) -> list[time]:
    return [
        time(hour, minute, second)
        for hour in rule.hours or (first.hour,)
        for minute in rule.minutes or (first.minute,)
        for second in rule.seconds or (first.second,)
    ]


def _step_of(rule: Rule, first: datetime, day: date) -> int:
    """The number of the period that contains `day`, or the one before it."""
    start = first.date()
    if day <= start:
        return 0
    if rule.freq == "DAILY":
        return (day - start).days // rule.interval
    if rule.freq == "WEEKLY":
        return ((day - start).days // 7) // rule.interval
    if rule.freq == "MONTHLY":
        return ((day.year - start.year) * 12 + day.month - start.month) // rule.interval
    return (day.year - start.year) // rule.interval


def _period(rule: Rule, start: date, number: int) -> tuple[date, date]:
    """First and last day of the period with that number."""
    steps = number * rule.interval
    if rule.freq == "DAILY":
        day = start + timedelta(days=steps)
        return day, day
    if rule.freq == "WEEKLY":
        monday = start - timedelta(days=(start.weekday() - rule.weeks_start) % 7) + timedelta(weeks=steps)
        return monday, monday + timedelta(days=6)
    if rule.freq == "MONTHLY":
        year, month = divmod(start.year * 12 + start.month - 1 + steps, 12)
        return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])
    return date(start.year + steps, 1, 1), date(start.year + steps, 12, 31)


def _days(rule: Rule, start: date, period: tuple[date, date]) -> Iterator[date]:
    """The days of the period that the rule can mean at all: what it leaves open comes from the start."""
    if rule.freq == "DAILY":
        yield period[0]
        return
    open_days = not (rule.week_numbers or rule.year_days or rule.month_days or rule.weekdays)
    if rule.freq == "WEEKLY":
        days = (period[0] + timedelta(days=number) for number in range(7))
        yield from (day for day in days if not open_days or day.weekday() == start.weekday())
        return
    months: tuple[int, ...] = (period[0].month,)
    if rule.freq == "YEARLY":
        everywhere = () if open_days else tuple(range(1, 13))
        months = rule.months or everywhere or (start.month,)
    for month in months:
        length = calendar.monthrange(period[0].year, month)[1]
        for number in (start.day,) if open_days else range(1, length + 1):
            if number <= length:
                yield date(period[0].year, month, number)


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days:
        length = calendar.monthrange(day.year, day.month)[1]
        if day.day not in rule.month_days and day.day - length - 1 not in rule.month_days:
            return False
    if rule.year_days:
        of_year = day.timetuple().tm_yday
        length = 366 if calendar.isleap(day.year) else 365
        if of_year not in rule.year_days and of_year - length - 1 not in rule.year_days:
            return False
    if rule.week_numbers and not _in_week(rule, day):
        return False
    return not rule.weekdays or any(_on_weekday(rule, day, ordinal, weekday) for ordinal, weekday in rule.weekdays)


def _on_weekday(rule: Rule, day: date, ordinal: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if ordinal == 0:
        return True
    if rule.freq == "YEARLY" and not rule.months:
        position, length = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    else:
        position, length = day.day, calendar.monthrange(day.year, day.month)[1]
    return ordinal == (position - 1) // 7 + 1 if ordinal > 0 else -ordinal == (length - position) // 7 + 1


def _in_week(rule: Rule, day: date) -> bool:
    """Whether the day lies in one of the numbered weeks; week 1 is the first with four days in the year."""
    middle = day - timedelta(days=(day.weekday() - rule.weeks_start) % 7) + timedelta(days=3)
    number = (middle.timetuple().tm_yday - 1) // 7 + 1
    if number in rule.week_numbers:
        return True
    days = 366 if calendar.isleap(middle.year) else 365
    weeks = number + (days - middle.timetuple().tm_yday) // 7
    return number - weeks - 1 in rule.week_numbers
