"""Days and moments as sources without a standard write them."""

import re
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_GERMAN: Final = re.compile(
    r"(?:[A-Za-zäöü]{2,10}\.?,?\s+)?(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?:,?\s*(?:um\s+)?(\d{1,2})[:.](\d{2})(?::\d{2})?(?:\s*Uhr)?)?",
    re.IGNORECASE,
)
_NO_TIME: Final = re.compile(r"%[HIMSp]")
_MILLISECONDS_FROM: Final = 100_000_000_000


def moment_of(value: Any, formats: tuple[str, ...], zone: ZoneInfo) -> datetime | date | None:
    """An aware moment in UTC, or a day; None when it can't be read. A time without an offset is meant in `zone`."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC)
        text = str(value).strip()
        for shape in formats:
            found = _shaped(text, shape)
            if found is not None:
                return found if not isinstance(found, datetime) else _in_zone(found, zone)
        return _iso(text, zone) or _german(text, zone)
    except (ValueError, OverflowError, OSError):
        return None


def day_of(value: Any, formats: tuple[str, ...], zone: ZoneInfo) -> date | None:
    """The day of a moment, in `zone`."""
    found = moment_of(value, formats, zone)
    return found.astimezone(zone).date() if isinstance(found, datetime) else found


def _shaped(text: str, shape: str) -> datetime | date | None:
    try:
        found = datetime.strptime(text, shape)  # noqa: DTZ007  # the zone is put on below, where the shape has none
    except ValueError:
        return None
    return found if _NO_TIME.search(shape) else found.date()


def _iso(text: str, zone: ZoneInfo) -> datetime | date | None:
    if _ISO_DAY.fullmatch(text):
        return date.fromisoformat(text)
    try:
        return _in_zone(datetime.fromisoformat(text), zone)
    except ValueError:
        return None


def _german(text: str, zone: ZoneInfo) -> datetime | date | None:
    found = _GERMAN.fullmatch(text)
    if not found:
        return None
    day, month, year, hour, minute = found.groups()
    whole = date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))
    if hour is None:
        return whole
    return _in_zone(datetime(whole.year, whole.month, whole.day, int(hour), int(minute), tzinfo=zone), zone)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
