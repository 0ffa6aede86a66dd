"""Which days a page shows: from now on, one day, one week, or one month; with the way to what lies beside it."""

import re
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from app.capabilities.events.queries import YEARS, Span, from_now, over_days
from app.kit.errors import InvalidInput
from app.kit.i18n import gettext_
from app.kit.i18n import lazy as _
from app.web import days, words

Kind = Literal["upcoming", "day", "week", "month"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)

_BAD_DAY: Final = _("Please write the day like 2026-12-05.")
_BAD_WEEK: Final = _("Please write the week like 2026-W49.")
_BAD_MONTH: Final = _("Please write the month like 2026-12.")
_ONLY_ONE: Final = _("Please choose a day, a week or a month, not several of them.")


class Period(msgspec.Struct, frozen=True):
    """What a page shows; `first` and `last` are inclusive."""

    kind: Kind
    first: date
    last: date

    def span(self, now: datetime, zone: ZoneInfo) -> Span:
        """The span of the list."""
        return from_now(now, zone) if self.kind == "upcoming" else over_days(self.first, self.last, zone)

    @property
    def title(self) -> str:
        """`Samstag, 5. Dezember 2026`, `Woche 49: 30. November – 6. Dezember`, `Dezember 2026`."""
        if self.kind == "day":
            return words.date_long(self.first)
        if self.kind == "week":
            span = words.when(self.first, self.last + timedelta(days=1))
            return gettext_("Week %(number)d: %(days)s") % {"number": self.first.isocalendar().week, "days": span}
        return days.month_title(self.first) if self.kind == "month" else ""

    @property
    def before(self) -> str:
        """The value of the query parameter for what lies before."""
        return name_of(self.kind, self.first - timedelta(days=1))

    @property
    def after(self) -> str:
        """The same for what comes after."""
        return name_of(self.kind, self.last + timedelta(days=1))


def name_of(kind: Kind, day: date) -> str:
    """How the day, week or month around `day` is written in an address."""
    if kind == "week":
        year, number, _weekday = day.isocalendar()
        return f"{year}-W{number:02d}"
    return f"{day:%Y-%m}" if kind == "month" else day.isoformat()


def period_of(day: str, week: str, month: str, today: date) -> Period:
    """The period that an address asks for; raises `InvalidInput`, which names the parameter."""
    given = {name: value for name, value in (("day", day), ("week", week), ("month", month)) if value}
    if len(given) > 1:
        raise InvalidInput(_ONLY_ONE.message, fields=dict.fromkeys(given, _ONLY_ONE.message))
    if day:
        first = _read(_DAY.fullmatch(day) and date.fromisoformat, day, "day", _BAD_DAY.message)
        return Period("day", first, first)
    if week:
        first = _read(_WEEK.fullmatch(week) and _monday, week, "week", _BAD_WEEK.message)
        return Period("week", first, first + timedelta(days=6))
    if month:
        first = _read(_MONTH.fullmatch(month) and _first_of_month, month, "month", _BAD_MONTH.message)
        return Period("month", first, end_of_month(first))
    return Period("upcoming", today, today)


def end_of_month(day: date) -> date:
    """The last day of the month of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _monday(week: str) -> date:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _first_of_month(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _read(reader: object, text: str, name: str, message: str) -> date:
    try:
        found = reader(text) if callable(reader) else None
    except ValueError:
        found = None
    if not isinstance(found, date) or not YEARS[0] <= found.year < YEARS[1]:
        raise InvalidInput(message, fields={name: message})
    return found
