"""Brings every town up to date: in parallel, each in its own transaction, with a ledger in each schema.

A run may be killed anywhere and started again; the service goes on meanwhile, because a migration only
expands (a later one contracts) and waits at most `ledger.LOCK_TIMEOUT` for a table.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import asyncpg
import msgspec

from app.tenancy import cells, definition, history, ledger, region_schema
from app.tenancy.bootstrap import migrate_shared
from app.tenancy.history import Migration
from app.tenancy.registry import schema_of

_LOCK = 0x5356_0002


class Failure(msgspec.Struct, frozen=True):
    """A town that could not be brought up to date; it stays as it was."""

    tenant: str
    migration: str
    reason: str


class Report(msgspec.Struct):
    """What a run did."""

    shared: list[str] = []
    regions: list[str] = []
    """Regions whose schema was made or brought up to date."""
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
            f"regions: {', '.join(self.regions) or 'up to date'}",
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
    """Bring `shared`, the regions and then every town (or only one) up to date; never raises for a single town."""
    began = time.perf_counter()
    report = Report(shared=await migrate_shared())
    steps = history.tenant_history() if steps is None else steps
    control = await cells.admin(cells.MAIN)
    try:
        await control.execute("SET search_path TO shared")
        if not await control.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            raise BeingMigrated("Another `village migrate` is running. Wait until it has ended.")
        await _regions(control, report)
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
    begun = [""]
    try:
        missing = await ledger.bring_up(connection, schema_of(slug), steps, begun.append)
    except (asyncpg.PostgresError, OSError, ValueError) as error:
        report.failed.append(Failure(slug, begun[-1], str(error)))
        return False
    if missing:
        report.migrated += 1
    else:
        report.current += 1
    return True


async def _regions(control: asyncpg.Connection, report: Report) -> None:
    """Every region's schema; one that can't be made keeps nobody else waiting."""
    try:
        names = sorted(definition.regions())
    except definition.DefinitionError as mistake:
        report.failed.append(Failure("regions", "", str(mistake)))
        return
    for name in names:
        try:
            if await region_schema.ensure(name, connection=control):
                report.regions.append(name)
        except (asyncpg.PostgresError, OSError, ValueError) as error:
            if control.is_closed():
                raise
            report.failed.append(Failure(f"region {name}", "", str(error)))
