"""Opening hours: read from words or from OSM's grammar, told as open or closed now and as a week.

What can't be read for certain is shown as its source says it and nothing more: a wrong "open now" costs a journey.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from babel import Locale

from app.kit import opening
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language
from app.kit.opening import Calendar
from app.web import words
from app.web.opening import hours_words

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


def as_meant(text: str) -> str:
    """An office's hours in OSM's grammar: closed on public holidays unless they say something else."""
    as_it_is = not text or "PH" in text or text == "24/7" or opening.says_only(text)
    return text if as_it_is else f"{text}; PH off"


def now(text: str, moment: datetime, calendar: Calendar) -> Opening | None:
    """Open or closed at that moment; None when nobody can tell."""
    found = opening.at(as_meant(text), calendar, moment)
    if found.status in ("unread", "maybe"):
        return None
    if found.status == "open":
        end = found.until
        return Opening(True, _("Open until %(time)s") % {"time": words.time_words(end)} if end else _("Open now"))
    if found.opens_at is None:
        return Opening(False, _("Closed now"))
    return Opening(False, _("Closed, opens %(when)s") % {"when": words.when(found.opens_at, zone=calendar.zone)})


def week(text: str, today: date, calendar: Calendar) -> list[Day]:
    """The hours of this day and the six after it, Monday first; none when nobody can tell."""
    names = Locale(language()).days["stand-alone"]["wide"]
    # As on a door: the week begins with Monday, whatever day it is.
    found = sorted(opening.week(as_meant(text), calendar, today), key=lambda one: one.day.weekday())
    return [Day(names[one.day.weekday()], "" if one.closed else hours_words(one), one.day == today) for one in found]


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
