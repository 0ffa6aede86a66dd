"""Questions about articles that the public may read: published, not withdrawn.

The list is the most asked page of a town, so its statements are plain SQL whose text depends only on which filters
are set: the connection prepares each once and uses it again.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import asyncpg
import msgspec

from app.kit import clock, paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import current
from app.web.site import current_site

AT_ONCE: Final = 20
"""Items of a page when nobody says how many."""

_YEARS: Final = (1900, 2200)
"""What a day may lie between: beyond, clocks and databases disagree."""

_BAD_DAY: Final = _("This day can't be searched. Write it as 2026-12-05.")
_BAD_ORDER: Final = _("The end lies before the beginning.")
_BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")


class Named(msgspec.Struct, frozen=True, gc=False):
    """A category or a provider, as an entry names it."""

    slug: str
    name: str


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
    count: int


_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_Rank = Annotated[int, msgspec.Meta(ge=0, le=3)]
_RankedKey = tuple[_Rank, _Moment, _Id]

_COLUMNS: Final = """a.id, a.title, a.teaser, a.body_html, a.language, a.author, a.tags, c.slug, c.name, p.slug, p.name,
    a.source_name, a.source_url, a.licence, a.attribution, a.published_at, a.published_day_only, a.changed_at"""
_TABLES: Final = """FROM article a
    LEFT JOIN category c ON c.id = a.category_id
    LEFT JOIN provider p ON p.id = a.provider_id"""
_VISIBLE: Final = "a.withdrawn_at IS NULL AND a.published_at <= $1"
_FOUND: Final = "(a.search @@ to_tsquery('german', $2) OR a.title ILIKE ANY ($4))"
_RANK: Final = """CROSS JOIN LATERAL (SELECT CASE
        WHEN a.search @@ to_tsquery('german', $3) THEN 3
        WHEN a.search @@ to_tsquery('german', $2) THEN 2
        ELSE 1 END AS rank) AS found"""
_ALIKE: Final = "a.title OPERATOR(public.%>) $2"
"""Typing errors: a part of the title is alike (pg_trgm, word similarity of at least 0.6)."""

_Mode = Literal["newest", "found", "alike"]


async def latest(filters: Filters, cursor: str = "", limit: int = AT_ONCE) -> EntryList:
    """The newest articles, or what was searched for; raises `InvalidInput` for a bad cursor.

    A search that finds no word and no part of a word looks for titles that are written alike.
    """
    if not filters.q:
        return await _part("newest", filters, _decoded(cursor, tuple[_Moment, _Id]) if cursor else (), limit)
    if not search.words_of(filters.q):
        return EntryList([], None)
    key = _decoded(cursor, _RankedKey) if cursor else ()
    if key and key[0] == 0:
        return await _part("alike", filters, key[1:], limit)
    found = await _part("found", filters, key, limit)
    return found if found.items or key else await _part("alike", filters, (), limit)


async def by_id(id_: int) -> Entry:
    """An article; raises `NotFound`, also for drafts and what was withdrawn."""
    rows = await current().fetch(_ONE, [clock.now(), id_])
    if not rows:
        raise NotFound("There is no such article. It may have been withdrawn.")
    return _entry(rows[0], current_site().origin)


async def draft(id_: int) -> Entry:
    """An article in any state, as its page would show it; raises `NotFound`. For the desk's preview."""
    rows = await current().fetch(_DRAFT, [clock.now(), id_])
    if not rows:
        raise NotFound("There is no such article. It may have been withdrawn.")
    return _entry(rows[0], current_site().origin)


async def chosen(ids: Sequence[int]) -> list[Entry]:
    """These articles in this order, without those that the public may not read any more."""
    rows = {row["id"]: row for row in await current().fetch(_CHOSEN, [clock.now(), list(ids)])}
    return [_entry(rows[id_], current_site().origin) for id_ in ids if id_ in rows]


async def category_counts(filters: Filters) -> list[Count]:
    """Categories and how many articles each leaves under the other filters."""
    return await _counts("c", msgspec.structs.replace(filters, category=""))


async def provider_counts(filters: Filters) -> list[Count]:
    """Providers and how many articles each leaves under the other filters."""
    return await _counts("p", msgspec.structs.replace(filters, provider=""))


async def _part(mode: _Mode, filters: Filters, key: Sequence[Any], limit: int) -> EntryList:
    names, values = _conditions(mode, filters)
    rows = await current().fetch(_list_sql(mode, names, bool(key)), [*values, *key, limit + 1])
    origin = current_site().origin
    items = [_entry(row, origin) for row in rows[:limit]]
    if len(rows) <= limit:
        return EntryList(items, None)
    last = items[-1]
    if mode == "newest":
        return EntryList(items, paging.encode(last.published_at, last.id))
    rank = 0 if mode == "alike" else rows[limit - 1]["rank"]
    return EntryList(items, paging.encode(rank, last.published_at, last.id))


async def _counts(table: Literal["c", "p"], filters: Filters) -> list[Count]:
    if filters.q and not search.words_of(filters.q):
        return []
    mode: _Mode = "found" if filters.q else "newest"
    names, values = _conditions(mode, filters)
    return [Count(*row) for row in await current().fetch(_count_sql(table, mode, names), values)]


def _conditions(mode: _Mode, filters: Filters) -> tuple[tuple[str, ...], list[Any]]:
    """Which filters are set, and the values for `_where`."""
    values: list[Any] = [clock.now()]
    if mode == "alike":
        values.append(search.plain_text(filters.q))
    elif mode == "found":
        values += [search.tsquery_text(filters.q), search.tsquery_text(filters.q, "A"), search.patterns(filters.q)]
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
    if not 1 < key[-2].year < 9999:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return key


def _where(mode: _Mode, names: tuple[str, ...]) -> tuple[list[str], int]:
    """The conditions and the number of the next argument."""
    conditions = [_VISIBLE, *{"newest": (), "found": (_FOUND,), "alike": (_ALIKE,)}[mode]]
    number = {"newest": 2, "found": 5, "alike": 3}[mode]
    for number, name in enumerate(names, number):  # noqa: B020 - counts on from the mode's own arguments
        conditions.append(f"{name} ${number}")
    return conditions, number + bool(names)


@lru_cache(maxsize=256)
def _list_sql(mode: _Mode, names: tuple[str, ...], further: bool) -> str:  # noqa: FBT001 - part of the cache's key
    conditions, number = _where(mode, names)
    key = ["found.rank"] if mode == "found" else []
    key += ["a.published_at", "a.id"]
    if further:
        arguments = [f"${number + place}" for place in range(len(key))]
        conditions.append(f"({', '.join(key)}) < ({', '.join(arguments)})")
        number += len(key)
    return "\n".join(
        (
            "SELECT " + _COLUMNS + (", found.rank" if mode == "found" else ""),
            _TABLES,
            _RANK if mode == "found" else "",
            "WHERE " + " AND ".join(conditions),
            "ORDER BY " + ", ".join(f"{column} DESC" for column in key),
            f"LIMIT ${number}",
        )
    )


@lru_cache(maxsize=128)
def _count_sql(table: Literal["c", "p"], mode: _Mode, names: tuple[str, ...]) -> str:
    conditions, _number = _where(mode, names)
    if mode == "found":
        # The list ranks by the title's words; here the argument only needs a type.
        conditions.append("$3::text IS NOT NULL")
    return "\n".join(
        (
            f"SELECT {table}.slug, {table}.name, count(*)::int",
            _TABLES,
            "WHERE " + " AND ".join((*conditions, f"{table}.id IS NOT NULL")),
            f"GROUP BY {table}.id ORDER BY {table}.position, {table}.name",
        )
    )


_DRAFT: Final = "\n".join(
    (
        "SELECT " + _COLUMNS.replace("a.published_at", "coalesce(a.published_at, $1) AS published_at"),
        _TABLES,
        "WHERE a.id = $2",
    )
)
_ONE: Final = "\n".join(("SELECT " + _COLUMNS, _TABLES, "WHERE " + _VISIBLE + " AND a.id = $2"))
_CHOSEN: Final = "\n".join(("SELECT " + _COLUMNS, _TABLES, "WHERE " + _VISIBLE + " AND a.id = ANY ($2::bigint[])"))


def _entry(row: asyncpg.Record, origin: str) -> Entry:
    (
        id_, title, teaser, body, language, author, tags, category, category_name, provider, provider_name,
        source, source_url, licence, attribution, published_at, day_only, changed_at, *_rank,
    ) = row  # fmt: skip
    return Entry(
        id_,
        title,
        teaser,
        body,
        language,
        author,
        tags,
        Named(category, category_name) if category else None,
        Named(provider, provider_name) if provider else None,
        Origin(source, source_url),
        licence,
        attribution,
        published_at,
        day_only,
        changed_at,
        f"{origin}/news/{numbered(id_, title)}",
    )
