"""A feed runs once at a time: a worker leaves it to the other process, a person's command waits for it."""

import asyncio

from app.feeds import regional_sync
from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.kit import clock
from app.platform import feeds, regions
from app.tenancy import control, turns
from tests.feeds.region.district import BELZIG, NAME, District
from tests.feeds.test_sync import rss
from tests.origin import Origin


async def test_a_regions_feed_that_runs_already_is_waited_for_by_people_only(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    said: list[str] = []
    async with turns.turn(regional_sync.turn_of(NAME, "nachrichten")):
        await regions.run_due(NAME, "nachrichten")
        waiting = asyncio.create_task(
            regional_sync.sync(NAME, keepers=regions.keepers(), http=district.http, say=said.append)
        )
        await asyncio.sleep(0.3)
        assert said == ["nachrichten: already running, waiting for it."]
        assert origin.paths == []
        async with control() as connection:
            [row] = await connection.fetch("SELECT * FROM region_feed WHERE region = $1", NAME)
        assert row["due_at"] > clock.now()
        assert row["claimed_until"] is None

    [report] = await waiting

    assert (report.status, report.new) == ("ok", 1)
    assert origin.paths == ["/kreis.xml"]


async def test_a_towns_feed_that_runs_already_is_waited_for_by_people_only(district: District, origin: Origin) -> None:
    origin.file("/chor.xml", rss("Probe"))
    await add(BELZIG, NewFeed(name="chor", connector="rss", url=origin.url("/chor.xml")))
    said: list[str] = []
    async with turns.turn(engine.turn_of(BELZIG, "chor")):
        await feeds.sync_feed.function(BELZIG, feed="chor")
        waiting = asyncio.create_task(
            engine.sync(BELZIG, ["chor"], takers=feeds.takers(), http=district.http, say=said.append)
        )
        await asyncio.sleep(0.3)
        assert said == ["chor: already running, waiting for it."]
        assert origin.paths == []

    [report] = await waiting

    assert (report.status, report.new) == ("ok", 1)
    assert origin.paths == ["/chor.xml"]
