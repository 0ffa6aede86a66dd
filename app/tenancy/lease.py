"""The lease on a town: who builds, moves, suspends or deletes it holds it, and nobody else does so meanwhile.

It is an advisory lock of the holder's session in the control database: a killed process loses it at once.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg

from app.kit.errors import Conflict

_CLASS = 0x5356
"""First key of the two-key advisory locks on towns."""
PATIENCE_SECONDS = 1.0
"""The server may need a moment to see that a killed holder is gone."""


class BeingBuilt(Conflict):
    """Another process builds or changes this town now."""


@contextlib.asynccontextmanager
async def leased(
    control: asyncpg.Connection, slug: str, *, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[None]:
    """Hold the town's lease for the block; raises `BeingBuilt`. One lease at a time per connection and town."""
    deadline = time.monotonic() + patience_seconds
    while not await control.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _CLASS, slug):
        if time.monotonic() >= deadline:
            raise BeingBuilt("Another process works on %(slug)s just now. Try again in a moment.", slug=slug)
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        if not control.is_closed():
            # Closing the session would free it as well, so a line that is down is no second error.
            with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await control.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _CLASS, slug)
