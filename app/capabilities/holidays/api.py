"""Holidays as JSON."""

from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter

from app.capabilities.holidays import days, queries
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.web.access import PUBLIC
from app.web.respond import as_json

YEARS: Final = (1990, 2101)
MOST_YEARS: Final = 5

FromDay = Annotated[
    str, QueryParameter(name="from", max_length=40, description="First day; without it, 1 January.", format="date")
]
ToDay = Annotated[
    str,
    QueryParameter(max_length=40, description="Last day, inclusive; without it, the end of next year.", format="date"),
]

_BAD_DAY: Final = _("This day can't be searched. Write it as 2026-12-05.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_TOO_LONG: Final = _("Please ask for at most five years at once.")


class Holiday(msgspec.Struct, frozen=True):
    """A public holiday or school holidays; both days inclusive."""

    kind: Literal["public", "school"]
    title: str
    first_day: date
    last_day: date
    state: str
    """ISO 3166-2, e.g. `DE-BB`."""
    source: str
    """Empty for what is law."""
    licence: str
    attribution: str


class HolidayList(msgspec.Struct, frozen=True):
    """All of the span, so `next` is always null."""

    items: list[Holiday]
    next: str | None = None


class HolidayApi(Controller):
    """Days off in the town's state."""

    path = "/api/v1/holidays"
    tags = ("holidays",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(HolidayList, description="By day", generate_examples=False)})
    async def index(self, first: FromDay = "", to: ToDay = "") -> Response[bytes]:
        """Public holidays and school holidays, of this year and the next or between two days."""
        begin, end = days.span()
        begin, end = _day("from", first) or begin, _day("to", to) or end
        if end < begin:
            raise InvalidInput(_BAD_ORDER.message, {"to": _BAD_ORDER.message})
        if end.year - begin.year >= MOST_YEARS:
            raise InvalidInput(_TOO_LONG.message, {"to": _TOO_LONG.message})
        state = await queries.state()
        found = [*await queries.public_holidays(begin, end), *await queries.school_holidays(begin, end)]
        return as_json(
            HolidayList(
                [
                    Holiday(
                        one.kind,
                        one.title,
                        one.first_day,
                        one.last_day,
                        state,
                        one.source_name,
                        one.licence,
                        one.attribution,
                    )
                    for one in sorted(found, key=lambda one: (one.first_day, one.kind, one.title))
                ]
            )
        )


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not YEARS[0] <= day.year < YEARS[1]:
        raise InvalidInput(_BAD_DAY.message, {name: _BAD_DAY.message})
    return day
