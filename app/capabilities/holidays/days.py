"""Days off in the words people use, and which years a page shows."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from app.capabilities.holidays import queries
from app.capabilities.holidays.queries import DaysOff
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.web import words
from app.web.site import current_site

YEARS_SHOWN: Final = 2


class Row(msgspec.Struct, frozen=True):
    """A day off, or a span of them."""

    title: str
    when: str
    """`Freitag, 25. Dezember` or `23. Dezember 2026 – 2. Januar 2027`."""
    now: bool
    """Today lies in it."""
    over: bool


class Year(msgspec.Struct, frozen=True):
    """What a year has."""

    number: int
    public: Sequence[Row]
    school: Sequence[Row]


def today() -> date:
    """The town's day."""
    return clock.today(current_site().timezone)


def span() -> tuple[date, date]:
    """The first day of this year, and the last one of the next."""
    year = today().year
    return date(year, 1, 1), date(year + YEARS_SHOWN - 1, 12, 31)


async def years() -> list[Year]:
    """This year and the next; school holidays stand in the year in which they begin."""
    first, last = span()
    public, school = await queries.public_holidays(first, last), await queries.school_holidays(first, last)
    now = today()
    return [
        Year(
            number,
            [row(one, now) for one in public if one.first_day.year == number],
            [row(one, now) for one in school if max(one.first_day, first).year == number],
        )
        for number in range(first.year, last.year + 1)
    ]


def row(one: DaysOff, now: date) -> Row:
    """A day off as the page shows it."""
    return Row(one.title, when(one), one.first_day <= now <= one.last_day, one.last_day < now)


def when(one: DaysOff) -> str:
    """The day with its weekday, or the span in words."""
    if one.first_day == one.last_day:
        return words.date_long(one.first_day)
    return _("%(first)s to %(last)s") % {
        "first": words.date_medium(one.first_day),
        "last": words.date_medium(one.last_day),
    }
