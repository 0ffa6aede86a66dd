"""Opening hours in OpenStreetMap's grammar: when something is open, with the holidays of the town's state.

The library knows neither the holidays of a German state nor school holidays. So each day is asked for with a text of
its own, in which `PH` and `SH` stand for that day's weekday where it is one, and for nothing where it is not.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its stubs forget the error

DAYS_AHEAD: Final = 15
LONGEST: Final = 1_000
"""Characters; a longer text is nobody's opening hours."""
_WEEKDAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_QUOTED: Final = re.compile(r'("[^"]*")')
_ONLY_COMMENT: Final = re.compile(r'\s*"([^"]*)"\s*')
_OPEN_END: Final = re.compile(r"\d\+")
_OFFSET: Final = r"(?!\s*[+-]\s*\d)"
_PUBLIC: Final = re.compile(rf"\bPH\b{_OFFSET}")
_SCHOOL: Final = re.compile(rf"\bSH\b{_OFFSET}")
_AND_DAYS: Final = r"\s+(?=(?:Mo|Tu|We|Th|Fr|Sa|Su)\b)"
_PUBLIC_AND: Final = re.compile(rf"\bPH{_AND_DAYS}")
_SCHOOL_AND: Final = re.compile(rf"\bSH{_AND_DAYS}")
_NEVER: Final = "1901 "
"""A year in front of a rule that doesn't count today."""
_SUN: Final = re.compile(r"sun(?:rise|set)|dawn|dusk")

Status = Literal["open", "closed", "maybe", "unread"]


class Calendar(msgspec.Struct, frozen=True):
    """What decides besides the text: where the town lies, and its days off."""

    zone: str = "Europe/Berlin"
    public: frozenset[date] = frozenset()
    school: tuple[tuple[date, date], ...] = ()
    """Both days inclusive."""
    lat: float = 52.0
    lon: float = 12.0
    """For sunrise and sunset."""

    def is_school_holiday(self, day: date) -> bool:
        """Whether there is no school because of holidays."""
        return any(first <= day <= last for first, last in self.school)


class Span(msgspec.Struct, frozen=True):
    """A time in which something is open, or may be (`certain` is false); half-open, in the town's zone."""

    starts_at: datetime
    ends_at: datetime
    certain: bool = True
    comment: str = ""


class Hours(msgspec.Struct, frozen=True):
    """How it stands at a moment."""

    status: Status
    comment: str = ""
    until: datetime | None = None
    """When it closes, while it is open; None: it does not close within two weeks."""
    opens_at: datetime | None = None
    """When it opens next, while it is closed."""
    open_end: bool = False
    """Nobody says when it closes."""


class OpenDay(msgspec.Struct, frozen=True):
    """A day and what begins on it."""

    day: date
    holiday: bool
    spans: tuple[Span, ...]
    whole: bool = False
    """Open round the clock."""

    @property
    def closed(self) -> bool:
        """Whether nothing begins on it."""
        return not self.spans and not self.whole


def readable(text: str) -> bool:
    """Whether we understand these opening hours."""
    return bool(text.strip()) and (says_only(text) or _parsed(text, "UTC", 0, 0) is not None)


def says_only(text: str) -> bool:
    """Whether the text is a comment alone, such as `"by appointment"`, which tells no times."""
    return _ONLY_COMMENT.fullmatch(text) is not None


def at(text: str, calendar: Calendar, now: datetime) -> Hours:
    """How it stands at `now`, an aware moment."""
    if said := _ONLY_COMMENT.fullmatch(text):
        return Hours("maybe", said[1])
    here = now.astimezone(ZoneInfo(calendar.zone))
    # From yesterday on, so that an evening which began then is seen as one.
    found = spans(text, calendar, here.date() - timedelta(days=1), DAYS_AHEAD + 1)
    if found is None:
        return Hours("unread")
    for one in found:
        if one.starts_at <= here < one.ends_at:
            if not one.certain:
                return Hours("maybe", one.comment)
            until = None if one.ends_at - here > timedelta(days=DAYS_AHEAD - 2) else one.ends_at
            return Hours("open", one.comment, until, open_end=bool(_OPEN_END.search(text)))
        if one.starts_at > here:
            return Hours("closed", "", opens_at=one.starts_at)
    code = _parsed(_for_day(text, here.date(), calendar), calendar.zone, calendar.lat, calendar.lon)
    later = code.next_change(here) if code is not None else None
    return Hours("closed", code.state(here)[1] if code is not None else "", opens_at=later)


def is_open(text: str, calendar: Calendar, now: datetime) -> bool:
    """Whether it is surely open at `now`; for filters over many places."""
    here = now.astimezone(ZoneInfo(calendar.zone))
    if says_only(text):
        return False
    code = _parsed(_for_day(text, here.date(), calendar), calendar.zone, calendar.lat, calendar.lon)
    return code is not None and code.is_open(here)


def week(text: str, calendar: Calendar, first: date, days: int = 7) -> list[OpenDay]:
    """The days from `first` on, each with what begins on it; empty when the text is a comment or can't be read."""
    if says_only(text):
        return []
    found = spans(text, calendar, first, days + 1)
    if found is None:
        return []
    rows = []
    zone = ZoneInfo(calendar.zone)
    for number in range(days):
        day = first + timedelta(days=number)
        begin, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        whole = any(one.starts_at <= begin and one.ends_at >= end and one.certain for one in found)
        begun = tuple(one for one in found if one.starts_at.date() == day or (number == 0 and one.starts_at < begin))
        rows.append(OpenDay(day, day in calendar.public, begun, whole))
    return rows


@lru_cache(maxsize=4_096)
def spans(text: str, calendar: Calendar, first: date, days: int) -> tuple[Span, ...] | None:
    """When it is open in these days; what goes on over midnight is one. None when the text can't be read."""
    zone = ZoneInfo(calendar.zone)
    pieces: list[Span] = []
    for begin, length, said in _stretches(text, calendar, first, days):
        code = _parsed(said, calendar.zone, calendar.lat, calendar.lon)
        if code is None:
            return None
        start, end = _midnight(begin, zone), _midnight(begin + timedelta(days=length), zone)
        for opens, closes, state, comment in code.intervals(start, end):
            if state != State.CLOSED:
                pieces.append(Span(opens, closes, state == State.OPEN, comment))
    return tuple(_joined(pieces))


def _stretches(text: str, calendar: Calendar, first: date, days: int) -> list[tuple[date, int, str]]:
    """Begin, number of days and the text that holds in them; few, because most days are like the others."""
    found: list[tuple[date, int, str]] = []
    for number in range(days):
        day = first + timedelta(days=number)
        said = _for_day(text, day, calendar)
        if found and found[-1][2] == said:
            found[-1] = (found[-1][0], found[-1][1] + 1, said)
        else:
            found.append((day, 1, said))
    return found


def _joined(pieces: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for one in pieces:
        last = joined[-1] if joined else None
        # Compared in UTC: two local times of one zone are compared by the clock on the wall.
        if (
            last
            and last.ends_at.astimezone(UTC) == one.starts_at.astimezone(UTC)
            and ((last.certain, last.comment) == (one.certain, one.comment))
        ):
            joined[-1] = msgspec.structs.replace(last, ends_at=one.ends_at)
        else:
            joined.append(one)
    return joined


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _for_day(text: str, day: date, calendar: Calendar) -> str:
    """The text as it holds on a day; an evening before it that lasts into the day counts."""
    if "PH" not in text and "SH" not in text:
        return text
    before = day - timedelta(days=1)
    parts = _QUOTED.split(text)
    for number in range(0, len(parts), 2):  # what stands in quotation marks is a comment
        parts[number] = _told(
            parts[number], _PUBLIC, _PUBLIC_AND, [one for one in (before, day) if one in calendar.public], day
        )
        parts[number] = _told(
            parts[number],
            _SCHOOL,
            _SCHOOL_AND,
            [one for one in (before, day) if calendar.is_school_holiday(one)],
            day,
        )
    return "".join(parts)


def _told(part: str, alone: re.Pattern[str], with_days: re.Pattern[str], off: list[date], day: date) -> str:
    """`SH Mo-Fr` narrows the weekdays to holidays; `Su,PH` adds holidays to them."""
    part = with_days.sub("" if day in off else _NEVER, part)
    if not off:
        return part
    return alone.sub(",".join(dict.fromkeys(_WEEKDAYS[one.weekday()] for one in off)), part)


@lru_cache(maxsize=8_192)
def _parse(text: str, zone: str, lat: float, lon: float) -> OpeningHours | None:
    if len(text) > LONGEST:
        return None
    # Only with its own zone looked up does the library know where the sun stands; ours is used all the same.
    where = {"coords": (lat, lon)} if lat else {"auto_timezone": False}
    try:
        return OpeningHours(text, timezone=ZoneInfo(zone), auto_country=False, **where)
    except (ParserError, ValueError, OverflowError):
        return None


def _parsed(text: str, zone: str, lat: float, lon: float) -> OpeningHours | None:
    """The text understood; where the town lies matters only to those who open with the sun."""
    if _SUN.search(text):
        return _parse(text, zone, round(lat, 1), round(lon, 1))
    return _parse(text, zone, 0, 0)
