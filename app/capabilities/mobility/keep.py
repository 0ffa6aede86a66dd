"""On-demand buses and sharing stations of a region: the whole picture of a run in the place of the last one."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock
from app.tenancy.scope import Scope

_ON_DEMAND: Final = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (external_id text, title text, west float8, south float8,
        east float8, north float8, body jsonb, source text, licence text)
), gone AS (
    DELETE FROM on_demand o WHERE o.feed = $1 AND NOT EXISTS (SELECT FROM given g WHERE g.external_id = o.external_id)
    RETURNING 1
), put AS (
    INSERT INTO on_demand AS o (feed, external_id, title, west, south, east, north, body, source, licence, received_at)
    SELECT $1, external_id, title, west, south, east, north, body, source, licence, $3 FROM given
    ON CONFLICT (feed, external_id) DO UPDATE SET title = excluded.title, west = excluded.west, south = excluded.south,
        east = excluded.east, north = excluded.north, body = excluded.body, source = excluded.source,
        licence = excluded.licence, received_at = excluded.received_at
    WHERE (o.body, o.source, o.licence) IS DISTINCT FROM (excluded.body, excluded.source, excluded.licence)
    RETURNING xmax = 0 AS new
)
SELECT (SELECT count(*) FROM put WHERE new) AS new, (SELECT count(*) FROM put WHERE NOT new) AS changed,
    (SELECT count(*) FROM gone) AS gone"""

_STATIONS: Final = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (external_id text, kind text, title text, system text, form text,
        latitude float8, longitude float8, capacity integer, vehicles integer, docks integer, renting boolean,
        reported_at timestamptz, rental_url text, source text, licence text)
), gone AS (
    DELETE FROM sharing_station o
    WHERE o.feed = $1 AND NOT EXISTS (SELECT FROM given g WHERE g.external_id = o.external_id)
    RETURNING 1
), put AS (
    INSERT INTO sharing_station AS o (feed, external_id, kind, title, system, form, latitude, longitude, capacity,
        vehicles, docks, renting, reported_at, rental_url, source, licence, received_at)
    SELECT $1, external_id, kind, title, system, form, latitude, longitude, capacity, vehicles, docks, renting,
        reported_at, rental_url, source, licence, $3
    FROM given
    ON CONFLICT (feed, external_id) DO UPDATE SET title = excluded.title, system = excluded.system,
        form = excluded.form, latitude = excluded.latitude, longitude = excluded.longitude,
        capacity = excluded.capacity, vehicles = excluded.vehicles, docks = excluded.docks,
        renting = excluded.renting, reported_at = excluded.reported_at, rental_url = excluded.rental_url,
        source = excluded.source, licence = excluded.licence, received_at = excluded.received_at
    RETURNING xmax = 0 AS new
)
SELECT (SELECT count(*) FROM put WHERE new) AS new, (SELECT count(*) FROM put WHERE NOT new) AS changed,
    (SELECT count(*) FROM gone) AS gone"""


async def keep_on_demand(region: Scope, feed: RegionFeed, given: Sequence[items.OnDemand]) -> Kept:
    """Keep the buses that come when called."""
    rows = [
        {
            "external_id": one.external_id,
            "title": one.title,
            **_box(one),
            "body": one,
            "source": feed.attribution or one.attribution or feed.title,
            "licence": one.licence or feed.licence,
        }
        for one in given
    ]
    return await _put(region, _ON_DEMAND, feed.name, rows)


async def keep_stations(region: Scope, feed: RegionFeed, given: Sequence[items.Station]) -> Kept:
    """Keep sharing stations and free vehicles."""
    rows = [
        {
            "external_id": one.external_id,
            "kind": one.kind,
            "title": one.title,
            "system": one.system,
            "form": one.form,
            "latitude": one.geo.lat,
            "longitude": one.geo.lon,
            "capacity": one.capacity,
            "vehicles": one.vehicles,
            "docks": one.docks,
            "renting": one.renting,
            "reported_at": one.reported_at,
            "rental_url": one.rental_url,
            "source": feed.attribution or one.attribution or feed.title,
            "licence": one.licence or feed.licence,
        }
        for one in given
        if one.geo is not None
    ]
    return await _put(region, _STATIONS, feed.name, rows)


async def _put(region: Scope, statement: str, feed: str, rows: Sequence[dict[str, Any]]) -> Kept:
    found = await region.fetch(statement, [feed, msgspec.json.encode(rows).decode(), clock.now()])
    new, changed, gone = found[0]["new"], found[0]["changed"], found[0]["gone"]
    return Kept(new=new, changed=changed, unchanged=len(rows) - new - changed, gone=gone)


def _box(one: items.OnDemand) -> dict[str, float | None]:
    """Around its areas and stops; empty when nobody said where it runs."""
    points = [point for ring in (one.area.polygons if one.area else ()) for point in ring]
    points += [(stop.geo.lon, stop.geo.lat) for stop in one.stops if stop.geo]
    if not points:
        return {"west": None, "south": None, "east": None, "north": None}
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return {"west": min(lons), "south": min(lats), "east": max(lons), "north": max(lats)}
