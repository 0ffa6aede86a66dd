"""From an announcement to the people it concerns: one line for each subscriber, with the time they may be told."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from app.kit import clock
from app.notify.quiet import NOW, km_between, may_tell_at
from app.tenancy import current, transaction

AT_ONCE: Final = 1_000
"""Subscribers in one transaction; a killed worker's successor goes on, since nobody gets a second line."""

_WAITING: Final = """
SELECT id, category, urgency, street, stops, provider_id, lat, lon, account_sub, expires_at FROM announcement
WHERE told_at IS NULL ORDER BY (category = 'warning') DESC, urgency, id"""
_CONCERNED: Final = """
SELECT s.id, s.account_sub, s.quiet_from, s.quiet_until, s.wake, s.lat, s.lon, s.within_km,
    $2 = ANY (s.categories) AND s.urgency >= $3 AS wants,
    s.mail OR EXISTS (SELECT FROM push_device d WHERE d.subscriber_id = s.id) AS reachable
FROM subscriber s
WHERE s.id > $1 AND CASE WHEN $6 <> '' THEN s.account_sub = $6
    ELSE s.urgency >= $3 AND ($2 = ANY (s.categories) AND ($4 = '' OR $4 = ANY (s.streets))
        AND (cardinality($7::text[]) = 0 OR cardinality(s.stops) = 0 OR s.stops && $7) OR $5 = ANY (s.providers))
    END
ORDER BY s.id LIMIT $8"""
_LINE: Final = """
INSERT INTO delivery (announcement_id, subscriber_id, account_sub, rank, due_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (announcement_id, subscriber_id) DO NOTHING"""


async def spread(zone: ZoneInfo) -> int:
    """Find everybody whom the waiting announcements concern, in the current town; how many lines were written."""
    lines = 0
    for one in await current().fetch(_WAITING):
        if one["expires_at"] is None or one["expires_at"] > clock.now():
            lines += await _to_all(one, zone)
        async with transaction():
            await current().fetch("UPDATE announcement SET told_at = $2 WHERE id = $1", [one["id"], clock.now()])
    return lines


async def _to_all(one: asyncpg.Record, zone: ZoneInfo) -> int:
    lines, after = 0, 0
    while True:
        async with transaction():
            if one["account_sub"] and not after:
                # Who was never asked has an inbox all the same.
                await current().fetch(
                    "INSERT INTO subscriber (account_sub, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [one["account_sub"], clock.now()],
                )
            values = [one[name] for name in ("category", "urgency", "street", "provider_id", "account_sub", "stops")]
            found = await current().fetch(_CONCERNED, [after, *values, AT_ONCE])
            rows = [_line(one, who, zone) for who in found if _is_near(one, who)]
            await current().executemany(_LINE, rows)
        lines += len(rows)
        if len(found) < AT_ONCE:
            return lines
        after = found[-1]["id"]


def _line(one: asyncpg.Record, who: asyncpg.Record, zone: ZoneInfo) -> list[Any]:
    now = clock.now()
    due: datetime | None = None
    if who["reachable"] and (who["wants"] or not one["account_sub"]):
        wakes = one["urgency"] == NOW and who["wake"]
        due = now if wakes else may_tell_at(now, zone, who["quiet_from"], who["quiet_until"])
    rank = NOW if one["category"] == "warning" else one["urgency"]
    return [one["id"], who["id"], who["account_sub"], rank, due, now]


def _is_near(one: asyncpg.Record, who: asyncpg.Record) -> bool:
    """False for what is somewhere else than somebody asked for; a warning concerns everybody."""
    if not who["within_km"] or who["lat"] is None or one["lat"] is None or one["category"] == "warning":
        return True
    return km_between(one["lat"], one["lon"], who["lat"], who["lon"]) <= float(who["within_km"])
