"""A town's life after it was made: looked at, suspended, resumed, deleted; and what was interrupted is ended.

    active ⇄ suspended        trial ⇄ suspended (the step remembers the trial)
    any → archived → gone     archived is unserved at once; the rest may be killed and goes on

Export, import and move stand in `transfer` and `transfer_move`.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from app.kit.errors import Conflict, NotFound
from app.tenancy import cells, removal, signals, transfer_rows
from app.tenancy.lease import BeingBuilt, leased
from app.tenancy.provisioning import IMPORTING
from app.tenancy.registry import SERVED, forget, schema_of
from app.tenancy.transfer import undo_import
from app.tenancy.transfer_move import settle_move

log = logging.getLogger(__name__)

_TRIAL = "trial"


class WrongState(Conflict):
    """The town's state does not allow it."""


class TenantLine(msgspec.Struct, frozen=True):
    """A town in a list."""

    slug: str
    name: str
    state: str
    step: str
    ags: str
    template: str
    cell: str
    host: str
    schema_version: str
    problem: str
    created_at: datetime


class TenantSheet(TenantLine, frozen=True):
    """A town, looked at closely."""

    owner: str
    hosts: tuple[str, ...]
    size_bytes: int | None
    """Tables with their indexes; `None` while the cell can't be reached."""
    counts: dict[str, int]
    """Rows by table."""


_LINE = """SELECT t.slug, t.name, t.state, t.step, t.ags, t.template, t.cell, t.schema_version, t.problem, t.created_at,
    coalesce((SELECT h.name FROM host h WHERE h.tenant = t.slug ORDER BY h.main DESC, h.name LIMIT 1), '') AS host,
    array(SELECT h.name FROM host h WHERE h.tenant = t.slug ORDER BY h.main DESC, h.name) AS hosts,
    t.owner_email AS owner
    FROM tenant t"""


async def listing() -> list[TenantLine]:
    """All towns by slug."""
    async with _control() as control:
        rows = await control.fetch(f"{_LINE} ORDER BY t.slug")
    return [msgspec.convert(dict(row), TenantLine) for row in rows]


async def show(slug: str) -> TenantSheet:
    """A town with its size and what it holds; raises `NotFound`."""
    async with _control() as control:
        row = await control.fetchrow(f"{_LINE} WHERE t.slug = $1", slug)
    if row is None:
        raise _nowhere(slug)
    size, counts = await _measured(row["cell"], schema_of(slug))
    return msgspec.convert({**row, "hosts": tuple(row["hosts"]), "size_bytes": size, "counts": counts}, TenantSheet)


async def _measured(cell: str, key: str) -> tuple[int | None, dict[str, int]]:
    try:
        connection = await cells.admin(cell)
    except (OSError, asyncpg.PostgresError, cells.CellUnknown) as error:
        log.warning("the cell %s can't be reached: %s", cell, error)
        return None, {}
    try:
        size = await connection.fetchval(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'",
            key,
        )
        names = sorted(shape.name for shape in await transfer_rows.shapes(connection, key))
        counts = {
            name: await connection.fetchval(f'SELECT count(*) FROM "{key}"."{name}"')  # noqa: S608 - names from the catalogue
            for name in names
        }
    finally:
        await connection.close()
    return size, counts


async def suspend(slug: str) -> bool:
    """Stop serving a town, keep all it has; False if it was suspended already. Raises `NotFound`, `WrongState`."""
    return await _switch(
        slug,
        "UPDATE tenant SET state = 'suspended', step = CASE state WHEN 'trial' THEN 'trial' ELSE '' END,"
        " changed_at = now() WHERE slug = $1 AND state = ANY($2)",
        allowed=SERVED,
        already=("suspended",),
    )


async def resume(slug: str) -> bool:
    """Serve a suspended town again; False if it is served. Raises `NotFound`, `WrongState`."""
    return await _switch(
        slug,
        f"UPDATE tenant SET state = CASE step WHEN '{_TRIAL}' THEN 'trial' ELSE 'active' END, step = '',"  # noqa: S608 - a constant
        " changed_at = now() WHERE slug = $1 AND state = ANY($2)",
        allowed=("suspended",),
        already=SERVED,
    )


async def _switch(slug: str, statement: str, *, allowed: tuple[str, ...], already: tuple[str, ...]) -> bool:
    async with _control() as control, leased(control, slug):
        await settle_move(control, slug)
        state = await control.fetchval("SELECT state FROM tenant WHERE slug = $1", slug)
        if state is None:
            raise _nowhere(slug)
        if state not in (*allowed, *already):
            raise WrongState("%(slug)s is %(state)s; that is not possible now.", slug=slug, state=state)
        if state in allowed:
            await control.execute(statement, slug, list(allowed))
    # Told again when nothing changed: the last caller may have been killed before it could tell.
    forget(slug)
    await signals.changed(slug, "hosts")
    return state in allowed


async def delete(slug: str, *, after_step: Callable[[str], None] = lambda _: None) -> None:
    """Delete a town with all it has; what a killed deletion left goes with the next one. Raises `NotFound`."""
    async with _control() as control, leased(control, slug):
        await settle_move(control, slug)
        cell = await control.fetchval(
            "UPDATE tenant SET state = 'archived', step = 'delete', changed_at = now() WHERE slug = $1 RETURNING cell",
            slug,
        )
        if cell is None:
            raise _nowhere(slug)
        forget(slug)
        await signals.changed(slug, "hosts")
        after_step("archived")
        await _take_away(control, slug, cell, after_step)


async def _take_away(control: asyncpg.Connection, slug: str, cell: str, after_step: Callable[[str], None]) -> None:
    key = schema_of(slug)
    connection = await cells.admin(cell)
    try:
        await removal.drop_schema(connection, key)
        after_step("schema")
        await removal.drop_role(connection, key, cells.runtime_login(await cells.dsn_of(cell))[0])
        after_step("role")
    finally:
        await connection.close()
    await removal.drop_files(slug)
    after_step("media")
    await removal.drop_keys(slug)
    await control.execute("DELETE FROM tenant WHERE slug = $1", slug)
    forget(slug)
    await signals.changed(slug, "hosts")


async def settle() -> list[str]:
    """End deletions, imports and moves whose process was killed; returns the towns concerned.

    One of them that can't be ended now (its cell is away) keeps none of the others from it.
    """
    settled: list[str] = []
    async with _control() as control:
        rows = await control.fetch(
            "SELECT slug, step FROM tenant WHERE step IN ('delete', $1)"
            " OR step LIKE 'move:%' OR step LIKE 'moved:%' ORDER BY slug",
            IMPORTING,
        )
        for row in rows:
            slug = row["slug"]
            try:
                async with leased(control, slug, patience_seconds=0):
                    if row["step"] == "delete":
                        # Read again under the lease: a new town may have this name by now.
                        cell = await control.fetchval(
                            "SELECT cell FROM tenant WHERE slug = $1 AND step = 'delete'", slug
                        )
                        if cell is None:
                            continue
                        await _take_away(control, slug, cell, lambda _: None)
                    elif not (await undo_import(control, slug) or await settle_move(control, slug)):
                        continue
                settled.append(slug)
            except BeingBuilt:
                continue
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, cells.CellUnknown) as error:
                if control.is_closed():
                    raise
                log.warning("%s could not be settled: %s", slug, error)
    return settled


def _nowhere(slug: str) -> NotFound:
    return NotFound("There is no village %(slug)s here.", slug=slug[:60])


@contextlib.asynccontextmanager
async def _control() -> AsyncIterator[Any]:
    """A session of the control database's administrator."""
    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        yield control
    finally:
        await control.close()
