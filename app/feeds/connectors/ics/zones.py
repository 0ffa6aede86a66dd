"""Time zones as calendars name them: IANA, Windows, prefixed, home-made, none at all.

The rules of a VTIMEZONE are not evaluated: they are code of a stranger that can run for ever. Its name, its location
and its offsets tell which zone is meant.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_LOCATION: Final = re.compile(r"^X-LIC-LOCATION[^:\r\n]*:([\w/+-]{1,60})", re.MULTILINE | re.IGNORECASE)
_TZID: Final = re.compile(r"^TZID[^:\r\n]*:([^\r\n]{1,200})", re.MULTILINE | re.IGNORECASE)
_OFFSET: Final = re.compile(r"^TZOFFSETTO[^:\r\n]*:([+-])(\d\d)(\d\d)", re.MULTILINE | re.IGNORECASE)
_UTC_NAMES: Final = frozenset({"utc", "z", "gmt", "etc/utc", "etc/gmt"})


class Zones:
    """Finds the zone of a TZID; `default` is for times that name none, and for names that tell nothing."""

    def __init__(self, default: ZoneInfo, definitions: list[str]) -> None:
        self.default = default
        self._defined: dict[str, tzinfo | None] = {}
        for text in definitions[:200]:
            if name := _TZID.search(text):
                self._defined[name[1].strip().strip('"')] = self._of_definition(text)

    def of(self, tzid: str) -> tzinfo:
        """The zone meant by `tzid`; the default when nobody can know."""
        name = tzid.strip().strip('"')
        return by_name(name) or self._defined.get(name) or self.default

    def knows(self, tzid: str) -> bool:
        name = tzid.strip().strip('"')
        return by_name(name) is not None or self._defined.get(name) is not None

    def _of_definition(self, text: str) -> tzinfo | None:
        location = _LOCATION.search(text)
        if location and (zone := by_name(location[1])):
            return zone
        offsets = sorted({_minutes(*found) for found in _OFFSET.findall(text)})
        if not offsets:
            return None
        for zone in (self.default, ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London"), ZoneInfo("Europe/Athens")):
            if offsets == _offsets(zone):
                return zone
        return timezone(timedelta(minutes=offsets[0])) if len(offsets) == 1 else None


def _minutes(sign: str, hours: str, minutes: str) -> int:
    amount = min(int(hours), 14) * 60 + min(int(minutes), 59)
    return -amount if sign == "-" else amount


def _offsets(zone: ZoneInfo) -> list[int]:
    """The offsets that a zone has in winter and summer, in minutes."""
    both = (datetime(2026, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    return sorted({int((offset or timedelta()).total_seconds()) // 60 for offset in both})


@lru_cache(maxsize=1_000)
def by_name(name: str) -> tzinfo | None:
    """A zone by IANA or Windows name, also behind a prefix such as `/example.org/20200101_1/`."""
    bare = name.strip("/")
    if bare.lower() in _UTC_NAMES:
        return UTC
    parts = bare.split("/")
    for candidate in (bare, WINDOWS_TO_OLSON.get(bare, ""), "/".join(parts[-2:]), "/".join(parts[-3:])):
        if candidate and re.fullmatch(r"[A-Za-z][\w+-]*(?:/[\w+-]+){0,2}", candidate):
            try:
                return ZoneInfo(candidate)
            except (ValueError, OSError, KeyError):
                continue
    return None


def id_of(zone: tzinfo | None, default: ZoneInfo | None) -> str:
    """The tz id to show times in: an absolute time is shown in the calendar's own zone, the default."""
    if isinstance(zone, ZoneInfo):
        return zone.key
    return default.key if default is not None else "UTC"


def midnight(day: date) -> datetime:
    """A day as a time without a zone, for the arithmetic of rules."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a day has no zone
