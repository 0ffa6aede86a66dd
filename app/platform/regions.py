"""Regions' feeds brought together with the capabilities that take their items: for workers and for the command line."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import dramatiq
import msgspec

from app.capabilities import CAPABILITIES
from app.feeds import regional_delivery, regional_pending, regional_replay, regional_state, regional_sync
from app.feeds.regional import Keepers, keepers_of
from app.feeds.regional_pending import DELIVER
from app.feeds.report import FeedReport
from app.kit import clock
from app.kit.errors import Conflict, NotFound
from app.kit.queue import broker
from app.platform import feeds
from app.tenancy import control, current, current_slug, region_schema, turns
from app.tenancy.definition_shape import DefinitionError
from app.tenancy.errors import UnknownRegion
from app.tenancy.jobs import job
from app.tenancy.regions import described, region, towns_in

log = logging.getLogger(__name__)

LONGEST_MILLISECONDS = 30 * 60 * 1000
"""A whole timetable is loaded in one job."""
TOMBSTONE_DAYS = 60


class SyncReport(msgspec.Struct, kw_only=True):
    """What `village regions sync` did."""

    region: str
    feeds: list[FeedReport]
    towns: int = 0
    """How many member towns have all that concerns them now."""
    towns_changed: int = 0
    """In how many of them something became new, changed or gone by this."""
    towns_failed: list[str] = []
    """Those that could not be reached now; they get it with the next tick."""


def keepers() -> Keepers:
    """Who stores what lives in a region's schema."""
    return keepers_of(CAPABILITIES)


async def sync_now(
    name: str, feed: str = "", *, accept_gone: bool = False, say: Callable[[str], None] = lambda _: None
) -> SyncReport:
    """Run a region's feeds and give the towns what is theirs, for a person who waits; `say` is told how far it is.

    Raises `UnknownRegion`, `DefinitionError`, and `NotFound` for a feed that is not switched on.
    """
    title = described(name).title
    await region_schema.ensure(name)
    await regional_state.settle()
    await regional_state.due(name, feed)
    say(f"{title}: fetching.")
    reports = await regional_sync.sync(
        name, feed, keepers=keepers(), http=feeds.http().impatient(), accept_gone=accept_gone, say=say
    )
    return await _given(name, feed, reports, say)


async def replay_now(name: str, feed: str, *, back: int = 0, say: Callable[[str], None] = lambda _: None) -> SyncReport:
    """Read a feed's kept answer again and give the towns what is new by it, for a person who waits.

    Raises as `regional_replay.replay` does.
    """
    await region_schema.ensure(name)
    await regional_state.settle()
    report = await regional_replay.replay(name, feed, keepers=keepers(), back=back)
    return await _given(name, feed, [report], say)


async def _given(name: str, feed: str, reports: list[FeedReport], say: Callable[[str], None]) -> SyncReport:
    for one in reports:
        say(f"{one.name}: {one.status}, {one.new} new, {one.changed} changed, {one.gone} gone.")
    report = SyncReport(region=name, feeds=reports)
    changed: set[str] = set()
    failed: set[str] = set()
    for _, which, towns in await regional_pending.claim(name, feed, anyway=True):
        say(f"{which}: {len(towns)} towns.")
        done = await regional_delivery.deliver(name, which, towns, feeds.takers())
        failed.update(done.failed)
        changed.update(slug for slug, own in done.reports.items() if own.new or own.changed or own.gone)
    report.towns = len(set(await towns_in(name)) - failed)
    report.towns_changed, report.towns_failed = len(changed), sorted(failed)
    return report


@dramatiq.actor(
    actor_name="sync_region_feed", queue_name="feeds", broker=broker, max_retries=0, time_limit=LONGEST_MILLISECONDS
)
async def sync_region_feed(name: str, feed: str) -> None:
    """Run one feed that is due, and send its towns what is new."""
    await run_due(name, feed)


async def run_due(name: str, feed: str) -> None:
    """See `sync_region_feed`."""
    try:
        async with turns.turn(regional_sync.turn_of(name, feed)):
            await _run(name, feed)
    except turns.Taken:
        # Whoever runs it says when it is due next; if that one is killed, a tick asks again soon.
        log.info("region %s/%s is already running", name, feed)
        await regional_state.later(name, feed, clock.now() + timedelta(minutes=feeds.BUSY_MINUTES))


async def _run(name: str, feed: str) -> None:
    try:
        [due] = await regional_state.due(name, feed)
    except (UnknownRegion, NotFound, Conflict):
        await regional_state.settle()
        return
    report = await regional_sync.run(due, keepers(), feeds.http())
    log.info(
        "region %s/%s: %s, %d new, %d changed, %d gone, %d errors",
        name,
        feed,
        report.status,
        report.new,
        report.changed,
        report.gone,
        len(report.errors),
    )
    await regional_pending.enqueue(name, feed)


@dramatiq.actor(actor_name=DELIVER, queue_name="feeds", broker=broker, max_retries=2)
async def deliver_region_feed(name: str, feed: str, towns: list[str]) -> None:
    """Give some towns what they lack of a feed."""
    await give_to(name, feed, towns)


async def give_to(name: str, feed: str, towns: Sequence[str]) -> None:
    """See `deliver_region_feed`."""
    done = await regional_delivery.deliver(name, feed, towns, feeds.takers())
    log.info("region %s/%s: given to %d towns, %d failed", name, feed, len(done.given), len(done.failed))


async def enqueue_due() -> int:
    """Send a job for each feed that is due and for all towns that lack something; how many."""
    try:
        await regional_state.settle()
    except DefinitionError as mistake:
        # `village regions list` says the same; mails and towns' own feeds must not wait for it.
        log.warning("no region can be read: %s", mistake)
        return 0
    due = await regional_state.claim()
    for sent, (name, feed) in enumerate(due):
        try:
            await asyncio.to_thread(sync_region_feed.send, name, feed)
        except Exception:
            log.warning("the queue is away, %d feeds wait for the next tick", len(due) - sent, exc_info=True)
            await regional_state.let_go(due[sent:])
            return sent
    return len(due) + await regional_pending.enqueue()


async def purge_tombstones() -> None:
    """Forget for good what vanished from its source two months ago."""
    async with control() as connection:
        rows = await connection.fetch("SELECT DISTINCT region FROM region_feed")
    for row in rows:
        try:
            async with region(row["region"]) as scope, scope.transaction():
                await scope.fetch(
                    "DELETE FROM item WHERE deleted_at < $1", [clock.now() - timedelta(days=TOMBSTONE_DAYS)]
                )
        except UnknownRegion:
            continue


@job()
async def compare_switches() -> None:
    """A region's feed that was switched on or off past the form is given or taken back all the same."""
    own: dict[str, Any] = {
        row["name"]: row["enabled"]
        for row in await current().fetch("SELECT name, enabled FROM feed WHERE region <> ''")
    }
    if not own:
        return
    slug = current_slug()
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT region || '.' || feed AS name, switched_off FROM region_delivery WHERE tenant = $1", slug
        )
    for row in rows:
        if own.get(row["name"], True) == row["switched_off"]:
            await regional_pending.switched(slug, row["name"])
