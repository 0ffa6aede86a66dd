"""Feeds brought together with the capabilities that take their items: for workers and for the command line."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from app.capabilities import CAPABILITIES
from app.feeds import sync as engine
from app.feeds.report import FeedReport, Takers, takers_of
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.http import Http, stays_home
from app.tenancy import control, current, signals, turns
from app.tenancy.jobs import job
from app.tenancy.registry import SERVED, place_of

log = logging.getLogger(__name__)

CLAIM_MINUTES = 15
"""A run that has not ended by then is taken for lost and the feed is due again."""
AT_MOST_DUE = 5000
"""Feeds given to workers by one tick: all feeds of a state are due at the same moment after a pause."""
TOMBSTONE_DAYS = 60
AT_HOME_MINUTES = 60
BUSY_MINUTES = 1

_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Http, Any]]" = WeakKeyDictionary()


def takers() -> Takers:
    """Who takes which kind of item."""
    return takers_of(CAPABILITIES)


def http() -> Http:
    """The guarded client of this event loop; politeness is shared with all processes through Redis."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        line = signals.client(patience_seconds=10)
        _clients[loop] = Http(redis=line), line
    return _clients[loop][0]


async def close() -> None:
    """Close this event loop's client, and its line to Redis."""
    found = _clients.pop(asyncio.get_running_loop(), None)
    if found is not None:
        for one in found:
            await one.aclose()


async def sync_now(
    slug: str,
    names: Sequence[str] = (),
    *,
    accept_gone: bool = False,
    force: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> list[FeedReport]:
    """Run feeds for a person who waits; `say` is told what is waited for."""
    return await engine.sync(
        slug, names, takers=takers(), http=http().impatient(), accept_gone=accept_gone, force=force, say=say
    )


@job(own_scope=True, queue="feeds")
async def sync_feed(slug: str, feed: str = "") -> None:
    """Run one feed that is due."""
    place = await place_of(slug)
    if place.state not in SERVED:
        return
    try:
        async with turns.turn(engine.turn_of(slug, feed)):
            await _run(slug, feed, place.site.get("zone", ""))
    except turns.Taken:
        # Whoever runs it says when it is due next; if that one is killed, a tick asks again soon.
        log.info("%s/%s is already running", slug, feed)
        await _later(slug, feed, BUSY_MINUTES)


async def _run(slug: str, feed: str, zone: str) -> None:
    try:
        [due] = await engine.due(slug, [feed])
    except NotFound:
        async with control() as connection:
            await connection.execute("DELETE FROM feed_due WHERE tenant = $1 AND feed = $2", slug, feed)
        return
    if stays_home(due.url):
        # A deployment on `localhost` asks nobody outside; the feed's page says so.
        await _later(slug, feed, AT_HOME_MINUTES)
        return
    report = await engine.run(slug, due, takers(), http(), zone=zone)
    log.info(
        "%s/%s: %s, %d new, %d changed, %d gone, %d errors",
        slug,
        feed,
        report.status,
        report.new,
        report.changed,
        report.gone,
        len(report.errors),
    )


async def _later(slug: str, feed: str, minutes: int) -> None:
    """It is not run now."""
    async with control() as connection:
        await connection.execute(
            "UPDATE feed_due SET due_at = greatest(due_at, $3), claimed_until = NULL WHERE tenant = $1 AND feed = $2",
            slug,
            feed,
            clock.now() + timedelta(minutes=minutes),
        )


async def claim() -> list[tuple[str, str]]:
    """The (tenant, feed) pairs that are due, each given to one asker only."""
    async with control() as connection:
        rows = await connection.fetch(
            # Materialized: a subquery may be asked again for other rows than those that were counted.
            """WITH next AS MATERIALIZED (
                   SELECT d.tenant, d.feed FROM feed_due d JOIN tenant t ON t.slug = d.tenant AND t.state = ANY($4)
                   WHERE d.due_at <= $2 AND (d.claimed_until IS NULL OR d.claimed_until < $2)
                   ORDER BY d.due_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
               UPDATE feed_due SET claimed_until = $1 FROM next
               WHERE feed_due.tenant = next.tenant AND feed_due.feed = next.feed
               RETURNING feed_due.tenant, feed_due.feed""",
            clock.now() + timedelta(minutes=CLAIM_MINUTES),
            clock.now(),
            AT_MOST_DUE,
            list(SERVED),
        )
    return [(row["tenant"], row["feed"]) for row in rows]


@job()
async def purge_tombstones() -> None:
    """Forget for good what vanished from its source two months ago."""
    await current().fetch("DELETE FROM feed_item WHERE deleted_at < $1", [clock.now() - timedelta(days=TOMBSTONE_DAYS)])


async def enqueue_due() -> int:
    """Send a job for each feed that is due; how many there were."""
    due = await claim()
    for sent, (slug, feed) in enumerate(due):
        try:
            await asyncio.to_thread(sync_feed.send_for, slug, feed=feed)
        except Exception:
            log.warning("the queue is away, %d feeds wait for the next tick", len(due) - sent, exc_info=True)
            await _let_go(due[sent:])
            return sent
    return len(due)


async def _let_go(pairs: Sequence[tuple[str, str]]) -> None:
    """Nobody was given these: they are due again at once."""
    async with control() as connection:
        await connection.execute(
            "UPDATE feed_due SET claimed_until = NULL FROM unnest($1::text[], $2::text[]) AS f (tenant, feed)"
            " WHERE feed_due.tenant = f.tenant AND feed_due.feed = f.feed",
            *([pair[place] for pair in pairs] for place in range(2)),
        )
