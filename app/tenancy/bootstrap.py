"""Makes a database ready: extensions, the runtime login, the schema `shared` and its history."""

import asyncpg

from app.tenancy import cells
from app.tenancy.history import LEDGER, entry, shared_history

EXTENSIONS = ("pg_trgm", "btree_gist")
_LOCK = 0x5356_0001
"""Advisory lock: one migration of this database at a time."""


async def prepare_cell(connection: asyncpg.Connection, dsn: str) -> None:
    """Extensions and the runtime login of a cell; safe to repeat."""
    name, password = cells.runtime_login(dsn)
    for extension in EXTENSIONS:
        await connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}" SCHEMA public')
    exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if exists else "CREATE"
    # The password is hex made by us, so it can't break out of the literal.
    await connection.execute(f"{verb} ROLE \"{name}\" LOGIN NOINHERIT PASSWORD '{password}'")
    await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


async def migrate_shared() -> list[str]:
    """Bring the control database up to date; returns the ids that were applied."""
    connection = await cells.admin(cells.MAIN)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
        await prepare_cell(connection, await cells.dsn_of(cells.MAIN))
        runtime, _ = cells.runtime_login(await cells.dsn_of(cells.MAIN))
        await connection.execute("CREATE SCHEMA IF NOT EXISTS shared; SET search_path TO shared;" + LEDGER)
        applied = {row["id"] for row in await connection.fetch("SELECT id FROM migration")}
        done: list[str] = []
        for step in shared_history():
            if step.id not in applied:
                async with connection.transaction():
                    await connection.execute(step.sql + "\n" + entry(step))
                done.append(step.id)
        await connection.execute(
            f'GRANT USAGE ON SCHEMA shared TO "{runtime}";'
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shared TO "{runtime}";'
            f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA shared TO "{runtime}";'
            # The record is added to and read; nobody who gets hold of the runtime login can tidy it up.
            f'REVOKE UPDATE, DELETE, TRUNCATE ON shared.audit FROM "{runtime}";'
        )
        return done
    finally:
        await connection.close()
