"""Gives each town what its region holds for it: one transaction per town, as far as the town has not got it yet.

The run up to which a town has everything is written down after its transaction. Killed in between, the town is given
the same again, which changes nothing. A town without such a mark, or with one so old that tombstones have been
forgotten since, is given everything, and loses what the region does not hold for it.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import asyncpg
import msgspec

from app.feeds import regional_area, regional_state, regional_store
from app.feeds.items import Item
from app.feeds.regional import RegionFeed
from app.feeds.regional_area import Box, Here
from app.feeds.registry import connector
from app.feeds.report import FeedReport, Takers
from app.feeds.source import Source
from app.feeds.store import give, withdraw_all
from app.kit import clock
from app.tenancy import Scope, control, current, tenant, transaction
from app.tenancy.cells import CellUnknown
from app.tenancy.errors import UnknownTenant
from app.tenancy.regions import region
from app.tenancy.registry import SERVED, place_of
from app.tenancy.village import setting

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
"""Towns that are written to at the same time by one process."""
PAGE: Final = 500
"""Items of the region in memory at the same time, besides those that concern somebody."""
REMEMBERED: Final = timedelta(days=30)
"""Shorter than tombstones are kept."""

_gates: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()


class Delivered(msgspec.Struct):
    """Which towns were brought up to date, which could not be reached now, and what it changed in each."""

    given: list[str] = []
    failed: list[str] = []
    reports: dict[str, FeedReport] = {}


class _Parcel(msgspec.Struct):
    """What one town is to be given."""

    here: Here
    box: Box | None
    wanted: bool
    """The feed is for this town."""
    mark: int
    """How far it had got when the delivery began."""
    since: int
    complete: bool
    items: list[Item] = []
    lost: list[str] = []


async def deliver(name: str, feed: str, slugs: Sequence[str], takers: Takers) -> Delivered:
    """Bring towns up to date with a region's feed; raises for nothing that concerns a single town."""
    outcome = Delivered()
    described = regional_state.described(name, feed)
    if described is None:
        return outcome
    upto, marks = await _marks(name, feed, slugs)

    async def prepared(slug: str) -> _Parcel | None:
        async with _gate():
            return await _prepared(slug, described.area, marks.get(slug), upto, outcome)

    parcels = [one for one in await asyncio.gather(*(prepared(slug) for slug in slugs)) if one is not None]
    if wanted := [one for one in parcels if one.wanted]:
        async with region(name) as scope:
            await _fill(scope, feed, wanted)

    async def one(parcel: _Parcel) -> None:
        slug = parcel.here.slug
        async with _gate():
            try:
                report = await _hand_over(described, parcel, upto, takers)
            except (UnknownTenant, CellUnknown, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                log.exception("%s could not be given %s", slug, described.full_name)
                outcome.failed.append(slug)
            else:
                outcome.given.append(slug)
                outcome.reports[slug] = report

    await asyncio.gather(*(one(parcel) for parcel in parcels))
    outcome.given.sort()
    return outcome


def _gate() -> asyncio.Semaphore:
    return _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


async def _marks(name: str, feed: str, slugs: Sequence[str]) -> tuple[int, dict[str, tuple[int, datetime | None]]]:
    """The number of the last run, and how far each town has got."""
    async with control() as connection:
        upto = await connection.fetchval("SELECT version FROM region_feed WHERE region = $1 AND name = $2", name, feed)
        rows = await connection.fetch(
            "SELECT tenant, version, delivered_at FROM region_delivery"
            " WHERE region = $1 AND feed = $2 AND tenant = ANY($3)",
            name,
            feed,
            list(slugs),
        )
    return upto or 0, {row["tenant"]: (row["version"], row["delivered_at"]) for row in rows}


async def _prepared(
    slug: str, area: tuple[str, ...], mark: tuple[int, datetime | None] | None, upto: int, outcome: Delivered
) -> _Parcel | None:
    """Where the town is and from where on it must be told; None if it has everything or can't be reached."""
    since, at = mark or (0, None)
    if since >= upto:
        return None
    try:
        place = await place_of(slug)
        if place.state not in SERVED:
            return None
        async with tenant(slug):
            facts: dict[str, Any] = await setting("facts", {})
        association = facts.get("kind") == "association"
        here = await regional_area.here(slug, place.ags, facts.get("members", ()), association=association)
    except UnknownTenant:
        return None
    except (CellUnknown, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        log.exception("%s can't be reached", slug)
        outcome.failed.append(slug)
        return None
    complete = since <= 0 or at is None or clock.now() - at > REMEMBERED
    wanted = any(key.startswith(area) for key in here.keys)
    return _Parcel(here, here.box, wanted, since, 0 if complete else since, complete)


async def _fill(scope: Scope, feed: str, parcels: Sequence[_Parcel]) -> None:
    """Sort what changed in the region into the towns' parcels, page by page."""
    since = min(parcel.since for parcel in parcels)
    last = 0
    while True:
        rows = await scope.fetch(
            "SELECT id, external_id, kind, body::text AS body, version, deleted_at IS NOT NULL AS deleted FROM item"
            " WHERE feed = $1 AND version > $2 AND id > $3 ORDER BY id LIMIT $4",
            [feed, since, last, PAGE],
        )
        for row in rows:
            item = None if row["deleted"] else regional_store.read(row["kind"], row["body"])
            _sort(item, row["external_id"], row["version"], parcels)
        if len(rows) < PAGE:
            return
        last = rows[-1]["id"]
        # Comparing areas is arithmetic: others have their turn in between.
        await asyncio.sleep(0)


def _sort(item: Item | None, external_id: str, version: int, parcels: Sequence[_Parcel]) -> None:
    reach = regional_area.reach(item) if item is not None else None
    for parcel in parcels:
        if version <= parcel.since:
            continue
        if item is not None and reach is not None and regional_area.concerns(reach, parcel.here, parcel.box):
            parcel.items.append(item)
        elif not parcel.complete:
            parcel.lost.append(external_id)


async def _hand_over(feed: RegionFeed, parcel: _Parcel, upto: int, takers: Takers) -> FeedReport:
    slug = parcel.here.slug
    place = await place_of(slug)
    report = FeedReport(name=feed.full_name)
    if not parcel.wanted:
        await _take_back(feed, parcel, takers, report)
        await _mark(feed, parcel, upto, switched_off=False)
        return report
    async with tenant(slug), transaction():
        row = await own_row(feed)
        source = _source(feed, row, place.site.get("zone") or feed.zone)
        if row["enabled"]:
            stored = await give(source, parcel.items, parcel.lost, takers, report, complete=parcel.complete)
            report.errors = [one.external_id or "" for one in stored.problems]
        else:
            await withdraw_all(source, takers, report)
        await _note(row["id"], report)
    await _mark(feed, parcel, upto, switched_off=not row["enabled"])
    return report


async def _take_back(feed: RegionFeed, parcel: _Parcel, takers: Takers, report: FeedReport) -> None:
    """A town that the feed is not for, or no longer, has nothing of it."""
    if parcel.mark == 0:
        return
    async with tenant(parcel.here.slug), transaction():
        for row in await current().fetch(
            "SELECT id, title, provider_id, category_id FROM feed WHERE name = $1", [feed.full_name]
        ):
            await withdraw_all(_source(feed, row, feed.zone), takers, report)
            await current().fetch("DELETE FROM feed WHERE id = $1", [row["id"]])


async def _mark(feed: RegionFeed, parcel: _Parcel, upto: int, *, switched_off: bool) -> None:
    """Write down up to which run the town has everything."""
    async with control() as connection:
        await connection.execute(
            """INSERT INTO region_delivery (region, feed, tenant, version, switched_off, delivered_at)
               SELECT $1, $2, slug, $4, $5, $6 FROM tenant WHERE slug = $3
               ON CONFLICT (region, feed, tenant) DO UPDATE SET version = excluded.version, claimed_until = NULL,
                   switched_off = excluded.switched_off, delivered_at = excluded.delivered_at
               -- Asked to look again meanwhile: then this delivery was not the last word.
               WHERE region_delivery.version >= 0 OR region_delivery.version = $7""",
            feed.region,
            feed.name,
            parcel.here.slug,
            upto,
            switched_off,
            clock.now(),
            parcel.mark,
        )


def _source(feed: RegionFeed, row: asyncpg.Record, zone: str) -> Source:
    """The feed as it stands in a town's list."""
    return Source(
        feed_id=row["id"],
        name=feed.full_name,
        title=row["title"] or feed.title,
        url=feed.url,
        provider_id=row["provider_id"],
        category_id=row["category_id"],
        licence=feed.licence,
        attribution=feed.attribution,
        zone=zone,
        region=feed.region,
        forgets=connector(feed.connector).manifest.forgets,
    )


async def own_row(feed: RegionFeed) -> asyncpg.Record:
    """The feed in the current town's list, made when it is first needed; deliveries of it to one town wait in line."""
    [row] = await current().fetch(
        """INSERT INTO feed (name, title, connector, url, region, licence, attribution, every_seconds)
           VALUES ($1, $2, $3, $4, $5, $6, $7, greatest($8::integer, 60))
           ON CONFLICT (name) DO UPDATE SET connector = excluded.connector, url = excluded.url,
               region = excluded.region, licence = excluded.licence, attribution = excluded.attribution,
               every_seconds = excluded.every_seconds
           RETURNING id, title, enabled, provider_id, category_id""",
        [
            feed.full_name,
            feed.title,
            feed.connector,
            feed.url,
            feed.region,
            feed.licence,
            feed.attribution,
            feed.every_seconds,
        ],
    )
    return row


async def _note(feed_id: int, report: FeedReport) -> None:
    now = clock.now()
    await current().fetch(
        """UPDATE feed SET status = 'ok', problem_code = '', problem = '', failures = 0, failing_since = NULL,
               attempted_at = $2, succeeded_at = $2,
               changed_at = CASE WHEN $6 THEN $2 ELSE changed_at END, items_new = $3::integer,
               items_changed = $4::integer, items_gone = $5, items_unchanged = (SELECT count(*) FROM feed_item
                   WHERE feed_id = $1 AND deleted_at IS NULL) - $3::integer - $4::integer
           WHERE id = $1""",
        [feed_id, now, report.new, report.changed, report.gone, bool(report.new or report.changed or report.gone)],
    )
