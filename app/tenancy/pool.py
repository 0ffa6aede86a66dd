"""A pool whose connections remember their last tenant, so that the next question of it costs one round trip.

asyncpg's own pool resets a connection on release (one more round trip) and forgets whose it was; here a
connection keeps role and search path until somebody else's turn comes, and is told anew only then.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import asyncpg

Connection = asyncpg.Connection

CONTROL = ""
"""The key of connections that act as the login itself, on the schema `shared`."""

SWITCHES_UNTIL_RECYCLED = 2000
"""A backend caches every table it touched; after this many tenants it is replaced."""

CONNECT_TIMEOUT_SECONDS = 10


class Held:
    """A connection and whose it is."""

    __slots__ = ("connection", "key", "switches", "used_at")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.key: str | None = None
        self.switches = 0
        self.used_at = 0.0


class AffinityPool:
    """At most `most` connections to one database; `key` is a tenant's role and schema, or `CONTROL`.

    `patience` is how long one statement, and silence within a transaction, may last.
    """

    def __init__(
        self,
        dsn: str,
        *,
        most: int = 10,
        user: str = "",
        password: str = "",
        name: str = "village",
        patience: str = "60s",
    ) -> None:
        self._dsn = dsn
        self._patience = patience
        self._user = user or None
        self._password = password or None
        self._slots = asyncio.Semaphore(most)
        self._most = most
        self._out = 0
        self._idle: list[Held] = []
        self._name = name
        self._closed = False

    @contextlib.asynccontextmanager
    async def connection(self, key: str) -> AsyncIterator[Connection]:
        """A connection that acts as `key` until the block ends."""
        held = await self.checkout(key)
        try:
            yield held.connection
        finally:
            await self.checkin(held)

    async def checkout(self, key: str) -> Held:
        """Take a connection, preferring the one that acted as `key` last."""
        await self._slots.acquire()
        self._out += 1
        try:
            held = self._pick(key)
            if held is None:
                held = Held(await self._connect())
            if held.key != key:
                await self._become(held, key)
        except BaseException:
            self._release()
            raise
        return held

    async def spare(self, key: str) -> Held | None:
        """One more connection for somebody who has one, if at least half of them are free; never waits for one.

        So those who have two leave enough for those who wait with none, and nobody waits for ever.
        """
        return await self.checkout(key) if 2 * self._out < self._most else None

    async def checkin(self, held: Held) -> None:
        """Give a connection back; one that is in a transaction or broken is closed instead."""
        connection = held.connection
        try:
            if connection.is_closed():
                return
            if self._closed or held.switches > SWITCHES_UNTIL_RECYCLED or connection.is_in_transaction():
                connection.terminate()
                return
            held.used_at = time.monotonic()
            self._idle.append(held)
        finally:
            self._release()

    def _release(self) -> None:
        self._out -= 1
        self._slots.release()

    def unlearn(self, key: str | None = None) -> None:
        """Tell idle connections anew who they are: a role made again under its old name is another role."""
        for held in self._idle:
            if key is None or held.key == key:
                held.key = None

    async def close(self) -> None:
        """Close what is idle; what is out is closed when it comes back."""
        self._closed = True
        while self._idle:
            with contextlib.suppress(Exception):
                await self._idle.pop().connection.close(timeout=2)

    def _pick(self, key: str) -> Held | None:
        """The idle connection of `key`, or else the one unused for longest."""
        best: Held | None = None
        for held in reversed(self._idle):
            if held.connection.is_closed():
                self._idle.remove(held)
            elif held.key == key:
                best = held
                break
            elif best is None or held.used_at < best.used_at:
                best = held
        if best is not None:
            self._idle.remove(best)
        return best

    async def _connect(self) -> Connection:
        return await asyncpg.connect(
            self._dsn,
            timeout=CONNECT_TIMEOUT_SECONDS,
            server_settings={
                "application_name": self._name,
                "search_path": "",
                "statement_timeout": self._patience,
                "idle_in_transaction_session_timeout": self._patience,
                "timezone": "UTC",
                # A village's questions are small: starting helpers costs more than they save.
                "max_parallel_workers_per_gather": "0",
                # Disks no longer have heads, and a village fits into memory: with the default of 4, tables of ten
                # thousand rows are read to the end where an index knows the few that are asked for.
                "random_page_cost": "1.1",
            },
            user=self._user,
            password=self._password,
        )

    @staticmethod
    async def _become(held: Held, key: str) -> None:
        """One round trip: who the connection is, and the only schema it sees."""
        held.key = None
        held.switches += 1
        try:
            if key == CONTROL:
                await held.connection.execute("RESET ROLE; SET search_path TO shared")
            else:
                await held.connection.execute(f'SET ROLE "{key}"; SET search_path TO "{key}"')
        except BaseException:
            held.connection.terminate()
            raise
        held.key = key
