"""Brings one schema up to date: what its ledger lacks of a history, each step in a transaction of its own."""

import asyncio
from collections.abc import Callable, Sequence

import asyncpg

from app.tenancy.history import Migration, entry

LOCK_TIMEOUT = "3s"
TRIES = 4


async def bring_up(
    connection: asyncpg.Connection,
    key: str,
    steps: Sequence[Migration],
    before_step: Callable[[str], None] = lambda _: None,
) -> int:
    """Apply what the ledger of schema `key` lacks; how many steps that were. `before_step` is told each one's id.

    Raises `ValueError` for a step that was changed after it had been applied, and what the database says.
    """
    rows = await connection.fetch(f'SELECT id, checksum FROM "{key}".migration')  # noqa: S608 - our own schema's name
    applied = {row["id"]: row["checksum"] for row in rows}
    for step in steps:
        if applied.get(step.id, step.checksum) != step.checksum:
            raise ValueError(f"{step.id} was changed after it had been applied; write a new migration instead.")
    missing = [step for step in steps if step.id not in applied]
    for step in missing:
        before_step(step.id)
        await _apply(connection, key, step)
    return len(missing)


async def _apply(connection: asyncpg.Connection, key: str, step: Migration) -> None:
    """One migration and its ledger entry in one transaction and one round trip; a busy table is tried again."""
    text = (
        f"BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL ROLE \"{key}\";"
        f' SET LOCAL search_path TO "{key}";\n{step.sql}\n{entry(step)}COMMIT;'
    )
    for attempt in range(TRIES):
        try:
            await connection.execute(text)
        except asyncpg.LockNotAvailableError:
            await connection.execute("ROLLBACK")
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(0.5 * 2**attempt)
        except asyncpg.PostgresError:
            await connection.execute("ROLLBACK")
            raise
        else:
            return
