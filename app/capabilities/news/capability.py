"""News declares itself."""

from collections.abc import Sequence

import msgspec

from app.capabilities.news import actions, jobs, queries
from app.capabilities.news.admin import ARTICLE_ADMIN
from app.capabilities.news.api import NewsApi
from app.capabilities.news.manage import NewsDesk, desk
from app.capabilities.news.pages import NewsFeeds, NewsPages, age, source_name
from app.capabilities.news.queries import Filters
from app.capabilities.news.tables import Article
from app.feeds import items
from app.kit.capability import Capability, NavPlace
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.richtext import shortened
from app.web.cards import Card, Hit, Line

ON_START_PAGE = 3


class NewsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.news]` of a town or a template; there is nothing to choose yet."""


async def today() -> Card:
    """The newest articles for the start page."""
    part = await queries.latest(Filters(), limit=ON_START_PAGE)
    return Card(
        title=_("News"),
        icon="news",
        lines=[
            Line(title=entry.title, href=entry.path, source=source_name(entry), age=age(entry)) for entry in part.items
        ],
        empty=_("There is no news yet. It appears here as soon as something is published."),
        action=_("All news"),
        href="/news",
        order=20,
    )


async def search(words: str, limit: int) -> list[Hit]:
    """What is found in the news, best matches first."""
    part = await queries.searched(Filters(q=words), limit)
    return [
        Hit(title=entry.title, href=entry.path, kind=_("News item"), text=shortened(entry.teaser, 160), when=age(entry))
        for entry in part.items
    ]


async def saved(ids: Sequence[int]) -> list[Line]:
    """What a reader put aside."""
    return [
        Line(title=entry.title, href=entry.path, source=source_name(entry), age=age(entry))
        for entry in await queries.chosen(ids)
    ]


async def offers(provider: str) -> Card | None:
    """The newest articles of a provider; no card where there are none."""
    part = await queries.latest(Filters(provider=provider), limit=ON_START_PAGE)
    if not part.items:
        return None
    return Card(
        title=_("News"),
        icon="news",
        lines=[Line(title=entry.title, href=entry.path, age=age(entry)) for entry in part.items],
        action=_("All news of this publisher"),
        href=f"/news?provider={provider}",
    )


news = Capability(
    name="news",
    title=lazy("News"),
    tables=[Article],
    pages=[NewsPages, NewsFeeds, NewsApi, NewsDesk],
    nav=NavPlace(lazy("News"), "/news", "news", 20),
    accepts={items.Article: actions.store_from_feed},
    withdraws={items.Article: actions.withdraw_from_feed},
    today=today,
    search=search,
    alike=queries.alike,
    search_page="/news",
    saved=saved,
    offers=offers,
    manage=desk,
    hourly=(jobs.tell_news,),
    options=NewsOptions,
    admin=(ARTICLE_ADMIN,),
    rights=("news.write", "news.publish"),
)
