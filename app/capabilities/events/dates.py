"""One date of an event: times or whole days, which days of the town it belongs to, until when it counts as running."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

ASSUMED_LENGTH: Final = timedelta(hours=2)
"""How long something without a named end is shown as running."""
NIGHT_ENDS: Final = time(6)
LONGEST_NIGHT: Final = timedelta(hours=14)
"""A dance from 20 to 2 o'clock belongs to one evening only."""


class Dates(msgspec.Struct, frozen=True):
    """When something takes place, once. Times are aware and half-open; `last_day` is inclusive."""

    key: str
    """The planned start, `20260329T003000Z` or `20260329` (RFC 5545 RECURRENCE-ID in UTC)."""
    starts_at: datetime
    """For whole days the midnight in the town's zone at which they begin: what lists are sorted by."""
    ends_at: datetime | None
    """None when nobody named an end."""
    over_at: datetime
    all_day: bool
    first_day: date
    last_day: date
    status: str = "confirmed"
    title: str = ""
    summary: str = ""
    location_name: str = ""


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which `day` begins in `zone`, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def timed(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo, key: str = "") -> Dates:
    """A date with times; `zone` is the town's, whose days are meant. An end that is no later than the start is none."""
    starts_at = starts_at.astimezone(UTC)
    ends_at = ends_at.astimezone(UTC) if ends_at is not None and ends_at > starts_at else None
    first_day = starts_at.astimezone(zone).date()
    last_day = first_day
    if ends_at is not None:
        end = ends_at.astimezone(zone)
        last_day = max(first_day, (end - timedelta(microseconds=1)).date())
        same_night = end.time() <= NIGHT_ENDS and ends_at - starts_at < LONGEST_NIGHT
        if same_night and last_day == first_day + timedelta(days=1):
            last_day = first_day
    return Dates(
        key=key or key_of(starts_at),
        starts_at=starts_at,
        ends_at=ends_at,
        over_at=ends_at or starts_at + ASSUMED_LENGTH,
        all_day=False,
        first_day=first_day,
        last_day=last_day,
    )


def whole_days(first_day: date, last_day: date | None, zone: ZoneInfo, key: str = "") -> Dates:
    """A date of whole days, both inclusive, which begin and end at midnight of the town's zone."""
    last_day = max(first_day, last_day or first_day)
    return Dates(
        key=key or key_of(first_day),
        starts_at=midnight(first_day, zone),
        ends_at=(end := midnight(last_day + timedelta(days=1), zone)),
        over_at=end,
        all_day=True,
        first_day=first_day,
        last_day=last_day,
    )


def key_of(start: date | datetime) -> str:
    """The identity of a date within its event."""
    return f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}" if isinstance(start, datetime) else f"{start:%Y%m%d}"
