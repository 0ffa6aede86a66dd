"""What is due is claimed by one worker only, never more than fits, and given back where there is no queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from dramatiq.brokers.redis import RedisBroker

from app.feeds import regional_state
from app.kit import clock
from app.notify import due, mail
from app.platform import feeds, regions
from app.tenancy import control, control_transaction

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
Claim = Callable[[], Awaitable[list[Any]]]


async def _mails() -> list[int]:
    return [row.id for row in await mail.claim()]


WAITING: dict[str, tuple[Claim, int, int]] = {
    "mails": (_mails, mail.AT_ONCE, mail.AT_ONCE + 20),
    "feeds": (feeds.claim, feeds.AT_MOST_DUE, feeds.AT_MOST_DUE + 20),
    "regions": (regional_state.claim, 30, 30),
    "towns": (due.claim, due.AT_MOST, 2),
}
"""How each is claimed, how many at once at most, and how many wait."""
INSERT = {
    "mails": """INSERT INTO mail (recipient, kind, content, next_at)
        SELECT 'eva@example.org', 'reset', '', $2::timestamptz - interval '1 s' FROM generate_series(1, $1::int)""",
    "feeds": """INSERT INTO feed_due (tenant, feed, due_at)
        SELECT 'bad-belzig', 'claim-' || n, $2::timestamptz - interval '1 s' FROM generate_series(1, $1::int) n""",
    "regions": """INSERT INTO region_feed (region, name, due_at)
        SELECT 'claimland', 'claim-' || n, $2::timestamptz - interval '1 s' FROM generate_series(1, $1::int) n""",
    "towns": """INSERT INTO notify_due (tenant, due_at)
        SELECT slug, $2::timestamptz - interval '1 s' FROM tenant ORDER BY slug LIMIT $1""",
}
EMPTY = "DELETE FROM mail; DELETE FROM feed_due; DELETE FROM region_feed; DELETE FROM notify_due"


SENDING = {"feeds": feeds.enqueue_due, "regions": regions.enqueue_due, "towns": due.enqueue}


@asynccontextmanager
async def waiting(kind: str, number: int) -> AsyncIterator[None]:
    """That many are due, and nothing else."""
    async with control() as connection:
        await connection.execute(EMPTY)
        await connection.execute(INSERT[kind], number, NOW)
    try:
        yield
    finally:
        async with control() as connection:
            await connection.execute(EMPTY)


@pytest.mark.parametrize("kind", WAITING)
async def test_two_that_ask_at_once_get_each_row_once_and_no_more_than_fits(kind: str) -> None:
    claim, most, number = WAITING[kind]
    both = asyncio.Barrier(2)

    async def ask() -> list[Any]:
        async with control_transaction():
            await both.wait()
            found = await claim()
            # Both have claimed before either commits: what the other one holds is locked, not yet written.
            await both.wait()
            return found

    with clock.at(NOW):
        async with waiting(kind, number):
            first, second = await asyncio.gather(ask(), ask())

    assert len(first) <= most
    assert len(second) <= most
    assert len({*first, *second}) == len(first) + len(second) == number


@pytest.mark.parametrize("kind", SENDING)
async def test_without_a_queue_what_is_due_stays_due(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    away = RedisBroker(url="redis://127.0.0.1:1/0", namespace="away")  # type: ignore[no-untyped-call]
    for place in (feeds.sync_feed.actor, regions.sync_region_feed, due):
        monkeypatch.setattr(place, "broker", away)

    with clock.at(NOW):
        async with waiting(kind, 2):
            assert await SENDING[kind]() == 0
            assert len(await WAITING[kind][0]()) == 2
