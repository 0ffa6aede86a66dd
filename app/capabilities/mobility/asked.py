"""What an address asks of the boards: a place, a moment."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from litestar.params import QueryParameter

from app.capabilities.mobility import board
from app.kit import clock
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy

Latitude = Annotated[float | None, QueryParameter(ge=-90, le=90, description="Where you are, WGS 84.")]
Longitude = Annotated[float | None, QueryParameter(ge=-180, le=180, description="Where you are, WGS 84.")]
Words = Annotated[str, QueryParameter(max_length=100, description="Words of the stop's name.")]
Moment = Annotated[
    str, QueryParameter(name="from", max_length=40, description="Departures from this moment on, RFC 3339; else now.")
]
Day = Annotated[str, QueryParameter(max_length=10, description="A day of the town, e.g. 2026-12-05.")]
Time = Annotated[str, QueryParameter(name="time", max_length=8, description="A time of that day, e.g. 14:30.")]
All = Annotated[str, QueryParameter(name="all", max_length=3, description="Whether every stop is shown.")]

FURTHEST: Final = timedelta(days=400)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BAD_TIME: Final = lazy("Write the time as 14:30.")
_BAD_DAY: Final = lazy("Write the day as 2026-12-05. It must not lie more than a year ahead.")


def moment(value: str, zone: ZoneInfo, *, day: str = "", at: str = "") -> datetime:
    """From when on: a moment as a link says it, or a day and a time as a person does; now when neither is there.

    Raises `InvalidInput`, which names the field.
    """
    now = board.now()
    if value:
        found = _moment(value)
    elif day or at:
        found = board.local_moment(_day(day, zone), _time(at), zone)
    else:
        return now
    if not now - timedelta(days=2) <= found <= now + FURTHEST:
        raise InvalidInput(_BAD_DAY.message, fields={"day": _BAD_DAY.message})
    return found


def _moment(value: str) -> datetime:
    # A plus of an address without quoting arrives as a blank.
    try:
        found = datetime.fromisoformat(value.strip().replace(" ", "+"))
    except ValueError as error:
        raise InvalidInput(_BAD_DAY.message, fields={"from": _BAD_DAY.message}) from error
    if found.tzinfo is None or not 2000 < found.year < 2100:
        raise InvalidInput(_BAD_DAY.message, fields={"from": _BAD_DAY.message})
    return found.astimezone(UTC)


def _day(text: str, zone: ZoneInfo) -> date:
    if not text:
        return clock.today(zone)
    bad = InvalidInput(_BAD_DAY.message, fields={"day": _BAD_DAY.message})
    if not _DAY.fullmatch(text):
        raise bad
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise bad from error


def _time(text: str) -> time:
    if not text:
        return time(0)
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise InvalidInput(_BAD_TIME.message, fields={"time": _BAD_TIME.message})
    return time(int(found[1]), int(found[2]))
