"""What clerks do: read in a calendar for a street or a tour, add a day, shift one, strike one out.

InvalidInput
└── InvalidCalendar   names the field of the form
Conflict
└── TooFar            a shift of weeks is another day, not a shifted one
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final, get_args

import msgspec

from app.capabilities.waste import queries, reminders
from app.capabilities.waste.feed import area_key, area_name, mark_shifts, store_from_feed, withdraw_from_feed
from app.capabilities.waste.queries import Area, Collection
from app.feeds.connector import Failure, ParseContext
from app.feeds.connectors.waste_ics import connector as calendar
from app.feeds.connectors.waste_ics.words import bins_of
from app.feeds.items import Collection as Item
from app.feeds.items import Fraction
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.http.charset import decode
from app.kit.i18n import lazy as _
from app.kit.richtext import clean_line, shortened
from app.tenancy import current
from app.tenancy.village import touched

__all__ = ["store_from_feed", "withdraw_from_feed"]

FRACTIONS: Final[tuple[str, ...]] = get_args(Fraction)
FARTHEST_SHIFT_DAYS: Final = 21
AHEAD_DAYS: Final = 500
MOST_DATES: Final = 5_000
_GERMAN_DAY: Final = ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d")
_DAY_COLUMNS: Final = ("datum", "tag", "date", "termin")
_BIN_COLUMNS: Final = ("abfallart", "fraktion", "art", "tonne", "bezeichnung", "summary", "fraction")
_NO_NAME: Final = _("Please name the street or the tour.")
_NO_FILE: Final = _("Please choose a calendar file.")
_BAD_FILE: Final = _("The file can't be read. It must be a calendar (.ics), or a table (.csv) with a day and a kind.")
_NO_DATES: Final = _("The file holds no day that is still to come.")
_BAD_DAY: Final = _("Please give a day within the next year.")
_BAD_KIND: Final = _("Please choose what is collected.")
_NO_SUCH: Final = "There is no such day in this calendar, or no longer."


class InvalidCalendar(InvalidInput):
    """What was sent makes no calendar."""

    def __init__(self, **fields: str) -> None:
        super().__init__("Please check what you entered.", fields=fields)


class TooFar(Conflict):
    """The new day lies more than three weeks off: then it is no shift."""


class Planned(msgspec.Struct, frozen=True):
    """A day as a file names it."""

    day: date
    fraction: str
    title: str
    note: str = ""
    moved_from: date | None = None


async def read_in(name: str, file: bytes) -> tuple[Area, int]:
    """Make or renew the calendar of a street from a file, in place of what was read in before from its first day on.

    How many days it has now comes along. What feeds bring stays. Raises `InvalidCalendar`.
    """
    clean = area_name(name)
    if not clean:
        raise InvalidCalendar(name=_NO_NAME.message)
    if not file.strip():
        raise InvalidCalendar(file=_NO_FILE.message)
    zone = await reminders.town_zone()
    today = clock.today(zone)
    planned = [one for one in planned_in(file, clock.now()) if today <= one.day <= today + timedelta(days=AHEAD_DAYS)]
    if not planned:
        raise InvalidCalendar(file=_NO_DATES.message)
    now = clock.now()
    area = await _area_named(clean, now)
    await current().fetch(
        "DELETE FROM waste_date WHERE area_id = $1 AND feed_item_id IS NULL AND day >= $2",
        [area.id, min(one.day for one in planned)],
    )
    await current().fetch(
        """INSERT INTO waste_date (area_id, day, fraction, title, note, moved_from, moved_why, changed_at)
           SELECT $1, day, fraction, title, note, moved_from, CASE WHEN moved_from IS NULL THEN '' ELSE 'source' END, $3
           FROM jsonb_to_recordset($2::jsonb)
               AS item (day date, fraction text, title text, note text, moved_from date)""",
        [area.id, msgspec.json.encode(planned[:MOST_DATES]).decode(), now],
    )
    await mark_shifts([area.id])
    touched()
    return area, len(planned)


async def add(area: Area, day: date | None, fraction: str) -> None:
    """Put a day into a calendar. Raises `InvalidCalendar`."""
    if fraction not in FRACTIONS:
        raise InvalidCalendar(fraction=_BAD_KIND.message)
    today = clock.today(await reminders.town_zone())
    if day is None or not today <= day <= today + timedelta(days=AHEAD_DAYS):
        raise InvalidCalendar(day=_BAD_DAY.message)
    await current().fetch(
        "INSERT INTO waste_date (area_id, day, fraction, changed_at) VALUES ($1, $2, $3, $4)",
        [area.id, day, fraction, clock.now()],
    )
    touched()


async def shift(area: Area, date_id: int, day: date | None) -> None:
    """Move one collection to another day; who asked to be reminded is told when it is near.

    A later sync of its source does not undo it. Raises `NotFound`, `InvalidCalendar` and `TooFar`.
    """
    one = await _one(area, date_id)
    usual = one.moved_from or one.day
    if day is None:
        raise InvalidCalendar(day=_BAD_DAY.message)
    if abs((day - usual).days) > FARTHEST_SHIFT_DAYS:
        raise TooFar("This is more than three weeks off. Strike the day out and add the new one.")
    back = day == usual
    await current().fetch(
        "UPDATE waste_date SET day = $2, moved_from = $3, moved_why = $4, changed_at = $5 WHERE id = $1",
        [date_id, day, None if back else usual, "clerk", clock.now()],
    )
    if day != one.day:
        await reminders.tell_of_change(area, one, one.day, day)
    touched()


async def strike_out(area: Area, date_id: int) -> None:
    """Say that nothing is taken on this day; `restore` brings it back. Raises `NotFound`."""
    one = await _one(area, date_id)
    await current().fetch(
        "UPDATE waste_date SET withdrawn_at = $2, withdrawn_why = 'clerk', changed_at = $2 WHERE id = $1",
        [date_id, clock.now()],
    )
    await reminders.tell_of_change(area, one, one.day, None)
    touched()


async def restore(area: Area, date_id: int) -> None:
    """Bring back what was struck out. Raises `NotFound`."""
    rows = await current().fetch(
        "UPDATE waste_date SET withdrawn_at = NULL, withdrawn_why = '', changed_at = $3"
        " WHERE id = $1 AND area_id = $2 AND withdrawn_why = 'clerk' RETURNING id",
        [date_id, area.id, clock.now()],
    )
    if not rows:
        raise NotFound(_NO_SUCH)
    touched()


async def remove(area: Area) -> None:
    """Delete what was entered for an area, and the area itself unless a source feeds it."""
    await current().fetch("DELETE FROM waste_date WHERE area_id = $1 AND feed_item_id IS NULL", [area.id])
    await current().fetch(
        "DELETE FROM waste_area a WHERE a.id = $1 AND NOT EXISTS (SELECT FROM waste_date d WHERE d.area_id = a.id)",
        [area.id],
    )
    touched()


def planned_in(file: bytes, now: datetime) -> Iterator[Planned]:
    """The days of a calendar (iCalendar) or a table (CSV with a day and a kind). Raises `InvalidCalendar`."""
    text = decode(file).lstrip("\ufeff \t\r\n")
    if "BEGIN:VCALENDAR" in text[:2_000].upper():
        context = ParseContext(window_start=now - timedelta(days=1), window_end=now + timedelta(days=AHEAD_DAYS))
        try:
            for one in calendar.parse(file, calendar.Config(url=""), context):
                if isinstance(one, Item):
                    yield Planned(one.day, one.fraction, one.title, one.note, one.moved_from)
        except Failure as failure:
            raise InvalidCalendar(file=_BAD_FILE.message) from failure
        return
    yield from _table(text)


def _table(text: str) -> Iterator[Planned]:
    lines = text.splitlines()
    delimiter = max(";,\t", key=lines[0].count) if lines else ";"
    head = [cell.strip().strip('"').lower() for cell in lines[0].split(delimiter)] if lines else []
    day_at = next((head.index(name) for name in _DAY_COLUMNS if name in head), None)
    bin_at = next((head.index(name) for name in _BIN_COLUMNS if name in head), None)
    if day_at is None or bin_at is None:
        raise InvalidCalendar(file=_BAD_FILE.message)
    for row in csv.reader(lines[1:], delimiter=delimiter):
        if len(row) <= max(day_at, bin_at) or not row[day_at].strip():
            continue
        day = _typed_day(row[day_at])
        if day is None:
            raise InvalidCalendar(file=_BAD_FILE.message)
        for name, fraction in bins_of(shortened(clean_line(row[bin_at]), 200), {}):
            yield Planned(day, fraction, name)


def _typed_day(text: str) -> date | None:
    bare = text.strip().split()[-1]
    for shape in _GERMAN_DAY:
        try:
            return datetime.strptime(bare, shape).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


async def _area_named(name: str, now: datetime) -> Area:
    rows = await current().fetch(
        "INSERT INTO waste_area (key, name, changed_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at RETURNING id, key, name",
        [area_key(name), name, now],
    )
    return msgspec.convert(dict(rows[0]), Area)


async def _one(area: Area, date_id: int) -> Collection:
    found = [one for one in await queries.all_dates(area.id, date.min) if one.id == date_id and not one.withdrawn]
    if not found:
        raise NotFound(_NO_SUCH)
    return found[0]
