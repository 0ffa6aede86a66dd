"""Warnings and weather as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.notices import queries, weather
from app.capabilities.notices.queries import Shown
from app.feeds.items import Hour
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json
from app.web.site import current_site

KindText = Annotated[str, QueryParameter(max_length=20, description="One of: " + ", ".join(queries.KINDS))]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Items of this part.")]

_BAD_ID: Final = _("This is no number of a warning.")
_BAD_KIND: Final = _("There is no such kind of warning.")


class Source(msgspec.Struct, frozen=True):
    """Where a warning comes from."""

    name: str
    url: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A warning as it was issued; names follow CAP 1.2."""

    id: int
    kind: str
    message: str
    """`alert`, `update`, or `cancel` for an all-clear, which may carry any severity."""
    severity: str
    urgency: str
    certainty: str
    event: str
    title: str
    description: str
    instruction: str
    language: str
    sender: str
    areas: Sequence[str]
    sent_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    """None: until it is cancelled."""
    own: bool
    """Written by the town itself."""
    source: Source
    licence: str
    attribution: str
    url: str


class EntryList(msgspec.Struct, frozen=True):
    """A part of the warnings that hold now."""

    items: list[Entry]
    next: str | None
    as_of: datetime | None
    """When the sources were asked last with success."""
    late: bool
    """A source has not answered for too long: a warning may be missing."""


class DayEntry(msgspec.Struct, frozen=True):
    """A day of the town's calendar."""

    date: date
    lowest: float | None
    """Degrees Celsius."""
    highest: float | None
    precipitation: float | None
    """Millimetres."""
    precipitation_probability: int | None
    """Percent."""
    gust: float | None
    """Kilometres per hour."""
    condition: str


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The weather of the town; without a forecast there are no items, and `why` says why."""

    items: Sequence[Hour]
    """Hours from now on."""
    next: str | None = None
    days: Sequence[DayEntry] = ()
    station: str = ""
    distance_km: float | None = None
    issued_at: datetime | None = None
    stale: bool = False
    why: str = ""
    """`no-place`, `no-source`, `nothing-yet`, `too-far`, `over`, or empty."""
    licence: str = ""
    attribution: str = ""


class NoticesApi(Controller):
    """Warnings that hold now."""

    path = "/api/v1/notices"
    tags = ("notices",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(EntryList, description="The most urgent first", generate_examples=False)},
    )
    async def index(
        self, limit: Limit = queries.AT_ONCE, cursor: PageMarker = "", kind: KindText = ""
    ) -> Response[bytes]:
        """Warnings by urgency, severity and time; all-clears last."""
        if kind and kind not in queries.KINDS:
            raise InvalidInput(_BAD_KIND.message, {"kind": _BAD_KIND.message})
        part = await queries.listed(kind, cursor, limit)
        watch = await queries.watch()
        return as_json(EntryList([entry(one) for one in part.items], part.next, watch.as_of, watch.late))

    @get(
        "/{notice_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Entry, description="The warning", generate_examples=False)},
    )
    async def one(self, notice_id: FromPath[str]) -> Response[bytes]:
        """One warning by its number, also when it is over."""
        number = number_of(notice_id) if notice_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"notice_id": _BAD_ID.message})
        return as_json(entry(await queries.one(number)))


class WeatherApi(Controller):
    """The forecast of the nearest station."""

    path = "/api/v1/weather"
    tags = ("weather",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(Forecast, description="Hours and days", generate_examples=False)},
    )
    async def index(self) -> Response[bytes]:
        """The coming hours and days."""
        asked = await weather.here()
        found = asked.weather
        if found is None:
            return as_json(Forecast(items=(), why=asked.why))
        days = [
            DayEntry(one.date, one.lowest, one.highest, one.precipitation, one.probability, one.gust, one.condition)
            for one in found.days
        ]
        return as_json(
            Forecast(
                items=found.hours,
                days=days,
                station=found.station,
                distance_km=round(found.km, 1),
                issued_at=found.issued_at,
                stale=found.stale,
                licence=found.licence,
                attribution=found.attribution,
            )
        )


def entry(one: Shown) -> Entry:
    """A warning for programs."""
    return Entry(
        id=one.id,
        kind=one.kind,
        message=one.message,
        severity=one.severity,
        urgency=one.urgency,
        certainty=one.certainty,
        event=one.event,
        title=one.title,
        description=one.description,
        instruction=one.instruction,
        language=one.language,
        sender=one.sender or one.provider or one.attribution or one.source_name,
        areas=one.area.names,
        sent_at=one.sent_at,
        starts_at=one.starts_at,
        expires_at=one.expires_at,
        own=one.own,
        source=Source(one.source_name or one.provider or current_site().name, one.url),
        licence=one.licence,
        attribution=one.attribution,
        url=current_site().origin + one.path,
    )
