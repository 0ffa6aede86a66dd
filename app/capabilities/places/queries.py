"""What people ask about places. What the town corrected stands over what the source says; what it hid is not there."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from app.capabilities.holidays import queries as holidays
from app.capabilities.places.folding import folded
from app.capabilities.places.kinds import MINOR
from app.kit import opening, paging
from app.kit.errors import InvalidInput, NotFound
from app.kit.geo import metres
from app.kit.i18n import lazy as _
from app.kit.opening import Calendar
from app.kit.search import words_of
from app.tenancy import current
from app.tenancy.village import setting
from app.web.site import current_site

MOST_NEAR: Final = 600
"""How far one may page through what is near."""
MOST_LOOKED_AT: Final = 600
"""Places of which one page asks whether they are open."""
_GONE: Final = _("This place does not exist, or no longer.")
_LONGEST_NUMBER: Final = 2**63 - 1
_NARROW: Final = "0.62"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which places are wanted; what is empty does not matter."""

    kinds: tuple[str, ...] = ()
    """Empty: all but benches and the like."""
    wheelchair: bool = False
    """Only where one gets in without help or with little."""
    open_at: datetime | None = None
    """Only what is surely open at this moment."""
    near: tuple[float, float] | None = None
    """Latitude and longitude: the nearest first, instead of by name."""
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north."""
    words: str = ""


class Listed(msgspec.Struct, frozen=True, gc=False):
    """A place as lists and maps show it; in the order of the columns of `LISTED`."""

    id: int
    kind: str
    title: str
    summary: str
    latitude: float | None
    longitude: float | None
    street: str
    town: str
    opening_hours: str
    wheelchair: str
    named: str
    """`no` when the title is only what its kind is called, `operator` when it is its operator's name."""
    language: str
    source_name: str
    licence: str
    attribution: str
    provider_name: str | None
    confirmed: bool
    sort_name: str


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A place in full."""

    id: int
    kind: str
    title: str
    summary: str
    body_html: str
    language: str
    latitude: float | None
    longitude: float | None
    street: str
    postcode: str
    town: str
    contact_name: str
    phone: str
    email: str
    url: str
    opening_hours: str
    wheelchair: str
    wheelchair_note: str
    operator: str
    details: dict[str, str]
    picture_id: int | None
    source_name: str
    source_url: str
    licence: str
    attribution: str
    as_of: datetime | None
    changed_at: datetime
    provider: str | None
    provider_name: str | None
    provider_en: str | None
    provider_id: int | None
    foreign: bool
    """Comes from a source."""
    confirmed_at: datetime | None
    corrected: bool
    """The town says something else than the source."""

    @property
    def confirmed(self) -> bool:
        """Whether the town or a provider stands for it."""
        return not self.foreign or self.confirmed_at is not None


class Page(msgspec.Struct, frozen=True):
    """A part of a list and where the next one begins."""

    items: list[Listed]
    next: str | None
    meant: str = ""
    """What was looked for instead of the words, see `found.page`."""


CORRECTABLE: Final = (
    "title", "summary", "street", "postcode", "town", "phone", "email", "url", "opening_hours", "wheelchair",
    "wheelchair_note",
)  # fmt: skip
"""Columns of which the town may say something else than the source."""

_FROM: Final = """
FROM place p
LEFT JOIN place_overlay o ON o.place_id = p.id
LEFT JOIN provider r ON r.id = p.provider_id AND r.withdrawn_at IS NULL
"""
LISTED: Final = f"""SELECT p.id, p.kind, coalesce(o.title, p.title), coalesce(o.summary, p.summary), p.latitude,
    p.longitude, coalesce(o.street, p.street), coalesce(o.town, p.town), coalesce(o.opening_hours, p.opening_hours),
    coalesce(o.wheelchair, p.wheelchair),
    CASE WHEN o.title IS NULL THEN coalesce(p.details->>'named', '') ELSE '' END, p.language, p.source_name, p.licence,
    p.attribution, r.name, p.feed_item_id IS NULL OR o.confirmed_at IS NOT NULL, p.sort_name {_FROM}"""
_WHOLE: Final = f"""SELECT p.id, p.kind, {", ".join(f"coalesce(o.{name}, p.{name}) AS {name}" for name in CORRECTABLE)},
    p.body_html, p.language, p.latitude, p.longitude, p.contact_name, p.operator, p.details::text AS details,
    p.picture_id, p.source_name, p.source_url, p.licence, p.attribution, p.as_of, p.changed_at, r.slug AS provider,
    r.name AS provider_name, r.name_en AS provider_en, p.provider_id, p.feed_item_id IS NOT NULL AS foreign_,
    o.confirmed_at, num_nonnulls({", ".join(f"o.{name}" for name in CORRECTABLE)}) > 0 AS corrected
{_FROM} WHERE p.id = $1"""
PUBLIC: Final = "p.withdrawn_at IS NULL AND o.hidden_at IS NULL"
_COUNTED: Final = f"SELECT p.kind, count(*) {_FROM}"
# Of everything: from the index alone, less the few that are hidden.
_COUNTED_ALL: Final = """SELECT kind, sum(number)::int FROM (
    SELECT kind, count(*) AS number FROM place WHERE withdrawn_at IS NULL GROUP BY kind
    UNION ALL
    SELECT p.kind, -count(*) FROM place_overlay o JOIN place p ON p.id = o.place_id
    WHERE o.hidden_at IS NOT NULL AND p.withdrawn_at IS NULL GROUP BY p.kind
) AS counted GROUP BY kind"""
# Parts of words, in a chain of ANDs, because the index does not know LIKE ALL.
_FOUND: Final = """WITH found AS MATERIALIZED (
    SELECT id FROM place WHERE EVERY_WORD UNION SELECT place_id FROM place_overlay WHERE EVERY_WORD
)"""
# What is found leads to its places; the fence keeps the planner from reading all places to look for these.
_PLACES: Final = "FROM place p"
_PLACES_FOUND: Final = "FROM found CROSS JOIN LATERAL (SELECT * FROM place WHERE id = found.id OFFSET 0) AS p"
_KEY: Any = tuple[str, Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_NUMBER)]]
_SKIP: Any = tuple[Annotated[int, msgspec.Meta(ge=0, le=MOST_NEAR)]]


def every_part(said: Sequence[str], number: int) -> str:
    """That the words have all of these parts, `$number` and the following."""
    return " AND ".join(f"words LIKE ${place}" for place in range(number, number + len(said))) or "false"


class _Statement:
    """A statement's values; its text depends only on which filters are set, so that it is prepared once."""

    def __init__(self, asked: Asked) -> None:
        self.values: list[Any] = []
        self.parts = [PUBLIC]
        self.before = ""
        if asked.words:
            said = words_of(folded(asked.words))
            self.values = [f"%{word}%" for word in said]
            self.before = _FOUND.replace("EVERY_WORD", every_part(said, 1))
        if asked.wheelchair:
            self.parts.append("coalesce(o.wheelchair, p.wheelchair) IN ('yes', 'limited')")
        if asked.box is not None:
            corners = [f"{self.place(number)}::float8" for number in asked.box]
            self.parts.append(
                f"point(p.longitude * {_NARROW}, p.latitude) <@ box(point({corners[0]} * {_NARROW}, {corners[1]}),"
                f" point({corners[2]} * {_NARROW}, {corners[3]}))"
            )
        if asked.open_at is not None:
            self.parts.append("coalesce(o.opening_hours, p.opening_hours) <> ''")

    def place(self, value: Any) -> str:
        """Where a value stands in the text, `$4`."""
        self.values.append(value)
        return f"${len(self.values)}"

    def of_kinds(self, asked: Asked) -> None:
        """Narrow to the kinds that are wanted."""
        if asked.kinds:
            self.parts.append(f"p.kind = ANY ({self.place(list(asked.kinds))}::text[])")
        elif not asked.words and asked.box is None:
            self.parts.append(f"p.kind <> ALL ({self.place(sorted(MINOR))}::text[])")

    async def fetch(self, text: str, order: str) -> Any:
        """The rows."""
        if self.before:
            text = text.replace(_PLACES, _PLACES_FOUND)
        return await current().fetch(f"{self.before} {text} WHERE {' AND '.join(self.parts)} {order}", self.values)


async def page(asked: Asked, limit: int, cursor: str = "") -> Page:
    """A part of the list, by name or by distance. Raises `InvalidInput` for a cursor that is none of ours.

    Finds what has all the words; `found.page` knows about typing errors.
    """
    if asked.open_at is None:
        found = await _chunk(asked, limit + 1, cursor)
        more = len(found) > limit
        return Page(found[:limit], _after(asked, cursor, found[:limit]) if more else None)
    days_off = await calendar(asked.open_at)
    kept: list[Listed] = []
    looked, at_once = 0, min(MOST_LOOKED_AT, max(limit * 3, 60))
    while looked < MOST_LOOKED_AT:
        found = await _chunk(asked, at_once, cursor)
        for number, one in enumerate(found, 1):
            if opening.is_open(one.opening_hours, days_off, asked.open_at):
                kept.append(one)
            if len(kept) == limit and number < len(found):
                return Page(kept, _after(asked, cursor, found[:number]))
        if len(found) < at_once:
            return Page(kept, None)
        looked += len(found)
        cursor = _after(asked, cursor, found) or ""
    return Page(kept, cursor or None)


async def _chunk(asked: Asked, limit: int, cursor: str) -> list[Listed]:
    statement = _Statement(asked)
    statement.of_kinds(asked)
    if asked.near is not None:
        skip = _decoded(cursor, _SKIP)[0] if cursor else 0
        lat, lon = statement.place(asked.near[0]), statement.place(asked.near[1])
        statement.parts.append("p.latitude IS NOT NULL")
        order = (
            f"ORDER BY point(p.longitude * {_NARROW}, p.latitude)"
            f" <-> point({lon}::float8 * {_NARROW}, {lat}::float8)"
            f" OFFSET {statement.place(skip)} LIMIT {statement.place(limit)}"
        )
    else:
        if cursor:
            name, number = _decoded(cursor, _KEY)
            after = f'{statement.place(name)}::text COLLATE "C", {statement.place(number)}::bigint'
            statement.parts.append(f"(p.sort_name, p.id) > ({after})")
        order = f"ORDER BY p.sort_name, p.id LIMIT {statement.place(limit)}"
    return [Listed(*row) for row in await statement.fetch(LISTED, order)]


def _after(asked: Asked, cursor: str, shown: Sequence[Listed]) -> str | None:
    if not shown:
        return None
    if asked.near is None:
        return paging.encode(shown[-1].sort_name, shown[-1].id)
    skip = (_decoded(cursor, _SKIP)[0] if cursor else 0) + len(shown)
    return paging.encode(skip) if skip < MOST_NEAR else None


def _decoded(cursor: str, key: Any) -> Any:
    try:
        return paging.decode(cursor, key)
    except InvalidInput as error:
        raise InvalidInput(error.detail, fields={"cursor": error.detail}) from error


async def counts(asked: Asked) -> Mapping[str, int]:
    """How many places each kind has, by the filters besides the kind; whether they are open is not asked."""
    narrowed = msgspec.structs.replace(asked, kinds=(), open_at=None, near=None)
    if narrowed == Asked():
        rows = await current().fetch(_COUNTED_ALL, [])
    else:
        rows = await _Statement(narrowed).fetch(_COUNTED, "GROUP BY p.kind")
    return {row[0]: row[1] for row in rows}


async def on_map(asked: Asked, limit: int) -> list[Listed]:
    """The places that have a position, in any order; those that are not open are left out where that was asked."""
    statement = _Statement(asked)
    statement.of_kinds(asked)
    statement.parts.append("p.latitude IS NOT NULL")
    rows = await statement.fetch(LISTED, f"LIMIT {statement.place(limit)}")
    found = [Listed(*row) for row in rows]
    if asked.open_at is None:
        return found
    days_off = await calendar(asked.open_at)
    return [one for one in found if opening.is_open(one.opening_hours, days_off, asked.open_at)]


async def listed(ids: Sequence[int]) -> list[Listed]:
    """The places with these ids that are public, in this order."""
    rows = await current().fetch(f"{LISTED} WHERE {PUBLIC} AND p.id = ANY ($1)", [list(ids)[:200]])
    found = {row[0]: Listed(*row) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


async def place(place_id: int, *, any_state: bool = False) -> Whole:
    """One place; raises `NotFound`, also for what is hidden or withdrawn unless `any_state`."""
    text = _WHOLE if any_state else f"{_WHOLE} AND {PUBLIC}"
    rows = await current().fetch(text, [place_id]) if 0 < place_id <= _LONGEST_NUMBER else []
    if not rows:
        raise NotFound(_GONE.message)
    row = dict(rows[0])
    row["foreign"] = row.pop("foreign_")
    row["details"] = {key: str(value) for key, value in msgspec.json.decode(row["details"]).items()}
    return Whole(**row)


async def calendar(now: datetime) -> Calendar:
    """What decides in this town about opening hours: its zone, its place, its days off."""
    zone = current_site().timezone
    first: date = now.astimezone(zone).date() - timedelta(days=2)
    last = first + timedelta(days=opening.DAYS_AHEAD + 3)
    school = await holidays.school_holidays(first, last)
    lat, lon = await centre() or (52.0, 12.0)
    return Calendar(
        zone=zone.key,
        public=await holidays.public_days(first, last),
        school=tuple((one.first_day, one.last_day) for one in school),
        lat=round(lat, 1),
        lon=round(lon, 1),
    )


async def position_of(street: str, town: str) -> tuple[float | None, float | None]:
    """Where a street and number is, when a place that we have says so; the town may be left open."""
    if not any(sign.isdigit() for sign in street):
        return None, None
    rows = await current().fetch(
        "SELECT latitude, longitude FROM place WHERE latitude IS NOT NULL AND lower(street) = lower($1)"
        " AND ($2 = '' OR town = '' OR lower(town) = lower($2)) ORDER BY lower(town) = lower($2) DESC, id LIMIT 1",
        [street, town],
    )
    return (rows[0]["latitude"], rows[0]["longitude"]) if rows else (None, None)


async def centre() -> tuple[float, float] | None:
    """Latitude and longitude of the town, as its definition says."""
    facts = await setting("facts", {})
    lat, lon = facts.get("lat"), facts.get("lon")
    return (float(lat), float(lon)) if lat is not None and lon is not None else None


def away_metres(one: Listed, near: tuple[float, float] | None) -> float | None:
    """How far a place is from where the reader is."""
    if near is None or one.latitude is None or one.longitude is None:
        return None
    return metres(near[0], near[1], one.latitude, one.longitude)
