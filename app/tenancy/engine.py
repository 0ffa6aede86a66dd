"""Piccolo's engines: one that refuses a question without a tenant, one for the schema `shared`."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn

import asyncpg
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from app.tenancy import scope
from app.tenancy.errors import TenancyError


class _ScopedEngine(PostgresEngine):
    """What both engines forbid: connections behind the scope's back."""

    def __init__(self) -> None:
        super().__init__(config={})

    async def check_version(self) -> None:
        """Asked when a cell is prepared, not when a module is imported."""

    async def get_new_connection(self) -> NoReturn:
        raise TenancyError("Connections come from the scope only.")

    async def batch(self, *_: object, **__: object) -> NoReturn:
        raise TenancyError("`.batch()` opens a connection of its own: page with a cursor instead.")

    def atomic(self) -> NoReturn:
        raise TenancyError("Use `async with transaction():`.")

    async def prep_database(self) -> None:
        """Extensions are made by the shared migrations."""

    async def start_connection_pool(self, **_: Any) -> None:
        """The pools are opened at the first query."""

    async def close_connection_pool(self) -> None:
        """The pools are closed by `cells.close()`."""

    def transform_response_to_dicts(self, results: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
        """Rows as dicts."""
        return [dict(row) for row in results]


class TenantEngine(_ScopedEngine):
    """Every query goes to the tenant of the surrounding scope; without one it is refused."""

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        query, args = querystring.compile_string(engine_type="postgres")
        return await scope.current().fetch(query, args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        return await scope.current().fetch(ddl)

    def transaction(self, allow_nested: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        """The scope's transaction; a nested one is a savepoint."""
        return scope.current().transaction()


class SharedEngine(_ScopedEngine):
    """The control plane: the login's own rights, the schema `shared`, no tenant table."""

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        query, args = querystring.compile_string(engine_type="postgres")
        async with control() as connection:
            return await connection.fetch(query, *args)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        async with control() as connection:
            return await connection.fetch(ddl)

    def transaction(self, allow_nested: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Piccolo's signature
        """A transaction of the control plane, apart from any tenant's."""
        return control_transaction()


_control: ContextVar[asyncpg.Connection | None] = ContextVar("control", default=None)


@contextlib.asynccontextmanager
async def control() -> AsyncIterator[asyncpg.Connection]:
    """A connection to the schema `shared`; that of the open control transaction, if there is one."""
    from app.tenancy import cells
    from app.tenancy.pool import CONTROL

    open_one = _control.get()
    if open_one is not None:
        yield open_one
        return
    async with cells.control_pool().connection(CONTROL) as connection:
        yield connection


@contextlib.asynccontextmanager
async def control_transaction() -> AsyncIterator[None]:
    """One transaction on the schema `shared`; nested ones are savepoints."""
    async with control() as connection, connection.transaction():
        token = _control.set(connection)
        try:
            yield
        finally:
            _control.reset(token)


TENANT_DB = TenantEngine()
SHARED_DB = SharedEngine()
