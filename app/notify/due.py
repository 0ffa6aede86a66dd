"""When each town's deliveries are looked at: written down in the control plane, so that a tick asks one table.

A line is written before the town's commit: if that is rolled back somebody looks for nothing, and nothing worse. A
worker that takes a town moves its line into the future; killed, it leaves a line that comes due again.
"""

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakKeyDictionary

import dramatiq

from app.kit import clock
from app.kit.queue import broker
from app.tenancy import control
from app.tenancy.registry import SERVED
from app.tenancy.scope import Scope

log = logging.getLogger(__name__)

TELL: Final = "notify.telling.tell"
"""Name of the job in `app.notify.telling`, which is too heavy for those who only announce."""
LEASE: Final = timedelta(minutes=10)
"""A worker that is silent for longer is taken for lost."""
GRACE: Final = timedelta(seconds=30)
"""The tick leaves a new line to the job that is sent after the commit."""
_ONCE_SECONDS: Final = 20.0
AT_MOST: Final = 500

_noted: "WeakKeyDictionary[Scope, float]" = WeakKeyDictionary()


async def soon(scope: Scope) -> None:
    """The current town has something to tell when its transaction is committed; many calls send one job."""
    if time.monotonic() - _noted.get(scope, float("-inf")) < _ONCE_SECONDS:
        return
    _noted[scope] = time.monotonic()
    async with control() as connection:
        await connection.execute(
            "INSERT INTO notify_due (tenant, due_at) VALUES ($1, $2)"
            " ON CONFLICT (tenant) DO UPDATE SET due_at = least(notify_due.due_at, excluded.due_at)",
            scope.slug,
            clock.now() + GRACE,
        )

    async def send() -> None:
        _noted.pop(scope, None)
        try:
            await asyncio.to_thread(send_for, scope.slug)
        except Exception:
            # The line is what counts: the next tick finds it.
            log.warning("the queue is away, %s waits for the next tick", scope.slug, exc_info=True)

    scope.after_commit(send)


def send_for(slug: str) -> None:
    """Send the job that tells what a town has to tell."""
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name="default", actor_name=TELL, args=(), kwargs={"tenant": slug}, options={}
    )
    broker.enqueue(message)


async def claim() -> list[str]:
    """The towns that are due, each given to one asker only."""
    now = clock.now()
    async with control() as connection:
        rows = await connection.fetch(
            # Materialized: a subquery may be asked again for other rows than those that were counted.
            """WITH next AS MATERIALIZED (
                   SELECT d.tenant FROM notify_due d JOIN tenant t ON t.slug = d.tenant AND t.state = ANY($4)
                   WHERE d.due_at <= $1 ORDER BY d.due_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
               UPDATE notify_due SET due_at = $2 FROM next WHERE notify_due.tenant = next.tenant
               RETURNING notify_due.tenant""",
            now,
            now + LEASE,
            AT_MOST,
            list(SERVED),
        )
    return [row["tenant"] for row in rows]


async def enqueue() -> int:
    """Send the job of every town that is due; how many there were."""
    towns = await claim()
    for sent, slug in enumerate(towns):
        try:
            await asyncio.to_thread(send_for, slug)
        except Exception:
            log.warning("the queue is away, %d towns wait for the next tick", len(towns) - sent, exc_info=True)
            async with control() as connection:
                await connection.execute(
                    "UPDATE notify_due SET due_at = $2 WHERE tenant = ANY($1)", towns[sent:], clock.now()
                )
            return sent
    return len(towns)


async def taken(slug: str) -> datetime:
    """A worker begins with this town; the moment at which it is taken for lost."""
    until = clock.now() + LEASE
    async with control() as connection:
        await connection.execute(
            "INSERT INTO notify_due (tenant, due_at) VALUES ($1, $2)"
            " ON CONFLICT (tenant) DO UPDATE SET due_at = excluded.due_at",
            slug,
            until,
        )
    return until


async def done(slug: str, taken_until: datetime, next_at: datetime | None) -> None:
    """The worker has finished; there is more to do at `next_at`. What was noted meanwhile stays."""
    async with control() as connection:
        if next_at is None:
            await connection.execute("DELETE FROM notify_due WHERE tenant = $1 AND due_at = $2", slug, taken_until)
            return
        await connection.execute(
            """INSERT INTO notify_due (tenant, due_at) VALUES ($1, $2) ON CONFLICT (tenant) DO UPDATE SET
               due_at = CASE WHEN notify_due.due_at = $3 THEN excluded.due_at
                             ELSE least(notify_due.due_at, excluded.due_at) END""",
            slug,
            next_at,
            taken_until,
        )
