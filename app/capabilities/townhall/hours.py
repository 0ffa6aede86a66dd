"""Opening hours: read from words or from OSM's grammar, told as open or closed now and as a week.

What can't be read for certain is shown as its source says it and nothing more: a wrong "open now" costs a journey.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its stubs forget one

from app.kit.i18n import gettext_ as _
from app.kit.i18n import language
from app.web import words

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NAMES: Final = {
    "mo": 0, "montag": 0, "montags": 0, "di": 1, "dienstag": 1, "dienstags": 1, "mi": 2, "mittwoch": 2, "mittwochs": 2,
    "do": 3, "donnerstag": 3, "donnerstags": 3, "fr": 4, "freitag": 4, "freitags": 4, "sa": 5, "samstag": 5,
    "samstags": 5, "sonnabend": 5, "so": 6, "sonntag": 6, "sonntags": 6,
}  # fmt: skip
_DAY: Final = (
    r"(?:montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonnabend|sonntags?|mo|di|mi|do|fr|sa|so)\b\.?"
)
_HEAD: Final = re.compile(rf"\s*{_DAY}(?:\s*(?:-|–|bis|,|und|u\.|/|\+|&)\s*{_DAY})*", re.IGNORECASE)
_ONE_DAY: Final = re.compile(rf"(-|–|bis)?\s*({_DAY})", re.IGNORECASE)
_CLOCK: Final = r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr|h)?"
_SPAN: Final = re.compile(rf"(?:von\s+)?{_CLOCK}\s*(?:-|–|bis)\s*{_CLOCK}", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s,;:|/&+.]|und|sowie|uhr|von|geschlossen|:", re.IGNORECASE)
_CLOSED: Final = re.compile(r"geschlossen|kein\w* (?:sprechzeit|sprechtag)\w*", re.IGNORECASE)
_LONGEST: Final = 1_000


class Day(msgspec.Struct, frozen=True):
    """A day of the week and its hours in words, e.g. `9–12 Uhr, 14–18 Uhr`."""

    name: str
    hours: str
    """Empty: closed."""
    today: bool


class Opening(msgspec.Struct, frozen=True):
    """Whether it is open now, and until or from when, in words."""

    open: bool
    words: str


def from_words(text: str) -> str:
    """Hours in OSM's grammar from lines such as `Di 9–12 und 14–18 Uhr`; empty unless every line is understood."""
    spans: dict[int, list[str]] = {}
    for line in (one.strip(" .") for one in re.split(r"\n|;", text[:_LONGEST].lower())):
        head = _HEAD.match(line)
        if not head:
            if re.search(r"\d", line) or re.search(_DAY, line):
                return ""
            continue  # a heading, a remark
        rest = line[head.end() :]
        found = list(_SPAN.finditer(rest))
        if not found and not _CLOSED.search(rest):
            return ""
        if _BETWEEN.sub("", _SPAN.sub("", rest)).strip():
            return ""  # "only by appointment", "in even weeks"
        times = [_span(one) for one in found]
        if not all(times):
            return ""
        for day in _days(head[0]):
            spans.setdefault(day, []).extend(one for one in times if one)
    return "; ".join(f"{DAYS[day]} {','.join(dict.fromkeys(spans[day]))}" for day in sorted(spans) if spans[day])


def readable(expression: str) -> bool:
    """Whether OSM's grammar was kept."""
    return _parsed(expression, "Europe/Berlin") is not None


def now(expression: str, moment: datetime, zone: str, days_off: frozenset[date] = frozenset()) -> Opening | None:
    """Open or closed at that moment; None when nobody can tell. `days_off` are the town's public holidays."""
    hours = _parsed(expression, zone)
    if hours is None:
        return None
    here = moment.astimezone(ZoneInfo(zone))
    if hours.is_unknown(here):
        return None
    if hours.is_open(here) and here.date() not in days_off:
        end = hours.next_change(here)
        return Opening(True, _("Open until %(time)s") % {"time": words.time_words(end)} if end else _("Open now"))
    for step in range(15):
        day = here.date() + timedelta(days=step)
        start = None if day in days_off else next((one for one in _spans(hours, day, zone) if one[0] > here), None)
        if start:
            return Opening(False, _("Closed, opens %(when)s") % {"when": words.when(start[0], zone=zone)})
    return Opening(False, _("Closed now"))


def week(expression: str, today: date, zone: str, days_off: frozenset[date] = frozenset()) -> list[Day]:
    """The hours of this day and the six after it; none when nobody can tell."""
    hours = _parsed(expression, zone)
    if hours is None:
        return []
    names = Locale(language()).days["stand-alone"]["wide"]
    found = []
    for step in range(7):
        day = today + timedelta(days=step)
        spans = [] if day in days_off else _spans(hours, day, zone)
        told = ", ".join(words.time_words(start, end) for start, end in spans)
        found.append(Day(names[day.weekday()], told, step == 0))
    # As on a door: the week begins with Monday, whatever day it is.
    return found[-today.weekday() :] + found[: 7 - today.weekday()] if today.weekday() else found


def _spans(hours: Any, day: date, zone: str) -> list[tuple[datetime, datetime]]:
    """What of a day is open, midnight to midnight in the town."""
    start = datetime.combine(day, time(), ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return [(begin, over) for begin, over, state, _remark in hours.intervals(start, end) if state == State.OPEN]


@lru_cache(maxsize=512)
def _parsed(expression: str, zone: str) -> Any:
    if not expression or len(expression) > _LONGEST:
        return None
    rules = expression if "PH" in expression or expression == "24/7" else f"{expression}; PH off"
    try:
        return OpeningHours(rules, timezone=ZoneInfo(zone), country="DE", max_interval_days=366)
    except (ParserError, ValueError):
        return None


def _days(head: str) -> Iterator[int]:
    """`Mo–Do, Fr` as numbers of days."""
    last: int | None = None
    for joint, name in _ONE_DAY.findall(head):
        day = _NAMES[name.strip(". ").lower()]
        if joint and last is not None:
            following = [(last + step) % 7 for step in range(1, (day - last) % 7 + 1)]
            yield from following
        else:
            yield day
        last = day


def _span(found: re.Match[str]) -> str:
    first, second = _clock(found[1], found[2]), _clock(found[3], found[4])
    return f"{first}-{second}" if first and second and first < second else ""


def _clock(hour: str, minute: str | None) -> str:
    shown = f"{int(hour):02d}:{minute or '00'}"
    return shown if (int(hour) < 24 and int(minute or 0) < 60) or shown == "24:00" else ""


def lines(text: str) -> Sequence[str]:
    """The source's own words, line by line."""
    return [line for line in (one.strip() for one in text.split("\n")) if line]
