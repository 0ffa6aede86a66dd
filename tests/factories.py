"""Articles, providers and categories with good defaults, written as a feed or an editor would have."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from app.capabilities.news import actions
from app.capabilities.news.tables import Article
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock
from app.tenancy import current, tenant, transaction

_numbers = count(1)
MISSING: Any = object()


async def make_article(
    slug: str = "bad-belzig",
    *,
    title: str = "",
    published_at: datetime | None = MISSING,
    provider: str = "",
    category: str = "",
    **values: Any,
) -> Article:
    """An article that an editor wrote in a town; published an hour ago unless told, a draft with None."""
    number = next(_numbers)
    async with tenant(slug), transaction():
        if provider:
            values["provider_id"] = await provider_id(provider)
        if category:
            values["category_id"] = await category_id(category)
        article = await actions.draft(title or f"Meldung {number}", **values)
        article.published_at = clock.now() - timedelta(hours=1) if published_at is MISSING else published_at
        await article.save()
    return article


async def provider_id(name: str) -> int:
    """The id of a provider of the current town; made when it is missing."""
    found = await current().fetch(
        "INSERT INTO provider (slug, name) VALUES ($1, $2) ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug"
        " RETURNING id",
        [name, name.title()],
    )
    return int(found[0]["id"])


async def category_id(name: str, capability: str = "news") -> int:
    """The id of a category of the current town; made when it is missing."""
    found = await current().fetch(
        "INSERT INTO category (capability, slug, name) VALUES ($1, $2, $3)"
        " ON CONFLICT (capability, slug) DO UPDATE SET slug = excluded.slug RETURNING id",
        [capability, name, name.title()],
    )
    return int(found[0]["id"])


async def make_source(**values: Any) -> Source:
    """A feed of the current town and what a capability is told of it."""
    name = f"feed-{next(_numbers)}"
    rows = await current().fetch(
        "INSERT INTO feed (name, connector, url) VALUES ($1, 'rss', 'https://quelle.example/rss') RETURNING id", [name]
    )
    told = {"title": "Stadt Bad Belzig", "provider_id": None, "category_id": None, "licence": "", "attribution": ""}
    return Source(feed_id=rows[0]["id"], name=name, url="https://quelle.example/rss", **(told | values))


async def feed_item_id(source: Source, external_id: str) -> int:
    """The feed item that the feed engine keeps for an external id."""
    rows = await current().fetch(
        "INSERT INTO feed_item (feed_id, external_id, kind, content_hash) VALUES ($1, $2, 'article', '-')"
        " ON CONFLICT (feed_id, external_id) DO UPDATE SET kind = excluded.kind RETURNING id",
        [source.feed_id, external_id],
    )
    return int(rows[0]["id"])


async def sync_articles(source: Source, *articles: items.Article) -> None:
    """What the feed engine does with the articles of a run, inside its scope and transaction."""
    pairs = [(await feed_item_id(source, article.external_id), article) for article in articles]
    await actions.store_from_feed(source, pairs)
