"""Questions about static pages. A page is told in the reader's language, else in German, else in what there is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from app.capabilities.pages.tables import Page
from app.kit import alike as kit_alike
from app.kit import search as kit
from app.kit.errors import NotFound
from app.kit.slug import is_slug
from app.tenancy import current
from app.web.site import current_site


class StaticPage(msgspec.Struct, frozen=True):
    """A page, as the API tells it."""

    slug: str
    language: str
    """BCP 47."""
    title: str
    summary: str
    html: str
    """Sanitised, headings from h2 on."""
    changed_at: datetime
    url: str
    """Absolute address."""


class StaticPageList(msgspec.Struct, frozen=True):
    """All pages; there are few, so `next` is always null."""

    items: list[StaticPage]
    next: str | None = None


async def page(slug: str, language: str) -> StaticPage:
    """The page in `language` or the next best; raises `NotFound`."""
    found = _best(await Page.objects().where(Page.slug == slug), language) if is_slug(slug) else []
    if not found:
        raise NotFound("There is no such page.")
    return found[0]


async def all_pages(language: str, *, in_menu: bool = False) -> list[StaticPage]:
    """Every page once, in the order of the menu; with `in_menu` only those that stand in it."""
    query = Page.objects().order_by(Page.position).order_by(Page.slug)
    return _best(await (query.where(Page.in_menu.eq(True)) if in_menu else query), language)


_SEARCH: Final = """SELECT slug FROM page WHERE EVERY_WORD GROUP BY slug
ORDER BY bool_or(search @@ to_tsquery('german', $1)) DESC, min(position), slug LIMIT $2"""
_ALIKE: Final = f"SELECT title FROM page WHERE {kit_alike.written_like('title')} LIMIT 20"  # noqa: S608 - constant


async def search(words: str, language: str, limit: int) -> list[StaticPage]:
    """Pages that have the words, each once in the reader's language; a town has a few dozen pages, so no index."""
    every = kit.Every(words, before=2)
    if not every:
        return []
    text = every.into(_SEARCH, "title", "search")
    rows = await current().fetch(text, [kit.tsquery_text(words, "A"), limit, *every.values])
    slugs = [row["slug"] for row in rows]
    there = (
        {one.slug: one for one in _best(await Page.objects().where(Page.slug.is_in(slugs)), language)} if slugs else {}
    )
    return [there[slug] for slug in slugs]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Titles that have something written like a word."""
    return [row["title"] for row in await current().fetch(_ALIKE, kit_alike.asked(word, wider=wider))]


class Language(msgspec.Struct, frozen=True):
    """A language that a page is there in."""

    language: str
    title: str


async def languages(slug: str) -> list[Language]:
    """The languages of a page, German first."""
    rows = await Page.select(Page.language, Page.title).where(Page.slug == slug).order_by(Page.language)
    return [Language(row["language"], row["title"]) for row in rows]


def _best(rows: Sequence[Page], language: str) -> list[StaticPage]:
    chosen: dict[str, Page] = {}
    for row in rows:
        there = chosen.get(row.slug)
        if there is None or _distance(row.language, language) < _distance(there.language, language):
            chosen[row.slug] = row
    origin = current_site().origin
    return [
        StaticPage(
            one.slug, one.language, one.title, one.summary, one.body_html, one.changed_at, f"{origin}/pages/{one.slug}"
        )
        for one in chosen.values()
    ]


def _distance(language: str, wanted: str) -> int:
    return (wanted, "de").index(language) if language in (wanted, "de") else 2
