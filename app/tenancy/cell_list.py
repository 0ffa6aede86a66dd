"""The list of cells: which databases hold towns, and how a new one is taken in."""

import re
from urllib.parse import urlsplit

import asyncpg
import msgspec

from app.kit.errors import Conflict, InvalidInput, Unavailable
from app.settings import settings
from app.tenancy import bootstrap, cells

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_OLDEST = 16


class CellTaken(Conflict):
    """The name or the database is a cell already."""


class CellLine(msgspec.Struct, frozen=True):
    """A cell in a list; its DSN stays inside."""

    name: str
    server: str
    """Host, port and database."""
    tenants: int
    capacity: int


async def listing() -> list[CellLine]:
    """All cells in the order in which they are filled."""
    control = await cells.admin(cells.MAIN)
    try:
        rows = await control.fetch(
            "SELECT name, dsn, coalesce(capacity, $1) AS capacity,"
            " (SELECT count(*) FROM shared.tenant t WHERE t.cell = c.name) AS tenants"
            " FROM shared.cell c ORDER BY created_at, name",
            settings().cell_capacity,
        )
    finally:
        await control.close()
    return [
        CellLine(row["name"], _shown(row["dsn"] or settings().database_url), row["tenants"], row["capacity"])
        for row in rows
    ]


async def add(name: str, dsn: str, capacity: int | None = None) -> None:
    """Prepare a database and take towns into it from now on; `dsn` is that of a login that may make roles.

    Raises `InvalidInput`, `CellTaken`, `Unavailable`. Safe to repeat with the same name and DSN.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput("A cell's name has small letters, digits and hyphens, at most 40.")
    if urlsplit(dsn).scheme not in {"postgresql", "postgres"} or not urlsplit(dsn).path.strip("/"):
        raise InvalidInput("A cell's DSN looks like postgresql://login:password@host:5432/database.")
    control = await cells.admin(cells.MAIN)
    try:
        known = await control.fetchval("SELECT dsn FROM shared.cell WHERE name = $1", name)
        if known not in (None, dsn):
            raise CellTaken("There is a cell %(name)s already, with another database.", name=name)
        await _prepare(dsn, first_time=known is None)
        await control.execute(
            "INSERT INTO shared.cell (name, dsn, capacity) VALUES ($1, $2, $3)"
            " ON CONFLICT (name) DO UPDATE SET capacity = coalesce(excluded.capacity, cell.capacity)",
            name,
            dsn,
            capacity,
        )
    finally:
        await control.close()
    cells.forget()


async def _prepare(dsn: str, *, first_time: bool) -> None:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable("The database %(server)s can't be used: %(why)s.", server=_shown(dsn), why=error) from error
    try:
        if connection.get_server_version().major < _OLDEST:
            raise InvalidInput("A cell needs PostgreSQL %(oldest)s or newer.", oldest=_OLDEST)
        # The control database under another address would be counted twice, and so would a cell of another name.
        if first_time and await connection.fetchval(
            "SELECT to_regclass('shared.tenant') IS NOT NULL"
            " OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspname LIKE 'tenant\\_%')"
        ):
            raise CellTaken("The database %(server)s holds villages already.", server=_shown(dsn))
        await bootstrap.prepare_cell(connection, dsn)
    except asyncpg.InsufficientPrivilegeError as error:
        raise InvalidInput("The login of the DSN may not make roles and schemas: %(why)s.", why=error) from error
    finally:
        await connection.close()


def _shown(dsn: str) -> str:
    parts = urlsplit(dsn)
    return f"{parts.hostname or 'local'}:{parts.port or 5432}{parts.path}"
