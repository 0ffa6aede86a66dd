"""Places, tours and facts for programs: JSON and GeoJSON."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from app.capabilities.places import found, kinds, queries, tour_queries, wording
from app.capabilities.places.asked import Box, Degrees, Filters, Key, Limit, PageMarker, Switch, Words, filters
from app.capabilities.places.ground import MOST_ON_MAP
from app.capabilities.places.queries import Listed, Whole
from app.kit import clock, opening
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.opening import Calendar
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json, raw
from app.web.site import current_site

AT_ONCE: Final = 20
GEOJSON: Final = "application/geo+json"
_BAD_ID: Final = _("This is no number of an entry.")


class Position(msgspec.Struct, frozen=True, gc=False):
    """WGS 84, decimal degrees."""

    latitude: float
    longitude: float


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str = ""
    """The original; empty when it was written here."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A place of a list."""

    id: int
    title: str
    kind: str
    """Key, e.g. `cafe`."""
    kind_name: str
    group: str
    position: Position | None
    street: str
    town: str
    opening_hours: str
    """In the grammar of OpenStreetMap."""
    open: bool | None
    """Surely open now; null where nobody says when."""
    wheelchair: str
    """`yes`, `limited`, `no` or `unknown`."""
    confirmed: bool
    """The town or a provider stands for it; otherwise it comes unchecked from open data."""
    distance_metres: int | None
    source: Origin
    licence: str
    attribution: str
    url: str
    """Absolute address of the page."""


class EntryList(msgspec.Struct, frozen=True):
    """A part of the list."""

    items: list[Entry]
    next: str | None
    """Cursor of the following part."""
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


class Full(msgspec.Struct, frozen=True, kw_only=True):
    """A place with everything that is known."""

    id: int
    title: str
    kind: str
    kind_name: str
    summary: str
    body_html: str
    """Sanitised."""
    language: str
    position: Position | None
    street: str
    postcode: str
    town: str
    phone: str
    email: str
    website: str
    opening_hours: str
    open: bool | None
    wheelchair: str
    wheelchair_note: str
    operator: str
    details: dict[str, str]
    confirmed: bool
    corrected: bool
    """The town says something else than the source."""
    source: Origin
    licence: str
    attribution: str
    as_of: datetime | None
    changed_at: datetime
    url: str


class Fact(msgspec.Struct, frozen=True, gc=False):
    """Something known about the municipality."""

    name: str
    value: str
    as_of: str
    """ISO 8601 day, month or year; empty when nobody says."""
    source: Origin
    licence: str
    attribution: str


class FactList(msgspec.Struct, frozen=True):
    """All facts."""

    items: list[Fact]
    next: None = None


class PlacesApi(Controller):
    """Places that are public."""

    path = "/api/v1/places"
    tags = ("places",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(EntryList, description="By name", generate_examples=False)})
    async def index(  # noqa: PLR0913 - one argument for each filter of the address
        self,
        *,
        limit: Limit = AT_ONCE,
        cursor: PageMarker = "",
        group: Key = "",
        kind: Key = "",
        open: Switch = "",  # noqa: A002 - the address says so
        wheelchair: Switch = "",
        lat: Degrees = "",
        lon: Degrees = "",
        bbox: Box = "",
        q: Words = "",
    ) -> Response[bytes]:
        """Places by name; with `lat` and `lon` the nearest first.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        chosen = filters(group=group, kind=kind, open_now=open, wheelchair=wheelchair, q=q, lat=lat, lon=lon, bbox=bbox)
        part = await found.page(chosen.asked(), limit, cursor)
        now = clock.now()
        days_off, origin = await queries.calendar(now), current_site().origin
        entries = [_entry(one, chosen, days_off, now, origin) for one in part.items]
        answer = as_json(EntryList(entries, part.next, part.meant))
        if chosen.near:
            answer.headers["cache-control"] = "no-store"
        return answer

    @get("/{place_id:str}", access=PUBLIC, responses={200: ResponseSpec(Full, description="The place", generate_examples=False)})  # fmt: skip  # noqa: E501
    async def one(self, place_id: FromPath[str]) -> Response[bytes]:
        """One place by its number."""
        place = await queries.place(_number(place_id))
        now = clock.now()
        return as_json(_full(place, await queries.calendar(now), now, current_site().origin))


class PlacesData(Controller):
    """Places as GeoJSON, and facts."""

    path = "/"
    tags = ("places",)

    @get("/places.geojson", access=PUBLIC, media_type=GEOJSON, include_in_schema=False)
    async def geojson(
        self,
        *,
        group: Key = "",
        kind: Key = "",
        open: Switch = "",  # noqa: A002 - as above
        wheelchair: Switch = "",
        bbox: Box = "",
        q: Words = "",
    ) -> Response[Any]:
        """At most 2,000 places that have a position (RFC 7946)."""
        chosen = filters(group=group, kind=kind, open_now=open, wheelchair=wheelchair, q=q, bbox=bbox)
        part = await found.on_map(chosen.asked(), MOST_ON_MAP)
        origin = current_site().origin
        features = [_feature(one, origin) for one in part.items]
        credit = [": ".join(part for part in pair if part) for pair in wording.sources(part.items)]
        document = {
            "type": "FeatureCollection",
            "features": features,
            "attribution": credit,
            "meant": part.meant,
            "complete": len(features) < MOST_ON_MAP,
        }
        return raw(msgspec.json.encode(document), GEOJSON)

    @get("/api/v1/facts", access=PUBLIC, responses={200: ResponseSpec(FactList, description="By name", generate_examples=False)})  # fmt: skip  # noqa: E501
    async def facts(self) -> Response[bytes]:
        """What is known about the municipality."""
        return as_json(FactList([_fact(one) for one in await tour_queries.known()]))


def _fact(one: tour_queries.Known) -> Fact:
    source = Origin(one.source_name, one.source_url)
    return Fact(one.name, one.value, one.as_of, source, one.licence, one.attribution)


def _number(text: str) -> int:
    number = number_of(text) if text.isdigit() else None
    if number is None:
        raise InvalidInput(_BAD_ID.message, {"id": _BAD_ID.message})
    return number


def _position(lat: float | None, lon: float | None) -> Position | None:
    return Position(lat, lon) if lat is not None and lon is not None else None


def _open(text: str, days_off: Calendar, now: datetime) -> bool | None:
    return opening.is_open(text, days_off, now) if text and opening.readable(text) else None


def _group(kind: str) -> str:
    group = kinds.GROUP_OF.get(kind)
    return group.key if group else "other"


def _entry(one: Listed, chosen: Filters, days_off: Calendar, now: datetime, origin: str) -> Entry:
    away = queries.away_metres(one, chosen.near)
    return Entry(
        id=one.id,
        title=wording.title_of(one.title, one.kind, one.named),
        kind=one.kind,
        kind_name=kinds.name_of(one.kind),
        group=_group(one.kind),
        position=_position(one.latitude, one.longitude),
        street=one.street,
        town=one.town,
        opening_hours=one.opening_hours,
        open=_open(one.opening_hours, days_off, now),
        wheelchair=one.wheelchair,
        confirmed=one.confirmed,
        distance_metres=None if away is None else round(away),
        source=Origin(one.provider_name or one.source_name),
        licence=one.licence,
        attribution=one.attribution,
        url=origin + wording.path_of(one.id, one.title if one.named != "no" else ""),
    )


def _full(one: Whole, days_off: Calendar, now: datetime, origin: str) -> Full:
    names = (
        "id title kind summary body_html language street postcode town phone email opening_hours wheelchair"
        " wheelchair_note operator details confirmed corrected licence attribution as_of changed_at"
    ).split()
    return Full(
        **{name: getattr(one, name) for name in names},
        kind_name=kinds.name_of(one.kind),
        position=_position(one.latitude, one.longitude),
        website=one.url,
        open=_open(one.opening_hours, days_off, now),
        source=Origin(one.provider_name or one.source_name, one.source_url),
        url=origin + wording.path_of(one.id, one.title if one.details.get("named") != "no" else ""),
    )


def _feature(one: Listed, origin: str) -> dict[str, Any]:
    title = wording.title_of(one.title, one.kind, one.named)
    return {
        "type": "Feature",
        "id": one.id,
        "geometry": {"type": "Point", "coordinates": [one.longitude, one.latitude]},
        "properties": {
            "title": title,
            "kind": one.kind,
            "kind_name": kinds.name_of(one.kind),
            "wheelchair": one.wheelchair,
            "opening_hours": one.opening_hours,
            "url": origin + wording.path_of(one.id, one.title if one.named != "no" else ""),
        },
    }
