"""The levels that concern a town: the danger of forest fire in its district, and the gauges near it."""

import itertools
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from app.capabilities.notices import weather
from app.capabilities.notices.levels import KEPT_FOR
from app.kit import clock
from app.kit.geo import METRES_A_DEGREE, metres
from app.tenancy import current_slug
from app.tenancy.regions import described, region, regions_of
from app.tenancy.registry import place_of
from app.tenancy.village import setting
from app.web.site import current_site

CONNECTORS: Final = frozenset({"hochwasserzentralen", "pegelonline", "waldbrand_brandenburg"})
FIRE: Final = "forest-fire"
GAUGE: Final = "gauge"
FIRE_OLD: Final = timedelta(hours=36)
"""Levels are made anew each morning; of an older one nobody knows whether it still holds."""
GAUGE_OLD: Final = timedelta(hours=12)
"""Gauges measure every quarter of an hour."""
SEASON: Final = range(3, 10)
"""Months in which the danger is told, March to September. Beyond them silence is no fault of the source."""
MOST_GAUGES: Final = 6
SAME_METRES: Final = 1_000
"""Entries of two sources with the same official number that lie farther apart are two gauges."""
MATTERS_FROM: Final = 4
"""Levels of forest-fire danger that stand on the start page."""

_SQL: Final = """
SELECT feed, topic, title, water, number, summary, level, value, unit, trend, state, latitude, longitude, measured_at,
    url, licence, attribution
FROM level
WHERE received_at > $1 AND CASE topic
    WHEN 'forest-fire' THEN EXISTS (SELECT FROM unnest(keys) AS k, unnest($2::text[]) AS own
        WHERE k <> '' AND starts_with(own, k))
    ELSE (latitude BETWEEN $3 AND $4 AND longitude BETWEEN $5 AND $6) OR lower(title) = ANY ($7) OR number = ANY ($7)
    END
ORDER BY topic, measured_at DESC NULLS LAST, id"""


class NoticesOptions(msgspec.Struct, frozen=True):
    """What a town chooses under `[capabilities.notices]`."""

    gauges: tuple[str, ...] = ()
    """Names or official numbers of gauges that are always shown, wherever they stand."""
    gauges_km: float = 25
    """How far from the middle of the town a gauge may stand."""


class Said(msgspec.Struct, frozen=True):
    """One source of a reading."""

    attribution: str
    url: str
    licence: str

    @property
    def source_name(self) -> str:
        """As other things with a source have it."""
        return self.attribution


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A level as it is for a town now; of a stale one `level`, `value`, `trend` and `state` are not told."""

    topic: str
    title: str
    water: str = ""
    number: str = ""
    text: str = ""
    level: int | None = None
    value: float | None = None
    unit: str = ""
    trend: str = ""
    state: str = ""
    measured_at: datetime | None = None
    """Of the last message, also when it is stale."""
    stale: bool = False
    empty: bool = False
    """The source has nothing to say of it, as of the many gauges that have no flood class."""
    lat: float | None = None
    lon: float | None = None
    km: float | None = None
    """From the middle of the town."""
    named: bool = False
    """The town's own choice."""
    said: tuple[Said, ...] = ()

    @property
    def href(self) -> str:
        """A page for people about it, of the first source that has one."""
        return next((each.url for each in self.said if each.url), "")

    @property
    def silent(self) -> bool:
        """It says nothing now."""
        return self.level is None and self.value is None

    @property
    def matters(self) -> bool:
        """Whether it belongs on the start page: high danger of fire, a gauge in flood or above mean high water."""
        if self.topic == FIRE:
            return self.level is not None and self.level >= MATTERS_FROM
        return (self.level is not None and self.level >= 1) or self.state == "high"


class Levels(msgspec.Struct, frozen=True):
    """All that concerns a town."""

    fire: Reading | None = None
    """None: no source, or a silent one out of the season."""
    gauges: tuple[Reading, ...] = ()

    @property
    def told_by(self) -> tuple[Said, ...]:
        """Who says what of the gauges."""
        return tuple(each for one in self.gauges for each in one.said)

    @property
    def all(self) -> tuple[Reading, ...]:
        """The danger of fire first."""
        return (self.fire, *self.gauges) if self.fire else self.gauges


async def here() -> Levels:
    """The levels of the current town."""
    place = await place_of(current_slug())
    names = [name for name in await regions_of(place.slug) if _has_levels(name)]
    if not names:
        return Levels()
    options = chosen(place.site)
    facts: dict[str, Any] = await setting("facts", {})
    there = await weather.place()
    now = clock.now()
    wanted = [one.strip().lower() for one in options.gauges if one.strip()]
    arguments = [now - KEPT_FOR, [place.ags, *facts.get("members", ())], *_box(there, options.gauges_km), wanted]
    rows: list[Any] = []
    for name in names:
        async with region(name) as scope:
            rows += await scope.fetch(_SQL, arguments)
    readings = [_reading(row, now, there, wanted) for row in rows]
    near = [
        one for one in readings if one.named or (not one.empty and one.km is not None and one.km <= options.gauges_km)
    ]
    return Levels(_fire([one for one in readings if one.topic == FIRE], now), _gauges(near))


def chosen(site: dict[str, Any]) -> NoticesOptions:
    """The town's choice; the default where it can't be read."""
    try:
        return msgspec.convert(site.get("capabilities", {}).get("notices", {}), NoticesOptions)
    except (msgspec.ValidationError, AttributeError):
        return NoticesOptions()


def _fire(found: Sequence[Reading], now: datetime) -> Reading | None:
    """The worst of those that hold; else that nobody knows, in the season."""
    fresh = [one for one in found if one.level is not None]
    if fresh:
        return max(fresh, key=lambda one: one.level or 0)
    in_season = now.astimezone(current_site().timezone).month in SEASON
    return found[0] if found and in_season else None


def _gauges(found: Sequence[Reading]) -> tuple[Reading, ...]:
    """Floods first, then what the town chose, then the nearest; the same gauge of two sources once."""
    by_number: dict[str, list[Reading]] = {}
    for place, one in enumerate(one for one in found if one.topic == GAUGE):
        by_number.setdefault(one.number or f"#{place}", []).append(one)
    merged = itertools.chain.from_iterable(_merged(some) for some in by_number.values())
    ranked = sorted(
        merged,
        key=lambda one: (not one.matters, not one.named, one.silent, math.inf if one.km is None else one.km, one.title),
    )
    return tuple(ranked[:MOST_GAUGES])


def _merged(some: Sequence[Reading]) -> list[Reading]:
    """One source knows the class, another one the centimetres."""
    first, *others = some
    apart = []
    for other in others:
        if _apart(first, other):
            apart.append(other)
        else:
            first = _both(first, other)
    return [first, *apart]


def _both(one: Reading, other: Reading) -> Reading:
    fresh, rest = (other, one) if one.stale and not other.stale else (one, other)
    valued = next((each for each in (fresh, rest) if each.value is not None), fresh)
    return msgspec.structs.replace(
        fresh,
        level=fresh.level if fresh.level is not None else rest.level,
        value=valued.value,
        unit=valued.unit,
        trend=valued.trend,
        state=valued.state,
        water=fresh.water or rest.water,
        # The older of two times, where both are told: neither may look newer than it is.
        measured_at=fresh.measured_at
        if rest.stale or rest.measured_at is None or fresh.measured_at is None
        else min(fresh.measured_at, rest.measured_at),
        named=one.named or other.named,
        said=fresh.said + tuple(each for each in rest.said if each not in fresh.said),
    )


def _apart(one: Reading, other: Reading) -> bool:
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return one.title.lower() != other.title.lower()
    return metres(one.lat, one.lon, other.lat, other.lon) > SAME_METRES


def _reading(row: Any, now: datetime, there: tuple[float, float] | None, wanted: Sequence[str]) -> Reading:
    at = row["measured_at"]
    stale = at is None or now - at > (FIRE_OLD if row["topic"] == FIRE else GAUGE_OLD)
    lat, lon = row["latitude"], row["longitude"]
    known = there is not None and lat is not None and lon is not None
    return Reading(
        topic=row["topic"],
        title=row["title"],
        water=row["water"],
        number=row["number"],
        text=row["summary"],
        empty=row["level"] is None and row["value"] is None,
        level=None if stale else row["level"],
        value=None if stale else row["value"],
        unit=row["unit"],
        trend="" if stale else row["trend"],
        state="" if stale else row["state"],
        measured_at=at,
        stale=stale,
        lat=lat,
        lon=lon,
        km=metres(*there, lat, lon) / 1000 if known and there else None,
        named=row["topic"] == GAUGE and (row["title"].lower() in wanted or row["number"] in wanted),
        said=(Said(row["attribution"], row["url"], row["licence"]),),
    )


def _box(there: tuple[float, float] | None, km: float) -> tuple[float | None, ...]:
    """South, north, west, east around the town; nothing lies between what is not known."""
    if there is None:
        return (None,) * 4
    high = km * 1000 / METRES_A_DEGREE
    wide = high / max(math.cos(math.radians(there[0])), 0.01)
    return there[0] - high, there[0] + high, there[1] - wide, there[1] + wide


def _has_levels(name: str) -> bool:
    return any(feed.connector in CONNECTORS for feed in described(name).feeds)
