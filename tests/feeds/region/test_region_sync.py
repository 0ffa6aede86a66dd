"""A region's feed: fetched once, given to every member; and its bad days."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.feeds import items, regional_state, regional_sync
from app.feeds import sync as towns_engine
from app.feeds.admin import listing
from app.feeds.sync import RegionsFeed
from app.identity import accounts, memberships
from app.kit import clock
from app.kit.errors import NotFound
from app.platform import feeds, regions
from app.tenancy import control
from tests.feeds.region.district import BELZIG, NAME, WIESENBURG, District
from tests.feeds.test_sync import ics, rss
from tests.origin import Origin

TOWNS = (BELZIG, WIESENBURG)


async def test_one_fetch_fills_every_member(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag tagt", "Brücke gesperrt"), etag='"1"')
    await district.has("nachrichten", "/kreis.xml", title="Nachrichten des Kreises", licence="CC-BY-4.0")

    report = await district.run()

    assert (report.status, report.new, report.errors) == ("ok", 2, [])
    assert origin.paths == ["/kreis.xml"]
    for slug in TOWNS:
        assert await district.titles(slug) == ["Brücke gesperrt", "Kreistag tagt"]
        row = await district.row(slug, "nachrichten")
        assert row is not None
        assert (row["region"], row["title"], row["licence"]) == (NAME, "Nachrichten des Kreises", "CC-BY-4.0")
        assert (row["status"], row["items_new"], row["enabled"]) == ("ok", 2, True)


async def test_an_unchanged_source_is_one_small_question_and_no_town_is_touched(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Kreistag tagt"), etag='"1"')
    await district.has("nachrichten", "/kreis.xml")
    await district.run()

    report = await district.fetch()

    assert (report.status, report.unchanged) == ("unchanged", 1)
    assert origin.asked[-1].headers["if-none-match"] == '"1"'
    assert (await district.deliver()).given == []
    assert (await district.health("nachrichten")).bytes_saved >= 0


async def test_one_change_reaches_every_member_as_one_change(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Kreistag tagt", "Brücke gesperrt"))
    await district.has("nachrichten", "/kreis.xml")
    await district.run()
    origin.file("/kreis.xml", rss("Kreistag tagt", "Brücke gesperrt").replace(b"<title>Kreistag tagt<", b"<title>Neu<"))

    report = await district.fetch()
    done = await district.deliver()

    assert (report.new, report.changed, report.unchanged) == (0, 1, 1)
    assert done.given == [*TOWNS]
    assert {(one.new, one.changed, one.gone) for one in done.reports.values()} == {(0, 1, 0)}
    for slug in TOWNS:
        assert await district.titles(slug) == ["Brücke gesperrt", "Neu"]


async def test_what_leaves_a_snapshot_leaves_every_town_and_may_come_back(district: District, origin: Origin) -> None:
    origin.file("/k.ics", ics("Lesung", "Konzert", "Markt"))
    await district.has("kalender", "/k.ics", "ics")
    await district.run()
    origin.file("/k.ics", ics("Lesung", "Konzert"))

    assert (await district.run()).gone == 1

    for slug in TOWNS:
        assert await district.titles(slug, "events") == ["Konzert", "Lesung"]
    origin.file("/k.ics", ics("Lesung", "Konzert", "Markt"))
    assert (await district.run()).changed == 1
    for slug in TOWNS:
        assert await district.titles(slug, "events") == ["Konzert", "Lesung", "Markt"]


async def test_a_snapshot_that_suddenly_is_empty_is_held_until_somebody_has_looked(
    district: District, origin: Origin
) -> None:
    origin.file("/k.ics", ics("A", "B", "C", "D", "E"))
    await district.has("kalender", "/k.ics", "ics")
    await district.run()
    origin.file("/k.ics", ics("A"))

    held = await district.run()
    again = await district.run()

    assert (held.gone, again.gone) == (0, 0)
    assert "mehr als die Hälfte" in held.errors[0]
    assert (await district.health("kalender")).hold
    assert await district.titles(BELZIG, "events") == ["A", "B", "C", "D", "E"]
    assert (await district.run(accept_gone=True)).gone == 4
    assert not (await district.health("kalender")).hold
    assert await district.titles(WIESENBURG, "events") == ["A"]


async def test_new_ids_for_everything_bring_no_town_anything_twice(district: District) -> None:
    await district.has("kalender", "/k.ics", "ics")
    first = [items.Article(external_id=name, title=name, summary="Text") for name in "ABCDE"]
    await district.holds("kalender", first, accept_gone=False)
    await district.deliver()

    again = [msgspec.structs.replace(one, external_id=f"neu-{one.external_id}") for one in first]
    await district.holds("kalender", again, accept_gone=False)
    done = await district.deliver()

    assert await district.titles(BELZIG) == ["A", "B", "C", "D", "E"]
    report = done.reports[BELZIG]
    assert (report.new, report.changed, report.gone) == (0, 5, 0)


async def test_a_bad_entry_loses_only_itself(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Markt", extra="<item><guid>Markt</guid><title>Noch einer</title></item>"))
    await district.has("nachrichten", "/kreis.xml")

    report = await district.run()

    assert report.new == 1
    assert report.errors == ["Markt: Zwei Meldungen haben dieselbe Kennung. Die erste wurde übernommen."]
    assert [one["id"] for one in (await district.health("nachrichten")).problems] == ["Markt"]
    assert await district.titles(BELZIG) == ["Markt"]


async def test_a_source_that_fails_is_asked_less_and_less_and_the_others_go_on(
    district: District, origin: Origin
) -> None:
    origin.status("/kreis.xml", 500)
    origin.file("/k.ics", ics("Lesung"))
    await district.has("nachrichten", "/kreis.xml", every_minutes=15)
    await district.has("kalender", "/k.ics", "ics")
    waits = []
    now = datetime(2026, 5, 4, 8, tzinfo=UTC)
    for _ in range(8):
        with clock.at(now):
            await district.fetch("nachrichten")
            health = await district.health("nachrichten")
        assert health.next_at is not None
        waits.append(health.next_at - now)

    assert waits == sorted(waits)
    assert waits[0] < timedelta(hours=1)
    assert waits[-1] > timedelta(hours=21)
    assert (health.status, health.failures) == ("failed", 8)
    assert (await district.run("kalender")).new == 1
    origin.file("/kreis.xml", rss("Markt"))
    assert (await district.run("nachrichten")).new == 1
    assert (await district.health("nachrichten")).failures == 0


async def test_the_operators_are_told_once_when_it_is_down_and_once_when_it_is_back(
    district: District, origin: Origin
) -> None:
    account = await accounts.create("betrieb@land.example", "ein langes Kennwort 7", verified=True)
    await memberships.grant(account.id, "", "operator")
    origin.status("/kreis.xml", 500)
    await district.has("nachrichten", "/kreis.xml")

    async def mails() -> list[str]:
        async with control() as connection:
            rows = await connection.fetch("SELECT kind FROM mail WHERE recipient = $1 ORDER BY id", account.email)
        return [row["kind"] for row in rows]

    try:
        for _ in range(2):
            await district.fetch()
        assert await mails() == []
        for _ in range(3):
            await district.fetch()
        assert await mails() == ["feed-down"]
        origin.file("/kreis.xml", rss("Markt"))
        for _ in range(2):
            await district.fetch()
        assert await mails() == ["feed-down", "feed-up"]
    finally:
        async with control() as connection:
            await connection.execute("DELETE FROM account WHERE id = $1", account.id)


async def test_a_source_gone_for_good_is_switched_off_until_its_file_changes(
    district: District, origin: Origin
) -> None:
    origin.status("/kreis.xml", 410)
    await district.has("nachrichten", "/kreis.xml")

    await district.fetch()

    assert not (await district.health("nachrichten")).enabled
    with clock.at(datetime.now(UTC) + timedelta(days=30)):
        assert (NAME, "nachrichten") not in await regional_state.claim()
    origin.file("/neu.xml", rss("Markt"))
    district.feeds = []
    await district.has("nachrichten", "/neu.xml")
    assert (await district.run()).new == 1


async def test_what_is_due_is_given_to_one_asker_only_and_a_dead_one_loses_it(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Markt"))
    await district.has("nachrichten", "/kreis.xml")
    now = datetime.now(UTC) + timedelta(seconds=1)

    with clock.at(now):
        assert (NAME, "nachrichten") in await regional_state.claim()
        assert (NAME, "nachrichten") not in await regional_state.claim()
    with clock.at(now + timedelta(minutes=regional_state.CLAIM_MINUTES + 1)):
        assert (NAME, "nachrichten") in await regional_state.claim()


async def test_a_feed_that_left_the_file_is_neither_fetched_nor_given(district: District, origin: Origin) -> None:
    origin.file("/kreis.xml", rss("Markt"))
    await district.has("nachrichten", "/kreis.xml")
    await district.fetch()
    district.feeds = []
    await district.written()

    assert (await district.deliver()).given == []
    with pytest.raises(NotFound):
        await regional_sync.sync(NAME, "nachrichten", keepers=regions.keepers(), http=district.http)


async def test_a_run_killed_before_it_was_written_down_is_found_and_delivered(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Markt"))
    await district.has("nachrichten", "/kreis.xml")
    await district.fetch()
    async with control() as connection:
        await connection.execute("UPDATE region_feed SET version = 0, body_hash = '' WHERE region = $1", NAME)

    report = await district.run()

    assert (report.new, report.unchanged) == (0, 1)
    assert await district.titles(BELZIG) == ["Markt"]


async def test_a_town_sees_its_region_s_feeds_in_its_list_and_is_told_who_fetches_them(
    district: District, origin: Origin
) -> None:
    origin.file("/kreis.xml", rss("Markt"))
    await district.has("nachrichten", "/kreis.xml", title="Nachrichten des Kreises")
    await district.run()
    origin.status("/kreis.xml", 404)
    await district.fetch()

    [shown] = [one for one in await listing(BELZIG) if one.name == f"{NAME}.nachrichten"]

    assert (shown.region, shown.title, shown.status, shown.items) == (NAME, "Nachrichten des Kreises", "failed", 1)
    assert "404" in shown.problem
    with pytest.raises(RegionsFeed, match=f"village regions sync {NAME}"):
        await towns_engine.sync(BELZIG, [f"{NAME}.nachrichten"], takers=feeds.takers(), http=district.http)
    asked = len(origin.asked)
    assert await towns_engine.sync(BELZIG, takers=feeds.takers(), http=district.http) == []
    assert len(origin.asked) == asked
