"""A town never sees, changes, counts, guesses or times another town's data. Read from the catalogue and the routes."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import worker  # noqa: F401 - what a worker loads: all jobs there are
from app.kit.errors import NotFound
from app.piccolo_app import TENANT_TABLES
from app.platform import feed_care, feeds
from app.settings import settings
from app.tenancy import TENANT_DB, cells, control, current, tenant, transaction
from app.tenancy.errors import NoTenant, TenancyError, UnknownTenant, WriteOutsideTransaction, WrongTenant
from app.tenancy.jobs import JOBS
from app.tenancy.keys import media_path, redis_key
from app.tenancy.pool import CONTROL, AffinityPool
from app.tenancy.registry import schema_of
from app.tenancy.village import Provider, Setting
from app.web.app import routes
from tests import loop
from tests.contracts import catalogue
from tests.village import Village

A, B = "bad-belzig", "wiesenburg-mark"
MARK = "nurinbelzig"
SHARED_TABLES = "SELECT relname AS name FROM pg_class WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'"
VERBS = ("SELECT count(*) FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES", "UPDATE {} SET ctid = ctid")


@pytest.fixture
def marked(belzig: Village, wiesenburg: Village) -> Iterator[dict[str, Any]]:
    """One row in every table of Bad Belzig; gives their ids."""
    ids: dict[str, Any] = {}

    async def write() -> None:
        async with tenant(A) as scope, transaction():
            for table in await catalogue.tables(scope):
                await catalogue.write_a_row(scope, table, MARK, ids)
            await scope.fetch("UPDATE article SET published_at = now() - interval '1 hour'")
            await scope.fetch("UPDATE event SET published_at = now() - interval '1 hour'")

    async def wipe() -> None:
        async with tenant(A) as scope, transaction():
            for table in reversed(await catalogue.tables(scope)):
                where = f"WHERE id = {ids[table]}" if ids[table] is not None and table != "migration" else ""
                if table in ("migration", "setting"):
                    where = f"WHERE {'id' if table == 'migration' else 'key'} = '{MARK}'"
                await scope.fetch(f"DELETE FROM {table} {where}")

    loop.run(write())
    yield ids
    loop.run(wipe())


async def test_no_town_reaches_a_table_of_another_by_naming_its_schema(marked: dict[str, Any]) -> None:
    async with tenant(A) as scope:
        names = await catalogue.tables(scope)

    for name in names:
        for verb in VERBS:
            async with tenant(B) as scope:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with transaction():
                        await scope.fetch(verb.format(f"{schema_of(A)}.{name}"))
    assert len(names) >= 10


async def test_what_is_written_in_one_town_changes_nothing_in_another(belzig: Village, wiesenburg: Village) -> None:
    async with tenant(B) as scope:
        before = await catalogue.fingerprint(scope)
    ids: dict[str, Any] = {}
    with contextlib.suppress(_UndoError):
        async with tenant(A) as scope, transaction():
            for table in await catalogue.tables(scope):
                await catalogue.write_a_row(scope, table, MARK, ids)
            raise _UndoError

    assert len(ids) >= 10
    async with tenant(B) as scope:
        assert await catalogue.fingerprint(scope) == before


class _UndoError(Exception):
    """Rolls back."""


async def test_the_login_itself_may_touch_no_tables_of_towns(marked: dict[str, Any]) -> None:
    async with tenant(A) as scope:
        names = await catalogue.tables(scope)

    for name in names:
        async with control() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"SELECT * FROM {schema_of(A)}.{name}")


async def test_a_town_may_not_read_the_control_plane(belzig: Village) -> None:
    async with control() as connection:
        names = [row["name"] for row in await connection.fetch(SHARED_TABLES)]

    assert {"tenant", "host", "cell"} <= set(names)
    async with tenant(A) as scope:
        for name in names:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await scope.fetch(f"SELECT * FROM shared.{name}")


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: str(table.__name__))
async def test_a_question_without_a_town_is_refused(platform: Village, table: type[Any]) -> None:
    with pytest.raises(NoTenant):
        await table.select()
    with pytest.raises(NoTenant):
        await table.count()
    with pytest.raises(NoTenant):
        await table.delete(force=True)


async def test_every_table_of_the_database_is_declared_by_somebody(belzig: Village) -> None:
    async with tenant(A) as scope:
        there = set(await catalogue.tables(scope))

    assert {table._meta.tablename for table in TENANT_TABLES} == there - {"migration"}


async def test_a_town_that_does_not_exist_can_not_be_entered(platform: Village) -> None:
    with pytest.raises(UnknownTenant):
        async with tenant("no-such-town"):
            pass


async def test_a_connection_never_keeps_the_last_town(platform: Village) -> None:
    dsn = settings().database_url
    user, password = cells.runtime_login(dsn)
    pool = AffinityPool(dsn, most=1, user=user, password=password)
    try:
        for key in (schema_of(A), schema_of(B), CONTROL, schema_of(B), schema_of(A), CONTROL):
            async with pool.connection(key) as connection:
                row = await connection.fetchrow("SELECT current_user AS who, current_schemas(false)::text[] AS sees")
            assert row is not None
            assert (row["who"], row["sees"]) == ((key, [key]) if key else (user, ["shared"]))
    finally:
        await pool.close()


async def test_many_towns_at_once_on_few_connections_are_never_mixed_up(platform: Village) -> None:
    async def ask(slug: str) -> None:
        async with tenant(slug) as scope:
            assert await scope.fetchval("SELECT current_schema()") == schema_of(slug)
            await asyncio.sleep(0)
            assert await scope.fetchval("SELECT current_user") == schema_of(slug)

    await asyncio.gather(*(ask(slug) for _ in range(60) for slug in (A, B)))


async def test_a_connection_that_broke_in_a_transaction_is_not_used_again(platform: Village) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with tenant(A) as scope, transaction():
            await scope.fetch("SELECT * FROM no_such_table")

    async with tenant(A) as scope:
        assert await scope.fetchval("SELECT 1") == 1


async def test_another_town_can_not_be_entered_inside_a_transaction(platform: Village) -> None:
    async with tenant(A), transaction():
        with pytest.raises(WrongTenant):
            async with tenant(B):
                pass
        assert current().slug == A


async def test_nothing_is_written_outside_a_transaction(platform: Village) -> None:
    async with tenant(A):
        with pytest.raises(WriteOutsideTransaction):
            await Setting.insert(Setting(key="x", value="1"))
        with pytest.raises(WriteOutsideTransaction):
            await current().fetch("  delete from setting")


async def test_connections_behind_the_scope_s_back_are_refused(platform: Village) -> None:
    async with tenant(A):
        with pytest.raises(TenancyError):
            await TENANT_DB.get_new_connection()
        with pytest.raises(TenancyError):
            await Provider.select().batch()


def addresses(village: Village, ids: dict[str, Any]) -> list[tuple[str, str]]:
    """Every route of a town's host, its parameters filled with ids and names of Bad Belzig's rows."""
    found = []
    for method, path, _handler in routes(village.edge._village):  # type: ignore[arg-type]
        for value in sorted({str(one) for one in ids.values() if one is not None} | {MARK}):
            filled = "/".join(value if part.startswith("{") else part for part in path.split("/"))
            found.append((method, filled))
    return sorted(set(found))


async def test_no_route_of_one_town_shows_or_changes_what_belongs_to_another(
    marked: dict[str, Any], belzig: Village, wiesenburg: Village
) -> None:
    async with tenant(A) as scope:
        before = await catalogue.fingerprint(scope)

    for method, path in addresses(wiesenburg, marked):
        for query in ("", f"?q={MARK}", f"?provider={MARK}&category={MARK}") if method == "GET" else ("",):
            response = await wiesenburg.request(method, path + query)
            assert response.status_code < 500, (method, path, response.text)
            assert not re.search(rf"{MARK} [a-z]", response.text), (method, path)

    async with tenant(A) as scope:
        assert await catalogue.fingerprint(scope) == before


async def test_a_foreign_id_and_one_that_never_was_get_the_same_answer(
    marked: dict[str, Any], belzig: Village, wiesenburg: Village
) -> None:
    for method, path, _handler in routes(wiesenburg.edge._village):  # type: ignore[arg-type]
        if method != "GET" or "{" not in path:
            continue
        answers = []
        for value in (str(marked["article"]), "987654321"):
            filled = "/".join(value if part.startswith("{") else part for part in path.split("/"))
            response = await wiesenburg.get(filled)
            answers.append((response.status_code, response.text.replace(filled, "ADDRESS")))
        assert answers[0] == answers[1], path


async def test_what_one_town_looks_at_is_not_kept_for_another(
    marked: dict[str, Any], belzig: Village, wiesenburg: Village
) -> None:
    for path in ("/news", "/events", "/providers", "/api/v1/news", "/"):
        await belzig.get(path)
        theirs = await wiesenburg.get(path)
        assert MARK not in theirs.text, path


def every_job() -> list[str]:
    """All jobs, known once the program is loaded."""
    assert feeds.sync_feed.name in JOBS
    return sorted(JOBS)


@pytest.mark.parametrize("name", every_job())
async def test_a_job_works_for_its_own_town_only(marked: dict[str, Any], wiesenburg: Village, name: str) -> None:
    async with tenant(A) as scope:
        before = await catalogue.fingerprint(scope)

    of_one_feed = {feeds.sync_feed.name, feed_care.replay_feed.name, feed_care.confirm_gone.name}
    arguments = {"feed": MARK} if name in of_one_feed else {}
    await JOBS[name].run(tenant=B, **arguments)

    async with tenant(A) as scope:
        assert await catalogue.fingerprint(scope) == before


@pytest.mark.parametrize("name", every_job())
async def test_a_job_without_a_town_is_refused(platform: Village, name: str) -> None:
    with pytest.raises(TenancyError):
        await JOBS[name].run()


@given(parts=st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_no_key_of_one_town_is_a_key_of_another(platform: Village, parts: list[str]) -> None:
    async def key(slug: str) -> str:
        async with tenant(slug):
            return redis_key(*parts)

    ours, theirs = loop.run(key(A)), loop.run(key(B))

    assert ours.startswith(f"t:{A}:")
    assert theirs.startswith(f"t:{B}:")


@pytest.mark.parametrize(
    "name", ["../wiesenburg-mark/x.jpg", "/etc/passwd", "a/../../b", "..", "", "a\0b", "a\\..\\b", "./../x"]
)
async def test_no_name_of_a_file_leads_into_another_town_s_folder(platform: Village, name: str) -> None:
    async with tenant(A):
        with pytest.raises(NotFound):
            media_path(name)


async def test_files_of_two_towns_lie_apart(platform: Village) -> None:
    async with tenant(A):
        ours = media_path("2026/rathaus.jpg")
    async with tenant(B):
        theirs = media_path("2026/rathaus.jpg")

    assert ours != theirs
    assert A in ours.parts
    assert A not in theirs.parts
