"""Questions about articles that the public may read: published, not withdrawn.

The list is the most asked page of a town, so its statements are plain SQL, see `statements`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

import asyncpg
import msgspec

from app.capabilities.news.statements import (
    CHOSEN,
    DRAFT,
    ONE,
    RANKED_AT_ONCE,
    TITLES_ALIKE,
    count_sql,
    list_sql,
    window_sql,
)
from app.kit import alike as kit_alike
from app.kit import clock, paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import current
from app.web.names import Named, told
from app.web.site import current_site

AT_ONCE: Final = 20
"""Items of a page when nobody says how many."""

_YEARS: Final = (1900, 2200)
"""What a day may lie between: beyond, clocks and databases disagree."""

_BAD_DAY: Final = _("This day can't be searched. Write it as 2026-12-05.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str
    """The original; empty when it was written here."""


class Entry(msgspec.Struct, frozen=True):
    """An article, as pages and API show it."""

    id: int
    title: str
    teaser: str
    """Plain text."""
    body_html: str
    """Sanitised."""
    language: str
    """BCP 47."""
    author: str
    tags: list[str]
    category: Named | None
    provider: Named | None
    source: Origin
    licence: str
    """SPDX or dl-de identifier, or the publisher's words."""
    attribution: str
    """Who must be named."""
    published_at: datetime
    published_day_only: bool
    """The source names a day without a time."""
    changed_at: datetime
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/news/" + numbered(self.id, self.title)


class EntryList(msgspec.Struct, frozen=True):
    """A part of the list, newest first; with a search, the best matches first."""

    items: list[Entry]
    next: str | None
    """Cursor of the following part."""
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to; `narrowed` makes it from an address."""

    category: str = ""
    provider: str = ""
    from_day: date | None = None
    """In the town's zone, inclusive; so is the next."""
    to_day: date | None = None
    q: str = ""

    def __bool__(self) -> bool:
        return bool(self.category or self.provider or self.from_day or self.to_day or self.q)


def narrowed(category: str = "", provider: str = "", first: str = "", last: str = "", q: str = "") -> Filters:
    """The filters of an address, days as `2026-12-05`; raises `InvalidInput` that names the parameter."""
    filters = Filters(
        category=category,
        provider=provider,
        from_day=_day(first, "from"),
        to_day=_day(last, "to"),
        q=" ".join(q.split()),
    )
    if filters.from_day and filters.to_day and filters.to_day < filters.from_day:
        raise InvalidInput(_BAD_ORDER.message, {"to": _BAD_ORDER.message})
    return filters


def _day(text: str, parameter: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(_BAD_DAY.message, {parameter: _BAD_DAY.message}) from error
    if not _YEARS[0] <= day.year < _YEARS[1]:
        raise InvalidInput(_BAD_DAY.message, {parameter: _BAD_DAY.message})
    return day


class Count(msgspec.Struct, frozen=True):
    """How many articles a category or a provider has."""

    slug: str
    name: str
    """For the reader."""
    count: int


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Rank = Annotated[int, msgspec.Meta(ge=0, le=3)]
_RankedKey = tuple[_Rank, _Moment, _Id, _Moment, _Id]
"""What was shown last: its rank, time and id; and from where the window was counted in which it stands."""

_ENDLESS: Final = (datetime(2200, 1, 1, tzinfo=UTC), 2**63 - 1)


async def latest(filters: Filters, cursor: str = "", limit: int = AT_ONCE) -> EntryList:
    """The newest articles, or what was searched for; raises `InvalidInput` for a bad cursor.

    A search that finds no word and no part of a word looks for what was probably meant.
    """
    if not filters.q:
        return await _newest(filters, _decoded(cursor, tuple[_Moment, _Id]) if cursor else (), limit)
    key = _decoded(cursor, _RankedKey) if cursor else ()

    async def ask(words: str) -> EntryList:
        return await searched(msgspec.structs.replace(filters, q=words), limit, key)

    return await kit_alike.tolerantly(filters.q, ask, alike)


async def searched(filters: Filters, limit: int, key: tuple[Any, ...] = ()) -> EntryList:
    """What has all the words: in titles first, then in texts, then inside longer words, each the newest first.

    Of very many matches the newest are ranked, then the next ones, so that each is shown once.
    """
    if not search.words_of(filters.q):
        return EntryList([], None)
    shown: list[tuple[int, datetime, int]] = []
    last, start = (key[:3], key[3:]) if key else ((4, *_ENDLESS), _ENDLESS)
    windows = []
    while len(shown) <= limit:
        window = await _window(filters, start)
        rest = [one for one in window if one < last]
        shown += rest
        windows += [start] * len(rest)
        if len(window) < RANKED_AT_ONCE:
            break
        start, last = min((one[1], one[2]) for one in window), (4, *_ENDLESS)
    found = await chosen([id_ for _rank, _moment, id_ in shown[:limit]]) if shown else []
    if len(shown) <= limit:
        return EntryList(found, None)
    return EntryList(found, paging.encode(*shown[limit - 1], *windows[limit - 1]))


async def alike(word: str, *, wider: bool) -> list[str]:
    """Titles that have something written like a word."""
    return [
        row["title"] for row in await current().fetch(TITLES_ALIKE, [clock.now(), *kit_alike.asked(word, wider=wider)])
    ]


async def by_id(id_: int) -> Entry:
    """An article; raises `NotFound`, also for drafts and what was withdrawn."""
    rows = await current().fetch(ONE, [clock.now(), id_])
    if not rows:
        raise NotFound("There is no such article. It may have been withdrawn.")
    return _entry(rows[0], current_site().origin)


async def draft(id_: int) -> Entry:
    """An article in any state, as its page would show it; raises `NotFound`. For the desk's preview."""
    rows = await current().fetch(DRAFT, [clock.now(), id_])
    if not rows:
        raise NotFound("There is no such article. It may have been withdrawn.")
    return _entry(rows[0], current_site().origin)


async def chosen(ids: Sequence[int]) -> list[Entry]:
    """These articles in this order, without those that the public may not read any more."""
    rows = {row["id"]: row for row in await current().fetch(CHOSEN, [clock.now(), list(ids)])}
    return [_entry(rows[id_], current_site().origin) for id_ in ids if id_ in rows]


async def counts(filters: Filters) -> tuple[list[Count], list[Count]]:
    """Categories, and providers, with the number of articles that each leaves under the other filters.

    A category's number heeds the chosen provider, and the other way round.
    """
    every = search.Every(filters.q, before=1)
    if filters.q and not every:
        return [], []
    names, values = _conditions(msgspec.structs.replace(filters, category="", provider=""))
    text = count_sql(every.of("a.title", "a.search") if filters.q else "", names, 2 + len(every.values))
    categories: Counter[tuple[int, str, str]] = Counter()
    providers: Counter[tuple[int, str, str]] = Counter()
    for *category, place, provider, name, english, provider_place, number in await current().fetch(
        text, [values[0], *every.values, *values[1:]]
    ):
        if category[0] and filters.provider in ("", provider):
            categories[place, told(*category[1:]), category[0]] += number
        if provider and filters.category in ("", category[0]):
            providers[provider_place, told(name, english), provider] += number
    return _in_order(categories), _in_order(providers)


def _in_order(counts: Counter[tuple[int, str, str]]) -> list[Count]:
    return [Count(slug, name, number) for (_place, name, slug), number in sorted(counts.items())]


async def _newest(filters: Filters, key: Sequence[Any], limit: int) -> EntryList:
    names, values = _conditions(filters)
    rows = await current().fetch(list_sql(names, bool(key)), [*values, *key, limit + 1])
    items = [_entry(row, current_site().origin) for row in rows[:limit]]
    return EntryList(items, paging.encode(items[-1].published_at, items[-1].id) if len(rows) > limit else None)


async def _window(filters: Filters, before: Sequence[Any]) -> list[tuple[int, datetime, int]]:
    """Rank, time and id of the newest matches before a time and an id, the best first."""
    words = search.tsquery_text(filters.q)
    every = search.Every(filters.q, before=3)
    names, values = _conditions(filters)
    text = window_sql(every.of("a.title", "a.search"), names, 4 + len(every.values))
    values = [values[0], words, search.tsquery_text(filters.q, "A"), *every.values, *values[1:], *before]
    return sorted([(row[0], row[1], row[2]) for row in await current().fetch(text, values)], reverse=True)


def _conditions(filters: Filters) -> tuple[tuple[str, ...], list[Any]]:
    """Which filters are set, and the values for `_where`."""
    values: list[Any] = [clock.now()]
    names = []
    if filters.category:
        names.append("c.slug =")
        values.append(filters.category)
    if filters.provider:
        names.append("p.slug =")
        values.append(filters.provider)
    if filters.from_day:
        names.append("a.published_at >=")
        values.append(_midnight(filters.from_day))
    if filters.to_day:
        names.append("a.published_at <")
        values.append(_midnight(filters.to_day + timedelta(days=1)))
    return tuple(names), values


def _midnight(day: date) -> datetime:
    """When a day begins in the town."""
    return datetime.combine(day, time(), current_site().timezone)


def _decoded(cursor: str, type_: Any) -> tuple[Any, ...]:
    try:
        key: tuple[Any, ...] = paging.decode(cursor, type_)
    except InvalidInput as error:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message}) from error
    if any(isinstance(one, datetime) and not 1 < one.year < 9999 for one in key):
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return key


def _entry(row: asyncpg.Record, origin: str) -> Entry:
    (
        id_, title, teaser, body, language, author, tags, category, category_name, category_en, provider, provider_name,
        provider_en, source, source_url, licence, attribution, published_at, day_only, changed_at, *_rank,
    ) = row  # fmt: skip
    return Entry(
        id_,
        title,
        teaser,
        body,
        language,
        author,
        tags,
        Named(category, category_name, category_en) if category else None,
        Named(provider, provider_name, provider_en) if provider else None,
        Origin(source, source_url),
        licence,
        attribution,
        published_at,
        day_only,
        changed_at,
        f"{origin}/news/{numbered(id_, title)}",
    )
