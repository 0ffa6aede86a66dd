"""Days for the day strip, the week and the month of events: plain values, drawn by `components.html`."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

import msgspec
from babel import Locale

from app.kit.i18n import language


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day that can be chosen."""

    date: date
    href: str
    count: int
    """How many events the day has."""
    weekday: str
    """Two or three letters, `Sa`."""
    month: str
    """Abbreviated, `Dez.`."""
    spoken: str
    """For screen readers: `Samstag, 5. Dezember`."""
    today: bool
    chosen: bool
    inside: bool = True
    """Belongs to the month that is shown."""


def weekday_names() -> list[str]:
    """`Mo` to `So` in the reader's language."""
    names = Locale(language()).days["stand-alone"]["short"]
    return [names[number].rstrip(".") for number in range(7)]


@lru_cache(maxsize=64)
def _month_short(number: int, tongue: str) -> str:
    return str(Locale(tongue).months["format"]["abbreviated"][number])[:4].rstrip(".")


def month_short(day: date) -> str:
    """`Dez` for the leaf of a calendar."""
    return _month_short(day.month, language())


def _day(day: date, counts: Mapping[date, int], href: Callable[[date], str], today: date, chosen: date | None) -> Day:
    tongue = language()
    locale = Locale(tongue)
    wide = locale.months["format"]["wide"][day.month]
    return Day(
        date=day,
        href=href(day),
        count=counts.get(day, 0),
        weekday=locale.days["stand-alone"]["short"][day.weekday()].rstrip("."),
        month=locale.months["format"]["abbreviated"][day.month],
        spoken=f"{locale.days['format']['wide'][day.weekday()]}, {day.day}{'.' if tongue == 'de' else ''} {wide}",
        today=day == today,
        chosen=day == chosen,
    )


def strip(
    start: date,
    length: int,
    counts: Mapping[date, int],
    href: Callable[[date], str],
    *,
    today: date,
    chosen: date | None = None,
) -> list[Day]:
    """`length` days from `start` on; seven from a Monday on are a week."""
    return [_day(start + timedelta(days=step), counts, href, today, chosen) for step in range(length)]


def month(
    first: date,
    counts: Mapping[date, int],
    href: Callable[[date], str],
    *,
    today: date,
    chosen: date | None = None,
) -> list[list[Day]]:
    """The weeks, Monday to Sunday, that show the month of `first`."""
    first = first.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    weeks: list[list[Day]] = []
    while not weeks or monday.replace(day=1) <= first:
        week = strip(monday, 7, counts, href, today=today, chosen=chosen)
        weeks.append([msgspec.structs.replace(day, inside=day.date.month == first.month) for day in week])
        monday += timedelta(days=7)
    return weeks


def month_title(first: date) -> str:
    """`Dezember 2026`."""
    return f"{Locale(language()).months['stand-alone']['wide'][first.month]} {first.year}"
