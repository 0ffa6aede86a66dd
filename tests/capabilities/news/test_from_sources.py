"""Articles that come from feeds."""

from datetime import UTC, datetime, timedelta

from app.capabilities.news import actions
from app.capabilities.news.tables import Article
from app.feeds import items
from app.kit import clock
from app.tenancy import tenant, transaction
from tests import factories
from tests.village import Village

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def item(external_id: str = "a", **values: object) -> items.Article:
    return items.Article(**({"external_id": external_id, "title": "Aus der Quelle", "published_at": NOON} | values))  # type: ignore[arg-type]


async def listed(village: Village) -> list[dict[str, object]]:
    village.edge.cache.empty("bad-belzig")
    items_: list[dict[str, object]] = (await village.json("/api/v1/news"))["items"]
    return items_


async def test_an_article_keeps_source_licence_and_link(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source(
            licence="dl-de/by-2-0",
            attribution="Stadt Bad Belzig, Pressestelle",
            provider_id=await factories.provider_id("rathaus"),
        )
        await factories.sync_articles(
            source, item(url="https://quelle.example/1", author="Ada", body_html="<p>Text</p>")
        )

    (one,) = await listed(belzig)

    assert one["source"] == {"name": "Stadt Bad Belzig", "url": "https://quelle.example/1"}
    assert one["licence"] == "dl-de/by-2-0"
    assert one["attribution"] == "Stadt Bad Belzig, Pressestelle"
    assert one["teaser"] == "Text"
    assert one["language"] == "de"
    page = (await belzig.get(f"/news/{one['id']}-aus-der-quelle")).text
    for text in ("dl-de/by-2-0", "Stadt Bad Belzig, Pressestelle", 'href="https://quelle.example/1"'):
        assert text in page


async def test_an_article_is_renewed_and_not_doubled(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        await factories.sync_articles(source, item(), item("b"))
        await factories.sync_articles(source, item(title="Berichtigt"))

    assert sorted(str(one["title"]) for one in await listed(belzig)) == ["Aus der Quelle", "Berichtigt"]


async def test_an_article_dated_2041_counts_from_the_moment_it_was_first_seen(belzig: Village) -> None:
    later = item(published_at=datetime(2041, 1, 1, tzinfo=UTC))
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        with clock.at(NOON):
            await factories.sync_articles(source, later)
        with clock.at(NOON + timedelta(days=3)):
            await factories.sync_articles(source, item(published_at=later.published_at, title="Noch immer 2041"))

    (one,) = await listed(belzig)

    assert one["title"] == "Noch immer 2041"
    assert one["published_at"] == "2026-11-22T11:00:00Z"
    async with tenant("bad-belzig"):
        (row,) = await Article.select(Article.payload)
    assert "2041-01-01" in row["payload"]


async def test_an_article_without_a_date_stays_where_it_was_first_seen(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        for days in (0, 2):
            with clock.at(NOON + timedelta(days=days - 5)):
                await factories.sync_articles(source, item(published_at=None, title=f"Stand {days}"))

    (one,) = await listed(belzig)

    assert one["title"] == "Stand 2"
    assert one["published_at"] == "2026-11-17T11:00:00Z"


async def test_an_article_of_1970_sinks_to_the_end(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        old = item("old", title="Uralt", published_at=datetime(1970, 1, 1, tzinfo=UTC))
        await factories.sync_articles(source, old, item("new", published_at=NOON - timedelta(days=9)))

    assert [one["title"] for one in await listed(belzig)] == ["Aus der Quelle", "Uralt"]


async def test_a_word_of_the_source_finds_the_category_of_the_town(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        await factories.category_id("sport")
        fallback = await factories.category_id("bekanntmachungen")
        source = await factories.make_source(category_id=fallback)
        await factories.sync_articles(
            source, item(categories=("SPORT", "Jugend")), item("b", categories=("Sonstiges",))
        )

    slugs = {one["id"]: one["category"] for one in await listed(belzig)}

    assert sorted(category["slug"] for category in slugs.values()) == ["bekanntmachungen", "sport"]  # type: ignore[index]


async def test_what_vanished_from_the_source_is_gone_and_comes_back_with_it(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        await factories.sync_articles(source, item())
        number = await factories.feed_item_id(source, "a")
        await actions.withdraw_from_feed([number])
    assert await listed(belzig) == []

    async with tenant("bad-belzig"), transaction():
        await factories.sync_articles(source, item())
    assert len(await listed(belzig)) == 1


async def test_what_an_editor_withdrew_does_not_come_back_with_the_feed(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        await factories.sync_articles(source, item())
        number = await factories.feed_item_id(source, "a")
        article = await Article.objects().get(Article.feed_item_id == number)
        assert article is not None
        await actions.withdraw(article)
        await factories.sync_articles(source, item(title="Noch einmal"))
        await actions.withdraw_from_feed([number])
        await actions.restore_from_feed([number])

    assert await listed(belzig) == []


async def test_a_link_that_runs_code_is_dropped(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        await factories.sync_articles(await factories.make_source(), item(url="javascript:alert(1)"))

    (one,) = await listed(belzig)

    assert one["source"] == {"name": "Stadt Bad Belzig", "url": ""}


async def test_an_article_of_endless_length_is_taken_and_found(belzig: Village) -> None:
    endless = " ".join(f"wort{number}" for number in range(60_000))
    async with tenant("bad-belzig"), transaction():
        await factories.sync_articles(
            await factories.make_source(), item(body_html=f"<p>{endless}</p>", title="L" * 9000)
        )

    found = await belzig.json("/api/v1/news", q="wort17")

    assert len(found["items"]) == 1
    assert len(found["items"][0]["title"]) == 300
