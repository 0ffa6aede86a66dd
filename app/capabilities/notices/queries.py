"""What people ask about warnings: what holds now, the most urgent first; one in full; whether anybody still looks."""
# ruff: noqa: S608 - the texts are built of constants once, at import; every value is a parameter

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from app.kit import clock, paging, search
from app.kit.errors import NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import control, current, current_slug
from app.tenancy.regions import described, regions_of
from app.web.names import told

AT_ONCE: Final = 30
MOST_ALERTS: Final = 5
BAND: Final = frozenset({"extreme", "severe"})
"""Severities that stand over every page; `moderate` stands over the start page."""
KINDS: Final = {
    "civil": _("Civil protection"),
    "weather": _("Weather"),
    "flood": _("Flood"),
    "fire": _("Fire"),
    "traffic": _("Traffic and roads"),
    "health": _("Health"),
    "police": _("Police"),
    "other": _("Other"),
}
CONNECTORS: Final = frozenset({"nina", "cap"})
"""Those whose silence means that a warning may be missing."""
LATE_AFTER: Final = timedelta(minutes=15)
LATE_ROUNDS: Final = 3
"""Intervals without a successful answer after which a source counts as late; at least `LATE_AFTER`."""
_GONE: Final = _("This warning does not exist, or no longer.")

VISIBLE: Final = """n.withdrawn_at IS NULL AND n.superseded_by IS NULL AND n.duplicate_of IS NULL
    AND n.published_at <= $1 AND (n.gone_at IS NULL OR n.gone_at > $1)"""
# An all-clear comes after everything that still holds.
_URGENCY: Final = """CASE WHEN n.message = 'cancel' THEN 9
    ELSE array_position(ARRAY['immediate', 'expected', 'future', 'unknown', 'past'], n.urgency) END"""
_SEVERITY: Final = "array_position(ARRAY['extreme', 'severe', 'moderate', 'minor', 'unknown'], n.severity)"
_TIME: Final = "-extract(epoch FROM coalesce(n.sent_at, n.created_at))::float8"
_ORDER: Final = f"{_URGENCY}, {_SEVERITY}, {_TIME}, -n.id"
_COLUMNS: Final = """n.id, n.kind, n.message, n.severity, n.urgency, n.certainty, n.title, n.event, n.sender,
    n.description, n.instruction, n.language, n.area, n.url, n.source_name, n.licence, n.attribution,
    n.sent_at, n.starts_at, n.expires_at, n.changed_at, n.feed_item_id IS NULL AS own,
    coalesce(p.name, '') AS provider, coalesce(p.name_en, '') AS provider_en"""
_FROM: Final = "FROM notice n LEFT JOIN provider p ON p.id = n.provider_id"

_LIST: Final = f"""SELECT {_COLUMNS}, {_URGENCY} AS u, {_SEVERITY} AS s, {_TIME} AS t {_FROM}
WHERE {VISIBLE} AND ($2 = '' OR n.kind = $2)
    AND ($3::int IS NULL OR ({_ORDER}) > ($3::int, $4::int, $5::float8, $6::bigint))
ORDER BY {_ORDER} LIMIT $7"""
_ONE: Final = f"""SELECT {_COLUMNS}, n.superseded_by, n.duplicate_of, {VISIBLE} AS holds {_FROM}
WHERE n.id = $2 AND n.published_at <= $1"""
_COUNTS: Final = f"SELECT n.kind, count(*)::int AS count FROM notice n WHERE {VISIBLE} GROUP BY n.kind"
_ALERTS: Final = f"""SELECT n.id, n.title, n.event, n.sender, n.source_name, n.attribution, n.instruction, n.severity,
    n.sent_at, n.starts_at, n.expires_at, coalesce(p.name, '') AS provider,
    coalesce(p.name_en, '') AS provider_en {_FROM}
WHERE {VISIBLE} AND n.message <> 'cancel' AND n.severity IN ('extreme', 'severe', 'moderate')
ORDER BY {_SEVERITY}, {_ORDER} LIMIT $2"""
_SEARCH: Final = f"SELECT {_COLUMNS} {_FROM} WHERE {VISIBLE} AND EVERY_WORD ORDER BY {_ORDER} LIMIT $2"


class Area(msgspec.Struct, frozen=True):
    """Whom a warning concerns, for people."""

    names: tuple[str, ...] = ()
    rings: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Thinned out, GeoJSON order."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A warning as it was issued."""

    id: int
    kind: str
    message: str
    severity: str
    urgency: str
    certainty: str
    title: str
    event: str
    sender: str
    description: str
    instruction: str
    language: str
    area: Area
    url: str
    source_name: str
    licence: str
    attribution: str
    sent_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    changed_at: datetime
    own: bool
    """Written here, by the town or a publisher of it."""
    provider: str
    provider_en: str
    superseded_by: int | None = None
    duplicate_of: int | None = None
    holds: bool = True

    @property
    def path(self) -> str:
        """Its page."""
        return "/notices/" + numbered(self.id, self.title)

    @property
    def is_clear(self) -> bool:
        """An all-clear (Entwarnung)."""
        return self.message == "cancel"

    @property
    def issuer(self) -> str:
        """Who warns, for the reader."""
        return self.sender or told(self.provider, self.provider_en) or self.attribution or self.source_name


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What the band over the pages needs of a warning."""

    id: int
    title: str
    event: str
    sender: str
    source_name: str
    attribution: str
    instruction: str
    severity: str
    sent_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    provider: str
    provider_en: str


class Part(msgspec.Struct, frozen=True):
    """A part of the list."""

    items: Sequence[Shown]
    next: str | None


class Watch(msgspec.Struct, frozen=True):
    """Whether the sources of warnings are looked after."""

    sources: int
    """How many there are; without one nobody warns here."""
    late: bool
    """One of them has not answered for too long: a warning may be missing."""
    as_of: datetime | None
    """When the one that lags most was asked with success."""


async def listed(kind: str = "", cursor: str = "", limit: int = AT_ONCE) -> Part:
    """What holds now, by urgency, severity and time; all-clears last. Raises `InvalidInput` for a bad cursor."""
    after: tuple[Any, ...] = (None, None, None, None)
    if cursor:
        after = paging.decode(cursor, tuple[int, int, float, int])
    rows = await current().fetch(_LIST, [clock.now(), kind, *after, limit + 1])
    items = [_shown(row) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    marker = paging.encode(last["u"], last["s"], last["t"], -last["id"]) if last is not None else None
    return Part(items, marker)


async def one(id_: int) -> Shown:
    """A warning by its number, also one that is over; raises `NotFound`."""
    rows = await current().fetch(_ONE, [clock.now(), id_])
    if not rows:
        raise NotFound(_GONE.message)
    return _shown(rows[0])


async def counts() -> dict[str, int]:
    """How many there are of each kind."""
    rows = await current().fetch(_COUNTS, [clock.now()])
    return {row["kind"]: row["count"] for row in rows}


async def urgent() -> list[Brief]:
    """What stands over the pages, the worst first: one query, asked for with every page."""
    rows = await current().fetch(_ALERTS, [clock.now(), MOST_ALERTS])
    return [msgspec.convert(dict(row), Brief) for row in rows]


async def found(words: str, limit: int) -> list[Shown]:
    """Warnings that hold and have these words."""
    every = search.Every(words, before=2)
    if not every:
        return []
    text = every.into(_SEARCH, "concat_ws(' ', n.title, n.event, n.description, n.instruction)")
    return [_shown(row) for row in await current().fetch(text, [clock.now(), limit, *every.values])]


async def watch() -> Watch:
    """When the sources of warnings were asked last: the town's own and those of its regions."""
    now = clock.now()
    rows = await current().fetch(
        "SELECT every_seconds, succeeded_at FROM feed WHERE enabled AND region = '' AND connector = ANY ($1)",
        [list(CONNECTORS)],
    )
    asked = [(row["succeeded_at"], row["every_seconds"]) for row in rows]
    names: dict[tuple[str, str], int] = {}
    for region in await regions_of(current_slug()):
        for feed in described(region).feeds:
            if feed.enabled and feed.connector in CONNECTORS:
                names[region, feed.name] = feed.every_minutes * 60
    if names:
        async with control() as connection:
            states = await connection.fetch(
                "SELECT region, name, succeeded_at FROM region_feed"
                " WHERE (region, name) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
                [region for region, _name in names],
                [name for _region, name in names],
            )
        succeeded = {(row["region"], row["name"]): row["succeeded_at"] for row in states}
        asked += [(succeeded.get(key), every) for key, every in names.items()]
    late = any(at is None or now - at > max(LATE_AFTER, timedelta(seconds=LATE_ROUNDS * every)) for at, every in asked)
    known = [at for at, _every in asked if at is not None]
    return Watch(len(asked), late, min(known) if known else None)


def _shown(row: Any) -> Shown:
    fields = dict(row)
    area = fields["area"]
    fields["area"] = msgspec.json.decode(area) if isinstance(area, str) else area
    return msgspec.convert(fields, Shown)
