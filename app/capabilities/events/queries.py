"""What people ask about events. A list has one entry per date; a day has everything that lasts on it."""
# ruff: noqa: S608 - the texts are built of constants once, at import; every value is a parameter

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from app.capabilities.events.dates import midnight
from app.kit import clock, paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.search import spelled_out
from app.tenancy import current
from app.web.names import Named

MOST_DATES_SHOWN: Final = 200
"""Dates of one event that its page and the API give."""
YEARS: Final = (1900, 2200)
"""What a day may lie between: beyond, clocks and databases disagree."""
BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")
_GONE: Final = _("This event does not exist, or no longer.")
_OLDEST: Final = timedelta(days=365 * 100)
_LONGEST_NUMBER: Final = 2**63 - 1


class Span(msgspec.Struct, frozen=True):
    """From when to when; what is running at its beginning belongs to it."""

    after: datetime
    """What was over by then is left out."""
    since: date | None = None
    """What lasted until an earlier day is left out: an evening that went on after midnight."""
    before: datetime | None = None
    """What begins then or later is left out."""


def from_now(now: datetime, zone: ZoneInfo, last: date | None = None) -> Span:
    """Everything that is running or to come, until the end of the day `last`."""
    return Span(now, None, midnight(last + timedelta(days=1), zone) if last else None)


def over_days(first: date, last: date | None, zone: ZoneInfo) -> Span:
    """The days of the town from `first` to `last`, both inclusive; None is without end."""
    return Span(midnight(first, zone), first, midnight(last + timedelta(days=1), zone) if last else None)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted: a span, and filters that are empty when they don't matter."""

    span: Span
    category: str = ""
    """Slug."""
    provider: str = ""
    """Slug."""
    words: str = ""


class Listed(msgspec.Struct, frozen=True, gc=False):
    """One date of an event, as lists show it; in the order of the columns of `LISTED`."""

    occurrence_id: int
    id: int
    event_title: str
    """What its address is made of; `title` may be this date's own."""
    title: str
    summary: str
    starts_at: datetime
    ends_at: datetime | None
    over_at: datetime
    all_day: bool
    first_day: date
    last_day: date
    status: str
    location_name: str
    address: str
    latitude: float | None
    longitude: float | None
    organiser: str
    price: str
    language: str
    category: str | None
    category_name: str | None
    category_en: str | None
    provider: str | None
    provider_name: str | None
    provider_en: str | None
    source_name: str
    source_url: str
    licence: str
    attribution: str
    key: str
    changed_at: datetime


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event in full, without its dates."""

    id: int
    title: str
    summary: str
    body_html: str
    language: str
    location_name: str
    address: str
    latitude: float | None
    longitude: float | None
    organiser: str
    price: str
    accessibility: str
    tags: list[str]
    status: str
    zone: str
    recurrence: str
    url: str
    source_name: str
    source_url: str
    licence: str
    attribution: str
    changed_at: datetime
    category: str | None
    category_name: str | None
    category_en: str | None
    provider: str | None
    provider_name: str | None
    provider_en: str | None


class When(msgspec.Struct, frozen=True, gc=False):
    """One date of the event that is shown; title, summary and place only where they differ from the event's."""

    id: int
    key: str
    starts_at: datetime
    ends_at: datetime | None
    over_at: datetime
    all_day: bool
    first_day: date
    last_day: date
    status: str
    title: str
    summary: str
    location_name: str


class Facet(msgspec.Struct, frozen=True):
    """A filter and how many dates it leaves."""

    kind: str
    """`category` or `provider`."""
    slug: str
    name: str
    """For the reader."""
    count: int


class Page(msgspec.Struct, frozen=True):
    """A part of a list and where the next one begins."""

    items: list[Listed]
    next: str | None
    meant: str = ""
    """What was looked for instead of the words, see `found.page`."""


_DATES = "FROM occurrence o"
# The few that are found lead to their dates; the fence keeps the planner from reading all dates to look for these.
_DATES_FOUND = """FROM found
CROSS JOIN LATERAL (SELECT * FROM occurrence WHERE event_id = found.id OFFSET 0) AS o"""
_FROM = f"""
{_DATES}
JOIN event e ON e.id = o.event_id
LEFT JOIN category c ON c.id = e.category_id
LEFT JOIN provider p ON p.id = e.provider_id AND p.withdrawn_at IS NULL
"""
_NAMES = "c.slug, c.name, c.name_en, p.slug, p.name, p.name_en"
LISTED = f"""SELECT o.id, e.id, e.title,
    coalesce(nullif(o.title, ''), e.title), coalesce(nullif(o.summary, ''), e.summary),
    o.starts_at, o.ends_at, o.over_at, o.all_day, o.first_day, o.last_day,
    CASE WHEN e.status = 'cancelled' THEN e.status ELSE o.status END,
    coalesce(nullif(o.location_name, ''), e.location_name), e.address, e.latitude, e.longitude, e.organiser, e.price,
    e.language, {_NAMES}, e.source_name, e.source_url, e.licence, e.attribution, o.key, e.changed_at {_FROM}"""
_CHOSEN = f"""SELECT DISTINCT ON (e.id) {LISTED.removeprefix("SELECT ")}
WHERE e.id = ANY ($1::bigint[]) AND e.withdrawn_at IS NULL AND e.published_at <= $2
ORDER BY e.id, o.over_at <= $2, abs(extract(epoch FROM o.starts_at - $2)), o.id"""
_COUNTED = f"SELECT d.day::date, count(*) {_FROM} CROSS JOIN LATERAL generate_series("
_BOTH = f"SELECT {_NAMES}, count(*) {_FROM}"


_FOUND: Final = "WITH found AS MATERIALIZED (SELECT id FROM event WHERE EVERY_WORD)"


_LATELY: Final = timedelta(days=8)
_LONG = "o.over_at - o.starts_at > interval '8 days'"
"""What is running began lately, or is one of the few that last long: each has its index, nobody reads the past."""


class _Statement:
    """A statement's values. Its text depends only on which filters are set, so that it is prepared once.

    A filter that is not set must leave no trace: `$4 = '' OR …` makes the planner expect few rows and sort them all.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.values: list[Any] = []
        self._places: dict[str, str] = {}

    def place(self, name: str, value: Any) -> str:
        """Where a value stands in the text, `$3`."""
        if name not in self._places:
            self.values.append(value)
            self._places[name] = f"${len(self.values)}"
        return self._places[name]

    def where(self, *more: str, category: bool = True, provider: bool = True) -> str:
        """What is public and wanted; the filters by category and by provider can be left out."""
        asked, span = self.asked, self.asked.span
        parts = [
            f"WHERE e.withdrawn_at IS NULL AND e.published_at <= {self.place('now', clock.now())}",
            f"o.over_at > {self.place('after', span.after)}",
        ]
        if span.since is not None:
            parts.append(f"o.last_day >= {self.place('since', span.since)}")
        if span.before is not None:
            parts.append(f"o.starts_at < {self.place('before', span.before)}")
        if asked.category and category:
            parts.append(f"c.slug = {self.place('category', asked.category)}")
        if asked.provider and provider:
            parts.append(f"p.slug = {self.place('provider', asked.provider)}")
        return " AND ".join([*parts, *more])

    @property
    def lately(self) -> str:
        """What may be running or to come; for those who count and don't walk along an index."""
        return f"(o.starts_at > {self.place('lately', self.asked.span.after - _LATELY)} OR {_LONG})"

    async def fetch(self, *text: str) -> Any:
        """The rows of the statement that the parts make."""
        if self.asked.words:
            every = search.Every(self.asked.words, len(self.values))
            found = every.into(_FOUND, "title", "search")
            self.values += every.values
            text = (found, *(one.replace(_DATES, _DATES_FOUND) for one in text))
        return await current().fetch("\n".join(text), self.values)


_DRAFT = """
SELECT e.id, e.title, e.summary, e.body_html, e.language, e.location_name, e.address, e.latitude, e.longitude,
    e.organiser, e.price, e.accessibility, e.tags, e.status, e.zone, e.recurrence, e.url, e.source_name, e.source_url,
    e.licence, e.attribution, e.changed_at, c.slug AS category, c.name AS category_name, c.name_en AS category_en,
    p.slug AS provider, p.name AS provider_name, p.name_en AS provider_en
FROM event e
LEFT JOIN category c ON c.id = e.category_id
LEFT JOIN provider p ON p.id = e.provider_id AND p.withdrawn_at IS NULL
WHERE e.id = $1"""
_EVENT = f"{_DRAFT} AND e.withdrawn_at IS NULL AND e.published_at <= $2"

_WHEN = """
SELECT o.id, o.key, o.starts_at, o.ends_at, o.over_at, o.all_day, o.first_day, o.last_day,
    CASE WHEN e.status = 'cancelled' THEN e.status ELSE o.status END, o.title, o.summary, o.location_name
FROM occurrence o JOIN event e ON e.id = o.event_id
WHERE o.event_id = $1 AND (o.over_at > $2 OR NOT EXISTS (
    SELECT FROM occurrence later WHERE later.event_id = $1 AND later.over_at > $2))
ORDER BY o.starts_at, o.id LIMIT $3"""

Key = tuple[datetime, int]
"""Start and occurrence id of the last date that was shown."""
_KEY: Any = tuple[Annotated[datetime, msgspec.Meta(tz=True)], Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_NUMBER)]]


async def listed(asked: Asked, limit: int, after: Key | None = None) -> list[Listed]:
    """The next `limit` dates after a key, by start."""
    statement = _Statement(asked)
    if asked.words:
        start, number = after or (asked.span.after - _OLDEST, 0)
        key_of_last = f"({statement.place('start', start)}, {statement.place('number', number)})"
        where = statement.where(f"(o.starts_at, o.id) > {key_of_last}")
        order = f"ORDER BY 6, 1 LIMIT {statement.place('limit', limit)}"
        return [Listed(*row) for row in await statement.fetch(LISTED, where, order)]
    lately = (asked.span.after - _LATELY, 0)
    start, number = max(after or lately, lately)
    later = f"(o.starts_at, o.id) > ({statement.place('start', start)}, {statement.place('number', number)})"
    order = f"ORDER BY 6, 1 LIMIT {statement.place('limit', limit)}"
    halves = ["(", LISTED, statement.where(later), order, ")"]
    if after is None or after < lately:
        old = f"o.starts_at < {statement.place('lately', lately[0])}"
        key = after or (asked.span.after - _OLDEST, 0)
        since = f"(o.starts_at, o.id) > ({statement.place('key', key[0])}, {statement.place('id', key[1])})"
        halves += ["UNION ALL (", LISTED, statement.where(_LONG, old, since), order, ")", order]
    return [Listed(*row) for row in await statement.fetch(*halves)]


async def page(asked: Asked, limit: int, cursor: str = "", *, by_days: bool = False) -> Page:
    """A part of the list. `by_days` ends it where a day ends, if that leaves something. Raises `InvalidInput`.

    Finds what has all the words; `found.page` knows about typing errors.
    """
    found = await listed(asked, limit + 1, key_of(cursor) if cursor else None)
    if len(found) <= limit:
        return Page(found, None)
    if by_days and found[limit - 1].first_day == found[limit].first_day:
        begun = found[limit].first_day
        whole = next(number for number in range(limit, -1, -1) if not number or found[number - 1].first_day != begun)
        limit = whole or limit
    found = found[:limit]
    return Page(found, paging.encode(found[-1].starts_at, found[-1].occurrence_id))


def key_of(cursor: str) -> Key:
    """The key behind a cursor; raises `InvalidInput`, which names the parameter."""
    try:
        start, number = paging.decode(cursor, _KEY)
    except InvalidInput as error:
        raise InvalidInput(error.detail, fields={"cursor": error.detail}) from error
    if not YEARS[0] <= start.year <= YEARS[1]:
        raise InvalidInput(BAD_CURSOR.message, fields={"cursor": BAD_CURSOR.message})
    return start, number


async def per_day(asked: Asked, first: date, last: date) -> Mapping[date, int]:
    """How much there is on each day from `first` to `last`; what lasts several days counts on each."""
    statement = _Statement(asked)
    begin, end = statement.place("first", first), statement.place("last", last)
    days = f"greatest(o.first_day, {begin}::date), least(o.last_day, {end}::date), interval '1 day') AS d (day)"
    rows = await statement.fetch(_COUNTED, days, statement.where(statement.lately), "GROUP BY 1")
    return {row[0]: row[1] for row in rows}


async def facets(asked: Asked) -> Sequence[Facet]:
    """Categories and providers with the number of dates that one more click would leave, the largest first.

    A category's number heeds the chosen provider, and the other way round.
    """
    statement = _Statement(asked)
    where = statement.where(statement.lately, category=False, provider=False)
    counts: Counter[tuple[str, str, str]] = Counter()
    for *named, number in await statement.fetch(_BOTH, where, "GROUP BY c.id, p.id"):
        category, provider = (Named(*names) if names[0] else None for names in (named[:3], named[3:]))
        if category and asked.provider in ("", named[3]):
            counts["category", category.slug, category.told] += number
        if provider and asked.category in ("", named[0]):
            counts["provider", provider.slug, provider.told] += number
    found = [Facet(*key, count) for key, count in counts.items()]
    return sorted(found, key=lambda one: (-one.count, spelled_out(one.name)))


async def event(event_id: int) -> Happening:
    """One event; raises `NotFound`, also for a draft and for what was withdrawn."""
    rows = await current().fetch(_EVENT, [event_id, clock.now()]) if 0 < event_id <= _LONGEST_NUMBER else []
    if not rows:
        raise NotFound(_GONE.message)
    return Happening(**rows[0])


async def draft(event_id: int) -> Happening:
    """An event in any state, as its page would show it; raises `NotFound`. For the desk's preview."""
    rows = await current().fetch(_DRAFT, [event_id]) if 0 < event_id <= _LONGEST_NUMBER else []
    if not rows:
        raise NotFound(_GONE.message)
    return Happening(**rows[0])


async def chosen(ids: Sequence[int], now: datetime) -> list[Listed]:
    """These events in this order, each with its next date, or its last one when all are over."""
    rows = {row[1]: row for row in await current().fetch(_CHOSEN, [list(ids), now])}
    return [Listed(*rows[id_]) for id_ in ids if id_ in rows]


async def dates(event_id: int, now: datetime, limit: int = MOST_DATES_SHOWN) -> list[When]:
    """An event's dates that are running or to come; when all are over, those that were."""
    return [When(*row) for row in await current().fetch(_WHEN, [event_id, now, limit])]
