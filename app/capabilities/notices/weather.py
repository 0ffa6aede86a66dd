"""The weather of a town: the forecast of the nearest station in its regions, by hours and by the town's days."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from app.feeds.items import Hour
from app.kit import clock
from app.kit.geo import metres
from app.tenancy import current_slug, municipality_table
from app.tenancy.regions import described, region, regions_of
from app.tenancy.registry import place_of
from app.tenancy.village import setting
from app.web.site import current_site

CONNECTORS: Final = frozenset({"mosmix", "brightsky"})
FURTHEST_KM: Final = 80.0
"""The weather of a station beyond tells nothing here."""
STALE_AFTER: Final = timedelta(hours=12)
"""The weather service makes a new run every hour or every six."""
HOURS_SHOWN: Final = 24
DAYS_SHOWN: Final = 7
_FACTS: Final = "facts"
WET: Final = ("thunderstorm", "hail", "snow", "sleet", "heavy-rain", "rain", "drizzle")
"""What falls, the most remarkable first."""
_LEAST_HOURS: Final = 12
"""A day with fewer is not told of, unless it is today."""

Why = Literal["", "no-place", "no-source", "nothing-yet", "too-far", "over"]

_NEAREST: Final = """
SELECT DISTINCT ON (feed)
    feed, title, latitude, longitude, issued_at, fetched_at, licence, attribution, hours::text AS hours
FROM forecast WHERE last_hour > $3
ORDER BY feed, (latitude - $1) ^ 2 + ((longitude - $2) * $4) ^ 2, fetched_at DESC"""
"""The nearest station of each feed."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the town's calendar; on the night of a clock change it has 23 or 25 hours."""

    date: date
    lowest: float | None
    """Degrees Celsius."""
    highest: float | None
    precipitation: float | None
    """Millimetres."""
    probability: int | None
    """Percent, of the wettest hour."""
    gust: float | None
    """Kilometres per hour."""
    condition: str
    part: bool = False
    """The forecast does not have the whole day."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast for a town."""

    station: str
    km: float
    """Distance of the station from the middle of the town."""
    issued_at: datetime | None
    fetched_at: datetime
    licence: str
    attribution: str
    now: Hour | None
    hours: tuple[Hour, ...]
    """From the present one on, at most `HOURS_SHOWN`."""
    days: tuple[Day, ...]
    stale: bool

    @property
    def as_of(self) -> datetime:
        """When it was made, or fetched where nobody says."""
        return self.issued_at or self.fetched_at


class Asked(msgspec.Struct, frozen=True):
    """The answer to what the weather is: the forecast, or why there is none."""

    weather: Weather | None = None
    why: Why = ""


async def here() -> Asked:
    """The weather of the current town."""
    there = await place()
    if there is None:
        return Asked(why="no-place")
    lat, lon = there
    names = [name for name in await regions_of(current_slug()) if _has_weather(name)]
    if not names:
        return Asked(why="no-source")
    now = clock.now()
    rows: list[Any] = []
    for name in names:
        async with region(name) as scope:
            rows += await scope.fetch(_NEAREST, [lat, lon, now - timedelta(days=3), math.cos(math.radians(lat))])
    near = sorted(((_km(lat, lon, row), number) for number, row in enumerate(rows)))
    if not near:
        return Asked(why="nothing-yet")
    if near[0][0] > FURTHEST_KM:
        return Asked(why="too-far")
    zone = current_site().timezone
    made = [_weather(rows[number], km, now, zone) for km, number in near if km <= FURTHEST_KM]
    # A farther station that is up to date tells more than a near one whose forecast is over.
    telling = [one for one in made if one.now]
    best = next((one for one in telling if not one.stale), None) or next(iter(telling), None)
    return Asked(best) if best else Asked(why="over")


async def place() -> tuple[float, float] | None:
    """Latitude and longitude of the town: as its folder says, else the middle of its area."""
    facts = await setting(_FACTS, {})
    if facts.get("lat") is not None and facts.get("lon") is not None:
        return float(facts["lat"]), float(facts["lon"])
    found = await municipality_table.by_ags((await place_of(current_slug())).ags)
    return (found.lat, found.lon) if found and found.lat is not None and found.lon is not None else None


def days_of(hours: Sequence[Hour], now: datetime, zone: ZoneInfo) -> list[Day]:
    """The coming days by the town's calendar, today included."""
    today = now.astimezone(zone).date()
    by_day: dict[date, list[Hour]] = {}
    for hour in hours:
        by_day.setdefault(hour.at.astimezone(zone).date(), []).append(hour)
    found: list[Day] = []
    for day in (today + timedelta(days=step) for step in range(DAYS_SHOWN + 1)):
        some = by_day.get(day, [])
        if some and (day == today or len(some) >= _LEAST_HOURS) and len(found) < DAYS_SHOWN:
            found.append(_day(day, some, zone))
    return found


def condition_of(hours: Sequence[Hour]) -> str:
    """A word for some hours: what falls in more than one of six of them, else what the sky mostly is like."""
    told = Counter(hour.condition for hour in hours if hour.condition)
    wet = [name for name in WET if told[name]]
    if sum(told[name] for name in wet) * 6 > sum(told.values()):
        return next((name for name in wet if told[name] * 12 > sum(told.values())), wet[0])
    dry = Counter({name: count for name, count in told.items() if name not in WET})
    return dry.most_common(1)[0][0] if dry else (wet[0] if wet else "")


def _day(day: date, hours: Sequence[Hour], zone: ZoneInfo) -> Day:
    temperatures = [hour.temperature for hour in hours if hour.temperature is not None]
    falling = [hour.precipitation for hour in hours if hour.precipitation is not None]
    chances = [hour.precipitation_probability for hour in hours if hour.precipitation_probability is not None]
    gusts = [hour.gust for hour in hours if hour.gust is not None]
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    # Subtracting within a zone would count the clock, not the hours.
    length = (end.timestamp() - begin.timestamp()) / 3600
    light = [hour for hour in hours if 6 <= hour.at.astimezone(zone).hour < 22]
    return Day(
        date=day,
        lowest=min(temperatures, default=None),
        highest=max(temperatures, default=None),
        precipitation=round(sum(falling), 1) if falling else None,
        probability=max(chances, default=None),
        gust=max(gusts, default=None),
        condition=condition_of(light or hours),
        part=len(hours) < length,
    )


def _weather(row: Any, km: float, now: datetime, zone: ZoneInfo) -> Weather:
    hours = msgspec.json.decode(row["hours"], type=list[Hour])
    ahead = [hour for hour in hours if hour.at > now - timedelta(hours=1)]
    present = next((hour for hour in ahead if hour.at <= now), None) or next(
        (hour for hour in ahead if hour.at - now < timedelta(hours=2)), None
    )
    return Weather(
        station=row["title"],
        km=km,
        issued_at=row["issued_at"],
        fetched_at=row["fetched_at"],
        licence=row["licence"],
        attribution=row["attribution"],
        now=present,
        hours=tuple(ahead[:HOURS_SHOWN]),
        days=tuple(days_of(hours, now, zone)),
        stale=now - (row["issued_at"] or row["fetched_at"]) > STALE_AFTER,
    )


def _km(lat: float, lon: float, row: Any) -> float:
    return metres(lat, lon, row["latitude"], row["longitude"]) / 1000


def _has_weather(name: str) -> bool:
    return any(feed.connector in CONNECTORS for feed in described(name).feeds)
