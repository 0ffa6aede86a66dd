"""A clerk's feeds: what comes, what changes, what goes; and a source's bad days."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.feeds import sync as engine
from app.feeds.admin import FIRST_LOOK, FeedExists, NewFeed, add, listing
from app.feeds.report import FeedReport
from app.kit import clock
from app.kit.errors import InvalidInput, NotFound
from app.kit.http import Http
from app.platform import feeds
from app.tenancy import control, tenant
from tests import loop
from tests.origin import Origin
from tests.village import Village

TOWN = "bad-belzig"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def http(origin: Origin) -> Iterator[Http]:
    async def make() -> Http:
        return Http(private_hosts=frozenset({origin.host})).impatient()

    client = loop.run(make())
    yield client
    loop.run(client.aclose())


def rss(*titles: str, extra: str = "") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><guid>{title}</guid><link>https://rathaus.example/{number}</link>"
        f"<pubDate>Mon, 0{number + 1} Jun 2026 08:00:00 GMT</pubDate></item>"
        for number, title in enumerate(titles)
    )
    return f'<rss version="2.0"><channel><title>Rathaus</title>{items}{extra}</channel></rss>'.encode()


def ics(*summaries: str, extra: str = "") -> bytes:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{summary}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:2027010{number + 1}T180000Z\r\n"
        f"DTEND:2027010{number + 1}T200000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n"
        for number, summary in enumerate(summaries)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rathaus//DE\r\n{events}{extra}END:VCALENDAR\r\n".encode()


async def run(http: Http, name: str = "rathaus", **more: Any) -> FeedReport:
    [report] = await engine.sync(TOWN, [name], takers=feeds.takers(), http=http, **more)
    return report


async def subscribe(origin: Origin, path: str, connector: str = "rss", **more: Any) -> None:
    await add(TOWN, NewFeed(name="rathaus", connector=connector, url=origin.url(path), **more))


async def titles(village: Village, kind: str = "news") -> list[str]:
    village.edge.cache.empty(TOWN)
    answer = await village.json(f"/api/v1/{kind}", **{"from": "2026-01-01"})
    return sorted(item["title"] for item in answer["items"])


async def test_news_come_by_themselves_and_a_second_look_finds_nothing_new(
    belzig: Village, origin: Origin, http: Http
) -> None:
    origin.file("/rss.xml", rss("Markt am Samstag", "Rathaus zu"), etag='"1"')
    await subscribe(origin, "/rss.xml")

    first = await run(http)
    second = await run(http)

    assert (first.status, first.new, first.errors) == ("ok", 2, [])
    assert (second.status, second.new, second.unchanged) == ("unchanged", 0, 2)
    assert await titles(belzig) == ["Markt am Samstag", "Rathaus zu"]
    assert "Markt am Samstag" in (await belzig.get("/news")).text


async def test_a_source_without_etag_is_recognised_by_its_bytes(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")

    await run(http)

    assert (await run(http)).status == "unchanged"


async def test_a_corrected_title_is_corrected_here(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")
    await run(http)
    origin.file("/rss.xml", rss("Markt").replace(b"<title>Markt<", b"<title>Markt verlegt<"))

    report = await run(http)

    assert (report.new, report.changed) == (0, 1)
    assert await titles(belzig) == ["Markt verlegt"]


async def test_old_news_that_left_the_window_stay(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/rss.xml", rss("Alt", "Neu"))
    await subscribe(origin, "/rss.xml")
    await run(http)
    origin.file("/rss.xml", rss("Neu"))

    report = await run(http)

    assert report.gone == 0
    assert await titles(belzig) == ["Alt", "Neu"]


async def test_an_event_that_left_the_calendar_is_gone_and_can_come_back(
    belzig: Village, origin: Origin, http: Http
) -> None:
    origin.file("/k.ics", ics("Lesung", "Konzert", "Markt"))
    await subscribe(origin, "/k.ics", "ics")
    await run(http)
    origin.file("/k.ics", ics("Lesung", "Konzert"))

    report = await run(http)

    assert report.gone == 1
    assert await titles(belzig, "events") == ["Konzert", "Lesung"]
    origin.file("/k.ics", ics("Lesung", "Konzert", "Markt"))
    assert (await run(http)).changed == 1
    assert await titles(belzig, "events") == ["Konzert", "Lesung", "Markt"]


async def test_a_calendar_that_suddenly_is_empty_wipes_nothing_until_the_clerk_says_so(
    belzig: Village, origin: Origin, http: Http
) -> None:
    origin.file("/k.ics", ics("A", "B", "C", "D", "E"))
    await subscribe(origin, "/k.ics", "ics")
    await run(http)
    origin.file("/k.ics", ics("A"))

    report = await run(http)

    assert report.gone == 0
    assert "mehr als die Hälfte" in report.errors[0]
    assert len(await titles(belzig, "events")) == 5
    [health] = [one for one in await listing(TOWN) if one.name == "rathaus"]
    assert health.hold
    confirmed = await run(http, accept_gone=True)
    assert confirmed.gone == 4
    assert await titles(belzig, "events") == ["A"]


async def test_a_calendar_that_recovers_needs_nobody(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/k.ics", ics("A", "B", "C", "D", "E"))
    await subscribe(origin, "/k.ics", "ics")
    await run(http)
    origin.file("/k.ics", ics("A"))
    await run(http)
    origin.file("/k.ics", ics("A", "B", "C", "D", "E"))

    report = await run(http)

    assert (report.gone, report.errors) == (0, [])
    assert not next(one for one in await listing(TOWN) if one.name == "rathaus").hold


@pytest.mark.parametrize(("kind", "path"), [("events", "/k.ics"), ("news", "/f.xml")])
async def test_new_ids_for_everything_bring_nothing_twice(
    kind: str, path: str, belzig: Village, origin: Origin, http: Http
) -> None:
    made, mark = (ics, b"UID:") if kind == "events" else (rss, b"<guid>")
    body = made("A", "B", "C", "D", "E")
    origin.file(path, body)
    await subscribe(origin, path, "ics" if kind == "events" else "rss")
    await run(http)
    before = await belzig.json(f"/api/v1/{kind}", **{"from": "2026-01-01"})
    origin.file(path, body.replace(mark, mark + b"neu-"))

    report = await run(http)

    assert (report.new, report.changed, report.gone, report.errors) == (0, 5, 0, [])
    assert await titles(belzig, kind) == ["A", "B", "C", "D", "E"]
    after = await belzig.json(f"/api/v1/{kind}", **{"from": "2026-01-01"})
    assert [one["id"] for one in after["items"]] == [one["id"] for one in before["items"]]


async def test_one_bad_entry_loses_only_itself(belzig: Village, origin: Origin, http: Http) -> None:
    broken = "BEGIN:VEVENT\r\nUID:kaputt\r\nDTSTART:am Abend\r\nSUMMARY:Kaputt\r\nEND:VEVENT\r\n"
    origin.file("/k.ics", ics("Lesung", extra=broken))
    await subscribe(origin, "/k.ics", "ics")

    report = await run(http)

    assert report.new == 1
    assert len(report.errors) == 1
    assert "kaputt" in report.errors[0]
    assert await titles(belzig, "events") == ["Lesung"]


async def test_one_dead_source_does_not_stop_the_others(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/rss.xml", rss("Markt"))
    origin.status("/dead.xml", 500)
    await subscribe(origin, "/rss.xml")
    await add(TOWN, NewFeed(name="tot", connector="rss", url=origin.url("/dead.xml")))

    reports = {one.name: one for one in await engine.sync(TOWN, takers=feeds.takers(), http=http)}

    assert reports["rathaus"].new == 1
    assert reports["tot"].status == "failed"
    assert reports["tot"].errors


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", "text/xml", "leer"),
        (b"<!doctype html><html><body>Wartung</body></html>", "text/html", "Webseite"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rss>&a;</rss>', "text/xml", ""),
    ],
)
async def test_rubbish_is_explained_to_the_clerk_and_changes_nothing(
    belzig: Village, origin: Origin, http: Http, body: bytes, content_type: str, words: str
) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")
    await run(http)
    origin.file("/rss.xml", body, content_type)

    report = await run(http)

    assert report.status == "failed"
    assert words in report.errors[0]
    assert await titles(belzig) == ["Markt"]


async def test_a_feed_that_fails_is_asked_less_and_less_and_recovers(
    belzig: Village, origin: Origin, http: Http
) -> None:
    origin.status("/rss.xml", 500)
    await subscribe(origin, "/rss.xml", every_seconds=900)
    waits = []
    now = datetime(2026, 5, 4, 8, tzinfo=UTC)
    for _ in range(8):
        with clock.at(now):
            await run(http)
            health = next(one for one in await listing(TOWN) if one.name == "rathaus")
        assert health.next_at is not None
        waits.append(health.next_at - now)

    assert waits == sorted(waits)
    assert waits[0] < timedelta(hours=1)
    assert waits[-1] == timedelta(hours=24)
    assert health.failures == 8
    origin.file("/rss.xml", rss("Markt"))
    assert (await run(http)).new == 1
    assert next(one for one in await listing(TOWN) if one.name == "rathaus").failures == 0


async def test_a_feed_that_is_gone_for_good_is_switched_off(belzig: Village, origin: Origin, http: Http) -> None:
    origin.status("/rss.xml", 410)
    await subscribe(origin, "/rss.xml")

    report = await run(http)

    assert report.status == "failed"
    assert not next(one for one in await listing(TOWN) if one.name == "rathaus").enabled
    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM feed_due WHERE feed = 'rathaus'") == 0


async def test_what_is_due_is_given_to_one_asker_only(belzig: Village, origin: Origin) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")

    with clock.at(datetime.now(UTC) + FIRST_LOOK):
        first, second = await asyncio.gather(feeds.claim(), feeds.claim())
        third = await feeds.claim()

    assert [*first, *second].count((TOWN, "rathaus")) == 1
    assert (TOWN, "rathaus") not in third


async def test_a_new_feed_waits_for_the_clerk_s_first_look(belzig: Village, origin: Origin) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")

    assert (TOWN, "rathaus") not in await feeds.claim()


async def test_a_worker_that_died_loses_no_run(belzig: Village, origin: Origin) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml")
    with clock.at(datetime.now(UTC) + FIRST_LOOK):
        await feeds.claim()

    with clock.at(datetime.now(UTC) + FIRST_LOOK + timedelta(minutes=feeds.CLAIM_MINUTES + 1)):
        assert (TOWN, "rathaus") in await feeds.claim()


async def test_every_entry_keeps_its_source_and_licence(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/rss.xml", rss("Markt"))
    await subscribe(origin, "/rss.xml", title="Stadt Bad Belzig", licence="CC-BY-4.0", attribution="Rathaus")
    await run(http)

    [item] = (await belzig.json("/api/v1/news"))["items"]

    assert item["source"] == {"name": "Stadt Bad Belzig", "url": "https://rathaus.example/0"}
    assert (item["licence"], item["attribution"]) == ("CC-BY-4.0", "Rathaus")


async def test_dates_far_ahead_and_long_ago_break_nothing(belzig: Village, origin: Origin, http: Http) -> None:
    body = rss("Heute", "Zukunft", "Anfang").decode()
    body = body.replace("Mon, 02 Jun 2026 08:00:00 GMT", "Wed, 02 Jan 2041 08:00:00 GMT")
    body = body.replace("Mon, 03 Jun 2026 08:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT")
    origin.file("/rss.xml", body.encode())
    await subscribe(origin, "/rss.xml")

    report = await run(http)

    assert report.new == 3
    belzig.edge.cache.empty(TOWN)
    answer = await belzig.json("/api/v1/news")
    assert {item["title"] for item in answer["items"]} == {"Heute", "Zukunft", "Anfang"}
    assert all(item["published_at"] < "2027" for item in answer["items"])


async def test_a_null_byte_or_a_huge_text_loses_nothing_else(belzig: Village, origin: Origin, http: Http) -> None:
    extra = f"<item><title>Lang</title><guid>lang</guid><description>{'wort ' * 400_000}</description></item>"
    origin.file("/rss.xml", rss("Markt", extra=extra))
    await subscribe(origin, "/rss.xml")

    report = await run(http)

    assert report.new >= 1
    assert "Markt" in await titles(belzig)


async def test_a_clerk_s_mistakes_are_named(belzig: Village, origin: Origin) -> None:
    with pytest.raises(InvalidInput, match="connector"):
        await add(TOWN, NewFeed(name="x", connector="telegraph", url="https://x.example/"))
    with pytest.raises(InvalidInput, match="settings"):
        await add(TOWN, NewFeed(name="x", connector="rss", url="https://x.example/", options={"colour": "red"}))
    with pytest.raises(InvalidInput, match="name"):
        await add(TOWN, NewFeed(name="Kein Name", connector="rss", url="https://x.example/"))
    await subscribe(origin, "/rss.xml")
    with pytest.raises(FeedExists):
        await subscribe(origin, "/rss.xml")
    with pytest.raises(NotFound):
        await engine.due(TOWN, ["nirgends"])


async def test_what_vanished_is_forgotten_after_two_months(belzig: Village, origin: Origin, http: Http) -> None:
    origin.file("/k.ics", ics("Lesung", "Konzert", "Markt"))
    await subscribe(origin, "/k.ics", "ics")
    await run(http)
    origin.file("/k.ics", ics("Lesung", "Konzert"))
    await run(http)

    with clock.at(datetime.now(UTC) + timedelta(days=feeds.TOMBSTONE_DAYS + 1)):
        await feeds.purge_tombstones.run(tenant=TOWN)

    async with tenant(TOWN) as scope:
        assert await scope.fetchval("SELECT count(*) FROM event WHERE title = 'Markt'") == 0
        assert await scope.fetchval("SELECT count(*) FROM feed_item") == 2
