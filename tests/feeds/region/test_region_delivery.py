"""Who is given what: by keys, polygons and places; switched off and on again; towns that come later; killed workers."""

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dramatiq.brokers.redis import RedisBroker

from app.admin import house
from app.feeds import regional_area, regional_pending, regional_state
from app.feeds.items import Area, Article, Event, Geo
from app.feeds.regional_store import read
from app.kit import clock
from app.kit.errors import InvalidInput
from app.kit.queue import broker
from app.platform import regions, tick
from app.tenancy import control, lifecycle, tenant, transaction
from app.tenancy.regions import region
from app.tenancy.registry import forget
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.feeds.test_sync import rss
from tests.origin import Origin

TOWNS = (BELZIG, WIESENBURG)
CENTRE = (52.14, 12.59)
"""In Bad Belzig, also of the circle that stands in for its outline."""
FAR = (53.0, 14.0)


def square(lat: float, lon: float, half: float = 0.01) -> tuple[tuple[float, float], ...]:
    """A ring in GeoJSON order around a point."""
    corners = ((-half, -half), (half, -half), (half, half), (-half, half), (-half, -half))
    return tuple((lon + right, lat + up) for right, up in corners)


def article(title: str, area: Area | None = None, geo: Geo | None = None) -> Article:
    published = datetime(2026, 6, 1, 8, tzinfo=UTC)
    return Article(external_id=title, title=title, area=area, geo=geo, published_at=published)


async def given(district: District, *items: Article) -> dict[str, list[str]]:
    """What each town shows after the items were put into the region as the whole of a feed."""
    if not district.feeds:
        await district.has("nachrichten", "/kreis.xml")
    await district.holds("nachrichten", items)
    await district.deliver()
    return {slug: await district.titles(slug) for slug in TOWNS}


async def test_a_key_names_the_towns_by_its_beginning(district: District) -> None:
    shown = await given(
        district,
        article("Land", Area(keys=("12",))),
        article("Kreis", Area(keys=("12069",))),
        article("Belzig", Area(keys=("12069020",))),
        article("Uckermark", Area(keys=("12073", "12070"))),
        article("Alle", Area(names=("Fläming",))),
    )

    assert shown == {BELZIG: ["Alle", "Belzig", "Kreis", "Land"], WIESENBURG: ["Alle", "Kreis", "Land"]}


async def test_a_polygon_is_for_the_towns_it_touches(district: District) -> None:
    shown = await given(
        district,
        article("Hier", Area(polygons=(square(*CENTRE),))),
        article("Weit weg", Area(polygons=(square(*FAR),))),
        article("Überall", Area(polygons=(square(52.2, 12.5, 2.0),))),
        article("Schlüssel oder Fläche", Area(keys=("12069665",), polygons=(square(*CENTRE),))),
    )

    assert shown == {
        BELZIG: ["Hier", "Schlüssel oder Fläche", "Überall"],
        WIESENBURG: ["Schlüssel oder Fläche", "Überall"],
    }


async def test_a_point_is_for_the_towns_around_it(district: District) -> None:
    shown = await given(
        district, article("Hier", geo=Geo(*CENTRE)), article("Weit weg", geo=Geo(*FAR)), article("Ohne Ort")
    )

    assert shown == {BELZIG: ["Hier", "Ohne Ort"], WIESENBURG: ["Ohne Ort"]}


async def test_what_lies_just_behind_the_border_still_counts(district: District) -> None:
    here = await regional_area.here(BELZIG, "12069020")
    assert here.box is not None
    west, _, east, north = here.box
    middle = (west + east) / 2

    def at(lat: float) -> bool:
        return regional_area.concerns(regional_area.reach(article("x", geo=Geo(lat, middle))), here, here.box)

    edge = next(lat for lat in (north - step / 1000 for step in range(200)) if here.boundaries[0].contains(lat, middle))
    assert at(edge)
    assert at(edge + 0.012)
    assert not at(edge + 0.05)


async def test_where_no_boundary_is_known_an_area_counts_and_a_point_does_not(district: District) -> None:
    nowhere = await regional_area.here("atlantis", "99999999")

    def reaches(item: Article) -> bool:
        return regional_area.concerns(regional_area.reach(item), nowhere, nowhere.box)

    assert nowhere.boundaries == ()
    assert reaches(article("a", Area(polygons=(square(*FAR),))))
    assert not reaches(article("b", geo=Geo(*FAR)))
    assert not reaches(article("c", Area(keys=("12",))))


async def test_an_amt_and_a_district_get_what_is_for_one_of_their_members(district: District) -> None:
    amt = await regional_area.here("amt", "12069304", ("12069304", "12069402"), association=True)

    assert regional_area.concerns(regional_area.reach(article("x", Area(keys=("12069402",)))), amt, amt.box)
    assert len(amt.boundaries) == 2
    kreis = await regional_area.here("kreis", "12069000", ("12069020", "12069665"))
    assert regional_area.concerns(regional_area.reach(article("x", Area(keys=("12069020",)))), kreis, kreis.box)
    assert len(kreis.boundaries) == 1


async def test_what_no_longer_concerns_a_town_leaves_it(district: District) -> None:
    await given(district, article("Sturm", Area(keys=("12069",))))

    shown = await given(district, article("Sturm", Area(keys=("12069665",))))

    assert shown == {BELZIG: [], WIESENBURG: ["Sturm"]}
    assert (await given(district, article("Sturm", Area(keys=("12069",)))))[BELZIG] == ["Sturm"]


async def test_a_feed_that_a_clerk_switched_off_brings_nothing_and_what_came_is_taken_back(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    await district.run()
    row = await district.row(BELZIG, "nachrichten")
    assert row is not None

    async def switch(*, on: bool) -> None:
        async with tenant(BELZIG), transaction():
            await house.change_source(row["id"], {"enabled": on})
        # The job for it is in the queue; here it is done at once.
        await regions.give_to(NAME, "nachrichten", [BELZIG])

    await switch(on=False)
    assert await district.titles(BELZIG) == []
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"))
    await district.run()
    assert await district.titles(BELZIG) == []
    assert await district.titles(WIESENBURG) == ["Brücke", "Kreistag"]

    await switch(on=True)
    assert await district.titles(BELZIG) == ["Brücke", "Kreistag"]


async def test_a_switch_turned_past_the_form_is_noticed_at_night(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    await district.run()
    async with tenant(BELZIG) as scope, transaction():
        await scope.fetch("UPDATE feed SET enabled = false WHERE region = $1", [NAME])

    await regions.compare_switches.run(tenant=BELZIG)
    await regions.give_to(NAME, "nachrichten", list(TOWNS))

    assert await district.titles(BELZIG) == []
    assert await district.titles(WIESENBURG) == ["Kreistag"]


async def test_a_switch_turned_while_a_delivery_is_under_way_is_not_lost(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    await district.run()
    before = await regional_pending.claim(NAME)
    await regional_state.look_again(BELZIG, f"{NAME}.nachrichten")
    [(_, _, first)] = await regional_pending.claim(NAME)
    await regional_state.look_again(BELZIG, f"{NAME}.nachrichten")

    [(_, _, second)] = await regional_pending.claim(NAME)

    assert (before, first, second) == ([], [BELZIG], [BELZIG])


async def test_a_clerk_can_change_only_what_is_the_town_s(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    await district.run()
    row = await district.row(BELZIG, "nachrichten")
    assert row is not None

    async with tenant(BELZIG), transaction():
        await house.change_source(row["id"], {"title": "Aus dem Kreis", "url": row["url"]})
        with pytest.raises(InvalidInput):
            await house.change_source(row["id"], {"url": "https://woanders.example/"})
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"))
    await district.run()

    after = await district.row(BELZIG, "nachrichten")
    assert after is not None
    assert (after["title"], after["url"]) == ("Aus dem Kreis", row["url"])


async def test_a_town_that_comes_later_is_given_everything_at_once(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Alt", "Neu"))
    await district.has("nachrichten", "/kreis.xml")
    await lifecycle.suspend(WIESENBURG)
    try:
        await district.run()
        assert (await district.deliver()).given == []
        async with control() as connection:
            await connection.execute("DELETE FROM region_delivery WHERE tenant = $1", WIESENBURG)
    finally:
        await lifecycle.resume(WIESENBURG)
    forget(WIESENBURG)

    done = await district.deliver(town=WIESENBURG)

    assert done.given == [WIESENBURG]
    assert await district.titles(WIESENBURG) == ["Alt", "Neu"]
    assert len(origin.asked) == 1


async def test_a_town_away_for_so_long_that_tombstones_are_forgotten_loses_what_went(
    district: District, origin: Origin
) -> None:
    await given(district, article("Alt"), article("Neu"))
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("DELETE FROM item WHERE external_id = 'Alt'")
    async with control() as connection:
        await connection.execute("UPDATE region_delivery SET delivered_at = now() - interval '31 days'")

    assert (await given(district, article("Neu"), article("Neuer")))[BELZIG] == ["Neu", "Neuer"]


async def test_a_killed_worker_is_taken_over_at_the_next_tick(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"))
    await district.has("nachrichten", "/kreis.xml")
    await district.fetch()
    [(_, _, towns)] = await regional_pending.claim(NAME)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.feeds.region.killed",
        NAME,
        "nachrichten",
        *towns,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    for _ in TOWNS:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"stored\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()

    first = {slug: await district.titles(slug) for slug in TOWNS}
    assert sorted(first.values()) == [[], ["Brücke", "Kreistag"]]
    assert (await district.deliver()).given == []
    with clock.at(datetime.now(UTC) + timedelta(seconds=regional_pending.CLAIM_SECONDS + 1)):
        done = await district.deliver()

    assert done.given == [slug for slug in TOWNS if not first[slug]]
    assert {slug: await district.titles(slug) for slug in TOWNS} == {slug: ["Brücke", "Kreistag"] for slug in TOWNS}


async def test_the_same_delivery_twice_at_the_same_time_stores_everything_once(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag", "Brücke"))
    await district.has("nachrichten", "/kreis.xml")
    await district.fetch()

    job = regions.give_to
    await asyncio.gather(*(job(NAME, "nachrichten", list(TOWNS)) for _ in range(3)))

    for slug in TOWNS:
        assert await district.titles(slug) == ["Brücke", "Kreistag"]
        async with tenant(slug) as scope:
            assert await scope.fetchval("SELECT count(*) FROM feed_item") == 2
            assert await scope.fetchval("SELECT count(*) FROM feed_problem") == 0


async def test_without_a_queue_the_fetch_counts_and_the_next_tick_delivers(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    await district.fetch()
    away = RedisBroker(url="redis://127.0.0.1:1/0", namespace="away")  # type: ignore[no-untyped-call]
    monkeypatch.setattr(regional_pending, "broker", away)

    assert await regional_pending.enqueue(NAME) == 1

    monkeypatch.setattr(regional_pending, "broker", broker)
    with clock.at(datetime.now(UTC) + timedelta(seconds=regional_pending.CLAIM_SECONDS + 1)):
        assert (await district.deliver()).given == [*TOWNS]
    assert await district.titles(BELZIG) == ["Kreistag"]


async def test_a_tick_sends_a_job_for_each_feed_that_is_due_and_for_what_is_not_delivered(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag"))
    await district.has("nachrichten", "/kreis.xml")
    assert {"sync_region_feed", "deliver_region_feed"} <= set(broker.actors)
    assert tick.tick.actor_name == "tick"

    with clock.at(datetime.now(UTC) + timedelta(seconds=1)):
        assert await regions.enqueue_due() == 1
        assert await regions.enqueue_due() == 0
    await district.fetch()
    assert await regions.enqueue_due() == 1
    broker.flush("feeds")


async def test_an_item_of_a_shape_that_is_no_more_is_passed_over(district: District) -> None:
    assert read("article", '{"no": "article"}') is None
    assert read("from-the-future", "{}") is None
    await given(district, article("Markt"))
    async with region(NAME) as scope, scope.transaction():
        await scope.fetch("UPDATE item SET body = '{}', version = version + 1")
    async with control() as connection:
        await connection.execute("UPDATE region_feed SET version = version + 1 WHERE region = $1", NAME)

    assert (await district.deliver()).failed == []


async def test_events_go_the_same_way(district: District) -> None:
    await district.has("kalender", "/k.ics", "ics")
    await district.holds("kalender", [Event(external_id="1", title="Fest", geo=Geo(*CENTRE))])

    assert (await district.deliver()).failed == []
