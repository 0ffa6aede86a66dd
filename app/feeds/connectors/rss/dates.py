"""Dates as feeds write them: RFC 822 with German words, ISO 8601, German short dates."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final
from zoneinfo import ZoneInfo

_ISO: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_GERMAN: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:,?\s+(?:um\s+)?(\d{1,2})[:.](\d{2})(?::(\d{2}))?)?")
_MONTHS: Final = {"mär": "Mar", "mrz": "Mar", "mae": "Mar", "mai": "May", "okt": "Oct", "dez": "Dec"}
_MONTH: Final = re.compile(r"(?<=\d\s)(mär|mrz|mae|mai|okt|dez)[a-zä]*\.?", re.IGNORECASE)
_ZONES: Final = {"MESZ": "+0200", "CEST": "+0200", "MEZ": "+0100", "CET": "+0100"}
_ZONE: Final = re.compile(r"\b(MESZ|CEST|MEZ|CET)\b")
_NAMED_ZONE: Final = re.compile(r":\d\d\s*([+-]\d{2}:?\d{2}|[A-Za-z]{1,5})\b")
_DAY_DOT: Final = re.compile(r"\A(\d{1,2})\.\s*")
_WEEKDAY: Final = re.compile(r"\A[A-Za-zäö]+\.?,\s*")


def moment(text: str, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    """The moment in UTC and whether only a day was named; None when it can't be read.

    A time without an offset is meant in `zone`.
    """
    value = text.strip()[:80]
    if not value:
        return None
    try:
        found = _iso(value, zone) or _german(value, zone) or _rfc822(value, zone)
        return (found[0].astimezone(UTC), found[1]) if found else None
    except (ValueError, OverflowError):
        return None


def _iso(value: str, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    found = _ISO.fullmatch(value)
    if not found:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), _second(second), tzinfo=zone)
    if offset:
        local = local.replace(tzinfo=_offset(offset))
    return local, hour is None


def _german(value: str, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    found = _GERMAN.fullmatch(value.removesuffix(" Uhr"))
    if not found:
        return None
    day, month, year, hour, minute, second = found.groups()
    local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), _second(second), tzinfo=zone)
    return local, hour is None


def _rfc822(value: str, zone: ZoneInfo) -> tuple[datetime, bool] | None:
    bare = _DAY_DOT.sub(r"\1 ", _WEEKDAY.sub("", value))
    english = _MONTH.sub(lambda found: _MONTHS[found[1].lower()], bare)
    english = _ZONE.sub(lambda found: _ZONES[found[1]], english)
    parsed = parsedate_tz(english if ":" in english else f"{english} 00:00")
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    named = _NAMED_ZONE.search(english)
    # "-0000" and no zone at all both mean: nobody said.
    known = named is not None and named[1] != "-0000"
    tz = timezone(timedelta(seconds=parsed[9] or 0)) if known else zone
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=tz), ":" not in value


def _second(text: str | None) -> int:
    return min(int(text or 0), 59)  # a leap second is the last one


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
