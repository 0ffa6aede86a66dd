"""Creating towns, and a new column for all of them."""

import contextlib
import io
import time
from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.piccolo_app import TENANT_TABLES
from app.tenancy import cells, current, history, tenant, transaction
from app.tenancy.migrate import migrate
from app.tenancy.provisioning import Provisioner, Request, make_schema
from app.tenancy.registry import schema_of
from tests.bench.table import heading, line, middle, ms

TOWNS = 200
ROUNDS = 7


def request(slug: str, ags: str = "12069020") -> Request:
    """A town without anything in it."""
    site: dict[str, Any] = {"capabilities": {"news": {}, "events": {}, "providers": {}, "pages": {}}}
    return Request(slug=slug, name=slug, ags=ags, template="town", site=site)


async def seed(request: Request) -> None:
    """Its one provider."""
    await current().fetch(
        "INSERT INTO provider (slug, name) VALUES ('rathaus', $1) ON CONFLICT DO NOTHING", [request.name]
    )


async def create() -> list[str]:
    """200 towns one after the other, against the bare DDL text and against Piccolo's migrations."""
    heading(f"Creating a town ({len(TENANT_TABLES) + 1} tables)")
    connection = await cells.admin(cells.MAIN)
    runtime = cells.runtime_login(await cells.dsn_of(cells.MAIN))[0]
    text = history.as_one_text(history.tenant_history())
    bares: list[float] = []
    parts: list[float] = []
    piccolos: list[float] = []
    # In turn, so that a busy moment of the machine counts for all three; the first round only warms up.
    for number in range(ROUNDS + 1):
        began = time.perf_counter()
        async with connection.transaction():
            await connection.execute(f"CREATE SCHEMA bare_{number}; SET LOCAL search_path TO bare_{number};" + text)
        bares.append(time.perf_counter() - began)
        began = time.perf_counter()
        await make_schema(connection, f"tenant_part_{number}", runtime)
        parts.append(time.perf_counter() - began)
        piccolos.append(await _piccolo(number))
    for number in range(ROUNDS + 1):
        await connection.execute(f"DROP SCHEMA bare_{number} CASCADE; DROP SCHEMA tenant_part_{number} CASCADE")
        await connection.execute(f"DROP ROLE tenant_part_{number}")
    await connection.close()
    bare, part, piccolo = middle(bares[1:]), middle(parts[1:]), middle(piccolos[1:])
    line("the same DDL as one text, bare", ms(bare))
    line("database part (role, schema, tables, ledger)", ms(part), f"{part / bare:.2f} x bare", "<= 1.5 x, <= 80 ms")
    line("Piccolo's migrations (tables and indexes only)", ms(piccolo), f"{piccolo / part:.1f} x ours")

    slugs, whole = [f"bench-{number}" for number in range(TOWNS)], []
    async with Provisioner() as provisioner:
        for slug in slugs:
            began = time.perf_counter()
            await provisioner.build(request(slug), seed)
            whole.append(time.perf_counter() - began)
    first, last = middle(whole[:50]), middle(whole[-50:])
    line("whole town: registry, schema, seed, host, served", ms(middle(whole)), f"{middle(whole) / bare:.2f} x bare")
    line("the last 50 of 200 against the first 50", ms(last), f"{last / first:.2f} x the first", "no slowing")

    return slugs


async def _piccolo(number: int) -> float:
    """The same tables and indexes the way Piccolo applies its migrations: one statement after the other."""
    slug = f"piccolo-{number}"
    async with Provisioner() as provisioner:
        await provisioner.build(request(slug), seed)
    async with tenant(slug) as scope:
        rows = await scope.fetch("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema()")
        indexes = [
            row["indexdef"] for row in rows if " UNIQUE " not in row["indexdef"] and "search" not in row["indexdef"]
        ]
        async with transaction():
            for table in reversed(TENANT_TABLES):
                await scope.fetch(f"DROP TABLE IF EXISTS {table._meta.tablename} CASCADE")
        manager = MigrationManager(migration_id="1", app_name="village")
        for table in TENANT_TABLES:
            manager.add_table(table.__name__, table._meta.tablename)
            for column in table._meta.columns:
                manager.add_column(
                    table.__name__,
                    table._meta.tablename,
                    column._meta.name,
                    db_column_name=column._meta.db_column_name,
                    column_class=type(column),
                    params=column._meta.params,
                )
        # Piccolo runs raw statements before it makes tables, so the indexes are a migration of their own.
        second = MigrationManager(migration_id="2", app_name="village")
        for index in indexes:
            if " ON " + schema_of(slug) + ".migration " not in index:
                second.add_raw(_statement(index))
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            await manager.run()
            await second.run()
        return time.perf_counter() - began


def _statement(sql: str) -> Any:
    async def run() -> None:
        await current().fetch(sql)

    return run


async def add_column(slugs: list[str]) -> None:
    """One column more in every town."""
    heading(f"A new column over {len(slugs)} towns")
    connection = await cells.admin(cells.MAIN)
    began = time.perf_counter()
    async with connection.transaction():
        for slug in slugs:
            await connection.execute(f"ALTER TABLE {schema_of(slug)}.article ADD COLUMN bare text NOT NULL DEFAULT ''")
    bare = time.perf_counter() - began
    await connection.close()
    line("bare SQL in one transaction", f"{bare:.2f} s")
    step = history.Migration("0099_bench", "ALTER TABLE article ADD COLUMN bench text NOT NULL DEFAULT '';", "bench")
    report = await migrate(steps=(*history.tenant_history(), step))
    assert not report.failed, report.failed[:3]
    line(
        "village migrate, ledger and report included",
        f"{report.seconds:.2f} s",
        f"{report.seconds / bare:.1f} x bare",
        "<= 1 s",
    )
    again = await migrate(steps=(*history.tenant_history(), step))
    line("village migrate, nothing to do", f"{again.seconds:.2f} s")
