"""A deployment on localhost fetches nothing from outside by itself, and says so wherever one looks."""

import msgspec
import pytest

from app.feeds import health, regional_state
from app.feeds.admin import NewFeed, add
from app.kit import clock
from app.platform import feeds, regions
from app.settings import settings, use
from app.tenancy import control, tenant
from tests.feeds.region.district import BELZIG, NAME
from tests.feeds.region.test_region_cli import village
from tests.origin import Origin
from tests.test_cli import Command

__all__ = ["village"]
HELD = ["bevoelkerungsschutz", "wetter"]


async def due(region: str) -> list[str]:
    await regional_state.settle()
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT name FROM region_feed WHERE region = $1 AND NOT switched_off ORDER BY name", region
        )
    return [row["name"] for row in rows]


@pytest.mark.usefixtures("district")
async def test_what_is_switched_on_for_the_world_rests_here(origin: Origin) -> None:
    found = {one.name: one for one in await regional_state.health(["potsdam-mittelmark"])}

    assert sorted(name for name, one in found.items() if one.held_back) == HELD
    assert not any(found[name].enabled for name in HELD)
    assert "localhost" in found["wetter"].note
    assert await due("potsdam-mittelmark") == []
    assert await regions.enqueue_due() == 0
    assert origin.paths == []


@pytest.mark.usefixtures("district")
async def test_elsewhere_and_where_somebody_wishes_it_the_same_files_are_due() -> None:
    before = settings()
    try:
        for chosen in ({"feed_outside": True}, {"domain": "dorf.example"}):
            use(msgspec.structs.replace(before, **chosen))
            assert await due("potsdam-mittelmark") == HELD
            assert await due("vbb") == ["fahrplan", "rufbus", "verspaetungen"]
    finally:
        use(before)
        assert await due("potsdam-mittelmark") == []
        async with control() as connection:
            await connection.execute("DELETE FROM region_feed WHERE region <> $1", NAME)


@pytest.mark.usefixtures("district")
async def test_a_towns_own_source_outside_is_not_asked_by_the_clock(origin: Origin) -> None:
    await add(BELZIG, NewFeed(name="fern", connector="rss", url="https://fern.example/feed.xml"))

    await feeds.sync_feed.function(BELZIG, feed="fern")

    async with control() as connection:
        at = await connection.fetchval("SELECT due_at FROM feed_due WHERE tenant = $1 AND feed = 'fern'", BELZIG)
    assert at > clock.now()
    async with tenant(BELZIG):
        assert await health.any_held_back(BELZIG)
        fern = await health.source(BELZIG, "fern")
    assert fern.held_back
    assert (fern.state, fern.failures) == ("new", 0)
    assert origin.paths == []


@pytest.mark.usefixtures("district")
def test_the_commands_say_it_too(village: Command) -> None:
    listed = village("regions", "list")
    asked = village("regions", "sync", "potsdam-mittelmark", "wetter")

    [row] = [line for line in listed.out.splitlines() if line.startswith("potsdam-mittelmark.wetter ")]
    assert " rests " in row
    assert "localhost" in listed.out.splitlines()[-1]
    assert asked.code == 1
    assert "localhost" in asked.err
