"""What keeps feeds healthy beside fetching them: reading again, confirming, proposing to remove, looking over all."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import asyncpg
import dramatiq

from app.feeds import health, raw, replay
from app.feeds import sync as engine
from app.feeds.connector import Failure
from app.feeds.notices import PAGE
from app.identity import outbox
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.queue import broker
from app.platform import feeds
from app.settings import settings
from app.tenancy import control, control_transaction, current, current_slug, tenant
from app.tenancy.cells import CellUnknown
from app.tenancy.errors import UnknownTenant
from app.tenancy.jobs import job
from app.tenancy.registry import SERVED, Tenant, place_of
from app.tenancy.village import set_setting, setting

log = logging.getLogger(__name__)

SURVEY_MINUTES: Final = 10
AT_ONCE: Final = 6
PROPOSED: Final = "feeds.proposed"
"""Setting: feed → since when it failed, of those whose owners were told that it should go."""

_COLUMNS: Final = (
    "feed", "title", "connector", "url", "state", "problem", "failures", "failing_since", "succeeded_at", "next_at",
    "items", "bytes_saved",
)  # fmt: skip


@job(own_scope=True, queue="feeds")
async def replay_feed(slug: str, feed: str = "") -> None:
    """Read a feed's last answer again."""
    try:
        report = await replay.replay(slug, feed, takers=feeds.takers())
    except (NotFound, Failure) as refusal:
        log.info("%s/%s can't be read again: %s", slug, feed, refusal)
    else:
        log.info("%s/%s read again: %d new, %d changed", slug, feed, report.new, report.changed)


@job(own_scope=True, queue="feeds")
async def confirm_gone(slug: str, feed: str = "") -> None:
    """Fetch a feed and believe that what vanished is gone: a person said so."""
    place = await place_of(slug)
    if place.state not in SERVED:
        return
    try:
        await engine.sync(slug, [feed], takers=feeds.takers(), http=feeds.http(), accept_gone=True)
    except NotFound:
        log.info("%s/%s was removed before its answer was confirmed", slug, feed)


@job()
async def look_after() -> None:
    """Every night: tell the owners once of a source that has failed for a month, and tidy up behind deleted ones."""
    rows = await current().fetch(
        "SELECT name, coalesce(nullif(title, ''), name) AS title, enabled, failing_since FROM feed WHERE region = ''"
    )
    slug = current_slug()
    await raw.tidy(raw.town(slug), [row["name"] for row in rows])
    hopeless = {
        row["name"]: row["failing_since"].isoformat()
        for row in rows
        if health.is_hopeless(row["failing_since"], enabled=row["enabled"])
    }
    told: dict[str, str] = await setting(PROPOSED, {})
    if hopeless == told:
        return
    place = await place_of(slug)
    titles = {row["name"]: row["title"] for row in rows}
    async with control_transaction(), control() as connection:
        for name, since in hopeless.items():
            if told.get(name) == since:
                continue
            facts = {"town": place.name, "feed": titles[name], "link": settings().origin_of(place.host) + PAGE}
            await outbox.put_to_owners(
                connection,
                slug,
                "feed-down",
                partial(_told, facts),
                dedupe=f"feed-remove {slug} {name} {since}",
            )
    await set_setting(PROPOSED, hopeless)


def _told(facts: Mapping[str, str]) -> Mapping[str, str]:
    """What the mail says, in the language of whom it is written to."""
    problem = _(
        "Nothing has come from this source for 30 days. Please give it another address, or remove it. What came from"
        " it before stays visible until then."
    )
    return {**facts, "problem": problem}


@dramatiq.actor(actor_name="survey_feeds", queue_name="default", broker=broker, max_retries=0)
async def survey() -> None:
    """Look over the feeds of all towns."""
    await look_over()


async def look_over() -> None:
    """Write down how all towns' own feeds are, for the operator's page and the metrics."""
    rows = await Tenant.select(Tenant.slug).where(Tenant.state.is_in(list(SERVED)))
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(slug: str) -> None:
        async with gate:
            try:
                await survey_town(slug)
            except (UnknownTenant, CellUnknown, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                log.warning("the feeds of %s can't be looked at now", slug, exc_info=True)

    await asyncio.gather(*(one(row["slug"]) for row in rows))


async def survey_town(slug: str) -> None:
    """Write down how the town's own feeds are."""
    async with tenant(slug) as scope:
        found = await scope.fetch(
            """SELECT name AS feed, title, connector, url, enabled, status, hold, problem, failures, failing_since,
                   succeeded_at, next_at, items_new + items_changed + items_unchanged AS items, bytes_saved
               FROM feed WHERE region = ''"""
        )
    now = clock.now()
    states = [_state(dict(row)) for row in found]
    async with control_transaction(), control() as connection:
        await connection.execute(
            "DELETE FROM feed_state WHERE tenant = $1 AND NOT feed = ANY($2)", slug, [row["feed"] for row in states]
        )
        await connection.executemany(
            """INSERT INTO feed_state (tenant, seen_at, feed, title, connector, url, state, problem, failures,
                   failing_since, succeeded_at, next_at, items, bytes_saved)
               SELECT slug, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM tenant WHERE slug = $1
               ON CONFLICT (tenant, feed) DO UPDATE SET title = excluded.title, connector = excluded.connector,
                   url = excluded.url, state = excluded.state, problem = excluded.problem,
                   failures = excluded.failures, failing_since = excluded.failing_since,
                   succeeded_at = excluded.succeeded_at, next_at = excluded.next_at, items = excluded.items,
                   bytes_saved = excluded.bytes_saved, seen_at = excluded.seen_at""",
            [(slug, now, *(row[name] for name in _COLUMNS)) for row in states],
        )


def _state(row: dict[str, Any]) -> dict[str, Any]:
    row["state"] = health.state_of(enabled=row["enabled"], hold=row["hold"], status=row["status"])
    return row


async def survey_when_due() -> None:
    """Every tenth minute, asked every minute."""
    if clock.now().minute % SURVEY_MINUTES == 0:
        await asyncio.to_thread(survey.send)
