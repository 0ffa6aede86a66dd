"""Stations of a town and of its regions: by place, by name, by key."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from app.kit.geo import metres
from app.kit.search import Every, spelled_out, words_of
from app.tenancy import current
from app.tenancy.boundaries import Boundary, boundary_of
from app.tenancy.regions import region, regions_of
from app.tenancy.registry import place_of

MOST: Final = 2_000
"""Stations of one town that are looked at; the largest city has fewer."""
MOST_FOUND: Final = 50
_LONGEST_KEY: Final = 120

_COLUMNS: Final = """s.release, s.number, s.key, s.name, s.latitude, s.longitude, s.wheelchair, s.weekly, s.modes,
    s.lines, r.feed, r.zone, r.source, r.url, r.licence, r.loaded_at, r.first_day, r.last_day, r.version"""
_LIVE: Final = "FROM transit_stop s JOIN transit_release r ON r.id = s.release AND r.state = 'live'"


_NAMED: Final = f"""SELECT {_COLUMNS} {_LIVE} WHERE s.station = s.number AND s.latitude BETWEEN $1 AND $2
    AND s.longitude BETWEEN $3 AND $4 AND EVERY_WORD ORDER BY s.weekly DESC, s.name LIMIT $5"""


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """A place where something departs, as people name it, with the release of the timetable that says so."""

    region: str
    release: int
    number: int
    key: str
    name: str
    latitude: float
    longitude: float
    wheelchair: int
    """GTFS: 1 yes, 2 no, 0 nobody said."""
    weekly: int
    """Departures in the week after the timetable was loaded."""
    modes: list[int]
    lines: list[str]
    feed: str
    zone: str
    source: str
    url: str
    licence: str
    loaded_at: datetime
    first_day: date | None
    last_day: date | None
    version: str
    metres: int | None = None
    """From where the reader is, when they said so."""


async def town_boundary() -> Boundary | None:
    """The current town's boundary."""
    return await boundary_of((await place_of(current().slug)).ags)


async def in_town() -> list[Station]:
    """The stations inside the town, those with the most departures first."""
    boundary = await town_boundary()
    if boundary is None:
        return []
    west, south, east, north = boundary.bbox
    found: dict[str, Station] = {}
    for name in await regions_of(current().slug):
        async with region(name) as scope:
            rows = await scope.fetch(
                f"""SELECT {_COLUMNS} {_LIVE} WHERE s.station = s.number AND s.latitude BETWEEN $1 AND $2
                    AND s.longitude BETWEEN $3 AND $4 ORDER BY s.weekly DESC, s.name LIMIT $5""",
                [south, north, west, east, MOST],
            )
        for row in rows:
            if row["key"] not in found and boundary.contains(row["latitude"], row["longitude"]):
                found[row["key"]] = Station(region=name, **row)
    return sorted(found.values(), key=lambda one: (-one.weekly, one.name))


async def found(words: str, limit: int) -> list[Station]:
    """Stations inside the town with all these words in their name, those with the most departures first."""
    boundary = await town_boundary()
    every = Every(words, before=5)
    if boundary is None or not every:
        return []
    west, south, east, north = boundary.bbox
    text = every.into(_NAMED, "s.name")

    async def asked(name: str) -> list[Station]:
        async with region(name) as scope:
            rows = await scope.fetch(text, [south, north, west, east, MOST_FOUND, *every.values])
        return [Station(region=name, **row) for row in rows if boundary.contains(row["latitude"], row["longitude"])]

    # At once, so that each region keeps a connection of its own instead of taking over that of the one before.
    parts = await asyncio.gather(*(asked(name) for name in await regions_of(current().slug)))
    stations = {one.key: one for part in reversed(parts) for one in part}
    return sorted(stations.values(), key=lambda one: (-one.weekly, one.name))[:limit]


async def busiest() -> Station | None:
    """The station of the town with the most departures; None where none departs."""
    found = (await in_town())[:1]
    return found[0] if found and found[0].weekly else None


async def by_key(key: str) -> list[Station]:
    """The station of this key, once for each timetable that knows it; nothing when there is none."""
    if len(key) > _LONGEST_KEY or "\0" in key:
        return []
    for name in await regions_of(current().slug):
        async with region(name) as scope:
            rows = await scope.fetch(
                f"SELECT {_COLUMNS} {_LIVE} WHERE s.key = $1 AND s.station = s.number ORDER BY s.weekly DESC",
                [key],
            )
        found = [Station(region=name, **row) for row in rows]
        if found:
            return found
    return []


async def named(words: str, limit: int = MOST_FOUND) -> list[Station]:
    """Stations with all these words in their name: those of the town, else those of its regions."""
    wanted = [spelled_out(word) for word in words_of(words)]
    if not wanted:
        return []
    here = [one for one in await in_town() if _fits(one.name, wanted)][:limit]
    return here or await _named_anywhere(words, limit)


async def _named_anywhere(words: str, limit: int) -> list[Station]:
    found: dict[str, Station] = {}
    patterns = [f"%{_plain_pattern(word)}%" for word in words_of(words)[:6]]
    for name in await regions_of(current().slug):
        async with region(name) as scope:
            rows = await scope.fetch(
                f"""SELECT {_COLUMNS} {_LIVE} WHERE s.station = s.number AND lower(s.name) LIKE ALL ($1)
                    ORDER BY s.weekly DESC, s.name LIMIT $2""",
                [patterns, limit],
            )
        for row in rows:
            found.setdefault(row["key"], Station(region=name, **row))
    return list(found.values())[:limit]


def near(stations: Sequence[Station], lat: float, lon: float) -> list[Station]:
    """The same stations with their distance, the nearest first."""
    found = [
        msgspec.structs.replace(one, metres=round(metres(lat, lon, one.latitude, one.longitude))) for one in stations
    ]
    return sorted(found, key=lambda one: one.metres or 0)


def _fits(name: str, wanted: Sequence[str]) -> bool:
    text = spelled_out(name)
    return all(word in text for word in wanted)


def _plain_pattern(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
