"""Which bin when: questions about areas and their days. Whose street it is, nobody is told here: the device knows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from app.kit import alike as kit_alike
from app.kit import clock, search
from app.kit.errors import NotFound
from app.kit.slug import is_slug
from app.tenancy import current
from app.web.mine import mine
from app.web.site import current_site

MOST_DATES: Final = 1_000
GONE: Final = "There is no calendar for this street. Please choose your street again."


class Area(msgspec.Struct, frozen=True):
    """A street or a tour."""

    id: int
    key: str
    name: str


class Collection(msgspec.Struct, frozen=True):
    """A day on which something is taken."""

    id: int
    area_id: int
    day: date
    fraction: str
    title: str
    """As the source names it."""
    note: str
    moved_from: date | None
    moved_why: str
    changed_at: datetime
    feed_id: int | None = None
    """None: the town hall entered it."""
    withdrawn: bool = False


class Origin(msgspec.Struct, frozen=True):
    """Where the days of an area come from."""

    feed_id: int | None
    name: str
    """Empty: the town hall entered them."""
    url: str
    licence: str
    attribution: str
    as_of: datetime


class Streets(msgspec.Struct, frozen=True):
    """Areas to choose from."""

    areas: list[Area]
    meant: str = ""
    """The name that is most like what was typed, where none has it; the other areas are the next ones."""


_LISTED: Final = """SELECT id, key, name FROM waste_area
WHERE key > $1 AND ($2::text[] = '{}' OR name ILIKE ANY ($2)) ORDER BY key LIMIT $3"""
_ALIKE: Final = """SELECT id, key, name FROM waste_area WHERE public.word_similarity($1, name) >= 0.45
ORDER BY public.word_similarity($1, name) DESC, key LIMIT $2"""
_NAMES_ALIKE: Final = f"SELECT name FROM waste_area WHERE {kit_alike.written_like('name')} LIMIT 20"  # noqa: S608 - constant
_DATES: Final = """SELECT DISTINCT ON (d.area_id, d.day, d.fraction, d.title) d.id, d.area_id, d.day, d.fraction,
    d.title, d.note, d.moved_from, d.moved_why, d.changed_at, i.feed_id
FROM waste_date d LEFT JOIN feed_item i ON i.id = d.feed_item_id
WHERE d.area_id = ANY ($1) AND d.day >= $2 AND d.day <= $3 AND d.withdrawn_at IS NULL
ORDER BY d.area_id, d.day, d.fraction, d.title, d.id LIMIT $4"""
_ALL: Final = """SELECT d.id, d.area_id, d.day, d.fraction, d.title, d.note, d.moved_from, d.moved_why, d.changed_at,
    i.feed_id, d.withdrawn_at IS NOT NULL AS withdrawn
FROM waste_date d LEFT JOIN feed_item i ON i.id = d.feed_item_id
WHERE d.area_id = $1 AND d.day >= $2 AND d.withdrawn_why <> 'feed' ORDER BY d.day, d.fraction, d.title, d.id"""
_ORIGINS: Final = """SELECT f.id AS feed_id, coalesce(nullif(f.title, ''), f.name, '') AS name,
    coalesce(f.url, '') AS url, max(d.licence) AS licence, max(d.attribution) AS attribution,
    coalesce(max(f.succeeded_at), max(d.changed_at)) AS as_of
FROM waste_date d LEFT JOIN feed_item i ON i.id = d.feed_item_id LEFT JOIN feed f ON f.id = i.feed_id
WHERE d.area_id = $1 AND d.withdrawn_at IS NULL GROUP BY f.id ORDER BY max(d.changed_at) DESC"""


async def alike(word: str, *, wider: bool) -> list[str]:
    """Names of areas that have something written like a word."""
    return [row["name"] for row in await current().fetch(_NAMES_ALIKE, kit_alike.asked(word, wider=wider))]


async def to_choose(words: str = "", *, after: str = "", limit: int = 500) -> Streets:
    """As `areas`; when nobody has what was typed, the areas that are called most alike."""
    found = await areas(words, after=after, limit=limit)
    if found or after or not (typed := search.plain_text(_street(words))):
        return Streets(found)
    rows = await current().fetch(_ALIKE, [typed, min(limit, 10)])
    found = [msgspec.convert(dict(row), Area) for row in rows]
    return Streets(found, found[0].name if found else "")


async def areas(words: str = "", *, after: str = "", limit: int = 500) -> list[Area]:
    """The areas by key, narrowed by what was typed."""
    typed = _street(words)
    wanted = [*search.patterns(typed)]
    if typed and not wanted:
        return []
    rows = await current().fetch(_LISTED, [after, wanted, limit])
    return [msgspec.convert(dict(row), Area) for row in rows]


async def count() -> int:
    """How many areas there are."""
    return int(await current().fetchval("SELECT count(*) FROM waste_area") or 0)


async def area(key: str) -> Area:
    """The area with that key; raises `NotFound`."""
    rows = await current().fetch("SELECT id, key, name FROM waste_area WHERE key = $1", [key]) if is_slug(key) else []
    if not rows:
        raise NotFound(GONE)
    return msgspec.convert(dict(rows[0]), Area)


async def my_area() -> Area | None:
    """The area that this device chose; the only one of a town that has one. None: not chosen yet."""
    chosen = mine().street
    rows = await current().fetch(
        "SELECT id, key, name FROM waste_area ORDER BY key = $1 DESC, id LIMIT 2", [chosen if is_slug(chosen) else ""]
    )
    if not rows or (len(rows) > 1 and rows[0]["key"] != chosen):
        return None
    return msgspec.convert(dict(rows[0]), Area)


async def dates(area_ids: Sequence[int], first: date, last: date) -> list[Collection]:
    """What is taken in these areas from `first` to `last`, both inclusive, by area and day."""
    rows = await current().fetch(_DATES, [list(area_ids), first, last, MOST_DATES * max(1, len(area_ids))])
    return [msgspec.convert(dict(row), Collection) for row in rows]


async def all_dates(area_id: int, first: date) -> list[Collection]:
    """As `dates`, with those that a clerk struck out: for the desk."""
    rows = await current().fetch(_ALL, [area_id, first])
    return [msgspec.convert(dict(row), Collection) for row in rows]


async def on(day: date) -> list[tuple[Area, list[Collection]]]:
    """Every area that something is taken from on `day`."""
    rows = await current().fetch(
        "SELECT DISTINCT a.id, a.key, a.name FROM waste_area a JOIN waste_date d ON d.area_id = a.id"
        " WHERE d.day = $1 AND d.withdrawn_at IS NULL ORDER BY a.key",
        [day],
    )
    some = [msgspec.convert(dict(row), Area) for row in rows]
    taken = await dates([one.id for one in some], day, day) if some else []
    return [(one, [each for each in taken if each.area_id == one.id]) for one in some]


async def origins(area_id: int) -> list[Origin]:
    """Who says so, and when the source was read last."""
    return [msgspec.convert(dict(row), Origin) for row in await current().fetch(_ORIGINS, [area_id])]


def today() -> date:
    """The town's day."""
    return clock.today(current_site().timezone)


def a_year_from(day: date) -> date:
    """The last day of the twelve months that begin with that of `day`."""
    return day.replace(year=day.year + 1, day=1) - timedelta(days=1)


def _street(words: str) -> str:
    """What was typed, with the usual abbreviation of a street as it is written out."""
    parts: list[Any] = []
    for word in words.split()[: search.MOST_WORDS]:
        bare = word.rstrip(".").lower()
        ends = "." in word and bare.endswith("str")
        parts.append(f"{word.rstrip('.')}aße" if ends else word)
    return " ".join(parts)
