"""One VEVENT: its times and texts, read leniently."""

import hashlib
import html as htmllib
import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

import icalendar
import msgspec
from icalendar.prop.broken import vBroken

from app.feeds.connector import SkipItem
from app.feeds.connectors.ics.zones import Zones, by_name, id_of
from app.feeds.items import EventStatus, Geo
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_MARKUP: Final = re.compile(r"<(?:p|br|a|b|i|ul|ol|div|span|strong|html)\b[^>]*>", re.IGNORECASE)
_PREFIXED: Final = re.compile(r"(?<=;)TZID=\"?(/[^\":;\r\n]+)\"?", re.IGNORECASE)
_STATUS: Final[dict[str, EventStatus]] = {"CANCELLED": "cancelled", "CANCELED": "cancelled", "TENTATIVE": "tentative"}
_HIDDEN: Final = frozenset({"PRIVATE", "CONFIDENTIAL"})
_LONGEST_DURATION: Final = timedelta(days=3_660)


class Span(msgspec.Struct, frozen=True):
    """When a component takes place: `start` is aware or a day, `length` a time span, in whole days for days."""

    start: datetime | date
    length: timedelta | None

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)


class Component:
    """A VEVENT as icalendar reads it; what it could not read is left out."""

    def __init__(self, text: str, zones: Zones) -> None:
        """Raises `SkipItem` when it is no event that can be shown."""
        self.zones = zones
        self.remark = ""
        try:
            self._event = icalendar.Event.from_ical(_PREFIXED.sub(_bare_zone, text))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
            raise SkipItem("An event can't be read.") from error
        self.title = shortened(clean_line(self.text("SUMMARY")), 300)
        self.span = self._span()
        self.uid = clean_line(self.text("UID")) or _made_up_id(self.title, self.span)
        self.status: EventStatus = _STATUS.get(self.text("STATUS").upper(), "confirmed")
        self.sequence = self._number("SEQUENCE")
        replaced = self._moments("RECURRENCE-ID")
        self.replaces = replaced[0] if replaced else None

    # Texts

    def text(self, name: str) -> str:
        """The first value of a property as text, or an empty one."""
        values = self.values(name)
        return str(values[0]).strip() if values else ""

    def values(self, name: str) -> list[Any]:
        """The values of a property that could be read."""
        return [value for value in self._all(name) if not isinstance(value, vBroken)]

    def rules(self) -> list[str]:
        """The recurrence rules as they were sent, readable or not."""
        return [
            str(value) if isinstance(value, vBroken) else value.to_ical().decode("utf-8", "replace")
            for value in self._all("RRULE")
        ]

    def _all(self, name: str) -> list[Any]:
        found = self._event.get(name)
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def parameter(self, name: str, parameter: str) -> str:
        values = self.values(name)
        return str(getattr(values[0], "params", {}).get(parameter, "")) if values else ""

    @property
    def hidden(self) -> bool:
        return self.text("CLASS").upper() in _HIDDEN

    def _number(self, name: str) -> int:
        text = self.text(name)
        return min(int(text), 2**31 - 1) if text.isascii() and text.isdigit() and len(text) < 12 else 0

    def body(self, url: str) -> tuple[str, str]:
        """The description as safe HTML and as one paragraph of plain text."""
        rich = next((str(value) for value in self.values("X-ALT-DESC") if _MARKUP.search(str(value))), "")
        text = self.text("DESCRIPTION")
        if rich:
            safe = sanitise(rich.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";"), url)
        elif _MARKUP.search(text):
            safe = sanitise(text, url)
        else:
            paragraphs = (htmllib.escape(part.strip(), quote=False) for part in re.split(r"\n\s*\n", text))
            safe = sanitise("".join(f"<p>{part}</p>".replace("\n", "<br>") for part in paragraphs if part))
        return safe, shortened(plain(safe), 400)

    def location(self) -> tuple[str, str]:
        """Name and address; most write both into one line with commas."""
        lines = [clean_line(part) for part in self.text("LOCATION").split("\n")]
        name, _, rest = ", ".join(line for line in lines if line).partition(",")
        return shortened(name.strip(), 200), shortened(rest.strip(), 300)

    def organiser(self) -> str:
        name = clean_line(self.parameter("ORGANIZER", "CN"))
        return "" if "@" in name else shortened(name, 200)

    def categories(self) -> list[str]:
        names: list[str] = []
        for value in self.values("CATEGORIES"):
            names += [str(one) for one in getattr(value, "cats", [value])]
        return [clean_line(name)[:80] for name in names]

    def geo(self) -> Geo | None:
        value = next(iter(self.values("GEO")), None)
        try:
            lat, lon = float(value.latitude), float(value.longitude)  # type: ignore[union-attr]  # else no GEO
        except (AttributeError, TypeError, ValueError):
            return None
        return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon) else None

    def link(self, base: str) -> str:
        return absolute(self.text("URL"), base)

    def image(self) -> str:
        for name in ("IMAGE", "ATTACH"):
            for value in self.values(name):
                if str(getattr(value, "params", {}).get("FMTTYPE", "")).startswith("image/"):
                    return absolute(str(value), "")
        return ""

    # Times

    def stamp(self, name: str) -> datetime | None:
        found = self._moments(name)
        first = found[0] if found else None
        return first.astimezone(UTC) if isinstance(first, datetime) else None

    def moments(self, name: str) -> list[datetime | date]:
        """The dates of EXDATE or RDATE; of a period the start."""
        return self._moments(name)

    def _moments(self, name: str) -> list[datetime | date]:
        found: list[datetime | date] = []
        for value in self.values(name):
            tzid = str(getattr(value, "params", {}).get("TZID", ""))
            for one in getattr(value, "dts", [value]):
                moment = getattr(one, "dt", None)
                moment = moment[0] if isinstance(moment, tuple) else moment
                own = str(getattr(one, "params", {}).get("TZID", "")) or tzid
                if isinstance(moment, datetime):
                    found.append(self._in_zone(moment, own))
                elif isinstance(moment, date):
                    found.append(moment)
        return found

    def _in_zone(self, moment: datetime, tzid: str) -> datetime:
        zone: tzinfo = self.zones.default
        if tzid:
            zone = self.zones.of(tzid)
            if not self.zones.knows(tzid):
                self.remark = "The time zone of an event is unknown. Its times are taken as local ones."
        elif moment.tzinfo is not None:
            zone = UTC
        try:
            located = moment.replace(tzinfo=zone)
            located.astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise SkipItem("The date of an event can't be read.") from error
        return located

    def _span(self) -> Span:
        found = self._moments("DTSTART")
        if not found:
            raise SkipItem("An event has no date that can be read.")
        start = found[0]
        end = next(iter(self._moments("DTEND")), None)
        length = self._length(start, end) if end is not None else self._duration()
        if length is not None and not timedelta(0) <= length <= _LONGEST_DURATION:
            self.remark = "The end of an event lies before its start or years after it. It is shown without an end."
            length = None
        if isinstance(start, datetime):
            return Span(start, length or None)
        # DTEND of a day is exclusive; the same day as the start is a common mistake for one day.
        return Span(start, max(timedelta(days=(length or timedelta()).days), timedelta(days=1)))

    def _length(self, start: datetime | date, end: datetime | date) -> timedelta:
        if isinstance(start, datetime) and isinstance(end, datetime):
            return end.astimezone(UTC) - start.astimezone(UTC)
        first = start.date() if isinstance(start, datetime) else start
        last = end.date() if isinstance(end, datetime) else end
        if isinstance(start, datetime):  # ends on a day: nobody said when
            return timedelta(0)
        return last - first

    def _duration(self) -> timedelta | None:
        value = next(iter(self.values("DURATION")), None)
        length = getattr(value, "dt", None) or getattr(value, "td", None)
        return length if isinstance(length, timedelta) else None


def _bare_zone(found: re.Match[str]) -> str:
    """A prefixed TZID as the zone it ends with, where it does."""
    zone = by_name(found[1])
    return f"TZID={id_of(zone, None)}" if zone is not None else found[0]


def _made_up_id(title: str, span: Span) -> str:
    digest = hashlib.sha1(f"{title}\n{span.start.isoformat()}".encode(), usedforsecurity=False)
    return digest.hexdigest()
