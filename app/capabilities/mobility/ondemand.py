"""Buses that come when called and where one can borrow a vehicle: what of a region concerns the town."""

from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from app.capabilities.mobility.stations import town_boundary
from app.feeds.items import OnDemand, Window
from app.kit import clock
from app.kit.geo import METRES_A_DEGREE, metres, metres_a_degree_east
from app.tenancy import current
from app.tenancy.boundaries import Boundary
from app.tenancy.regions import region, regions_of

MOST: Final = 200
NEAR_METRES: Final = 15_000
"""Somebody who looks for a bicycle may start in the next town."""
STALE: Final = timedelta(hours=1)
"""How many bicycles stand there is not known any more after this."""
FORGOTTEN: Final = timedelta(days=2)
"""A system that sent nothing for so long is gone."""

_BUSES: Final = """
SELECT feed, external_id, body::text AS body, source, licence, received_at FROM on_demand
WHERE west <= $3 AND east >= $1 AND south <= $4 AND north >= $2 ORDER BY title, external_id LIMIT $5"""
_SHARING: Final = """
SELECT feed, external_id, kind, title, system, form, latitude, longitude, capacity, vehicles, docks, renting,
    reported_at, rental_url, source, licence, received_at
FROM sharing_station
WHERE latitude BETWEEN $1 AND $2 AND longitude BETWEEN $3 AND $4 AND received_at > $5 LIMIT 2000"""


class Bus(msgspec.Struct, frozen=True, kw_only=True):
    """A bus that comes when called, as it stands in a region."""

    id: str
    """Of the feed's; not for addresses."""
    item: OnDemand
    source: str
    licence: str
    received_at: datetime


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """A sharing station or a free vehicle."""

    feed: str
    external_id: str
    kind: str
    title: str
    system: str
    form: str
    latitude: float
    longitude: float
    capacity: int | None
    vehicles: int | None
    """None when nobody knows, or not any more."""
    docks: int | None
    renting: bool
    reported_at: datetime | None
    rental_url: str
    source: str
    licence: str
    received_at: datetime
    metres: int = 0
    """From the reader, else from the middle of the town."""


async def buses() -> list[Bus]:
    """On-demand buses that serve the town: their area touches it or one of their stops lies in it."""
    boundary = await town_boundary()
    if boundary is None:
        return []
    found: dict[str, Bus] = {}
    for name in await regions_of(current().slug):
        async with region(name) as scope:
            rows = await scope.fetch(_BUSES, [*boundary.bbox, MOST])
        for row in rows:
            item = msgspec.json.decode(row["body"], type=OnDemand)
            if row["external_id"] not in found and _serves(boundary, item):
                found[row["external_id"]] = Bus(
                    id=row["external_id"],
                    item=item,
                    source=row["source"],
                    licence=row["licence"],
                    received_at=row["received_at"],
                )
    return sorted(found.values(), key=lambda one: (not one.item.phone, one.item.title))


async def sharing(lat: float | None = None, lon: float | None = None, limit: int = 10) -> list[Shared]:
    """The nearest stations and free vehicles, from a place or from the middle of the town."""
    boundary = await town_boundary()
    if boundary is None:
        return []
    here = (lat, lon) if lat is not None and lon is not None else boundary.centre
    west, south, east, north = boundary.bbox
    high, wide = NEAR_METRES / METRES_A_DEGREE, NEAR_METRES / metres_a_degree_east(here[0])
    box = [min(south, here[0]) - high, max(north, here[0]) + high]
    box += [min(west, here[1]) - wide, max(east, here[1]) + wide]
    now = clock.now()
    found: dict[tuple[str, str], Shared] = {}
    for name in await regions_of(current().slug):
        async with region(name) as scope:
            rows = await scope.fetch(_SHARING, [*box, now - FORGOTTEN])
        for row in rows:
            far = round(metres(*here, row["latitude"], row["longitude"]))
            if far <= NEAR_METRES or boundary.contains(row["latitude"], row["longitude"]):
                one = Shared(metres=far, **row)
                stale = one.received_at < now - STALE
                found[one.system, one.external_id] = (
                    msgspec.structs.replace(one, vehicles=None, docks=None) if stale else one
                )
    return sorted(found.values(), key=lambda one: (one.metres, one.title))[:limit]


def runs_on(window: Window, day: date) -> bool:
    """Whether one may ride on this day."""
    if day in window.not_on:
        return False
    if day in window.days:
        return True
    within = (window.first_day is None or window.first_day <= day) and (
        window.last_day is None or day <= window.last_day
    )
    return within and day.isoweekday() in window.weekdays


def is_over(window: Window, today: date) -> bool:
    """Whether it never runs again."""
    last = max((day for day in (window.last_day, *window.days) if day is not None), default=None)
    return last is not None and last < today


def _serves(boundary: Boundary, item: OnDemand) -> bool:
    if item.area and item.area.polygons and boundary.touches(item.area.polygons):
        return True
    return any(stop.geo is not None and boundary.contains(stop.geo.lat, stop.geo.lon) for stop in item.stops)
