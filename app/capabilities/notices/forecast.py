"""Forecasts in a region's schema: one row for each station, kept once for all towns around it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.items import Hour
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock
from app.tenancy import Scope

PAST_KEPT: Final = timedelta(hours=36)
"""A new run begins in the next hour; what was said of today's past hours stays beside it."""
FURTHEST: Final = timedelta(days=15)
OUTDATED_AFTER: Final = timedelta(days=7)
"""A station that nothing came of for so long is dropped."""

_KNOWN: Final = """SELECT station, issued_at, title, hours::text AS hours FROM forecast
WHERE feed = $1 AND station = ANY ($2)"""
_STORE: Final = """
INSERT INTO forecast (feed, station, title, latitude, longitude, issued_at, fetched_at, last_hour, hours, licence,
    attribution)
SELECT $2, station, title, latitude, longitude, issued_at, $3, last_hour, hours, licence, attribution
FROM jsonb_to_recordset($1::jsonb) AS g (station text, title text, latitude float8, longitude float8,
    issued_at timestamptz, last_hour timestamptz, hours jsonb, licence text, attribution text)
ON CONFLICT (feed, station) DO UPDATE SET title = excluded.title, latitude = excluded.latitude,
    longitude = excluded.longitude, issued_at = excluded.issued_at, fetched_at = excluded.fetched_at,
    last_hour = excluded.last_hour, hours = excluded.hours, licence = excluded.licence,
    attribution = excluded.attribution"""


async def keep(region: Scope, feed: RegionFeed, found: Sequence[items.Forecast]) -> Kept:
    """Store what a run brought, inside a transaction of the region; a station it leaves out keeps its last forecast."""
    now = clock.now()
    rows = [(one, _within(one.hours, now)) for one in found if one.geo is not None]
    whole = [(one, hours) for one, hours in rows if hours]
    known = {
        row["station"]: row
        for row in await region.fetch(_KNOWN, [feed.name, [one.external_id for one, _hours in whole]])
    }
    kept = Kept()
    values: list[dict[str, Any]] = []
    for one, hours in whole:
        before = known.get(one.external_id)
        old = msgspec.json.decode(before["hours"], type=list[Hour]) if before is not None else []
        merged = _merged(old, hours, now)
        if before is None:
            kept.new += 1
        elif merged == _within(old, now):
            kept.unchanged += 1
        else:
            kept.changed += 1
        values.append(_row(feed, one, merged))
    if values:
        await region.fetch(_STORE, [msgspec.json.encode(values).decode(), feed.name, now])
    gone = await region.fetch(
        "DELETE FROM forecast WHERE feed = $1 AND fetched_at < $2 RETURNING id", [feed.name, now - OUTDATED_AFTER]
    )
    kept.gone = len(gone)
    return kept


def _within(hours: Sequence[Hour], now: datetime) -> list[Hour]:
    """The hours that may be true, each once, by time."""
    by_time = {hour.at: hour for hour in hours if now - PAST_KEPT <= hour.at <= now + FURTHEST}
    return [by_time[at] for at in sorted(by_time)]


def _merged(old: Sequence[Hour], new: Sequence[Hour], now: datetime) -> list[Hour]:
    return _within([*(hour for hour in old if hour.at < new[0].at), *new], now)


def _row(feed: RegionFeed, one: items.Forecast, hours: Sequence[Hour]) -> dict[str, Any]:
    return {
        "station": one.external_id,
        "title": one.title,
        "latitude": one.geo.lat if one.geo else None,
        "longitude": one.geo.lon if one.geo else None,
        "issued_at": one.issued_at,
        "last_hour": hours[-1].at,
        "hours": [_said(hour) for hour in hours],
        "licence": one.licence or feed.licence,
        "attribution": one.attribution or feed.attribution,
    }


def _said(hour: Hour) -> dict[str, Any]:
    """Without what the source does not say: half the size."""
    return {name: value for name in hour.__struct_fields__ if (value := getattr(hour, name)) not in (None, "")}
