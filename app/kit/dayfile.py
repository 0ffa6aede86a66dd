"""Whole days as a calendar that other programs subscribe to (RFC 5545, RFC 7986): holidays, rubbish.

The text depends on what it is made of alone, so that an unchanged calendar has the same bytes.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
REFRESH: Final = "P1D"
LONGEST_LINE: Final = 75
"""Octets, RFC 5545, section 3.1."""

_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f]")


class DayEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something on a day, or on several; both inclusive."""

    uid: str
    """Stays the same as long as it is the same thing."""
    title: str
    first_day: date
    last_day: date
    text: str = ""
    url: str = ""
    changed_at: datetime
    """Aware."""
    alarm_hours: int = 0
    """Reminds this many hours before the day begins."""


def calendar(name: str, entries: Iterable[DayEntry]) -> bytes:
    """The file."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Smart Village//Days 1//DE",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for one in entries for line in _entry(one)),
        "END:VCALENDAR",
        "",
    ]
    return b"\r\n".join(_folded(line.encode()) for line in lines)


def _entry(one: DayEntry) -> Iterator[str]:
    stamp = one.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(one.uid)}"
    yield f"DTSTAMP:{stamp}"
    yield f"LAST-MODIFIED:{stamp}"
    yield f"DTSTART;VALUE=DATE:{one.first_day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.last_day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(one.title)}"
    if one.text:
        yield f"DESCRIPTION:{_text(one.text)}"
    if one.url:
        yield f"URL:{one.url}"
    yield "TRANSP:TRANSPARENT"
    if one.alarm_hours:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{_text(one.title)}"
        yield f"TRIGGER:-PT{one.alarm_hours}H"
        yield "END:VALARM"
    yield "END:VEVENT"


def _text(value: str) -> str:
    return _CONTROL.sub("", value).translate(_ESCAPED)


def _folded(raw: bytes) -> bytes:
    """Lines of at most 75 octets; no character is cut."""
    parts: list[bytes] = []
    while len(raw) > (room := LONGEST_LINE - (1 if parts else 0)):
        end = room
        while raw[end] & 0xC0 == 0x80:  # a byte 10xxxxxx stands inside a character
            end -= 1
        parts.append(raw[:end])
        raw = raw[end:]
    return b"\r\n ".join([*parts, raw])
