"""Series of editors: recurrence text (RFC 5545 RRULE, EXDATE, RDATE) made into dates.

Series are counted on the wall clock of the event's zone, so that 19 o'clock stays 19 o'clock over a change of clocks.
A time that the change skips is an hour later, one that it brings twice is the first of both (RFC 5545, section 3.3.5).
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from app.capabilities.events.dates import Dates, timed, whole_days
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _

DAYS_BEFORE: Final = 1
DAYS_AFTER: Final = 400
MOST_DATES: Final = 1000
"""Dates of one series that are kept within the window."""

BAD_RECURRENCE: Final = _("This repetition can't be read. Write it like FREQ=WEEKLY;BYDAY=TU.")
_PARTS: Final = frozenset("FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYSETPOS WKST".split())
_FREQUENCIES: Final = frozenset("DAILY WEEKLY MONTHLY YEARLY".split())
_STAMP: Final = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_LONGEST: Final = 4000
_OLDEST_YEAR: Final = 1970
_LONGEST_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class InvalidRecurrence(InvalidInput):
    """The recurrence text can't be read, or asks for more than a calendar of events offers."""

    def __init__(self) -> None:
        super().__init__(BAD_RECURRENCE.message, fields={"recurrence": BAD_RECURRENCE.message})


def expand(first: Dates, recurrence: str, *, zone: ZoneInfo, town: ZoneInfo, today: date) -> list[Dates]:
    """The dates of a series from a day before `today` to 400 days after, at most 1,000; without recurrence the one.

    `zone` is where the series is counted, `town` whose days are meant. Raises `InvalidRecurrence`.
    """
    if not recurrence.strip():
        return [first]
    since, until = today - timedelta(days=DAYS_BEFORE), today + timedelta(days=DAYS_AFTER)
    start = datetime.combine(first.first_day, time()) if first.all_day else _wall(first.starts_at, zone)
    length = (first.last_day - first.first_day) if first.all_day else timedelta()
    rules, left_out, added = _read(recurrence, start, zone)
    # The first day of a long-lasting date may lie before the window, its end inside.
    earliest = datetime.combine(since, time()) - (length if first.all_day else _lasts(first))
    latest = datetime.combine(until, time.max)
    walls = {wall for rule in rules for wall in _between(rule, start, earliest, latest)}
    walls |= {wall for wall in (*added, *(() if rules else (start,))) if earliest <= wall <= latest}
    made = (_date(first, wall, length, zone, town) for wall in sorted(walls - left_out))
    return list(islice((one for one in made if one.last_day >= since), MOST_DATES))


def _date(first: Dates, wall: datetime, length: timedelta, zone: ZoneInfo, town: ZoneInfo) -> Dates:
    if first.all_day:
        return whole_days(wall.date(), wall.date() + length, town)
    begins = wall.replace(tzinfo=zone).astimezone(UTC)
    return timed(begins, begins + _lasts(first) if first.ends_at else None, town)


def _lasts(first: Dates) -> timedelta:
    return first.ends_at - first.starts_at if first.ends_at else timedelta()


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _between(rule: str, start: datetime, earliest: datetime, latest: datetime) -> Iterator[datetime]:
    """Dates of one rule; it is counted from its start, because COUNT and INTERVAL are."""
    try:
        for wall in rrulestr(rule, dtstart=start):
            if wall > latest:
                return
            if wall >= earliest:
                yield wall
    except (ValueError, OverflowError) as error:
        raise InvalidRecurrence from error


def _read(recurrence: str, start: datetime, zone: ZoneInfo) -> tuple[list[str], set[datetime], set[datetime]]:
    """The rules, what is left out, and what is added, all on the wall clock."""
    if len(recurrence) > _LONGEST or start.year < _OLDEST_YEAR:
        raise InvalidRecurrence
    rules: list[str] = []
    left_out: set[datetime] = set()
    added: set[datetime] = set()
    for line in filter(None, (line.strip().upper() for line in recurrence.splitlines())):
        head, colon, rest = line.rpartition(":")
        name = head.partition(";")[0] if colon else "RRULE"
        if name == "RRULE":
            rules.append(_rule(rest, zone))
        elif name in ("EXDATE", "RDATE"):
            (left_out if name == "EXDATE" else added).update(_stamp(one, start, zone) for one in rest.split(","))
        else:
            raise InvalidRecurrence
    return rules, left_out, added


def _rule(text: str, zone: ZoneInfo) -> str:
    parts = {name: value for name, _sign, value in (part.partition("=") for part in text.split(";") if part)}
    if not parts.keys() <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        raise InvalidRecurrence
    if "UNTIL" in parts:
        # A rule that ends on a day includes it.
        until = _stamp(parts["UNTIL"], datetime.combine(date.min, time.max), zone)
        parts["UNTIL"] = f"{until:%Y%m%dT%H%M%S}"
    for number in (parts.get("INTERVAL", "1"), parts.get("COUNT", "1")):
        if not (number.isascii() and number.isdigit() and 0 < int(number[:9]) <= MOST_DATES):
            raise InvalidRecurrence
    _check_days(parts)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _check_days(parts: dict[str, str]) -> None:
    """Refuse 30 February, for which one would look to the end of time."""
    try:
        months = [int(text) for text in parts["BYMONTH"].split(",")] if "BYMONTH" in parts else range(1, 13)
        days = [abs(int(text)) for text in parts["BYMONTHDAY"].split(",")] if "BYMONTHDAY" in parts else [1]
        possible = any(0 < day <= _LONGEST_MONTH[month - 1] for month in months if month > 0 for day in days)
    except (ValueError, IndexError) as error:
        raise InvalidRecurrence from error
    if not possible:
        raise InvalidRecurrence


def _stamp(text: str, start: datetime, zone: ZoneInfo) -> datetime:
    """A moment on the wall clock; a day alone gets the time of `start`."""
    found = _STAMP.fullmatch(text.strip())
    if not found:
        raise InvalidRecurrence
    day, clock, utc = found.groups()
    try:
        if clock is None:
            return datetime.combine(date.fromisoformat(day), start.time())
        moment = datetime.strptime(day + clock, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidRecurrence from error
    return _wall(moment, zone) if utc else moment.replace(tzinfo=None)
