"""Takes a town to another cell, and ends what a killed move left.

    step            state      where the rows are
    ''              as before  source
    move:TARGET     as before  source (locked against writes while they are copied)
    moved:TARGET:S  suspended  source and target, then target only; S is the state it had

The rows in the source go in the same transaction that kept everybody from writing to them, so no write is ever lost
and never are there two towns. If the source's schema is still there, a killed move is undone; if it is gone, it is
finished. Readers are served from the source during the copy; the town is away for the moment of the switch only.
"""

import contextlib
from collections.abc import Callable

import asyncpg

from app.kit.errors import Conflict, NotFound
from app.settings import settings
from app.tenancy import cells, history, removal, signals, transfer_rows
from app.tenancy.lease import leased
from app.tenancy.provisioning import CellsFull, make_schema
from app.tenancy.registry import SERVED, forget, schema_of

COPYING, SWITCHING = "move:", "moved:"
LOCK_TIMEOUT = "10s"


class NotMovable(Conflict):
    """The town is being built or taken away, or its tables are of an unknown version."""


async def move(slug: str, cell: str, *, after_step: Callable[[str], None] = lambda _: None) -> bool:
    """Move a town to another cell; False if it is there already.

    Raises `NotFound`, `CellUnknown`, `CellsFull`, `NotMovable`, `BeingBuilt`; the town is served as before then.
    """
    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        async with leased(control, slug):
            await settle_move(control, slug)
            row = await control.fetchrow("SELECT cell, state FROM tenant WHERE slug = $1", slug)
            if row is None:
                raise NotFound("There is no village %(slug)s here.", slug=slug)
            if row["state"] not in (*SERVED, "suspended"):
                raise NotMovable("%(slug)s is %(state)s and can't be moved.", slug=slug, state=row["state"])
            if row["cell"] == cell:
                return False
            await _has_room(control, cell)
            await control.execute("UPDATE tenant SET step = $2 WHERE slug = $1", slug, f"{COPYING}{cell}")
            after_step("asked")
            try:
                await _carry(control, slug, row["cell"], cell, row["state"], after_step)
            except BaseException:
                # With a database away the tick settles it.
                with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await settle_move(control, slug)
                raise
            await settle_move(control, slug)
    finally:
        await control.close()
    return True


async def _has_room(control: asyncpg.Connection, cell: str) -> None:
    row = await control.fetchrow(
        "SELECT coalesce(capacity, $2) AS most, (SELECT count(*) FROM tenant t WHERE t.cell = c.name) AS held"
        " FROM cell c WHERE name = $1",
        cell,
        settings().cell_capacity,
    )
    if row is None:
        raise cells.CellUnknown(cell)
    if row["held"] >= row["most"]:
        raise CellsFull("The cell %(cell)s is full: it takes %(most)s villages.", cell=cell, most=row["most"])


async def _carry(
    control: asyncpg.Connection, slug: str, from_cell: str, to_cell: str, state: str, after_step: Callable[[str], None]
) -> None:
    key = schema_of(slug)
    runtime, _ = cells.runtime_login(await cells.dsn_of(to_cell))
    async with contextlib.AsyncExitStack() as stack:
        source, target = await cells.admin(from_cell), await cells.admin(to_cell)
        stack.push_async_callback(source.close)
        stack.push_async_callback(target.close)
        # What an earlier attempt may have left there belongs to nobody.
        await removal.drop_schema(target, key)
        async with source.transaction():
            await source.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; {transfer_rows.SESSION}")
            shapes = await transfer_rows.shapes(source, key)
            names = ", ".join(f'"{key}"."{name}"' for name in (*(shape.name for shape in shapes), "migration"))
            await source.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
            await _copy(source, target, key, runtime, shapes)
            after_step("copied")
            await control.execute(
                "UPDATE tenant SET state = 'suspended', step = $2, changed_at = now() WHERE slug = $1",
                slug,
                f"{SWITCHING}{to_cell}:{state}",
            )
            forget(slug)
            await signals.changed(slug, "hosts")
            after_step("suspended")
            await source.execute(f'DROP SCHEMA "{key}" CASCADE')
        after_step("dropped")


async def _copy(
    source: asyncpg.Connection,
    target: asyncpg.Connection,
    key: str,
    runtime: str,
    shapes: list[transfer_rows.Shape],
) -> None:
    made_by = await transfer_rows.ledger(source, key)
    steps = history.tenant_history()[: len(made_by)]
    if made_by != [(step.id, step.checksum) for step in steps]:
        raise NotMovable("Its tables are not those of this version. Run `village migrate` first.")
    async with target.transaction():
        await make_schema(target, key, runtime, steps)
        await target.execute(f'{transfer_rows.SESSION} SET LOCAL ROLE "{key}"')
        if await transfer_rows.shapes(target, key) != shapes:
            raise NotMovable("Its tables are not those that its migrations make.")
        for shape in shapes:
            await transfer_rows.between(source, target, key, shape)
            await transfer_rows.set_counters(target, key, shape, await transfer_rows.counters(source, key, shape))


async def settle_move(control: asyncpg.Connection, slug: str) -> bool:
    """Undo or finish a move that is under way in the registry; the caller holds the lease. False if there is none."""
    row = await control.fetchrow("SELECT cell, state, step FROM tenant WHERE slug = $1", slug)
    if row is None or not row["step"].startswith((COPYING, SWITCHING)):
        return False
    _, target, *state = row["step"].split(":")
    gone, here = (target, row["cell"]) if await _is_in(row["cell"], slug) else (row["cell"], target)
    # Served again first; the step goes on telling what is left to be taken away until it is.
    await control.execute(
        "UPDATE tenant SET cell = $2, state = $3, step = $4, changed_at = now() WHERE slug = $1",
        slug,
        here,
        state[0] if state else row["state"],
        f"{COPYING}{gone}",
    )
    forget(slug)
    await signals.changed(slug, "hosts")
    connection = await cells.admin(gone)
    try:
        await removal.drop_schema(connection, schema_of(slug))
        await removal.drop_role(connection, schema_of(slug), cells.runtime_login(await cells.dsn_of(gone))[0])
    finally:
        await connection.close()
    await control.execute("UPDATE tenant SET step = '' WHERE slug = $1", slug)
    return True


async def _is_in(cell: str, slug: str) -> bool:
    """Whether the rows are in that cell, once a killed mover's transaction there is over."""
    connection = await cells.admin(cell)
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(f'LOCK TABLE "{schema_of(slug)}".migration IN ROW EXCLUSIVE MODE')
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return False
    finally:
        await connection.close()
    return True
