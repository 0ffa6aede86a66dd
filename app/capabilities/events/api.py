"""Events as JSON: one entry for each date."""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.events import found, queries, wording
from app.capabilities.events.queries import YEARS, Asked, Happening, Listed, Span, When
from app.kit import clock, paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.names import Named
from app.web.respond import as_json
from app.web.site import current_site

AT_ONCE: Final = 20

Slug = Annotated[str, QueryParameter(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$", description="Short name.")]
FromDay = Annotated[
    str,
    QueryParameter(
        name="from", max_length=40, description="First day, e.g. 2026-12-05; without it, now.", format="date"
    ),
]
ToDay = Annotated[str, QueryParameter(max_length=40, description="Last day, inclusive.", format="date")]
Words = Annotated[str, QueryParameter(max_length=200, description="Search in German full text.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Entries of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]

_BAD_DAY: Final = _("This day can't be searched. Write it as 2026-12-05.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_BAD_ID: Final = _("This is no number of an event.")


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str
    """The original; empty when it was written here."""


class Location(msgspec.Struct, frozen=True, gc=False):
    """Where it takes place; WGS 84, decimal degrees."""

    name: str
    address: str
    latitude: float | None
    longitude: float | None


class Entry(msgspec.Struct, frozen=True):
    """One date of an event. Times are in UTC; whole days have days only, in the town's zone, both inclusive."""

    id: int
    """The event; the same for all its dates."""
    occurrence_id: int
    title: str
    summary: str
    starts_at: datetime | None
    ends_at: datetime | None
    """None when nobody named an end, and for whole days."""
    all_day: bool
    first_day: date
    last_day: date
    status: str
    """`confirmed`, `tentative` or `cancelled`."""
    cancelled: bool
    location: Location
    organiser: str
    price: str
    language: str
    category: Named | None
    provider: Named | None
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    """Absolute address of the page."""


class EntryList(msgspec.Struct, frozen=True):
    """A part of the list, by start."""

    items: list[Entry]
    next: str | None
    """Cursor of the following part."""
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


class Moment(msgspec.Struct, frozen=True):
    """One date of the event; title, summary and place only where they differ from the event's."""

    occurrence_id: int
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    first_day: date
    last_day: date
    status: str
    cancelled: bool
    title: str
    summary: str
    location_name: str


class Whole(msgspec.Struct, frozen=True):
    """An event with its dates from now on; when all are over, those that were."""

    id: int
    title: str
    summary: str
    body_html: str
    """Sanitised."""
    language: str
    location: Location
    organiser: str
    price: str
    accessibility: str
    tags: list[str]
    status: str
    zone: str
    """Tz id (IANA) in which the organiser thinks."""
    recurrence: str
    """RFC 5545 rule as it was written, or empty."""
    category: Named | None
    provider: Named | None
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    dates: list[Moment]


class EventsApi(Controller):
    """Events that are public."""

    path = "/api/v1/events"
    tags = ("events",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(EntryList, description="By start", generate_examples=False)})
    async def index(
        self,
        limit: Limit = AT_ONCE,
        cursor: PageMarker = "",
        category: Slug = "",
        provider: Slug = "",
        first: FromDay = "",
        to: ToDay = "",
        q: Words = "",
    ) -> Response[bytes]:
        """Dates that are running or to come, or those between two days.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        asked = Asked(span=span_of(first, to), category=category, provider=provider, words=q.strip())
        part = await found.page(asked, limit, cursor)
        origin = current_site().origin
        return as_json(EntryList([_entry(one, origin) for one in part.items], part.next, part.meant))

    @get(
        "/{event_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Whole, description="The event", generate_examples=False)},
    )
    async def one(self, event_id: FromPath[str]) -> Response[bytes]:
        """One event by its number, with its dates."""
        number = number_of(event_id) if event_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"event_id": _BAD_ID.message})
        event = await queries.event(number)
        return as_json(_whole(event, await queries.dates(number, clock.now())))


def span_of(first: str, to: str) -> Span:
    """The span between two days; without them from now on. Raises `InvalidInput`, which names the parameter."""
    from_day, to_day = _day("from", first), _day("to", to)
    if from_day and to_day and to_day < from_day:
        raise InvalidInput(_BAD_ORDER.message, {"to": _BAD_ORDER.message})
    now, zone, _today = wording.town_now()
    if from_day is not None:
        return queries.over_days(from_day, to_day, zone)
    return queries.from_now(now, zone, to_day)


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


def _named(slug: str | None, name: str | None, english: str | None) -> Named | None:
    return Named(slug, name or slug, english or "") if slug else None


def _entry(one: Listed, origin: str) -> Entry:
    return Entry(
        id=one.id,
        occurrence_id=one.occurrence_id,
        title=one.title,
        summary=one.summary,
        starts_at=None if one.all_day else one.starts_at,
        ends_at=None if one.all_day else one.ends_at,
        all_day=one.all_day,
        first_day=one.first_day,
        last_day=one.last_day,
        status=one.status,
        cancelled=one.status == "cancelled",
        location=Location(one.location_name, one.address, one.latitude, one.longitude),
        organiser=one.organiser,
        price=one.price,
        language=one.language,
        category=_named(one.category, one.category_name, one.category_en),
        provider=_named(one.provider, one.provider_name, one.provider_en),
        source=Origin(one.source_name, one.source_url),
        licence=one.licence,
        attribution=one.attribution,
        changed_at=one.changed_at,
        url=origin + wording.path_of(one.id, one.event_title),
    )


def _whole(event: Happening, dates: list[When]) -> Whole:
    return Whole(
        id=event.id,
        title=event.title,
        summary=event.summary,
        body_html=event.body_html,
        language=event.language,
        location=Location(event.location_name, event.address, event.latitude, event.longitude),
        organiser=event.organiser,
        price=event.price,
        accessibility=event.accessibility,
        tags=event.tags,
        status=event.status,
        zone=event.zone,
        recurrence=event.recurrence,
        category=_named(event.category, event.category_name, event.category_en),
        provider=_named(event.provider, event.provider_name, event.provider_en),
        source=Origin(event.source_name, event.source_url),
        licence=event.licence,
        attribution=event.attribution,
        changed_at=event.changed_at,
        url=current_site().origin + wording.path_of(event.id, event.title),
        dates=[_moment(one) for one in dates],
    )


def _moment(one: When) -> Moment:
    return Moment(
        occurrence_id=one.id,
        starts_at=None if one.all_day else one.starts_at,
        ends_at=None if one.all_day else one.ends_at,
        all_day=one.all_day,
        first_day=one.first_day,
        last_day=one.last_day,
        status=one.status,
        cancelled=one.status == "cancelled",
        title=one.title,
        summary=one.summary,
        location_name=one.location_name,
    )
