"""What editors do with articles."""

from datetime import UTC, datetime, timedelta

import pytest

from app.capabilities.news import actions
from app.capabilities.news.tables import Article
from app.feeds import items
from app.kit import clock
from app.kit.errors import InvalidInput, NotFound
from app.tenancy import tenant, transaction
from tests import factories
from tests.village import Village

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


async def test_an_editor_writes_and_publishes(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        article = await actions.draft(
            "  Markt\n am  Samstag ", body_html="<p>Frisch</p><script>x</script>", tags=["Obst"]
        )
        await actions.publish(article)

    (one,) = (await belzig.json("/api/v1/news"))["items"]

    assert one["title"] == "Markt am Samstag"
    assert one["body_html"] == "<p>Frisch</p>"
    assert one["teaser"] == "Frisch"


async def test_an_editor_publishes_for_tomorrow_and_can_bring_it_forward(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        with clock.at(NOON):
            article = await actions.draft("Morgen")
            await actions.publish(article, at=NOON + timedelta(days=1))
            assert article.published_at == NOON + timedelta(days=1)
            await actions.publish(article)
            assert article.published_at == NOON
            with pytest.raises(actions.AlreadyPublished):
                await actions.publish(article)


async def test_a_public_headline_stands_while_the_text_may_be_corrected(belzig: Village) -> None:
    made = await factories.make_article(title="Alt")

    async with tenant("bad-belzig"), transaction():
        article = await actions.article(made.id)
        with pytest.raises(actions.AlreadyPublished):
            await actions.edit(article, title="Neu")
        await actions.edit(article, title="Alt", body_html="<p>Berichtigt</p>")

    one = await belzig.json(f"/api/v1/news/{made.id}")
    assert (one["title"], one["body_html"]) == ("Alt", "<p>Berichtigt</p>")


async def test_an_editor_withdraws_changes_the_headline_and_restores(belzig: Village) -> None:
    made = await factories.make_article(title="Alt")

    async with tenant("bad-belzig"), transaction():
        article = await actions.withdraw(await actions.article(made.id))
        with pytest.raises(actions.Withdrawn):
            await actions.publish(article)
        await actions.edit(article, title="Neu")
        await actions.restore(article)

    assert (await belzig.json(f"/api/v1/news/{made.id}"))["title"] == "Neu"


async def test_the_words_of_a_source_are_not_edited(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        source = await factories.make_source()
        await factories.sync_articles(source, items.Article(external_id="a", title="Fremd", published_at=NOON))
        article = await Article.objects().first()
        assert article is not None
        with pytest.raises(actions.FromFeed):
            await actions.edit(article, teaser="Eigen")

    assert (await belzig.json("/api/v1/news"))["items"][0]["teaser"] == ""


async def test_an_article_needs_a_headline(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        with pytest.raises(InvalidInput) as refused:
            await actions.draft(" \n ")
        assert await Article.count() == 0

    assert list(refused.value.fields) == ["title"]


async def test_an_article_of_another_town_is_not_there(belzig: Village, wiesenburg: Village) -> None:
    made = await factories.make_article("bad-belzig")

    async with tenant("wiesenburg-mark"):
        with pytest.raises(NotFound):
            await actions.article(made.id)
