"""The bins as JSON: streets, and the days of one."""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import QueryParameter

from app.capabilities.waste import queries
from app.capabilities.waste.wording import name_of
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.web.access import PUBLIC
from app.web.respond import as_json
from app.web.site import current_site

AT_ONCE: Final = 50
YEARS: Final = (2000, 2200)

Words = Annotated[str, QueryParameter(max_length=100, description="A part of the street's name.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Streets of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]
Key = Annotated[str, QueryParameter(max_length=63, description="Key of the street.")]
FromDay = Annotated[
    str, QueryParameter(name="from", max_length=40, description="First day; without it, today.", format="date")
]
ToDay = Annotated[
    str, QueryParameter(max_length=40, description="Last day, inclusive; without it, a year on.", format="date")
]

_BAD_DAY: Final = _("This day can't be searched. Write it as 2026-12-05.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_NO_STREET: Final = _("Please name a street by its key.")


class Street(msgspec.Struct, frozen=True):
    """A street or a tour."""

    key: str
    name: str
    url: str
    """Absolute address of the page."""
    calendar: str
    """Absolute address of the iCalendar file."""


class StreetList(msgspec.Struct, frozen=True):
    """A part of the list, by key."""

    items: list[Street]
    next: str | None
    """Cursor of the following part."""
    meant: str = ""
    """The street that is most like `q`, where none has it; empty when nothing was put right."""


class Taken(msgspec.Struct, frozen=True):
    """A day on which something is taken."""

    day: date
    fraction: str
    """`residual organic paper packaging glass garden bulky hazardous electronics tree other`."""
    name: str
    """For people, in the language that was asked for."""
    title: str
    """As the source names it."""
    note: str
    moved_from: date | None
    """The usual day, where a holiday or the town hall shifted it."""
    moved_guessed: bool
    """The source does not say so: it was found by weekday and holiday."""
    source: str
    """Empty: the town hall."""
    source_url: str
    licence: str
    attribution: str
    changed_at: datetime


class TakenList(msgspec.Struct, frozen=True):
    """All days of the span, so `next` is always null."""

    items: list[Taken]
    next: str | None = None


class WasteApi(Controller):
    """Rubbish, for every street. Nobody's street is kept here: whoever asks names it."""

    path = "/api/v1/waste"
    tags = ("waste",)

    @get(
        "/streets",
        access=PUBLIC,
        responses={200: ResponseSpec(StreetList, description="By key", generate_examples=False)},
    )
    async def streets(self, limit: Limit = AT_ONCE, cursor: PageMarker = "", q: Words = "") -> Response[bytes]:
        """The streets and tours that have a calendar.

        When none has what `q` says, those that are called most alike; `meant` says which is nearest.
        """
        after = paging.decode(cursor, tuple[str])[0] if cursor else ""
        found = await queries.to_choose(q.strip(), after=after, limit=limit + 1)
        shown, more = found.areas[:limit], len(found.areas) > limit and not found.meant
        origin = current_site().origin
        return as_json(
            StreetList(
                [
                    Street(
                        one.key, one.name, f"{origin}/waste/streets/{one.key}", f"{origin}/waste.ics?street={one.key}"
                    )
                    for one in shown
                ],
                paging.encode(shown[-1].key) if more else None,
                found.meant,
            )
        )

    @get(
        "/dates",
        access=PUBLIC,
        responses={200: ResponseSpec(TakenList, description="By day", generate_examples=False)},
    )
    async def dates(self, street: Key = "", first: FromDay = "", to: ToDay = "") -> Response[bytes]:
        """What is taken in a street, from today on for a year, or between two days."""
        if not street:
            raise InvalidInput(_NO_STREET.message, {"street": _NO_STREET.message})
        area = await queries.area(street)
        today = queries.today()
        from_day, to_day = _day("from", first) or today, _day("to", to)
        to_day = to_day or queries.a_year_from(from_day)
        if to_day < from_day:
            raise InvalidInput(_BAD_ORDER.message, {"to": _BAD_ORDER.message})
        told = {one.feed_id: one for one in await queries.origins(area.id)}
        items = []
        for one in await queries.dates([area.id], from_day, to_day):
            origin = told.get(one.feed_id)
            items.append(
                Taken(
                    day=one.day,
                    fraction=one.fraction,
                    name=name_of(one),
                    title=one.title,
                    note=one.note,
                    moved_from=one.moved_from,
                    moved_guessed=one.moved_why == "guess",
                    source=origin.name if origin else "",
                    source_url=origin.url if origin else "",
                    licence=origin.licence if origin else "",
                    attribution=origin.attribution if origin else "",
                    changed_at=one.changed_at,
                )
            )
        return as_json(TakenList(items))


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
