"""How the feeds of all regions and towns are, for Prometheus: counted in the control plane, never town by town."""

import asyncio
from collections.abc import Sequence
from typing import Final

import asyncpg
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from app.tenancy import control

PATIENCE_SECONDS: Final = 2

_COUNTS: Final = """SELECT owner, state, count(*) AS feeds, coalesce(sum(bytes_saved), 0)::bigint AS saved,
    coalesce(max(extract(epoch FROM now() - succeeded_at)) FILTER (WHERE state <> 'off'), 0)::float8 AS oldest
FROM (
    SELECT 'town' AS owner, state, bytes_saved, succeeded_at FROM feed_state
    UNION ALL
    SELECT 'region', CASE WHEN switched_off THEN 'off' WHEN status = 'failed' THEN 'failed' WHEN hold THEN 'held'
        WHEN status = 'new' THEN 'new' ELSE 'works' END, bytes_saved, succeeded_at FROM region_feed
) AS feed GROUP BY owner, state ORDER BY owner, state"""
_REGIONS: Final = """SELECT region, name, extract(epoch FROM now() - succeeded_at)::float8 AS age FROM region_feed
WHERE succeeded_at IS NOT NULL AND NOT switched_off ORDER BY region, name"""


async def feed_figures() -> Sequence[Metric]:
    """The figures; none while the database is away, so that the scrape goes on."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), control() as connection:
            counts = await connection.fetch(_COUNTS)
            regions = await connection.fetch(_REGIONS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        return ()
    feeds = GaugeMetricFamily("village_feeds", "Feeds by whose they are and how they are.", labels=["owner", "state"])
    oldest = GaugeMetricFamily(
        "village_feeds_oldest_success_seconds", "Age of the oldest last success, by owner.", labels=["owner"]
    )
    saved = CounterMetricFamily(
        "village_feeds_bytes_saved", "Bytes that conditional requests spared, by owner.", labels=["owner"]
    )
    for owner in sorted({row["owner"] for row in counts}):
        own = [row for row in counts if row["owner"] == owner]
        for row in own:
            feeds.add_metric([owner, row["state"]], row["feeds"])
        oldest.add_metric([owner], max(row["oldest"] for row in own))
        saved.add_metric([owner], sum(row["saved"] for row in own))
    ages = GaugeMetricFamily(
        "village_region_feed_success_age_seconds", "Seconds since the last success.", labels=["region", "feed"]
    )
    for row in regions:
        ages.add_metric([row["region"], row["name"]], row["age"])
    return feeds, oldest, saved, ages
