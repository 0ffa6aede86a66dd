"""Levels in a region's schema: one row for each district or gauge, kept once for all towns."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock
from app.kit.richtext import absolute
from app.tenancy import Scope

AHEAD: Final = timedelta(hours=1)
"""What says to have been measured later than that from now has a wrong time, and counts as measured at no time."""
KEPT_FOR: Final = timedelta(days=7)
"""What the source has not named for so long is dropped, and not shown either where nobody asks the source any more."""

_FIELDS: Final = """external_id text, topic text, title text, water text, number text, summary text, level integer,
    value float8, unit text, trend text, state text, keys text[], latitude float8, longitude float8,
    measured_at timestamptz, url text, licence text, attribution text"""
_NAMES: Final = tuple(column.split()[0] for column in _FIELDS.split(","))
_SAID: Final = tuple(name for name in _NAMES if name != "external_id")
_KEEP: Final = f"""
WITH before AS (SELECT * FROM level WHERE feed = $2), put AS (
    INSERT INTO level AS l (feed, received_at, {", ".join(_NAMES)})
    SELECT $2, $3, {", ".join(_NAMES)} FROM jsonb_to_recordset($1::jsonb) AS g ({_FIELDS})
    ON CONFLICT (feed, external_id) DO UPDATE SET received_at = excluded.received_at,
        {", ".join(f"{name} = excluded.{name}" for name in _SAID)}
    RETURNING *
)
SELECT count(*) FILTER (WHERE b.id IS NULL) AS new,
    count(*) FILTER (WHERE ({", ".join("b." + name for name in _SAID)}) IS DISTINCT FROM
        ({", ".join("put." + name for name in _SAID)}) AND b.id IS NOT NULL) AS changed
FROM put LEFT JOIN before b USING (external_id)"""  # noqa: S608 - constant columns


async def keep(region: Scope, feed: RegionFeed, found: Sequence[items.Level]) -> Kept:
    """Store what a run brought, inside a transaction of the region; what it leaves out stays, with its time."""
    now = clock.now()
    kept = Kept()
    if found:
        rows = msgspec.json.encode([_row(feed, one, now) for one in found]).decode()
        [counted] = await region.fetch(_KEEP, [rows, feed.name, now])
        kept.new, kept.changed = counted["new"], counted["changed"]
        kept.unchanged = len(found) - kept.new - kept.changed
    gone = await region.fetch(
        "DELETE FROM level WHERE feed = $1 AND received_at < $2 RETURNING id", [feed.name, now - KEPT_FOR]
    )
    kept.gone = len(gone)
    return kept


def _row(feed: RegionFeed, one: items.Level, now: datetime) -> dict[str, Any]:
    at = one.measured_at
    return {
        "external_id": one.external_id,
        "topic": one.topic,
        "title": one.title,
        "water": one.water,
        "number": one.number,
        "summary": one.summary,
        "level": one.level,
        "value": one.value,
        "unit": one.unit,
        "trend": one.trend,
        "state": one.state,
        "keys": one.area.keys if one.area else (),
        "latitude": one.geo.lat if one.geo else None,
        "longitude": one.geo.lon if one.geo else None,
        "measured_at": at if at is not None and at <= now + AHEAD else None,
        # Becomes a link on our page, so nothing but http and https.
        "url": absolute(one.url, ""),
        "licence": one.licence or feed.licence,
        "attribution": one.attribution or feed.attribution or feed.title,
    }
