"""A region's schema: read by its members through one door, by nobody else, and made and upgraded like a town's."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.settings import settings
from app.tenancy import (
    cells,
    control,
    current,
    definition,
    history,
    migrate,
    region_schema,
    regions,
    tenant,
    transaction,
    transfer,
)
from app.tenancy.errors import NotAMember, NoTenant, UnknownRegion, WriteOutsideTransaction, WrongTenant
from app.tenancy.history import Migration
from app.tenancy.regions import region, regions_of, towns_in
from app.tenancy.registry import schema_of
from app.tenancy.village import Provider, Setting
from tests import loop
from tests.village import Village

TOWN = "bad-belzig"
MARK = "nurinderregion"


@pytest.fixture
def marked(platform: Village) -> Iterator[None]:
    """One row in the region of Potsdam-Mittelmark."""

    async def write() -> None:
        async with region("potsdam-mittelmark") as r, r.transaction():
            await r.fetch(
                "INSERT INTO item (feed, external_id, kind, content_hash, body, version)"
                " VALUES ($1, '1', 'article', '', '{}', 1)",
                [MARK],
            )

    async def wipe() -> None:
        async with region("potsdam-mittelmark") as r, r.transaction():
            await r.fetch("DELETE FROM item WHERE feed = $1", [MARK])

    loop.run(write())
    yield
    loop.run(wipe())


@pytest.fixture
def own_files(platform: Village) -> Iterator[Path]:
    """The deployment's own folder of regions, emptied afterwards."""
    folder = settings().data / "regions"
    folder.mkdir(exist_ok=True)
    yield folder
    for path in folder.glob("*.toml"):
        path.unlink()


async def test_the_regions_of_a_town_come_smallest_first(platform: Village) -> None:
    assert await regions_of(TOWN) == ["potsdam-mittelmark", "brandenburg", "vbb"]


async def test_a_region_knows_its_towns(platform: Village) -> None:
    assert await towns_in("potsdam-mittelmark") == [TOWN, "wiesenburg-mark"]
    assert await towns_in("uckermark") == []
    with pytest.raises(UnknownRegion):
        await towns_in("atlantis")


async def test_a_region_has_its_own_role_and_sees_only_itself(platform: Village) -> None:
    async with region("vbb") as r:
        assert await r.fetchval("SELECT current_user") == "region_vbb"
        assert await r.fetchval("SELECT current_schemas(false)::text[]") == ["region_vbb"]


@pytest.mark.usefixtures("marked")
async def test_a_member_reads_its_region_and_stays_itself() -> None:
    async with tenant(TOWN) as scope, region("potsdam-mittelmark") as r:
        assert await r.fetchval("SELECT count(*) FROM item WHERE feed = $1", [MARK]) == 1
        assert current() is scope
        assert await scope.fetchval("SELECT current_schema()") == schema_of(TOWN)
        assert await Provider.count() >= 1
        async with region("potsdam-mittelmark") as again:
            assert again is r


async def test_a_town_of_another_district_is_refused(platform: Village) -> None:
    async with tenant(TOWN):
        with pytest.raises(NotAMember) as refused:
            async with region("uckermark"):
                pass
    assert refused.value.status == 404


async def test_outside_a_region_s_scope_piccolo_and_current_mean_no_region(platform: Village) -> None:
    async with region("vbb"):
        with pytest.raises(NoTenant):
            current()
        with pytest.raises(NoTenant):
            await Setting.select()


@pytest.mark.usefixtures("marked")
async def test_nobody_else_reads_or_writes_a_region() -> None:
    statements = (
        "SELECT count(*) FROM region_potsdam_mittelmark.item",
        "DELETE FROM region_potsdam_mittelmark.item",
        "CREATE TABLE region_potsdam_mittelmark.x ()",
    )
    for statement in statements:
        async with tenant(TOWN) as scope:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with transaction():
                    await scope.fetch(statement)
        async with control() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        async with region("vbb") as r:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with r.transaction():
                    await r.fetch(statement)


async def test_a_region_reads_neither_the_control_plane_nor_a_town(platform: Village) -> None:
    for table in ("shared.account", "shared.tenant", f"{schema_of(TOWN)}.setting"):
        async with region("vbb") as r:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await r.fetch(f"SELECT * FROM {table}")


async def test_a_region_is_written_inside_a_transaction_of_its_own(platform: Village) -> None:
    async with tenant(TOWN), transaction(), region("vbb") as r:
        with pytest.raises(WriteOutsideTransaction):
            await r.fetch("DELETE FROM item")
        async with r.transaction():
            with pytest.raises(WrongTenant):
                async with region("brandenburg"):
                    pass


async def test_migrating_makes_every_region_and_a_second_time_nothing(platform: Village) -> None:
    names = sorted(definition.regions())
    connection = await cells.admin(cells.MAIN)
    try:
        for name in names:
            applied = await connection.fetch(f"SELECT id FROM {region_schema.schema_of(name)}.migration ORDER BY id")
            assert [row["id"] for row in applied] == [step.id for step in history.region_history()]
    finally:
        await connection.close()

    report = await migrate.migrate()

    assert (report.regions, report.failed) == ([], [])


async def test_a_later_migration_reaches_a_region_that_is_there(platform: Village) -> None:
    steps = (*history.region_history(), Migration("9999_more", "CREATE TABLE more (id bigint PRIMARY KEY);", "x"))
    try:
        assert await region_schema.ensure("prignitz", steps)
        assert not await region_schema.ensure("prignitz", steps)
        async with region("prignitz") as r:
            assert await r.fetchval("SELECT count(*) FROM more") == 0
        forged = (*history.region_history(), Migration("9999_more", "", "y"))
        with pytest.raises(ValueError, match="was changed after"):
            await region_schema.ensure("prignitz", forged)
    finally:
        async with region("prignitz") as r, r.transaction():
            await r.fetch("DROP TABLE IF EXISTS more")
            await r.fetch("DELETE FROM migration WHERE id = '9999_more'")


async def test_a_file_of_the_deployment_adds_a_region_at_once_and_replaces_one(own_files: Path) -> None:
    (own_files / "flaeming.toml").write_text(
        'title = "Hoher Fläming"\nkind = "district"\nmembers = ["12069020"]\n', encoding="utf-8"
    )
    (own_files / "vbb.toml").write_text(
        'title = "Nur Berlin"\nkind = "transport"\nmembers = ["11"]\n', encoding="utf-8"
    )

    assert await regions_of(TOWN) == ["flaeming", "potsdam-mittelmark", "brandenburg"]
    async with tenant(TOWN), region("flaeming") as r:
        assert await r.fetchval("SELECT count(*) FROM item") == 0
    (own_files / "vbb.toml").unlink()
    assert "vbb" in await regions_of(TOWN)


async def test_a_mistake_in_a_file_leaves_what_was_read_before(own_files: Path) -> None:
    assert "vbb" in await regions_of(TOWN)
    (own_files / "a.toml").write_text('title = "A"\nkind = "district"\nincludes = ["b"]\n', encoding="utf-8")
    (own_files / "b.toml").write_text('title = "B"\nkind = "district"\nincludes = ["a"]\n', encoding="utf-8")

    with pytest.raises(definition.DefinitionError, match=r"leads in a circle: a → b → a"):
        definition.regions()
    assert await regions_of(TOWN) == ["potsdam-mittelmark", "brandenburg", "vbb"]
    with pytest.raises(UnknownRegion):
        regions.described("a")


@pytest.mark.usefixtures("marked")
async def test_a_town_that_is_exported_takes_nothing_of_its_region_along(tmp_path: Path) -> None:
    await transfer.export(TOWN, tmp_path / "town.zip")

    with zipfile.ZipFile(tmp_path / "town.zip") as archive:
        for name in archive.namelist():
            assert "region_" not in name
            assert MARK.encode() not in archive.read(name)
    async with region("potsdam-mittelmark") as r:
        assert await r.fetchval("SELECT count(*) FROM item WHERE feed = $1", [MARK]) == 1
