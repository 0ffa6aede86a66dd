"""Which towns lack something of a region's feeds, and the job that gives it to them."""

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final

import dramatiq

from app.feeds import regional_state
from app.kit import clock
from app.kit.queue import broker
from app.tenancy import control, current
from app.tenancy.regions import all_described
from app.tenancy.registry import SERVED

log = logging.getLogger(__name__)

DELIVER: Final = "deliver_region_feed"
"""Name of the job in `app.platform.regions`, which this floor can't import."""
BATCH: Final = 50
"""Towns of one job."""
CLAIM_SECONDS: Final = 50
"""A town given to a job is given to no other for so long: a killed one's towns are free again at the next tick."""

Batch = tuple[str, str, list[str]]
"""Region, feed, towns."""


async def claim(region: str = "", feed: str = "", town: str = "", *, anyway: bool = False) -> list[Batch]:
    """Towns that lack something (of one region, feed or town), each given to one asker only, in batches.

    With `anyway` also those that a job has at the moment, for a person who waits for the end.
    """
    parts = [(one.name, prefix) for one in all_described() for prefix in one.area if region in ("", one.name)]
    now = clock.now()
    async with control() as connection:
        rows = await connection.fetch(
            """INSERT INTO region_delivery (region, feed, tenant, claimed_until)
               SELECT f.region, f.name, t.slug, $6 FROM region_feed f
               JOIN unnest($1::text[], $2::text[]) AS part (region, prefix) ON part.region = f.region
               JOIN tenant t ON starts_with(t.ags, part.prefix) AND t.state = ANY($3)
               LEFT JOIN region_delivery d ON d.region = f.region AND d.feed = f.name AND d.tenant = t.slug
               WHERE f.version > coalesce(d.version, 0) AND NOT f.switched_off AND NOT coalesce(d.switched_off, false)
                   AND ($8 OR d.claimed_until IS NULL OR d.claimed_until < $7)
                   AND $4 IN ('', f.name) AND $5 IN ('', t.slug)
               ORDER BY f.region, f.name, t.slug
               ON CONFLICT (region, feed, tenant) DO UPDATE SET claimed_until = excluded.claimed_until
               RETURNING region, feed, tenant""",
            [name for name, _ in parts],
            [prefix for _, prefix in parts],
            list(SERVED),
            feed,
            town,
            now + timedelta(seconds=CLAIM_SECONDS),
            now,
            anyway,
        )
    towns: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        towns.setdefault((row["region"], row["feed"]), []).append(row["tenant"])
    return [(*key, some[start : start + BATCH]) for key, some in towns.items() for start in range(0, len(some), BATCH)]


async def enqueue(region: str = "", feed: str = "", town: str = "") -> int:
    """Send a job for each batch of towns that lack something; how many. Without a queue the next tick does it."""
    batches = await claim(region, feed, town)
    try:
        for one in batches:
            await asyncio.to_thread(_send, one)
    except Exception:
        log.warning("the queue is away, deliveries wait for the next tick", exc_info=True)
    return len(batches)


async def switched(slug: str, full_name: str) -> None:
    """A town's clerk switched a region's feed on or off: give or take back what it brings, after the commit."""

    async def tell() -> None:
        region, feed = await regional_state.look_again(slug, full_name)
        await enqueue(region, feed, slug)

    current().after_commit(tell)


def _send(batch: Batch) -> None:
    region, feed, towns = batch
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name="feeds", actor_name=DELIVER, args=(region, feed, towns), kwargs={}, options={}
    )
    broker.enqueue(message)
