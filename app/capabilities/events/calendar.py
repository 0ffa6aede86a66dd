"""Events as a calendar that other programs subscribe to (RFC 5545, RFC 7986).

Each date is a VEVENT of its own, in UTC: what a series was made of stays at its source, and a moved or cancelled
date needs no exception. The text depends on what is stored alone, so that an unchanged calendar has the same bytes.
It is written here and read by icalendar in the tests: building 500 dates with the library takes 300 ms, this 10.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.capabilities.events.queries import Happening, Listed, When
from app.capabilities.events.wording import path_of
from app.kit.i18n import gettext_ as _
from app.web.names import told
from app.web.site import Site

MEDIA_TYPE: Final = "text/calendar"
MOST_DATES: Final = 500
"""Dates of the town's calendar."""
REFRESH: Final = "PT6H"
LONGEST_LINE: Final = 75
"""Octets, RFC 5545, section 3.1."""

_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LINE_END: Final = re.compile(r"\r\n?|[\u0085\u2028\u2029]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class _Told:
    """What the dates of one event have in common."""

    def __init__(self, event: Listed | Happening, path: str) -> None:
        self.id = event.id
        self.path = path
        self.stamp = _moment(event.changed_at)
        self.summary = event.summary
        source = _("Source: %(name)s") % {"name": event.source_name} if event.source_name else ""
        self.origin = " ".join(part for part in (source, event.source_url) if part)
        self.location_name = event.location_name
        self.address = event.address
        self.point = (event.latitude, event.longitude)
        self.category = told(event.category_name or "", event.category_en or "")


def town(site: Site, items: Iterable[Listed]) -> bytes:
    """The calendar of a town."""
    name = _("Events in %(name)s") % {"name": site.name}
    more = (f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}")
    entries = (
        line for one in items for line in _entry(site, _Told(one, path_of(one.id, one.event_title)), one.title, one)
    )
    return _calendar(name, more, entries)


def single(site: Site, event: Happening, dates: Iterable[When]) -> bytes:
    """One event with its dates."""
    told = _Told(event, path_of(event.id, event.title))
    return _calendar(
        event.title, (), (line for one in dates for line in _entry(site, told, one.title or event.title, one))
    )


def _calendar(name: str, more: Iterable[str], entries: Iterable[str]) -> bytes:
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Smart Village//Events 1//DE",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        *more,
        *entries,
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(_folded(line) for line in lines).encode()


def _entry(site: Site, told: _Told, title: str, one: Listed | When) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    # Neither a new title nor another date changes it.
    yield f"UID:{_text(one.key)}-{told.id}@{site.host}"
    yield f"DTSTAMP:{told.stamp}"
    yield f"LAST-MODIFIED:{told.stamp}"
    if one.all_day:
        yield f"DTSTART;VALUE=DATE:{_day(one.first_day)}"
        yield f"DTEND;VALUE=DATE:{_day(one.last_day + timedelta(days=1))}"
        yield "TRANSP:TRANSPARENT"
    else:
        yield f"DTSTART:{_moment(one.starts_at)}"
        if one.ends_at is not None:
            yield f"DTEND:{_moment(one.ends_at)}"
    yield f"SUMMARY:{_text(title)}"
    description = "\n\n".join(part for part in (one.summary or told.summary, told.origin) if part)
    if description:
        yield f"DESCRIPTION:{_text(description)}"
    place = ", ".join(dict.fromkeys(part for part in (one.location_name or told.location_name, told.address) if part))
    if place:
        yield f"LOCATION:{_text(place)}"
    latitude, longitude = told.point
    if latitude is not None and longitude is not None:
        yield f"GEO:{latitude:.6f};{longitude:.6f}"
    if told.category:
        yield f"CATEGORIES:{_text(told.category)}"
    yield f"STATUS:{one.status.upper()}"
    yield f"URL:{site.origin}{told.path}"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{_day(moment)}T{moment.hour:02d}{moment.minute:02d}{moment.second:02d}Z"


def _day(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _text(value: str) -> str:
    return _CONTROL.sub("", _LINE_END.sub("\n", value)).translate(_ESCAPED)


def _folded(line: str) -> str:
    """Lines of at most 75 octets; no character is cut."""
    if len(line) <= LONGEST_LINE // 4 or len(raw := line.encode()) <= LONGEST_LINE:
        return line
    parts: list[str] = []
    start = 0  # a byte 10xxxxxx stands inside a character
    while start < len(raw):
        # From the second line on a space stands in front.
        end = start + LONGEST_LINE - (1 if parts else 0)
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(raw[start:end].decode())
        start = end
    return "\r\n ".join(parts)
