"""Every town is brought up to date, whatever happens to one of them or to the run."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from app.tenancy import cells, history, ledger, lifecycle, migrate, provisioning, registry
from app.tenancy.history import HistoryError, Migration
from tests import loop
from tests.tenancy.apart import Apart, deployment

TOWNS = [f"town-{number}" for number in range(8)]


def step(number: int, sql: str) -> Migration:
    return Migration(f"{number:04d}_test", sql, f"sum-{number}")


async def nothing(_: provisioning.Request) -> None:
    """Seeds no row."""


async def built(*slugs: str) -> None:
    async with provisioning.Provisioner() as provisioner:
        for slug in slugs:
            request = provisioning.Request(slug=slug, name=slug, ags="12069665", template="village")
            await provisioner.build(request, nothing)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with deployment("migrate", tmp_path_factory.mktemp("migrate")) as found:
        loop.run(built(*TOWNS))
        yield found


@pytest.fixture(scope="module")
def steps(apart: Apart) -> list[Migration]:
    """The history so far; tests append to it, as people do."""
    return list(history.tenant_history())


def added(steps: list[Migration], column: str) -> str:
    """One more migration: a column for `page`; returns its id."""
    new = step(900 + len(steps), f"ALTER TABLE page ADD COLUMN {column} text NOT NULL DEFAULT '';")
    steps.append(new)
    return new.id


async def versions() -> set[str]:
    return {town.schema_version for town in await lifecycle.listing()}


async def columns(slug: str) -> set[str]:
    connection = await cells.admin(cells.MAIN)
    try:
        rows = await connection.fetch(
            "SELECT column_name::text FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'page'",
            registry.schema_of(slug),
        )
        return {row["column_name"] for row in rows}
    finally:
        await connection.close()


async def test_all_towns_get_the_new_column_once(apart: Apart, steps: list[Migration]) -> None:
    newest = added(steps, "one")

    report = await migrate.migrate(steps=steps)
    again = await migrate.migrate(steps=steps)

    assert (report.migrated, report.current, report.failed) == (len(TOWNS), 0, [])
    assert (again.migrated, again.current, again.failed) == (0, len(TOWNS), [])
    assert ["one" in await columns(slug) for slug in TOWNS] == [True] * len(TOWNS)
    assert await versions() == {newest}
    assert report.lines()[1].startswith("tenants: 8 migrated, 0 up to date, 0 failed in ")


async def test_a_killed_run_goes_on_where_it_ended(apart: Apart, steps: list[Migration]) -> None:
    added(steps, "two")
    apart.killed("migrate", "town-2", steps)
    assert ["two" in await columns(slug) for slug in TOWNS] == [True] * 3 + [False] * 5

    report = await migrate.migrate(steps=steps)

    assert (report.migrated, report.current, report.failed) == (5, 3, [])
    assert await versions() == {steps[-1].id}


async def test_one_town_that_fails_stops_no_other(apart: Apart, steps: list[Migration]) -> None:
    connection = await cells.admin(cells.MAIN)
    try:
        await connection.execute("ALTER TABLE tenant_town_3.page ADD COLUMN three text")
        newest = added(steps, "three")

        report = await migrate.migrate(steps=steps)

        assert (report.migrated, report.current) == (7, 0)
        [failure] = report.failed
        assert (failure.tenant, failure.migration) == ("town-3", newest)
        assert "already exists" in failure.reason
        assert report.lines()[-1].startswith("Mend the cause and run `village migrate` again")
        await connection.execute("ALTER TABLE tenant_town_3.page DROP COLUMN three")
    finally:
        await connection.close()
    mended = await migrate.migrate(steps=steps)
    assert (mended.migrated, mended.current, mended.failed) == (1, 7, [])


async def test_a_busy_table_is_waited_for_only_so_long(
    apart: Apart, steps: list[Migration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(ledger, "TRIES", 2)
    added(steps, "four")
    connection = await cells.admin(cells.MAIN)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE tenant_town_5.page IN ACCESS SHARE MODE")
            report = await migrate.migrate(steps=steps)
    finally:
        await connection.close()

    assert report.migrated == 7
    assert [(one.tenant, "lock timeout" in one.reason) for one in report.failed] == [("town-5", True)]
    assert (await migrate.migrate(steps=steps, only="town-5")).migrated == 1


async def test_a_migration_that_was_changed_afterwards_is_noticed(apart: Apart, steps: list[Migration]) -> None:
    forged = [*steps[:-1], Migration(steps[-1].id, steps[-1].sql, "another")]

    report = await migrate.migrate(steps=forged)

    assert len(report.failed) == len(TOWNS)
    assert "write a new migration instead" in report.failed[0].reason


async def test_two_runs_at_once_do_it_once(apart: Apart, steps: list[Migration]) -> None:
    added(steps, "five")

    outcomes = await asyncio.gather(migrate.migrate(steps=steps), migrate.migrate(steps=steps), return_exceptions=True)

    done = [one for one in outcomes if isinstance(one, migrate.Report)]
    refused = [one for one in outcomes if isinstance(one, migrate.BeingMigrated)]
    assert len(done) + len(refused) == 2
    assert sum(one.migrated for one in done) == len(TOWNS)
    assert [one.failed for one in done] == [[]] * len(done)


async def catalogue(connection: asyncpg.Connection, key: str) -> list[str]:
    """All that Postgres knows of a schema's tables, columns, constraints and indexes, without the schema's name."""
    rows = await connection.fetch(
        """SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) AS said
           FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
           LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE n.nspname = $1 AND c.relkind = 'r' AND a.attnum > 0
           UNION ALL
           SELECT concat_ws(' ', 'constraint', t.conname, pg_get_constraintdef(t.oid))
           FROM pg_constraint t JOIN pg_namespace n ON n.oid = t.connamespace WHERE n.nspname = $1
           UNION ALL SELECT concat('index ', indexdef) FROM pg_indexes WHERE schemaname = $1
           UNION ALL
           SELECT concat_ws(' ', 'owner', c.relname, pg_get_userbyid(c.relowner) = $1, c.relacl::text)
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 ORDER BY 1""",
        key,
    )
    return [row[0].replace(f"{key}.", "").replace(key, "") for row in rows]


async def test_one_text_makes_what_the_steps_make(apart: Apart) -> None:
    runtime, _ = cells.runtime_login(await cells.dsn_of(cells.MAIN))
    real = history.tenant_history()
    connection = await cells.admin(cells.MAIN)
    try:
        await provisioning.make_schema(connection, "tenant_at_once", runtime)
        await provisioning.make_schema(connection, "tenant_stepwise", runtime, real[:1])
        report = migrate.Report()
        for made_by in range(2, len(real) + 1):
            assert await migrate._bring_up(connection, "stepwise", real[:made_by], report)

        at_once = await catalogue(connection, "tenant_at_once")

        assert at_once == await catalogue(connection, "tenant_stepwise")
        assert len(at_once) > 100
        for key in ("tenant_at_once", "tenant_stepwise"):
            await connection.execute(f'DROP SCHEMA "{key}" CASCADE; DROP ROLE "{key}"')
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["0001_a.sql", "0003_b.sql"], "no gaps"),
        (["0001_a.sql", "0001_b.sql"], "no forks"),
        (["1_a.sql"], "named like"),
    ],
)
def test_a_history_is_one_line(tmp_path: Any, names: list[str], says: str) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")

    with pytest.raises(HistoryError, match=says):
        history.read(tmp_path)
