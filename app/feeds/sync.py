"""Runs a town's feeds: fetch and parse outside any transaction, then store in one.

One bad item loses only itself, one bad feed only itself. What happened stands on the feed's row, in words a clerk
understands; when it is due again stands in the control plane, where one tick finds it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec

from app.feeds import asking, notices, pace, raw, secrets
from app.feeds.asking import Asked, Found
from app.feeds.connector import Failure, TryLater
from app.feeds.items import Problem
from app.feeds.registry import connector
from app.feeds.report import FeedReport, Takers
from app.feeds.source import Source
from app.feeds.store import Stored, store
from app.kit import clock, i18n
from app.kit.errors import InvalidInput, NotFound
from app.kit.http import Http
from app.kit.i18n import gettext_ as _
from app.tenancy import control, current, tenant, transaction, turns
from app.tenancy.registry import place_of

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Feeds of one town that run at the same time; the fetcher spares each host on its own."""


PATIENCE_SECONDS = 15 * 60.0
"""How long somebody waits for a run of the same feed that another process has begun; no run takes longer."""


def turn_of(slug: str, feed: str) -> str:
    """Only one process at a time runs a feed: this is what its turn is called."""
    return f"feed {slug}/{feed}"


class RegionsFeed(InvalidInput):
    """A region fetches this feed; a town can't."""


class Due(Asked, frozen=True, kw_only=True):
    """A town's feed as it stood when the run began."""

    id: int
    title: str
    provider_id: int | None
    category_id: int | None
    licence: str
    attribution: str
    items: int


_COLUMNS = """id, name, title, connector, url, options::text AS options, provider_id, category_id, licence,
    attribution, every_seconds, etag, last_modified, body_hash, hold, failures, changed_at, full_fetch_at,
    items_new + items_changed + items_unchanged AS items"""


async def sync(
    slug: str,
    names: Sequence[str] = (),
    *,
    takers: Takers,
    http: Http,
    accept_gone: bool = False,
    force: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> list[FeedReport]:
    """Run a town's feeds now (all that are switched on, or those named) and tell what came of it.

    A feed that another process runs just now is waited for, and `say` is told.

    Raises `NotFound` for a name that isn't there, `RegionsFeed` and `UnknownTenant`; never for a single feed.
    """
    place = await place_of(slug)
    feeds = await due(slug, names)
    gate = asyncio.Semaphore(AT_ONCE)
    zone = place.site.get("zone", "")

    async def one(name: str) -> FeedReport:
        def wait() -> None:
            say(f"{name}: already running, waiting for it.")

        async with gate, turns.turn(turn_of(slug, name), patience_seconds=PATIENCE_SECONDS, waiting=wait):
            # As it stands now: what another run has just stored is known to this one.
            [feed] = await due(slug, [name])
            return await run(slug, feed, takers, http, zone=zone, accept_gone=accept_gone, force=force)

    return list(await asyncio.gather(*(one(feed.name) for feed in feeds)))


async def due(slug: str, names: Sequence[str] = ()) -> list[Due]:
    """The feeds to run: the town's own."""
    async with tenant(slug) as scope:
        rows = await scope.fetch(
            f"SELECT {_COLUMNS}, region FROM feed"  # noqa: S608 - constant columns
            " WHERE CASE WHEN $1::text[] = '{}' THEN enabled AND region = '' ELSE name = ANY($1) END ORDER BY name",
            [list(names)],
        )
    for row in rows:
        if row["region"]:
            raise RegionsFeed(
                "%(name)s is fetched once for the whole region. Fetch it: village regions sync %(region)s",
                name=row["name"],
                region=row["region"],
            )
    missing = set(names) - {row["name"] for row in rows}
    if missing:
        raise NotFound("%(slug)s has no feed %(name)s.", slug=slug, name=", ".join(sorted(missing)))
    allowed = secrets.allowed_to(slug)
    return [
        msgspec.convert({**row, "options": msgspec.json.decode(row["options"]), "variables": allowed}, Due)
        for row in rows
    ]


async def run(
    slug: str, feed: Due, takers: Takers, http: Http, *, zone: str = "", accept_gone: bool = False, force: bool = False
) -> FeedReport:
    """One feed: never raises for what a source does."""
    report = FeedReport(name=feed.name)
    with i18n.reading_in(asking.CLERK):
        try:
            found = await asking.ask(feed, http, raw.town(slug), zone=zone, force=force or accept_gone)
            await _finish(slug, feed, found, takers, report, zone=zone, accept_gone=accept_gone)
        except (asyncpg.PostgresError, OSError):
            raise
        except Exception:
            # A defect of ours in one feed must not cost the others their run.
            log.exception("feed %s of %s", feed.name, slug)
            report = FeedReport(name=feed.name)
            crashed = Found(failure=asking.crash())
            await _finish(slug, feed, crashed, takers, report, zone=zone, accept_gone=False)
    return report


async def _finish(
    slug: str, feed: Due, found: Found, takers: Takers, report: FeedReport, *, zone: str, accept_gone: bool
) -> None:
    """Store, and write down how it went."""
    now = clock.now()
    wait: int
    down = False
    async with tenant(slug), transaction():
        if found.failure is not None:
            wait, down = await _failed(feed, found.failure, report, now)
        elif found.unchanged:
            wait = await _unchanged(feed, found, report, now)
        else:
            wait = await _stored(feed, found, takers, report, now, zone=zone, accept_gone=accept_gone)
    wait = pace.spread(wait, f"{slug}/{feed.name}")
    next_at = now + timedelta(seconds=wait)
    gone_for_good = found.failure is not None and found.failure.code == "gone"
    told = feed.failures > 0
    async with control() as connection:
        if gone_for_good:
            await connection.execute("DELETE FROM feed_due WHERE tenant = $1 AND feed = $2", slug, feed.name)
        else:
            told |= bool(
                await connection.fetchval(
                    """UPDATE feed_due SET due_at = $3, claimed_until = NULL WHERE tenant = $1 AND feed = $2
                       RETURNING EXISTS (SELECT FROM feed_told t WHERE t.tenant = $1 AND t.feed = $2)""",
                    slug,
                    feed.name,
                    next_at,
                )
            )
    if found.failure is None and told:
        await notices.back(slug, feed.name, feed.title)
    elif found.failure is not None and down:
        await notices.down(slug, feed.name, feed.title, found.failure)


async def _failed(feed: Due, failure: Failure, report: FeedReport, now: datetime) -> tuple[int, bool]:
    """How many seconds to wait, and whether the feed is down by now."""
    report.status = "failed"
    report.errors = [failure.text]
    wait = pace.after_failure(
        feed.every_seconds, feed.failures + 1, failure.after if isinstance(failure, TryLater) else 0
    )
    rows = await current().fetch(
        """UPDATE feed SET status = 'failed', problem_code = $2, problem = $3, failures = failures + 1,
               failing_since = coalesce(failing_since, $4), attempted_at = $4, next_at = $5,
               enabled = enabled AND $2 <> 'gone'
           WHERE id = $1 RETURNING failures, failing_since""",
        [feed.id, failure.code, failure.text, now, now + timedelta(seconds=wait)],
    )
    return wait, any(notices.is_down(failure, row["failures"], row["failing_since"], now) for row in rows)


async def _unchanged(feed: Due, found: Found, report: FeedReport, now: datetime) -> int:
    report.status = "unchanged"
    report.unchanged = feed.items
    fetched = found.fetched
    wait = pace.interval(feed.every_seconds, asked=found.asked, changed_at=feed.changed_at, now=now)
    await current().fetch(
        """UPDATE feed SET status = 'unchanged', problem_code = '', problem = '', failures = 0, failing_since = NULL,
               attempted_at = $2, succeeded_at = $2, next_at = $3, bytes_saved = bytes_saved + $4,
               items_unchanged = $5, items_new = 0, items_changed = 0, items_gone = 0,
               etag = CASE WHEN $6 = '' THEN etag ELSE $6 END,
               last_modified = CASE WHEN $7 = '' THEN last_modified ELSE $7 END
           WHERE id = $1""",
        [
            feed.id,
            now,
            now + timedelta(seconds=wait),
            fetched.bytes_saved if fetched else 0,
            feed.items,
            fetched.etag if fetched else "",
            fetched.last_modified if fetched else "",
        ],
    )
    return wait


async def _stored(
    feed: Due, found: Found, takers: Takers, report: FeedReport, now: datetime, *, zone: str, accept_gone: bool
) -> int:
    """Store what came, and remember the cursor only now that it is safe."""
    code = connector(feed.connector)
    manifest = code.manifest
    source = Source(
        feed_id=feed.id,
        name=feed.name,
        title=feed.title or next((item.attribution for item in found.items if item.attribution), feed.name),
        url="" if secrets.is_named(feed.url) else feed.url,
        provider_id=feed.provider_id,
        category_id=feed.category_id,
        licence=feed.licence or manifest.licence,
        attribution=feed.attribution,
        zone=zone or "Europe/Berlin",
        forgets=manifest.forgets,
    )
    outcome: Stored = await store(
        source,
        found.items,
        takers,
        report,
        snapshot=code.delivers(feed.options) == "snapshot",
        accept_gone=asking.believed(feed, code, accept_gone=accept_gone),
    )
    problems = [*found.problems, *outcome.problems]
    report.errors = [asking.problem_text(problem) for problem in problems]
    if not (report.new or report.changed or report.gone):
        report.status = "unchanged"
    held = ""
    if outcome.held:
        held = asking.held()
        report.errors.insert(0, held)
    changed_at = feed.changed_at if report.status == "unchanged" else now
    wait = pace.interval(feed.every_seconds, asked=found.asked, changed_at=changed_at, now=now)
    fetched = found.fetched
    await current().fetch(
        """WITH settled AS (DELETE FROM feed_problem WHERE feed_id = $1)
           UPDATE feed SET status = $2, problem_code = $3, problem = $4, failures = 0, failing_since = NULL,
               attempted_at = $5, succeeded_at = $5, full_fetch_at = $5, changed_at = $6, next_at = $7,
               etag = $8, last_modified = $9, body_hash = $10, hold = $11,
               items_new = $12, items_changed = $13, items_unchanged = $14, items_gone = $15
           WHERE id = $1""",
        [
            feed.id,
            report.status,
            "held" if held else "",
            held,
            now,
            changed_at,
            now + timedelta(seconds=wait),
            # On hold the next answer must come in full again, to see whether the source has recovered.
            fetched.etag if fetched and not held else "",
            fetched.last_modified if fetched and not held else "",
            found.body_hash if not held else "",
            bool(held),
            report.new,
            report.changed,
            report.unchanged,
            report.gone,
        ],
    )
    await _write_problems(feed.id, problems)
    return wait


async def _write_problems(feed_id: int, problems: Sequence[Problem]) -> None:
    """What could not be taken this time, in place of what the last run could not take."""
    if problems:
        kept = problems[: asking.MOST_PROBLEMS_KEPT]
        await current().fetch(
            "INSERT INTO feed_problem (feed_id, external_id, reason) SELECT $1, * FROM unnest($2::text[], $3::text[])",
            [feed_id, [(one.external_id or "").replace("\0", "") for one in kept], [_(one.reason) for one in kept]],
        )
