"""Brings every town up to date: in parallel, each in its own transaction, with a ledger in each schema.

A run may be killed anywhere and started again; the service goes on meanwhile, because a migration only
expands (a later one contracts) and waits at most `LOCK_TIMEOUT` for a table.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from app.tenancy import cells, history
from app.tenancy.bootstrap import migrate_shared
from app.tenancy.history import Migration, entry
from app.tenancy.registry import schema_of

LOCK_TIMEOUT = "3s"
TRIES = 4
_LOCK = 0x5356_0002


class Failure(msgspec.Struct, frozen=True):
    """A town that could not be brought up to date; it stays as it was."""

    tenant: str
    migration: str
    reason: str


class Report(msgspec.Struct):
    """What a run did."""

    shared: list[str] = []
    migrated: int = 0
    current: int = 0
    failed: list[Failure] = []
    seconds: float = 0.0

    def lines(self) -> list[str]:
        """The report for a terminal."""
        text = [
            f"shared: {', '.join(self.shared) or 'up to date'}",
            (
                f"tenants: {self.migrated} migrated, {self.current} up to date, {len(self.failed)} failed"
                f" in {self.seconds:.2f} s"
            ),
        ]
        text += [f"  {one.tenant}: {one.migration}: {one.reason}" for one in self.failed]
        if self.failed:
            text.append("Mend the cause and run `village migrate` again: what is done is not done twice.")
        return text


class BeingMigrated(RuntimeError):
    """Another `village migrate` runs now."""


async def migrate(
    *,
    only: str | None = None,
    jobs: int = 4,
    steps: Sequence[Migration] | None = None,
    after_tenant: Callable[[str], None] = lambda _: None,
) -> Report:
    """Bring `shared` and then every town (or only one) up to date; never raises for a single town."""
    began = time.perf_counter()
    report = Report(shared=await migrate_shared())
    steps = history.tenant_history() if steps is None else steps
    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        if not await control.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise BeingMigrated("Another `village migrate` is running. Wait until it has ended.")
        rows = await control.fetch(
            "SELECT slug, cell FROM tenant WHERE state NOT IN ('requested', 'archived') AND schema_version <> ''"
            " AND ($1::text IS NULL OR slug = $1) ORDER BY cell, slug",
            only,
        )
        queue: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        for row in rows:
            queue.put_nowait((row["slug"], row["cell"]))
        current: list[str] = []
        workers = [_worker(queue, steps, report, current, after_tenant) for _ in range(max(1, min(jobs, len(rows))))]
        await asyncio.gather(*workers)
        if steps and current:
            await control.execute(
                "UPDATE tenant SET schema_version = $1 WHERE slug = ANY($2) AND schema_version <> $1",
                steps[-1].id,
                current,
            )
    finally:
        await control.close()
    report.seconds = time.perf_counter() - began
    return report


async def _worker(
    queue: "asyncio.Queue[tuple[str, str]]",
    steps: Sequence[Migration],
    report: Report,
    current: list[str],
    after_tenant: Callable[[str], None],
) -> None:
    """Takes towns from the queue; keeps one connection per cell."""
    connections: dict[str, asyncpg.Connection] = {}
    try:
        while not queue.empty():
            slug, cell = queue.get_nowait()
            if cell not in connections or connections[cell].is_closed():
                try:
                    connections[cell] = await cells.admin(cell)
                except (OSError, asyncpg.PostgresError, cells.CellUnknown) as error:
                    report.failed.append(Failure(slug, "", f"cell {cell} can't be reached: {error}"))
                    continue
            if await _bring_up(connections[cell], slug, steps, report):
                current.append(slug)
            after_tenant(slug)
    finally:
        for connection in connections.values():
            await connection.close()


async def _bring_up(connection: asyncpg.Connection, slug: str, steps: Sequence[Migration], report: Report) -> bool:
    """Apply what a town's ledger lacks; True if it is up to date afterwards."""
    key = schema_of(slug)
    migration = ""
    try:
        rows = await connection.fetch(f'SELECT id, checksum FROM "{key}".migration')  # noqa: S608 - our own schema's name
        applied = {row["id"]: row["checksum"] for row in rows}
        missing = [step for step in steps if step.id not in applied]
        for step in steps:
            if applied.get(step.id, step.checksum) != step.checksum:
                raise ValueError(f"{step.id} was changed after it had been applied; write a new migration instead.")  # noqa: TRY301 - reported like the others
        for step in missing:
            migration = step.id
            await _apply(connection, key, step)
    except (asyncpg.PostgresError, OSError, ValueError) as error:
        report.failed.append(Failure(slug, migration, str(error)))
        return False
    if missing:
        report.migrated += 1
    else:
        report.current += 1
    return True


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
