"""A town is suspended, comes back and goes for good, as people at its address see it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis.asyncio

from app.kit.errors import NotFound
from app.platform import towns
from app.settings import settings
from app.tenancy import control, lifecycle, tenant
from app.tenancy.keys import media_folder, redis_key
from app.tenancy.lifecycle import WrongState
from tests.tenancy.apart import Apart, deployment, leftovers
from tests.village import Village

WIESENBURG = ("village", "12069665")


async def becomes(browser: Village, status: int) -> Any:
    """The answer once it has this status: a signal tells the web process, it asks nobody."""
    for _ in range(100):
        response = await browser.get("/")
        if response.status_code == status:
            return response
        await asyncio.sleep(0.02)
    raise AssertionError(f"{browser.host} still answers {response.status_code} and not {status}")


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with deployment("lifecycle", tmp_path_factory.mktemp("lifecycle")) as found:
        yield found


async def test_a_town_goes_and_comes_with_its_state(platform: Village) -> None:
    await towns.create("auf-zeit", *WIESENBURG)
    town, nobody = platform.at("auf-zeit"), platform.at("gibt-es-nicht")
    await becomes(town, 200)

    assert await lifecycle.suspend("auf-zeit") is True
    assert await lifecycle.suspend("auf-zeit") is False
    suspended = await becomes(town, (unknown := await nobody.get("/")).status_code)
    assert suspended.text == unknown.text

    assert await lifecycle.resume("auf-zeit") is True
    assert await lifecycle.resume("auf-zeit") is False
    await becomes(town, 200)

    async with tenant("auf-zeit"):
        counter = redis_key("limit", "x")
    media_folder("auf-zeit").mkdir(parents=True)
    client = redis.asyncio.from_url(settings().redis_url)
    await client.set(counter, 1)
    await lifecycle.delete("auf-zeit")
    assert (await becomes(town, unknown.status_code)).text == unknown.text
    assert await leftovers("auf-zeit") == []
    assert await client.exists(counter) == 0
    await client.aclose()

    # Whoever takes the name next gets a town of its own, on connections that knew the old one.
    await towns.create("auf-zeit", *WIESENBURG)
    await becomes(town, 200)
    await lifecycle.delete("auf-zeit")


async def test_nobody_can_be_suspended_resumed_shown_or_deleted(apart: Apart) -> None:
    for deed in (lifecycle.suspend, lifecycle.resume, lifecycle.show, lifecycle.delete):
        with pytest.raises(NotFound, match="no village nobody"):
            await deed("nobody")


async def test_a_half_built_town_is_not_suspended_but_deleted(apart: Apart) -> None:
    apart.killed("create", "schema", "half", *WIESENBURG)

    with pytest.raises(WrongState, match="half is provisioning"):
        await lifecycle.suspend("half")
    await lifecycle.delete("half")

    assert await leftovers("half") == []


@pytest.mark.parametrize("step", ["archived", "schema", "role", "media"])
async def test_a_killed_deletion_is_ended(apart: Apart, step: str) -> None:
    slug = f"gone-{step}"
    await towns.create(slug, *WIESENBURG)
    media_folder(slug).mkdir(parents=True)
    apart.killed("delete", step, slug)
    assert (await lifecycle.show(slug)).state == "archived"

    if step == "schema":
        await lifecycle.delete(slug)
    else:
        assert await towns.resume_unfinished() == [slug]

    assert await leftovers(slug) == []


async def test_a_trial_stays_a_trial(apart: Apart) -> None:
    await towns.create("probe", *WIESENBURG)
    async with control() as connection:
        await connection.execute("UPDATE tenant SET state = 'trial' WHERE slug = 'probe'")

    await lifecycle.suspend("probe")
    await lifecycle.resume("probe")

    assert (await lifecycle.show("probe")).state == "trial"


async def test_a_town_is_shown_with_what_it_holds(apart: Apart) -> None:
    await towns.create("gezeigt", *WIESENBURG, owner="ada@example.de")

    town = await lifecycle.show("gezeigt")

    assert (town.name, town.state, town.host, town.owner) == (
        "Wiesenburg/Mark",
        "active",
        "gezeigt.localhost",
        "ada@example.de",
    )
    assert town.size_bytes is not None
    assert town.size_bytes > 100_000
    assert town.counts["page"] > 0
    assert "migration" not in town.counts
    assert "gezeigt" in [one.slug for one in await lifecycle.listing()]
