"""A town is there as a whole or not at all, whatever happens while it is made."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from app.kit.errors import InvalidInput, NotFound, VillageError
from app.platform import towns
from app.settings import settings, use
from app.tenancy import cells, control, current, lifecycle, provisioning, registry, tenant, transaction
from app.tenancy.lease import BeingBuilt, leased
from app.tenancy.provisioning import CellsFull, NameTaken
from tests.tenancy.apart import Apart, deployment, everything, leftovers

WIESENBURG = ("village", "12069665")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with deployment("provisioning", tmp_path_factory.mktemp("provisioning")) as found:
        yield found


async def served(slug: str) -> bool:
    host = f"{slug}.{settings().domain}"
    return await registry.tenant_of_host(host) == slug and (await lifecycle.show(slug)).state in registry.SERVED


@pytest.mark.parametrize("step", ["requested", "schema", "seed", "hosts"])
async def test_a_town_whose_maker_was_killed_is_finished(apart: Apart, step: str) -> None:
    slug = f"killed-after-{step}"
    apart.killed("create", step, slug, *WIESENBURG)
    assert await served(slug) is (step == "hosts")

    finished = await towns.resume_unfinished()

    assert finished == ([] if step == "hosts" else [slug])
    assert await served(slug)
    undisturbed = f"whole-{step}"
    await towns.create(undisturbed, *WIESENBURG)
    made, whole = await lifecycle.show(slug), await lifecycle.show(undisturbed)
    assert (made.counts, made.schema_version, made.step) == (whole.counts, whole.schema_version, "")
    assert made.counts["page"] > 0
    assert await towns.resume_unfinished() == []


async def test_the_same_command_goes_on_with_what_was_begun(apart: Apart) -> None:
    apart.killed("create", "schema", "again", *WIESENBURG)

    with pytest.raises(NameTaken, match="was begun with AGS 12069665"):
        await towns.create("again", "town", "12069020")
    await towns.create("again", *WIESENBURG)

    assert await served("again")


async def test_two_makers_at_once_make_one_town(apart: Apart) -> None:
    outcomes = await asyncio.gather(
        towns.create("twice", *WIESENBURG), towns.create("twice", *WIESENBURG), return_exceptions=True
    )

    [refused] = [one for one in outcomes if one is not None]
    assert isinstance(refused, NameTaken | BeingBuilt)
    assert await served("twice")
    assert (await lifecycle.show("twice")).counts["provider"] > 0


async def test_nobody_builds_what_another_holds(apart: Apart) -> None:
    connection = await cells.admin(cells.MAIN)
    try:
        async with leased(connection, "held"):
            with pytest.raises(BeingBuilt):
                await towns.create("held", *WIESENBURG)
    finally:
        await connection.close()

    assert await leftovers("held") == []


@pytest.mark.parametrize(
    ("slug", "template", "ags", "says"),
    [
        ("bad", "village", "12999999", "village register import FILE"),
        ("bad", "village", "1206", "8 digits"),
        ("bad", "village", "99069665", "8 digits"),
        ("bad", "city", "12069665", "allowed: amt, district, town, village"),
        ("www", "village", "12069665", "reserved"),
        ("Bad'; DROP SCHEMA shared", "village", "12069665", "small letter"),
        ("bad-", "village", "12069665", "hyphens"),
        ("bad", "district", "12999000", "register"),
    ],
)
async def test_what_can_not_be_is_refused(apart: Apart, slug: str, template: str, ags: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        await towns.create(slug, template, ags)

    assert [town.slug for town in await lifecycle.listing() if town.slug == slug] == []


async def test_a_taken_name_stays_with_its_owner(apart: Apart) -> None:
    await towns.create("owned", *WIESENBURG, name="Erste", owner="ada@example.de")
    before = await everything("owned")

    with pytest.raises(NameTaken, match="The name owned is taken"):
        await towns.create("owned", *WIESENBURG, name="Zweite")

    assert await everything("owned") == before
    town = await lifecycle.show("owned")
    assert (town.name, town.owner) == ("Erste", "ada@example.de")


async def test_a_full_cell_takes_no_more(apart: Apart) -> None:
    here = settings()
    use(msgspec.structs.replace(here, cell_capacity=1))
    try:
        with pytest.raises(CellsFull, match="village cells add"):
            await towns.create("one-too-many", *WIESENBURG)
    finally:
        use(here)

    assert await leftovers("one-too-many") == []


async def test_a_seed_that_fails_leaves_its_reason_and_can_be_mended(apart: Apart) -> None:
    request = provisioning.Request(slug="mended", name="M", ags="12069665", template="village")

    async def fails(_: provisioning.Request) -> None:
        await current().fetch("INSERT INTO provider (slug, name) VALUES ('half', 'Half')")
        raise ValueError("the seed is rotten")

    with pytest.raises(ValueError, match="rotten"):
        await provisioning.build(request, fails)
    assert (await lifecycle.show("mended")).problem == "the seed is rotten"

    assert await towns.resume_unfinished() == ["mended"]
    async with tenant("mended") as scope:
        assert await scope.fetchval("SELECT count(*) FROM provider WHERE slug = 'half'") == 0
    assert (await lifecycle.show("mended")).problem == ""


async def test_a_changed_folder_is_followed_but_not_over_an_editor(apart: Apart) -> None:
    await towns.create("bad-belzig", "town", "12069020")
    async with tenant("bad-belzig") as scope:
        rows = await scope.fetch("SELECT * FROM provider")
        original = {row["slug"]: (row["id"], row["name"], row["name_en"]) for row in rows}
    async with tenant("bad-belzig"), transaction():
        # As if the folder had said something else when the town was made, before there were English names …
        await current().fetch(
            "UPDATE provider SET name = 'Früher', name_en = '', summary_en = '' WHERE slug = 'rathaus'"
        )
        await current().fetch(
            "UPDATE setting SET value = jsonb_set(jsonb_set(value, '{fingerprint}', '\"old\"'),"
            " '{rows,provider,rathaus}', to_jsonb((SELECT md5(to_jsonb(r)::text) FROM provider p CROSS JOIN LATERAL"
            " (SELECT p.name, p.kind, p.summary, p.url, p.email, p.phone, p.address, p.position) r"
            " WHERE p.slug = 'rathaus'))) WHERE key = 'folder'"
        )
        # … and this is what editors did.
        await current().fetch("UPDATE provider SET name = 'Coconat am See' WHERE slug = 'coconat'")
        await current().fetch("DELETE FROM provider WHERE slug = 'feuerwehr'")
        await current().fetch("INSERT INTO page (slug, title) VALUES ('vereine', 'Vereine')")
    async with control() as connection:
        await connection.execute(
            "UPDATE tenant SET site = jsonb_set(site, '{tagline}', '\"Vom Rathaus\"') WHERE slug = 'bad-belzig'"
        )

    assert await towns.refresh("bad-belzig") is True

    async with tenant("bad-belzig") as scope:
        rows = await scope.fetch("SELECT * FROM provider")
        now = {row["slug"]: (row["id"], row["name"], row["name_en"]) for row in rows}
        pages = {row["slug"] for row in await scope.fetch("SELECT slug FROM page")}
    assert now["rathaus"] == original["rathaus"]
    assert now["rathaus"][2] == "Town of Bad Belzig"
    assert now["coconat"] == (original["coconat"][0], "Coconat am See", "")
    assert "feuerwehr" not in now
    assert "vereine" in pages
    async with control() as connection:
        site = await connection.fetchval("SELECT site->>'tagline' FROM tenant WHERE slug = 'bad-belzig'")
    assert site == "Vom Rathaus"
    assert await towns.refresh("bad-belzig") is False


async def test_a_town_without_a_folder_has_nothing_to_follow(apart: Apart) -> None:
    assert await towns.refresh("no-such-folder") is False
    with pytest.raises(NotFound):
        await lifecycle.show("no-such-folder")


def test_refusals_are_expected_ones() -> None:
    for refusal in (NameTaken, BeingBuilt, CellsFull, towns.UnknownAgs):
        assert issubclass(refusal, VillageError)
