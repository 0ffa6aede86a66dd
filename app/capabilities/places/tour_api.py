"""Tours for programs."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from app.capabilities.places import tour_queries, tourwords
from app.capabilities.places.api import Origin, Position
from app.capabilities.places.asked import Key
from app.capabilities.places.tour_queries import ListedTour, Stop, WholeTour
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json
from app.web.site import current_site

_BAD_ID: Final = _("This is no number of an entry.")


class TourEntry(msgspec.Struct, frozen=True, gc=False):
    """A tour of a list."""

    id: int
    title: str
    summary: str
    activity: str
    """`walking`, `cycling`, `riding`, `paddling`, `driving` or `other`."""
    start: Position | None
    length_metres: int
    ascent_metres: int | None
    descent_metres: int | None
    minutes: int | None
    """As the source says, else worked out from length and climb."""
    difficulty: str
    source: Origin
    licence: str
    attribution: str
    url: str
    gpx_url: str


class TourList(msgspec.Struct, frozen=True):
    """All tours by name."""

    items: list[TourEntry]
    next: None = None


class Track(msgspec.Struct, frozen=True, gc=False):
    """GeoJSON: longitude, latitude, and the height in metres where it is known."""

    coordinates: list[list[list[float]]]
    type: str = "MultiLineString"


class TourFull(msgspec.Struct, frozen=True, kw_only=True):
    """A tour with its way."""

    id: int
    title: str
    summary: str
    body_html: str
    """Sanitised."""
    language: str
    activity: str
    start: Position | None
    track: Track
    stops: list[Stop]
    length_metres: int
    ascent_metres: int | None
    descent_metres: int | None
    minutes: int | None
    difficulty: str
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    gpx_url: str


class ToursApi(Controller):
    """Tours that are public."""

    path = "/api/v1/tours"
    tags = ("places",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(TourList, description="By name", generate_examples=False)})
    async def index(self, activity: Key = "") -> Response[bytes]:
        """All tours, or those of one activity; there are few."""
        origin = current_site().origin
        return as_json(TourList([_entry(one, origin) for one in await tour_queries.tours(activity)]))

    @get("/{tour_id:str}", access=PUBLIC, responses={200: ResponseSpec(TourFull, description="The tour", generate_examples=False)})  # fmt: skip  # noqa: E501
    async def one(self, tour_id: FromPath[str]) -> Response[bytes]:
        """One tour by its number."""
        number = number_of(tour_id) if tour_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"id": _BAD_ID.message})
        return as_json(_full(await tour_queries.tour(number), current_site().origin))


def _start(one: ListedTour | WholeTour) -> Position | None:
    found = one.latitude is not None and one.longitude is not None
    return Position(one.latitude or 0.0, one.longitude or 0.0) if found else None


def _entry(one: ListedTour, origin: str) -> TourEntry:
    return TourEntry(
        id=one.id,
        title=one.title,
        summary=one.summary,
        activity=one.activity,
        start=_start(one),
        length_metres=one.length_metres,
        ascent_metres=one.ascent_metres,
        descent_metres=one.descent_metres,
        minutes=tourwords.minutes_of(one),
        difficulty=one.difficulty,
        source=Origin(one.source_name),
        licence=one.licence,
        attribution=one.attribution,
        url=origin + tourwords.path_of(one.id, one.title),
        gpx_url=f"{origin}/tours/{one.id}.gpx",
    )


def _full(one: WholeTour, origin: str) -> TourFull:
    names = (
        "id title summary body_html language activity stops length_metres ascent_metres descent_metres difficulty"
        " licence attribution changed_at"
    ).split()
    lines = [[[part for part in point if part is not None] for point in line] for line in one.tracks]
    return TourFull(
        **{name: getattr(one, name) for name in names},
        start=_start(one),
        track=Track(lines),
        minutes=tourwords.minutes_of(one),
        source=Origin(one.source_name, one.source_url),
        url=origin + tourwords.path_of(one.id, one.title),
        gpx_url=f"{origin}/tours/{one.id}.gpx",
    )
