"""What lives in a region's schema alone: kept in its transaction, or loaded as a whole release from a file."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from app.feeds import regional_sync
from app.feeds.connector import Connector, Cursor, Fetched, Http, Manifest, ParseContext, Stop
from app.feeds.items import Article, Forecast, Item, Problem
from app.feeds.regional import Keepers, Kept, RegionFeed
from app.feeds.registry import CONNECTORS
from app.feeds.report import FeedReport
from app.kit.network import forbidden
from app.platform import regions
from app.settings import settings
from app.tenancy import Scope
from tests.feeds.region.district import BELZIG, NAME, District
from tests.origin import Origin


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    station: str = ""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    return await http.get(config.url, cursor)


async def download(config: Config, http: Http, cursor: Cursor) -> Fetched:
    return await http.download(config.url, cursor)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """A line is a forecast, `!` an article, `?` nothing that can be read."""
    for line in body.decode().split():
        if line.startswith("?"):
            yield Problem(line, "An entry can't be read.")
        elif line.startswith("!"):
            yield Article(external_id=line, title=line, published_at=datetime(2026, 6, 1, tzinfo=UTC))
        else:
            yield Forecast(external_id=line, title=line)


def connects(monkeypatch: pytest.MonkeyPatch, delivers: str, gives: Sequence[str] = ("forecast",), **more: Any) -> None:
    """For this test the connector `rss` is another one."""
    facts = {"name": "rss", "title": "Test", "every": "1 min", "licence": "CC0-1.0", "owner": "x", "quality": "gold"}
    manifest = msgspec.convert({**facts, "gives": list(gives), "delivers": delivers, **more}, Manifest)
    code = Connector(manifest, Config, download if delivers == "release" else fetch, parse, None)
    monkeypatch.setitem(CONNECTORS, "rss", code)


class Shelf:
    """A capability that keeps what it is given in a table of the region."""

    def __init__(self) -> None:
        self.given: list[list[str]] = []
        self.feed: RegionFeed | None = None
        self.failure: Exception | None = None
        self.paths: list[Path] = []

    @property
    def keepers(self) -> Keepers:
        return Keepers({Forecast: self.keep}, {"rss": self.load})

    async def keep(self, region: Scope, feed: RegionFeed, items: Sequence[Item]) -> Kept:
        assert region.in_transaction
        assert forbidden.get()
        assert await region.fetchval("SELECT current_schema()") == f"region_{NAME}"
        self.feed = feed
        self.given.append([item.external_id for item in items])
        if self.failure is not None:
            raise self.failure
        return Kept(new=len(items), problems=[Problem("x", "An entry can't be read.")] if len(items) == 3 else [])

    async def load(self, region: Scope, feed: RegionFeed, path: Path, config: Any) -> Kept:
        assert not region.in_transaction
        self.feed = feed
        self.paths.append(path)
        self.given.append((await asyncio.to_thread(path.read_text, "utf-8")).split())
        assert isinstance(config, Config)
        if self.failure is not None:
            raise self.failure
        return Kept(new=len(self.given[-1]))


async def run(district: District, kept: Shelf, **more: Any) -> FeedReport:
    [report] = await regional_sync.sync(NAME, keepers=kept.keepers, http=district.http, **more)
    return report


async def test_what_only_regions_hold_goes_to_its_keeper_and_to_no_town(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "snapshot", ("forecast", "article"))
    origin.file("/w", b"one two ?three !four")
    await district.has("wetter", "/w", title="Wetter", attribution="Dienst", every_minutes=30)
    kept = Shelf()

    report = await run(district, kept)
    await district.deliver()

    assert kept.given == [["one", "two"]]
    assert (report.new, len(report.errors)) == (3, 1)
    assert kept.feed is not None
    assert (kept.feed.region, kept.feed.name, kept.feed.full_name) == (NAME, "wetter", f"{NAME}.wetter")
    assert (kept.feed.licence, kept.feed.attribution, kept.feed.area) == ("CC0-1.0", "Dienst", ("12069",))
    assert (kept.feed.every_seconds, kept.feed.delivers) == (1800, "snapshot")
    assert await district.titles(BELZIG) == ["!four"]


async def test_a_snapshot_for_a_keeper_that_halves_is_held(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "snapshot")
    origin.file("/w", b"a b c d e f")
    await district.has("wetter", "/w")
    kept = Shelf()
    await run(district, kept)
    origin.file("/w", b"a b")

    report = await run(district, kept)

    assert len(kept.given) == 1
    assert "mehr als die Hälfte" in report.errors[0]
    assert (await district.health("wetter")).items == 6
    await run(district, kept, accept_gone=True)
    assert kept.given[-1] == ["a", "b"]


async def test_an_increment_for_a_keeper_may_be_as_small_as_it_likes(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "increment")
    origin.file("/w", b"a b c d e f")
    await district.has("wetter", "/w")
    kept = Shelf()
    await run(district, kept)
    origin.file("/w", b"a")

    assert (await run(district, kept)).errors == []
    assert kept.given[-1] == ["a"]
    assert await district.row(BELZIG, "wetter") is None


async def test_warnings_may_end_all_at_once_when_a_second_answer_says_so(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "snapshot", ("article",), ends_at_once=True)
    origin.file("/w", b"!sturm !flut !eis !hitze", etag='"1"')
    await district.has("warnungen", "/w")
    await district.run()
    origin.file("/w", b"", etag='"2"')

    first = await district.run()
    assert (first.gone, len(await district.titles(BELZIG))) == (0, 4)
    second = await district.run()

    assert (second.gone, second.errors, await district.titles(BELZIG)) == (4, [], [])
    assert not (await district.health("warnungen")).hold


@pytest.mark.parametrize("failure", [KeyError("x"), asyncpg.NumericValueOutOfRangeError("x")])
async def test_a_keeper_that_breaks_is_our_mistake_and_costs_the_other_feeds_nothing(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    connects(monkeypatch, "snapshot")
    origin.file("/w", b"a b")
    await district.has("wetter", "/w")
    kept = Shelf()
    kept.failure = failure

    report = await run(district, kept)

    assert report.status == "failed"
    assert "Fehler gemacht" in report.errors[0]
    kept.failure = None
    assert (await run(district, kept)).new == 2


async def test_a_release_is_loaded_once_and_its_file_goes(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "release", ("timetable",))
    origin.file("/gtfs.zip", b"a b c", etag='"1"')
    await district.has("fahrplan", "/gtfs.zip")
    kept = Shelf()

    first = await run(district, kept)
    second = await run(district, kept)
    third = await run(district, kept, force=True)

    assert (first.status, first.new, second.status, third.new) == ("ok", 3, "unchanged", 3)
    assert kept.given == [["a", "b", "c"]] * 2
    assert not any(path.exists() for path in kept.paths)
    assert list((settings().data / "downloads").iterdir()) == []


async def test_the_same_release_under_another_etag_is_not_loaded_again(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "release", ("timetable",))
    origin.file("/gtfs.zip", b"a b c", etag='"1"')
    await district.has("fahrplan", "/gtfs.zip")
    kept = Shelf()
    await run(district, kept)
    origin.file("/gtfs.zip", b"a b c", etag='"2"')

    assert (await run(district, kept)).status == "unchanged"
    assert len(kept.given) == 1
    assert list((settings().data / "downloads").iterdir()) == []


async def test_a_release_that_is_none_is_told_and_tried_again(
    district: District, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    connects(monkeypatch, "release", ("timetable",))
    origin.file("/gtfs.zip", b"a", etag='"1"')
    await district.has("fahrplan", "/gtfs.zip")
    kept = Shelf()
    kept.failure = Stop("What came from the source can't be read.", code="unreadable")

    report = await run(district, kept)

    assert report.status == "failed"
    assert (await district.health("fahrplan")).failures == 1
    kept.failure = None
    assert (await run(district, kept)).new == 1


def test_the_capabilities_say_who_keeps_what() -> None:
    keepers = regions.keepers()

    assert all(callable(keep) for keep in (*keepers.keeps.values(), *keepers.loads.values()))
