"""Runs a region's feeds: fetched once, read once, kept once; what concerns single towns is delivered afterwards.

What happened stands on the feed's row in the control plane. Region and control plane are two transactions: a run that
is killed between them is repeated, and finds by the number of the last run in the region what is left to deliver.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from app.feeds import asking, notices, pace, raw, regional_state, regional_store
from app.feeds.asking import Found
from app.feeds.connector import Failure, TryLater
from app.feeds.items import KINDS, LIVE, REGION_ONLY, Item
from app.feeds.regional import Keepers, Kept
from app.feeds.regional_state import RegionDue
from app.feeds.registry import connector
from app.feeds.report import FeedReport
from app.feeds.store import too_many_gone
from app.kit import clock, i18n
from app.kit.http import Http
from app.tenancy import Scope, control, signals, turns
from app.tenancy.regions import region, towns_in

log = logging.getLogger(__name__)

AT_ONCE: Final = 16
"""Feeds of one region that run at the same time."""
_KEPT_KINDS: Final = tuple(KINDS[name] for name in REGION_ONLY if name in KINDS)


PATIENCE_SECONDS: Final = 35 * 60.0
"""How long somebody waits for a run of the same feed that another process has begun: a timetable takes long."""


def turn_of(name: str, feed: str) -> str:
    """Only one process at a time runs a feed: this is what its turn is called."""
    return f"feed of region {name}/{feed}"


async def sync(
    name: str,
    feed: str = "",
    *,
    keepers: Keepers,
    http: Http,
    accept_gone: bool = False,
    force: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> list[FeedReport]:
    """Run a region's feeds now, all that are switched on or one; raises `UnknownRegion` and `NotFound`.

    A feed that another process runs just now is waited for, and `say` is told.
    """
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(which: str) -> FeedReport:
        def wait() -> None:
            say(f"{which}: already running, waiting for it.")

        async with gate, turns.turn(turn_of(name, which), patience_seconds=PATIENCE_SECONDS, waiting=wait):
            # As it stands now: what another run has just stored is known to this one.
            [due] = await regional_state.due(name, which)
            return await run(due, keepers, http, accept_gone=accept_gone, force=force)

    return list(await asyncio.gather(*(one(due.name) for due in await regional_state.due(name, feed))))


async def run(
    due: RegionDue, keepers: Keepers, http: Http, *, accept_gone: bool = False, force: bool = False
) -> FeedReport:
    """One feed: never raises for what a source does."""
    found = Found()
    with i18n.reading_in(asking.CLERK):
        report = FeedReport(name=due.name)
        try:
            owner = raw.region(due.feed.region)
            found = await asking.ask(due, http, owner, zone=due.feed.zone, force=force or accept_gone)
            await _finish(due, found, keepers, report, accept_gone=accept_gone)
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError | OSError) and not isinstance(error, asyncpg.DataError):
                raise
            # A defect of ours, or a value that no column takes: the others must not lose their run by it.
            log.exception("feed %s of the region %s", due.name, due.feed.region)
            report = FeedReport(name=due.name)
            await _failed(due, asking.crash(), report)
        finally:
            if found.fetched is not None and found.fetched.path is not None:
                await asyncio.to_thread(found.fetched.path.unlink, missing_ok=True)
    return report


async def _finish(due: RegionDue, found: Found, keepers: Keepers, report: FeedReport, *, accept_gone: bool) -> None:
    try:
        if found.failure is not None:
            raise found.failure
        if found.unchanged:
            await _unchanged(due, found, report)
        elif due.feed.delivers == asking.RELEASE:
            kept = await _load(due, found, keepers)
            await _stored(due, found, report, kept, version=due.version, held=False)
        else:
            kept, version, held = await keep(due, found, keepers, accept_gone=accept_gone)
            await _stored(due, found, report, kept, version=version, held=held)
    except Failure as failure:
        # A loader may find only on reading that a release is none.
        await _failed(due, failure, report)


async def _load(due: RegionDue, found: Found, keepers: Keepers) -> Kept:
    """Hand a whole release over; no transaction around it, because it takes minutes."""
    load = keepers.loads[due.connector]
    config = asking.configured(connector(due.connector), due)
    path = found.fetched.path if found.fetched else None
    async with region(due.feed.region, loading=True) as scope:
        kept: Kept = await load(scope, due.feed, path, config)
    return kept


async def keep(due: RegionDue, found: Found, keepers: Keepers, *, accept_gone: bool) -> tuple[Kept, int, bool]:
    """Everything of one answer in one transaction of the region: the outcome, the run's number, whether it is held."""
    snapshot = due.feed.delivers == "snapshot"
    believed = asking.believed(due, connector(due.connector), accept_gone=accept_gone)
    shared = [item for item in found.items if not isinstance(item, _KEPT_KINDS)]
    fans_out = any(name not in REGION_ONLY for name in due.manifest.gives)
    total = Kept(problems=list(found.problems))
    held, version = False, due.version
    async with region(due.feed.region) as scope, scope.transaction():
        if fans_out:
            put = await regional_store.put(
                scope, due.name, shared, snapshot=snapshot, accept_gone=believed, forgets=due.manifest.forgets
            )
            held, version = put.held, put.version
            _add(total, put)
        for kind in (KINDS[name] for name in due.manifest.gives if name in REGION_ONLY and name in KINDS):
            some = [item for item in found.items if type(item) is kind]
            if not fans_out and snapshot and not believed and _vanished(due, some):
                held = True
                total.unchanged += due.items
            else:
                _add(total, await _keep(scope, due, keepers.keeps[kind], some))
    return total, version, held


async def _keep(scope: Scope, due: RegionDue, keep: Any, items: Sequence[Item]) -> Kept:
    kept: Kept = await keep(scope, due.feed, items)
    return kept


def _vanished(due: RegionDue, items: Sequence[Item]) -> bool:
    """The engine doesn't know what a capability keeps, but how much came last time."""
    return too_many_gone(here=len(items), live=due.items, gone=due.items - len(items))


def _add(total: Kept, part: Kept | regional_store.Put) -> None:
    total.new += part.new
    total.changed += part.changed
    total.unchanged += part.unchanged
    total.gone += part.gone
    total.problems += part.problems


async def _failed(due: RegionDue, failure: Failure, report: FeedReport) -> None:
    report.status = "failed"
    report.errors = [failure.text]
    now = clock.now()
    after = failure.after if isinstance(failure, TryLater) else 0
    wait = pace.after_failure(due.every_seconds, due.failures + 1, after)
    async with control() as connection:
        row = await connection.fetchrow(
            """UPDATE region_feed SET status = 'failed', problem_code = $3, problem = $4, failures = failures + 1,
                   failing_since = coalesce(failing_since, $5), attempted_at = $5, due_at = $6, claimed_until = NULL,
                   switched_off = switched_off OR $3 = 'gone'
               WHERE region = $1 AND name = $2 RETURNING failures, failing_since""",
            due.feed.region,
            due.name,
            failure.code,
            failure.text,
            now,
            _next(due, now, wait),
        )
    if row is not None and notices.is_down(failure, row["failures"], row["failing_since"], now):
        await notices.region_down(due.feed.region, due.name, due.feed.title, failure)


async def _unchanged(due: RegionDue, found: Found, report: FeedReport) -> None:
    report.status = "unchanged"
    report.unchanged = due.items
    now = clock.now()
    fetched = found.fetched
    wait = pace.interval(due.every_seconds, asked=found.asked, changed_at=due.changed_at, now=now)
    async with control() as connection:
        await connection.execute(
            """UPDATE region_feed SET status = 'unchanged', problem_code = '', problem = '', failures = 0,
                   failing_since = NULL, attempted_at = $3, succeeded_at = $3, due_at = $4, claimed_until = NULL,
                   switched_off = false,
                   bytes_saved = bytes_saved + $5, items_unchanged = $6, items_new = 0, items_changed = 0,
                   items_gone = 0, etag = CASE WHEN $7 = '' THEN etag ELSE $7 END,
                   last_modified = CASE WHEN $8 = '' THEN last_modified ELSE $8 END
               WHERE region = $1 AND name = $2""",
            due.feed.region,
            due.name,
            now,
            _next(due, now, wait),
            fetched.bytes_saved if fetched else 0,
            due.items,
            fetched.etag if fetched else "",
            fetched.last_modified if fetched else "",
        )
    await _works(due)


async def _stored(due: RegionDue, found: Found, report: FeedReport, kept: Kept, *, version: int, held: bool) -> None:
    """Write down how it went, and remember the cursor only now that everything is safe."""
    report.new, report.changed, report.unchanged, report.gone = kept.new, kept.changed, kept.unchanged, kept.gone
    report.status = "ok" if kept.new or kept.changed or kept.gone else "unchanged"
    report.errors = [*([asking.held()] if held else []), *(asking.problem_text(one) for one in kept.problems)]
    now = clock.now()
    fetched = found.fetched if not held else None
    changed_at = now if report.status == "ok" else due.changed_at
    wait = pace.interval(due.every_seconds, asked=found.asked, changed_at=changed_at, now=now)
    problems = [
        {"id": one.external_id or "", "reason": i18n.gettext_(one.reason)}
        for one in kept.problems[: asking.MOST_PROBLEMS_KEPT]
    ]
    async with control() as connection:
        await connection.execute(
            """UPDATE region_feed SET status = $3, problem_code = $4, problem = $5, problems = $6, failures = 0,
                   failing_since = NULL, attempted_at = $7, succeeded_at = $7, full_fetch_at = $7, changed_at = $8,
                   due_at = $9, claimed_until = NULL, etag = $10, last_modified = $11, body_hash = $12, hold = $13,
                   items_new = $14, items_changed = $15, items_unchanged = $16, items_gone = $17,
                   version = greatest(version, $18), switched_off = false
               WHERE region = $1 AND name = $2""",
            due.feed.region,
            due.name,
            report.status,
            "held" if held else "",
            asking.held() if held else "",
            msgspec.json.encode(problems).decode().replace("\\u0000", ""),
            now,
            changed_at,
            _next(due, now, wait),
            # On hold the next answer must come in full again, to see whether the source has recovered.
            fetched.etag if fetched else "",
            fetched.last_modified if fetched else "",
            found.body_hash if not held else "",
            held,
            kept.new,
            kept.changed,
            kept.unchanged,
            kept.gone,
            version,
        )
    if report.status == "ok":
        await tell_towns(due)
    await _works(due)


async def tell_towns(due: RegionDue) -> None:
    """What lives in the region's schema is on its towns' pages at once; the rest is told when it is delivered."""
    if any(name in REGION_ONLY - LIVE for name in due.manifest.gives):
        await signals.changed_everywhere(await towns_in(due.feed.region, due.feed.area))


async def _works(due: RegionDue) -> None:
    if due.told:
        await notices.region_back(due.feed.region, due.name, due.feed.title)


def _next(due: RegionDue, now: datetime, wait: int) -> datetime:
    return now + timedelta(seconds=pace.spread(wait, due.feed.full_name))
