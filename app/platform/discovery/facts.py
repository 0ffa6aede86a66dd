"""What follows from the AGS, the regions, the timetables and the calendar: nothing here asks a stranger."""

from datetime import timedelta
from typing import Final

import asyncpg

from app.capabilities.holidays import statutory
from app.kit import clock
from app.platform.discovery.shape import Holiday, Keys, Region, Stop
from app.platform.towns import known_municipality
from app.tenancy.boundaries import Boundary, boundary_of
from app.tenancy.regions import all_described, region

MOST_STOPS: Final = 2_000
MOST_HOLIDAYS: Final = 5
_STOPS: Final = """SELECT s.key, s.name, s.latitude AS lat, s.longitude AS lon, s.lines FROM transit_stop s
JOIN transit_release r ON r.id = s.release AND r.state = 'live'
WHERE s.station = s.number AND s.latitude BETWEEN $1 AND $2 AND s.longitude BETWEEN $3 AND $4
ORDER BY s.weekly DESC, s.name LIMIT $5"""


async def keys_of(ags: str) -> tuple[Keys, Boundary | None]:
    """The keys of a municipality or a district; raises `UnknownAgs`."""
    one = await known_municipality(ags)
    boundary = await boundary_of(ags)
    district = ags[:5]
    own = () if one.is_district else (f"8{ags}",)
    keys = Keys(
        ags=ags,
        ars=one.ars,
        name=one.name,
        kind=one.kind,
        district=one.district,
        state=one.state,
        population=one.population,
        area_ha=one.area_ha,
        postcode=one.postcode,
        nina=f"{district}0000000",
        warn_cells=(*own, f"1{district}000"),
        holidays=statutory.state_of(ags),
        osm_area=f'area["de:amtlicher_gemeindeschluessel"="{district if one.is_district else ags}"]',
        bbox=boundary.bbox if boundary else None,
        centre=boundary.centre if boundary else None,
        approximate=boundary.approximate if boundary else True,
    )
    return keys, boundary


async def regions_over(ags: str) -> tuple[Region, ...]:
    """The regions that cover it."""
    return tuple(
        Region(
            name=one.name, title=one.title, feeds=tuple(feed.title or feed.name for feed in one.feeds if feed.enabled)
        )
        for one in all_described()
        if one.covers(ags)
    )


async def stops_within(ags: str, boundary: Boundary | None) -> tuple[Stop, ...]:
    """The stops within the boundary, those with most departures first; none while no timetable is loaded."""
    if boundary is None:
        return ()
    west, south, east, north = boundary.bbox
    found: dict[str, Stop] = {}
    for one in all_described():
        if not one.covers(ags):
            continue
        async with region(one.name) as scope:
            try:
                rows = await scope.fetch(_STOPS, [south, north, west, east, MOST_STOPS])
            except asyncpg.UndefinedTableError:
                continue  # a region that was made before there were timetables
        for row in rows:
            if row["key"] not in found and boundary.contains(row["lat"], row["lon"]):
                found[row["key"]] = Stop(
                    key=row["key"],
                    name=row["name"],
                    lat=row["lat"],
                    lon=row["lon"],
                    lines=tuple(row["lines"]),
                    region=one.name,
                )
    return tuple(found.values())


async def holidays_of(state: str) -> tuple[Holiday, ...]:
    """The next public holidays of a state."""
    today = clock.today()
    named = await statutory.named(state, range(today.year, (today + timedelta(days=366)).year + 1))
    coming = [Holiday(day=day, name=name) for day, name in sorted(named.items()) if day >= today]
    return tuple(coming[:MOST_HOLIDAYS])
