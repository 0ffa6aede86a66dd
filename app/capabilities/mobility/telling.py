"""Disruptions are told to those who want to know of buses and trains: once, at their stops, until they are over.

What disturbs the traffic lies in the region's schema. When a report brings something new there, each member town gets
a job after the commit; it looks at its own stops and announces in its own transaction. The same job runs each hour:
for what begins later, and for a message that got lost.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from app.capabilities.mobility.pages import href
from app.capabilities.mobility.stations import by_key, in_town
from app.feeds.regional import RegionFeed
from app.kit import clock
from app.notify.announce import LONGEST_TEXT, LONGEST_TITLE, Message, announce, shortened
from app.tenancy import current
from app.tenancy.jobs import job
from app.tenancy.regions import region, regions_of, towns_in
from app.tenancy.scope import Scope

log = logging.getLogger(__name__)

AHEAD: Final = timedelta(hours=12)
"""What begins later is told later."""
MOST: Final = 8
"""Of one run: a source that is connected brings everything at once."""
SAME: Final = timedelta(days=1)
"""A source that gives its disruptions new ids each time says the same for so long."""

_KNOWN: Final = "SELECT source_id, title, body, severity, periods::text FROM transit_alert WHERE feed = $1"
_CONCERNS: Final = """
WITH station AS (
    SELECT number, key, lines, weekly FROM transit_stop WHERE release = $1 AND key = ANY ($2) AND station = number
), alert AS (
    SELECT a.*, ARRAY(
        SELECT route FROM transit_trip WHERE release = $1 AND number = ANY (a.trips) UNION SELECT unnest(a.routes)
    ) AS ways
    FROM transit_alert a WHERE a.release = $1
), line AS (
    SELECT a.feed, a.source_id, array_agg(r.line) AS names
    FROM alert a JOIN transit_route r ON r.release = $1 AND r.number = ANY (a.ways) GROUP BY a.feed, a.source_id
)
SELECT a.feed, a.source_id, a.title, a.body, a.severity, a.periods::text AS periods, a.everywhere,
    ARRAY(SELECT s.key FROM station s WHERE s.number = ANY (a.stations)
        OR (cardinality(a.stations) = 0 AND s.lines && l.names AND EXISTS (
            SELECT FROM transit_stop p JOIN transit_block b ON b.release = $1 AND b.stop = p.number
            CROSS JOIN LATERAL unnest(b.trips) AS c (trip)
            JOIN transit_trip t ON t.release = $1 AND t.number = c.trip
            WHERE p.release = $1 AND p.station = s.number AND t.route = ANY (a.ways)))
        ORDER BY s.weekly DESC, s.key) AS stops
FROM alert a LEFT JOIN line l USING (feed, source_id)
ORDER BY array_position(ARRAY['severe', 'warning', 'info'], a.severity), a.source_id"""
_OVER: Final = """
UPDATE announcement SET expires_at = $3 WHERE category = 'mobility' AND starts_with(key, $1) AND key <> ALL ($2)
AND title <> ALL ($4) AND (expires_at IS NULL OR expires_at > $3)"""
_SAID: Final = """
SELECT EXISTS (SELECT FROM announcement WHERE category = 'mobility' AND title = $1 AND body = $2 AND created_at > $3)"""


class Disruption(msgspec.Struct, frozen=True, kw_only=True):
    """Something that disturbs the traffic at stops that people of the town use."""

    key: str
    title: str
    body: str
    severe: bool
    stops: tuple[str, ...]
    """The busiest first; none: it concerns the whole network."""
    begins_at: datetime | None
    ends_at: datetime | None


async def known(region: Scope, feed: str) -> set[tuple[str, ...]]:
    """What a feed says at the moment, as far as people would be told."""
    return {tuple(row) for row in await region.fetch(_KNOWN, [feed])}


async def tell_if_new(region: Scope, feed: RegionFeed, before: set[tuple[str, ...]]) -> None:
    """After the commit, send each member town its job, if the feed says something that it did not say before."""
    if not await known(region, feed.name) - before:
        return

    async def send() -> None:
        for slug in await towns_in(feed.region):
            await asyncio.to_thread(tell_disruptions.send_for, slug)

    region.after_commit(send)


@job()
async def tell_disruptions() -> None:
    """Announce what disturbs the traffic at the town's stops, and take back what doesn't any more."""
    scope = current()
    if not await scope.fetchval("SELECT EXISTS (SELECT FROM subscriber WHERE 'mobility' = ANY (categories))"):
        return
    chosen = await scope.fetch("SELECT DISTINCT unnest(stops) AS key FROM subscriber")
    told = 0
    for name in await regions_of(scope.slug):
        found = await disruptions(name, {row["key"] for row in chosen})
        titles = [shortened(one.title, LONGEST_TITLE) for one in found]
        await scope.fetch(_OVER, [_begin(name), [one.key for one in found], clock.now(), titles])
        for one in found:
            if told < MOST and _is_due(one) and not await _was_said(one):
                told += await announce(_message(one))
    if told:
        log.info("told %s of %d disruptions", scope.slug, told)


async def disruptions(name: str, chosen: Iterable[str]) -> list[Disruption]:
    """What a region's realtime feeds say about the town's stops and the chosen ones, the severe ones first."""
    keys = sorted({one.key for one in await in_town() if one.region == name} | set(chosen))
    if not keys:
        return []
    async with region(name) as scope:
        releases = await scope.fetch("SELECT DISTINCT release FROM transit_alert")
        rows = [row for one in releases for row in await scope.fetch(_CONCERNS, [one["release"], keys])]
    return [_read(name, dict(row)) for row in rows if row["everywhere"] or row["stops"]]


async def names(keys: Sequence[str]) -> dict[str, str]:
    """Stops by their keys, as people name them."""
    found = {key: await by_key(key) for key in keys}
    return {key: stations[0].name for key, stations in found.items() if stations}


def _begin(region: str) -> str:
    return f"mobility:{region}:"


def _read(region: str, row: Mapping[str, Any]) -> Disruption:
    # An id of a source may be of any length, and be given to something else later; another text is the same thing.
    mark = hashlib.sha256(f"{row['feed']}\n{row['source_id']}\n{row['title']}".encode()).hexdigest()[:32]
    periods = msgspec.json.decode(row["periods"], type=list[tuple[int | None, int | None]])
    now = clock.now().timestamp()
    ahead = sorted((begin or 0, end) for begin, end in periods if end is None or end > now)
    begin, end = ahead[0] if ahead else (0, now if periods else None)
    return Disruption(
        key=_begin(region) + mark,
        title=row["title"],
        body=row["body"],
        severe=row["severity"] == "severe",
        stops=() if row["everywhere"] else tuple(row["stops"]),
        begins_at=datetime.fromtimestamp(begin, UTC) if begin else None,
        ends_at=datetime.fromtimestamp(end, UTC) if end is not None else None,
    )


def _is_due(one: Disruption) -> bool:
    return one.begins_at is None or one.begins_at <= clock.now() + AHEAD


async def _was_said(one: Disruption) -> bool:
    texts = [shortened(one.title, LONGEST_TITLE), shortened(one.body, LONGEST_TEXT)]
    return bool(await current().fetchval(_SAID, [*texts, clock.now() - SAME]))


def _message(one: Disruption) -> Message:
    return Message(
        key=one.key,
        category="mobility",
        title=one.title,
        text=one.body,
        href=href(one.stops[0]) if one.stops else "/mobility",
        urgency="now" if one.severe else "today",
        stops=one.stops,
        expires_at=one.ends_at,
    )
