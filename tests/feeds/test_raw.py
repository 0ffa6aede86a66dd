"""The last answers of a feed are kept, and can be read again without asking anybody."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.feeds import raw
from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.feeds.connector import Fetched, Stop
from app.feeds.replay import NothingKept, replay
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.http import Http
from app.platform import feed_care, feeds
from app.tenancy import removal, tenant, transaction
from tests import loop
from tests.origin import Origin
from tests.village import Village

TOWN = "bad-belzig"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


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


def answer(body: bytes) -> Fetched:
    return Fetched(status="new", url="https://a.example/x", body=body, content_type="text/xml", charset="utf-8")


def rss(*titles: str) -> bytes:
    items = "".join(f"<item><title>{one}</title><guid>{one}</guid></item>" for one in titles)
    return f'<rss version="2.0"><channel><title>Rathaus</title>{items}</channel></rss>'.encode()


async def kept_at(moment: datetime, folder: Path, body: bytes) -> bool:
    with clock.at(moment):
        return await raw.keep(folder, "news", answer(body))


async def test_the_last_two_answers_are_kept_as_they_came(tmp_path: Path) -> None:
    for hour, body in enumerate((b"one", b"two\n\xff", b"three")):
        assert await kept_at(NOON + timedelta(hours=hour), tmp_path, body)

    newest, before = await raw.last(tmp_path, "news"), await raw.last(tmp_path, "news", back=1)

    assert newest is not None
    assert before is not None
    assert (newest.body, before.body) == (b"three", b"two\n\xff")
    assert (newest.url, newest.content_type, newest.charset) == ("https://a.example/x", "text/xml", "utf-8")
    assert newest.fetched_at == NOON + timedelta(hours=2)
    assert raw.when(tmp_path, "news") == [NOON + timedelta(hours=2), NOON + timedelta(hours=1)]
    assert await raw.last(tmp_path, "news", back=2) is None


async def test_what_is_too_large_or_empty_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "MOST_BYTES", 200)
    noise = bytes(range(256)) * 4

    assert not await kept_at(NOON, tmp_path, b"")
    assert not await kept_at(NOON, tmp_path, noise)
    assert await kept_at(NOON, tmp_path, b"small")
    assert len(raw.when(tmp_path, "news")) == 1


async def test_a_broken_copy_is_none(tmp_path: Path) -> None:
    await kept_at(NOON, tmp_path, b"one")
    [path] = (tmp_path / "news").iterdir()
    path.write_bytes(path.read_bytes()[:-9])

    assert await raw.last(tmp_path, "news") is None
    assert await raw.last(tmp_path, "gibt-es-nicht") is None


async def test_a_full_disk_costs_only_the_copy(tmp_path: Path) -> None:
    (tmp_path / "news").write_text("in the way")

    assert not await kept_at(NOON, tmp_path, b"one")


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "A"])
async def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a feed"):
        await raw.last(tmp_path, name)


async def test_what_is_left_of_deleted_feeds_is_tidied_up(tmp_path: Path) -> None:
    await raw.keep(tmp_path, "news", answer(b"x"))
    await raw.keep(tmp_path, "old", answer(b"x"))

    await raw.tidy(tmp_path, ["news"])
    await raw.tidy(tmp_path / "nowhere", ["news"])

    assert raw.when(tmp_path, "news")
    assert not raw.when(tmp_path, "old")


async def subscribed(origin: Origin, http: Http, *titles: str) -> None:
    origin.file("/rss.xml", rss(*titles))
    await add(TOWN, NewFeed(name="rathaus", connector="rss", url=origin.url("/rss.xml")))
    await engine.sync(TOWN, ["rathaus"], takers=feeds.takers(), http=http)


async def titles(village: Village) -> list[str]:
    village.edge.cache.empty(TOWN)
    answer_ = await village.json("/api/v1/news", **{"from": "2026-01-01"})
    return sorted(item["title"] for item in answer_["items"])


async def test_an_answer_is_read_again_without_asking(belzig: Village, origin: Origin, http: Http) -> None:
    await subscribed(origin, http, "Markt", "Rathaus zu")
    async with tenant(TOWN) as scope, transaction():
        # As if a mistake of ours had taken the second one wrongly.
        await scope.fetch("UPDATE feed_item SET content_hash = 'other' WHERE external_id = 'Markt'")
        await scope.fetch("UPDATE article SET title = 'Murks' WHERE title = 'Markt'")
    asked = len(origin.paths)

    report = await replay(TOWN, "rathaus", takers=feeds.takers())
    again = await replay(TOWN, "rathaus", takers=feeds.takers())

    assert (report.status, report.new, report.changed, report.unchanged) == ("ok", 0, 1, 1)
    assert again.status == "unchanged"
    assert await titles(belzig) == ["Markt", "Rathaus zu"]
    assert len(origin.paths) == asked


async def test_there_is_nothing_to_read_again(belzig: Village, origin: Origin) -> None:
    await add(TOWN, NewFeed(name="rathaus", connector="rss", url=origin.url("/rss.xml")))
    await raw.forget(raw.town(TOWN), "rathaus")

    with pytest.raises(NothingKept):
        await replay(TOWN, "rathaus", takers=feeds.takers())
    with pytest.raises(NotFound):
        await replay(TOWN, "gibt-es-nicht", takers=feeds.takers())


async def test_an_answer_that_still_cannot_be_read_says_why(belzig: Village, origin: Origin, http: Http) -> None:
    await subscribed(origin, http, "Markt")
    origin.file("/rss.xml", b"<html><body>Wartung</body></html>", "text/html")
    [failed] = await engine.sync(TOWN, ["rathaus"], takers=feeds.takers(), http=http)

    with pytest.raises(Stop):
        await replay(TOWN, "rathaus", takers=feeds.takers())

    assert failed.status == "failed"
    # The one before is still there.
    assert (await replay(TOWN, "rathaus", takers=feeds.takers(), back=1)).unchanged == 1
    assert await titles(belzig) == ["Markt"]


async def test_copies_of_feeds_that_are_gone_go_with_the_night(belzig: Village) -> None:
    await raw.keep(raw.town(TOWN), "laengst-weg", answer(b"x"))

    await feed_care.look_after.run(tenant=TOWN)

    assert raw.when(raw.town(TOWN), "laengst-weg") == []


async def test_a_town_takes_its_copies_along_when_it_is_deleted(platform: Village) -> None:
    await raw.keep(raw.town("gibt-es-nicht-mehr"), "news", answer(b"x"))

    await removal.drop_files("gibt-es-nicht-mehr")

    assert raw.when(raw.town("gibt-es-nicht-mehr"), "news") == []
