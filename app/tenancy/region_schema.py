"""Makes a region's role and schema and keeps them up to date, by the history in `migrations/region`."""

from collections.abc import Sequence

import asyncpg

from app.tenancy import cells, history, ledger
from app.tenancy.history import Migration
from app.tenancy.provisioning import make_schema


def schema_of(name: str) -> str:
    """Role and schema of a region."""
    return "region_" + name.replace("-", "_")


async def ensure(
    name: str, steps: Sequence[Migration] | None = None, connection: asyncpg.Connection | None = None
) -> bool:
    """Role, schema and every table of a region; True if anything was missing. Safe to repeat and to kill."""
    if connection is None:
        connection = await cells.admin(cells.MAIN)
        try:
            return await ensure(name, steps, connection)
        finally:
            await connection.close()
    key = schema_of(name)
    steps = history.region_history() if steps is None else steps
    there = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{key}.migration")
    if not there:
        runtime, _ = cells.runtime_login(await cells.dsn_of(cells.MAIN))
        await make_schema(connection, key, runtime, steps)
        cells.unlearn(key)
        return True
    # Two that bring it up at the same time would both play the same step.
    await connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"migrate {key}")
    try:
        return await ledger.bring_up(connection, key, steps) > 0
    finally:
        if not connection.is_closed():
            await connection.execute("SELECT pg_advisory_unlock(hashtext($1))", f"migrate {key}")
