"""Work that only one process may do at a time, e.g. fetching one feed: each gets its turn, by name.

    async with turn("feed bad-belzig/chor", patience_seconds=0):
        …

A turn is an advisory lock in the control database. All turns of an event loop are held by one session of it, so that
a thousand cost one connection; a killed process loses the session, and with it every turn, at once.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Final
from weakref import WeakKeyDictionary

import asyncpg

from app.kit.errors import Conflict
from app.settings import settings
from app.tenancy.errors import TenancyError

_CLASS: Final = 0x5357
"""First key of the two-key advisory locks on turns; towns' leases have another."""
_POLL_SECONDS: Final = 0.2
_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Taken(Conflict):
    """Another one is at it."""


class _Session:
    """One line to the control database, and what is held on it."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self._lock = asyncio.Lock()
        self._line: asyncpg.Connection | None = None

    async def take(self, name: str) -> bool:
        """Whether the turn is ours now."""
        if name in self.held:
            return False  # a session may take its own lock twice: who holds it here is known here only
        self.held.add(name)
        got = False
        try:
            async with self._lock:
                if self._line is None or self._line.is_closed():
                    self._line = await self._opened()
                got = bool(await self._line.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _CLASS, name))
        except asyncio.CancelledError:
            # The answer is lost, the lock perhaps not.
            await asyncio.shield(self.give_back(name))
            raise
        finally:
            if not got:
                self.held.discard(name)
        return got

    async def give_back(self, name: str) -> None:
        try:
            # A line that broke has let go by itself.
            async with self._lock:
                if self._line is not None and not self._line.is_closed():
                    with contextlib.suppress(*_AWAY):
                        await self._line.fetchval("SELECT pg_advisory_unlock($1, hashtext($2))", _CLASS, name)
        finally:
            self.held.discard(name)

    async def close(self) -> None:
        if self._line is not None and not self._line.is_closed():
            with contextlib.suppress(*_AWAY):
                await self._line.close(timeout=2)

    async def _opened(self) -> asyncpg.Connection:
        from app.tenancy import cells

        dsn = settings().database_url
        if not dsn:
            raise TenancyError("There is no database.")
        user, password = cells.runtime_login(dsn)
        return await asyncpg.connect(
            dsn, user=user, password=password, timeout=10, server_settings={"application_name": "village turns"}
        )


_sessions: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Session]" = WeakKeyDictionary()


@contextlib.asynccontextmanager
async def turn(
    name: str, *, patience_seconds: float = 0, waiting: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Be the only one for the block; raises `Taken` when another one still is after `patience_seconds`.

    `waiting` is called once when it has to wait.
    """
    session = _sessions.setdefault(asyncio.get_running_loop(), _Session())
    deadline = time.monotonic() + patience_seconds
    told = False
    while not await session.take(name):
        if time.monotonic() >= deadline:
            raise Taken("%(name)s is already running.", name=name)
        if not told:
            told = True
            waiting()
        await asyncio.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        await asyncio.shield(session.give_back(name))


async def close() -> None:
    """Close this event loop's session."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    if session is not None:
        await session.close()
