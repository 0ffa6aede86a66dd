"""Stops, departures, on-demand buses and sharing as JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.mobility import asked, board, ondemand, stations, wording
from app.capabilities.mobility.pages import href, known, stamp
from app.capabilities.mobility.stations import Station
from app.feeds.items import Booking, Window
from app.kit import paging
from app.kit.errors import InvalidInput
from app.web.access import PUBLIC
from app.web.respond import as_json
from app.web.site import current_site

AT_ONCE: Final = 50
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Entries of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]
_AFTER: Final = tuple[Annotated[int, msgspec.Meta(ge=0, le=100_000)]]


class Source(msgspec.Struct, frozen=True, gc=False):
    """Who says it, and what may be done with it."""

    name: str
    licence: str
    as_of: datetime


class Stop(msgspec.Struct, frozen=True):
    """A stop; `id` stays over releases of the timetable (IFOPT where it has one)."""

    id: str
    name: str
    latitude: float
    longitude: float
    lines: list[str]
    modes: list[str]
    departures_per_week: int
    wheelchair: bool | None
    distance_metres: int | None
    url: str
    source: Source


class Stops(msgspec.Struct, frozen=True):
    """A part of the list."""

    items: Sequence[Stop]
    next: str | None


class Departure(msgspec.Struct, frozen=True):
    """A departure; times in UTC."""

    planned_at: datetime
    expected_at: datetime | None
    """Null when nobody knows whether it is on time, and when it doesn't leave."""
    delay_minutes: int | None
    status: str
    """`planned`, `on_time`, `late`, `early`, `cancelled`, `skipped` or `extra`."""
    line: str
    mode: str
    headsign: str
    platform: str
    operator: str
    on_request: bool
    wheelchair: bool | None
    service_day: date | None


class Departures(msgspec.Struct, frozen=True):
    """A part of a board."""

    stop: Stop
    realtime: str
    """`live`, `stale`, `mismatch` or `none`; delays are told only when it is `live`."""
    realtime_as_of: datetime | None
    items: Sequence[Departure]
    next: str | None
    """Value of `from` for the next part."""


class Bus(msgspec.Struct, frozen=True):
    """A bus that comes when called."""

    id: str
    title: str
    line: str
    operator: str
    phone: str
    deadlines: Sequence[str]
    """In words."""
    hours: Sequence[str]
    """In words."""
    today: str
    bookings: Sequence[Booking]
    windows: Sequence[Window]
    areas: Sequence[str]
    polygons: Sequence[Sequence[tuple[float, float]]]
    """Where it picks people up: outer rings, longitude first, WGS 84."""
    url: str
    source: Source


class Buses(msgspec.Struct, frozen=True):
    """All of the town."""

    items: Sequence[Bus]
    next: str | None = None


class Shared(msgspec.Struct, frozen=True):
    """A sharing station or a free vehicle."""

    id: str
    kind: str
    name: str
    system: str
    form: str
    latitude: float
    longitude: float
    vehicles: int | None
    docks: int | None
    capacity: int | None
    renting: bool
    distance_metres: int
    reported_at: datetime | None
    rental_url: str
    source: Source


class Sharing(msgspec.Struct, frozen=True):
    """The nearest ones."""

    items: Sequence[Shared]
    next: str | None = None


class MobilityApi(Controller):
    """What of the region's traffic concerns the town."""

    path = "/api/v1/mobility"
    tags = ("mobility",)

    @get("/stops", access=PUBLIC, responses={200: ResponseSpec(Stops, description="A part of the stops")})
    async def stops(
        self,
        q: asked.Words = "",
        lat: asked.Latitude = None,
        lon: asked.Longitude = None,
        limit: Limit = AT_ONCE,
        cursor: PageMarker = "",
    ) -> Response[bytes]:
        """Stops of the town, the busiest or the nearest first; with words also stops around it."""
        found = await (stations.named(q) if q.strip() else stations.in_town())
        if lat is not None and lon is not None:
            found = stations.near(found, lat, lon)
        first = _after(cursor)
        part = found[first : first + limit]
        onwards = paging.encode(first + limit) if first + limit < len(found) else None
        return as_json(Stops([_stop(one) for one in part], onwards))

    @get(
        "/stops/{key:str}/departures",
        access=PUBLIC,
        responses={200: ResponseSpec(Departures, description="A part of the board")},
    )
    async def departures(
        self, key: FromPath[str], since: asked.Moment = "", limit: Limit = board.AT_ONCE
    ) -> Response[bytes]:
        """The next departures of a stop."""
        found = await known(key)
        shown = await board.departures(
            found, asked.moment(since, current_site().timezone), limit=min(limit, board.MOST)
        )
        return as_json(
            Departures(
                stop=_stop(found[0]),
                realtime=shown.live.state,
                realtime_as_of=shown.live.reported_at,
                items=[_departure(one) for one in shown.departures],
                next=stamp(shown.next_at) if shown.next_at else None,
            )
        )

    @get("/on-demand", access=PUBLIC, responses={200: ResponseSpec(Buses, description="Buses that come when called")})
    async def on_demand(self) -> Response[bytes]:
        """Buses that come when called and serve the town."""
        today = board.now().astimezone(current_site().timezone).date()
        return as_json(Buses([_bus(one, wording.ride(one, today)) for one in await ondemand.buses()]))

    @get("/sharing", access=PUBLIC, responses={200: ResponseSpec(Sharing, description="Sharing stations near")})
    async def sharing(
        self, lat: asked.Latitude = None, lon: asked.Longitude = None, limit: Limit = AT_ONCE
    ) -> Response[bytes]:
        """Bicycles and other vehicles to borrow, the nearest first."""
        found = await ondemand.sharing(lat, lon, limit)
        return as_json(Sharing([_shared(one) for one in found]))


def _after(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        (first,) = paging.decode(cursor, _AFTER)
    except InvalidInput as error:
        raise InvalidInput(error.detail, fields={"cursor": error.detail}) from error
    return first


def _stop(one: Station) -> Stop:
    return Stop(
        id=one.key,
        name=one.name,
        latitude=one.latitude,
        longitude=one.longitude,
        lines=one.lines,
        modes=list(dict.fromkeys(wording.mode_of(kind) for kind in one.modes)),
        departures_per_week=one.weekly,
        wheelchair={1: True, 2: False}.get(one.wheelchair),
        distance_metres=one.metres,
        url=f"{current_site().origin}{href(one.key)}",
        source=Source(one.source, one.licence, one.loaded_at),
    )


def _departure(one: board.Departure) -> Departure:
    return Departure(
        planned_at=one.planned_at,
        expected_at=one.expected_at,
        delay_minutes=one.minutes_late if one.expected_at else None,
        status=one.status,
        line=one.line,
        mode=wording.mode_of(one.mode),
        headsign=one.headsign,
        platform=one.platform,
        operator=one.operator,
        on_request=one.asked,
        wheelchair={1: True, 2: False}.get(one.wheelchair),
        service_day=one.service_day,
    )


def _bus(one: ondemand.Bus, ride: wording.Ride) -> Bus:
    item = one.item
    return Bus(
        id=one.id,
        title=ride.title,
        line=item.line,
        operator=item.operator,
        phone=item.phone,
        deadlines=ride.deadlines,
        hours=ride.hours,
        today=ride.today,
        bookings=item.bookings,
        windows=item.windows,
        areas=item.area_names,
        polygons=item.area.polygons if item.area else (),
        url=ride.booking_url or ride.info_url,
        source=Source(one.source, one.licence, one.received_at),
    )


def _shared(one: ondemand.Shared) -> Shared:
    return Shared(
        id=one.external_id,
        kind=one.kind,
        name=one.title,
        system=one.system,
        form=one.form,
        latitude=one.latitude,
        longitude=one.longitude,
        vehicles=one.vehicles,
        docks=one.docks,
        capacity=one.capacity,
        renting=one.renting,
        distance_metres=one.metres,
        reported_at=one.reported_at,
        rental_url=one.rental_url,
        source=Source(one.source, one.licence, one.received_at),
    )
