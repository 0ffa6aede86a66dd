"""The news in the formats that feed readers understand."""

from datetime import UTC, datetime

import feedparser
import pytest
from lxml import etree

from app.feeds import items
from app.feeds.connector import ParseContext, connector_of
from app.feeds.connectors.rss import connector as rss
from app.tenancy import tenant, transaction
from tests import factories
from tests.village import Village

KINDS = {
    "/news.rss": "application/rss+xml",
    "/news.atom": "application/atom+xml",
    "/news.json": "application/feed+json",
}


@pytest.mark.parametrize("path", KINDS)
async def test_a_feed_reader_understands_it(belzig: Village, path: str) -> None:
    article = await factories.make_article(
        title="Brücke & Weg", body_html="<p>Bis <b>Freitag</b>.</p>", author="Ada", category="verkehr", tags=["Bau"]
    )

    answer = await belzig.get(path)

    assert answer.headers["content-type"].startswith(KINDS[path])
    context = ParseContext(
        url=f"http://bad-belzig.localhost:8000{path}",
        content_type=answer.headers["content-type"],
        window_start=datetime(2020, 1, 1, tzinfo=UTC),
        window_end=datetime(2030, 1, 1, tzinfo=UTC),
    )
    code = connector_of(rss)
    (read,) = code.parse(answer.content, code.configured({"url": context.url}), context)
    assert isinstance(read, items.Article)
    assert read.external_id == f"tag:bad-belzig.localhost,2026:news/{article.id}"
    assert read.title == "Brücke & Weg"
    assert read.url == f"http://bad-belzig.localhost:8000/news/{article.id}-bruecke-weg"
    assert read.published_at is not None
    assert abs(read.published_at - article.published_at).total_seconds() < 1
    assert "<b>Freitag</b>" in read.body_html
    assert read.author == "Ada"
    assert "Bau" in read.categories


@pytest.mark.parametrize("path", ["/news.rss", "/news.atom"])
async def test_the_xml_names_itself_its_language_and_the_source(belzig: Village, path: str) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source(licence="CC-BY-4.0", attribution="Pressestelle")
        one = items.Article(external_id="a", title="Aus der Quelle", url="https://quelle.example/a", language="de")
        await factories.sync_articles(source, one)

    body = (await belzig.get(path, params={"provider": ""})).content

    read = feedparser.parse(body)
    assert not read.bozo
    assert read.feed.language == "de"
    assert any(link.rel == "self" and link.href.startswith("http://bad-belzig") for link in read.feed.links)
    assert "https://quelle.example/a" in body.decode()
    assert "Pressestelle · CC-BY-4.0" in body.decode()


async def test_a_json_feed_names_source_and_licence(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source(licence="CC-BY-4.0")
        await factories.sync_articles(
            source, items.Article(external_id="a", title="Eins", url="https://quelle.example/a")
        )

    feed = await belzig.json("/news.json")

    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://bad-belzig.localhost:8000/news.json"
    (one,) = feed["items"]
    assert one["external_url"] == "https://quelle.example/a"
    assert one["_village"]["licence"] == "CC-BY-4.0"
    assert one["content_html"] == "<p>Eins</p>"


@pytest.mark.parametrize("path", ["/news.rss", "/news.atom"])
async def test_a_stray_control_character_does_not_break_the_feed(belzig: Village, path: str) -> None:
    await factories.make_article(title="Davor")
    async with tenant("bad-belzig"), transaction():
        await factories.sync_articles(
            await factories.make_source(),
            items.Article(external_id="a", title="Ein\x0bZeichen\x1f\ufffe", body_html="<p>]]>\x08</p>", language="de"),
        )

    root = etree.fromstring((await belzig.get(path)).content)

    assert "EinZeichen" in "".join(root.itertext())


async def test_a_club_subscribes_to_its_own_category(belzig: Village) -> None:
    await factories.make_article(title="Umleitung", category="verkehr")
    await factories.make_article(title="Fußball", category="sport")

    body = (await belzig.get("/news.rss", params={"category": "sport"})).text

    assert "Fußball" in body
    assert "Umleitung" not in body
    assert 'href="http://bad-belzig.localhost:8000/news.rss?category=sport"' in body


async def test_an_empty_village_has_a_valid_feed(belzig: Village) -> None:
    for path in ("/news.rss", "/news.atom"):
        assert not feedparser.parse((await belzig.get(path)).content).bozo
    assert (await belzig.json("/news.json"))["items"] == []


async def test_a_feed_reader_that_has_it_already_is_told_so(belzig: Village) -> None:
    await factories.make_article()
    first = await belzig.get("/news.rss")

    second = await belzig.get("/news.rss", headers={"if-none-match": first.headers["etag"]})

    assert second.status_code == 304
    assert second.content == b""
