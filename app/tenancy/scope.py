"""Whose data a piece of code works on: `async with tenant("bad-belzig"):`.

A scope takes a connection at its first query and keeps it to its end. One lock per scope, because
siblings (GraphQL fields, dependencies in a task group) may ask at the same time and a connection
answers one question at a time.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any

import asyncpg
import structlog

from app.kit import network
from app.tenancy.errors import NoTenant, WriteOutsideTransaction, WrongTenant
from app.tenancy.pool import AffinityPool, Connection, Held

log = logging.getLogger(__name__)

_current: ContextVar["Scope | None"] = ContextVar("tenant_scope", default=None)

_WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "MERGE", "COPY", "CREATE", "ALTER", "DROP")


class Scope:
    """One tenant, at most one connection, at most one transaction (with savepoints inside)."""

    def __init__(self, slug: str, key: str, pool: AffinityPool, held: Held | None = None) -> None:
        self.slug = slug
        self.key = key
        self.pool = pool
        self._held = held
        self._lock = asyncio.Lock()
        self._depth = 0
        self._hooks: list[Callable[[], Awaitable[object]]] = []

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._depth > 0

    async def fetch(self, query: str, args: Sequence[Any] = ()) -> list[asyncpg.Record]:
        """Run one statement with `$1`-style arguments; a write needs an open transaction."""
        if self._depth == 0 and query.lstrip()[:8].upper().startswith(_WRITES):
            raise WriteOutsideTransaction(query[:80])
        async with self._lock:
            connection = await self._connection()
            return await connection.fetch(query, *args)

    async def fetchval(self, query: str, args: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        async with self._lock:
            return await (await self._connection()).fetchval(query, *args)

    async def executemany(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows in one go."""
        if self._depth == 0:
            raise WriteOutsideTransaction(query[:80])
        async with self._lock:
            await (await self._connection()).executemany(query, rows)

    @contextlib.asynccontextmanager
    async def raw(self) -> AsyncIterator[Connection]:
        """The connection itself, for COPY; nobody else of this scope asks meanwhile."""
        async with self._lock:
            yield await self._connection()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit at the end, roll back on an error; inside another one it is a savepoint.

        What `after_commit` collected runs when the outermost one has been committed.
        """
        async with self._lock:
            transaction = (await self._connection()).transaction()
            await transaction.start()
        self._depth += 1
        kept = len(self._hooks)
        token = network.forbid("a transaction is open")
        try:
            yield
        except BaseException:
            self._depth -= 1
            del self._hooks[kept:]
            async with self._lock:
                await self._rollback(transaction)
            raise
        else:
            self._depth -= 1
            async with self._lock:
                await transaction.commit()
        finally:
            network.allow(token)
        if self._depth == 0:
            await self._run_hooks()

    def after_commit(self, hook: Callable[[], Awaitable[object]]) -> None:
        """Run `hook` once the transaction is committed; never if it is rolled back."""
        if self._depth == 0:
            raise WriteOutsideTransaction("after_commit outside a transaction")
        self._hooks.append(hook)

    async def close(self) -> None:
        """Give the connection back."""
        held, self._held = self._held, None
        if held is not None:
            await self.pool.checkin(held)

    async def _connection(self) -> Connection:
        if self._held is None:
            self._held = await self.pool.checkout(self.key)
        return self._held.connection

    @staticmethod
    async def _rollback(transaction: asyncpg.transaction.Transaction) -> None:
        # The connection may be gone, which rolls back as well; the first error is the one to tell.
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await transaction.rollback()

    async def _run_hooks(self) -> None:
        hooks, self._hooks = self._hooks, []
        for hook in hooks:
            try:
                await hook()
            except Exception:
                # The data is safe by now; a lost cache bump or mail must not turn success into an error.
                log.exception("after commit in %s", self.slug)


def current() -> Scope:
    """The scope of this code; raises `NoTenant` outside of one."""
    scope = _current.get()
    if scope is None:
        raise NoTenant('No tenant: wrap the call in `async with tenant("slug"):`.')
    return scope


def current_or_none() -> Scope | None:
    """The scope of this code, if it works for a town."""
    return _current.get()


def current_slug() -> str:
    """The tenant's slug; raises `NoTenant`."""
    return current().slug


def transaction() -> contextlib.AbstractAsyncContextManager[None]:
    """A transaction of the current tenant."""
    return current().transaction()


def after_commit(hook: Callable[[], Awaitable[object]]) -> None:
    """Run `hook` when the current tenant's transaction is committed."""
    current().after_commit(hook)


@contextlib.asynccontextmanager
async def beside() -> AsyncIterator[Scope]:
    """Inside the block a task asks the current tenant on a connection of its own, at the same time as other tasks.

    It is the scope's own connection while the pool has none to spare, and inside a transaction.
    """
    outer = current()
    held = None if outer.in_transaction else await outer.pool.spare(outer.key)
    if held is None:
        yield outer
        return
    scope = Scope(outer.slug, outer.key, outer.pool, held)
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)
        await scope.close()


@contextlib.asynccontextmanager
async def entered(slug: str, key: str, pool: AffinityPool) -> AsyncIterator[Scope]:
    """Enter a tenant whose place is known; `tenancy.tenant` is the door for everyone else."""
    outer = _current.get()
    if outer is not None and outer.slug == slug:
        yield outer
        return
    if outer is not None and outer.in_transaction:
        raise WrongTenant(f"In a transaction of {outer.slug!r}, {slug!r} can't be entered.")
    scope = Scope(slug, key, pool)
    token = _current.set(scope)
    with structlog.contextvars.bound_contextvars(tenant=slug):
        try:
            yield scope
        finally:
            _current.reset(token)
            await scope.close()
