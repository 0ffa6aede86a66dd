"""News for people: list, article, and the formats that other programs subscribe to."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import structs

from app.capabilities.news import queries, syndication
from app.capabilities.news.api import FromDay, PageMarker, Slug, ToDay, Words
from app.capabilities.news.queries import AT_ONCE, Count, Entry, Filters
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import number_of
from app.media import keeping
from app.web import words as wording
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb, Fact
from app.web.respond import page, raw
from app.web.site import current_site, path_with

RECENT_DAYS: Final = ((7, lazy("Last 7 days")), (30, lazy("Last 30 days")))
"""Spans that one tap chooses."""
FEED_ITEMS: Final = 50


class NewsPages(Controller):
    """The list and each article."""

    path = "/news"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(
        self,
        request: Request[Any, Any, Any],
        cursor: PageMarker = "",
        category: Slug = "",
        provider: Slug = "",
        first: FromDay = "",
        to: ToDay = "",
        q: Words = "",
    ) -> Response[str]:
        """The newest articles, by part, narrowed by category, provider, days and words."""
        filters = queries.narrowed(category, provider, first, to, q)
        part = await queries.latest(filters, cursor, AT_ONCE)
        rows: dict[str, Any] = {
            "items": part.items,
            "ages": [age(entry) for entry in part.items],
            "next_href": path_with(cursor=part.next) if part.next else "",
        }
        if request.headers.get("hx-request"):
            answer = page("news/_rows.html", **rows)
            # The address is that of the whole page, so a part of it must not be kept in its place.
            answer.headers["cache-control"] = "no-store"
            return answer
        # The numbers belong to what is shown.
        categories, providers = await queries.counts(structs.replace(filters, q=part.meant or filters.q))
        return page(
            "news/list.html",
            **rows,
            words=filters.q,
            meant=part.meant,
            filtered=bool(filters),
            narrowed=bool(provider or filters.from_day or filters.to_day),
            hidden=[(key, value) for key, value in _kept(filters) if key != "q"],
            kept=[(key, value) for key, value in _kept(filters) if key not in ("from", "to")],
            days=(filters.from_day, filters.to_day),
            categories=_chips("category", categories, category),
            providers=_chips("provider", providers, provider),
            spans=_spans(filters.from_day, filters.to_day),
        )

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """An article; an address with another title leads to the right one."""
        number = number_of(name)
        if number is None:
            raise NotFound("There is no such article. It may have been withdrawn.")
        entry = await queries.by_id(number)
        if f"/news/{name}" != entry.path:
            return Redirect(entry.path, status_code=301)
        crumbs = [Crumb(_("News"), "/news")]
        return page(
            "news/article.html",
            entry=entry,
            facts=facts(entry),
            crumbs=crumbs,
            source=source_name(entry),
            picture=await keeping.of_article(number),
        )


class NewsFeeds(Controller):
    """The list as RSS, Atom and JSON Feed; category and provider narrow it as on the page."""

    path = "/"
    include_in_schema = False

    @get("/news.rss", access=PUBLIC)
    async def rss(self, category: Slug = "", provider: Slug = "") -> Response[Any]:
        """RSS 2.0."""
        entries = await _newest(category, provider)
        return raw(syndication.rss(entries, self_path=path_with()), "application/rss+xml; charset=utf-8")

    @get("/news.atom", access=PUBLIC)
    async def atom(self, category: Slug = "", provider: Slug = "") -> Response[Any]:
        """Atom, RFC 4287."""
        entries = await _newest(category, provider)
        return raw(syndication.atom(entries, self_path=path_with()), "application/atom+xml; charset=utf-8")

    @get("/news.json", access=PUBLIC)
    async def json_feed(self, category: Slug = "", provider: Slug = "") -> Response[Any]:
        """JSON Feed 1.1."""
        entries = await _newest(category, provider)
        return raw(syndication.json_feed(entries, self_path=path_with()), "application/feed+json; charset=utf-8")


def age(entry: Entry) -> str:
    """How old an article is, in the town's zone."""
    site = current_site()
    moment = entry.published_at.astimezone(site.timezone)
    return wording.age(moment.date() if entry.published_day_only else moment, zone=site.zone)


def source_name(entry: Entry) -> str:
    """Who says it."""
    return entry.source.name or (entry.provider.told if entry.provider else "") or current_site().name


def facts(entry: Entry) -> list[Fact]:
    """The summary list of an article."""
    site = current_site()
    moment = entry.published_at.astimezone(site.timezone)
    when = wording.date_long(moment.date())
    if not entry.published_day_only:
        when = f"{when}, {wording.time_words(moment)}"
    found = [Fact(_("Published"), when, icon="clock")]
    if entry.provider:
        found.append(Fact(_("From"), entry.provider.told, f"/providers/{entry.provider.slug}", icon="providers"))
    if entry.author:
        found.append(Fact(_("Author"), entry.author))
    if entry.category:
        found.append(Fact(_("Category"), entry.category.told, f"/news?category={entry.category.slug}"))
    return found


async def _newest(category: str, provider: str) -> Sequence[Entry]:
    return (await queries.latest(Filters(category=category, provider=provider), "", FEED_ITEMS)).items


def _kept(filters: Filters) -> list[tuple[str, str]]:
    """What a form must carry on."""
    return [
        (key, str(value))
        for key, value in (
            ("category", filters.category),
            ("provider", filters.provider),
            ("from", filters.from_day),
            ("to", filters.to_day),
            ("q", filters.q),
        )
        if value
    ]


def _chips(parameter: str, counts: Sequence[Count], chosen: str) -> list[Chip]:
    """One chip for each value, the chosen one leads back; none where there is nothing to choose."""
    if not chosen and len(counts) < 2:
        return []
    if chosen and chosen not in {one.slug for one in counts}:
        counts = [*counts, Count(chosen, chosen, 0)]
    return [
        Chip(
            label=one.name,
            href=path_with(**{parameter: None if one.slug == chosen else one.slug}),
            count=one.count,
            chosen=one.slug == chosen,
        )
        for one in counts
    ]


def _spans(from_day: date | None, to_day: date | None) -> list[Chip]:
    today = clock.today(current_site().timezone)
    found = []
    for days, label in RECENT_DAYS:
        start = today - timedelta(days=days - 1)
        chosen = from_day == start and to_day is None
        found.append(Chip(label=str(label), href=_span_path(None if chosen else start), chosen=chosen))
    if (from_day or to_day) and not any(chip.chosen for chip in found):
        found.append(Chip(label=_span_words(from_day, to_day), href=_span_path(None), chosen=True))
    return found


def _span_path(start: date | None) -> str:
    return path_with(**{"from": start, "to": None})


def _span_words(from_day: date | None, to_day: date | None) -> str:
    if from_day and to_day:
        return wording.when(from_day, to_day + timedelta(days=1), zone=current_site().zone)
    if from_day:
        return _("from %(day)s") % {"day": wording.date_medium(from_day)}
    return _("until %(day)s") % {"day": wording.date_medium(to_day)} if to_day else ""
