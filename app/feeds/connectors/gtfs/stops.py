"""Stops of a timetable, cut to a region, and the stations that people mean by a stop's name."""

import math
import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from app.feeds.connectors.gtfs.tables import Record
from app.kit.richtext import clean_line
from app.kit.slug import slug

Inside = Callable[[list[float], list[float]], list[bool]]
"""Latitudes and longitudes → which of these points lie in the region."""

PLATFORM: Final = 0
STATION: Final = 1
OUTSIDE: Final = -1
_IFOPT: Final = re.compile(r"[a-z]{2}:\d+:[A-Za-z0-9_.-]+", re.ASCII)
"""Country, district and stop: what stays when platforms are renumbered (DIN EN 28701)."""


class StopRow(msgspec.Struct):
    """A stop as it is stored."""

    number: int
    station: int
    source_id: str
    key: str
    name: str
    latitude: float
    longitude: float
    platform: str
    wheelchair: int


class _Given(msgspec.Struct, frozen=True):
    id: str
    name: str
    lat: float
    lon: float
    kind: int
    parent: str
    platform: str
    wheelchair: int


class Stops:
    """The stops of a release that lie in the region, numbered over all its feeds."""

    def __init__(self) -> None:
        self.rows: list[StopRow] = []
        self.lost = 0
        """Without coordinates."""
        self._stations: dict[str, int] = {}

    def numbers(self, records: Iterable[Record], inside: Inside) -> tuple[dict[str, int], dict[str, str]]:
        """One feed's platforms: id → number, `OUTSIDE` for those that were cut off; and id → name of all of them."""
        given = {one.id: one for one in map(_given, records) if one.id}
        platforms = [one for one in (_placed(one, given) for one in given.values()) if one.kind == PLATFORM]
        found = [one for one in platforms if not math.isnan(one.lat)]
        self.lost += len(platforms) - len(found)
        numbers = dict.fromkeys((one.id for one in platforms), OUTSIDE)
        kept = inside([one.lat for one in found], [one.lon for one in found])
        for one, wanted in zip(found, kept, strict=True):
            if wanted:
                numbers[one.id] = self._add(one, given)
        return numbers, {one.id: one.name for one in platforms}

    def _add(self, one: _Given, given: dict[str, _Given]) -> int:
        parent = given.get(one.parent)
        if parent is not None and parent.kind == STATION:
            station = self._station(_placed(parent, given) if not math.isnan(parent.lat) else one, parent)
            return self._row(one, station, one.platform)
        # Without a station, the first stop of a name stands for all that share it.
        key = key_of(one.id, one.name, one.lat, one.lon)
        number = self._row(one, self._stations.get(key), one.platform)
        self._stations.setdefault(key, number)
        return number

    def _station(self, place: _Given, named: _Given) -> int:
        key = key_of(named.id, named.name, place.lat, place.lon)
        if key not in self._stations:
            self._stations[key] = self._row(
                msgspec.structs.replace(named, lat=place.lat, lon=place.lon, name=named.name or place.name), None, ""
            )
        return self._stations[key]

    def _row(self, one: _Given, station: int | None, platform: str) -> int:
        number = len(self.rows)
        key = key_of(one.id, one.name, one.lat, one.lon)
        self.rows.append(
            StopRow(
                number,
                number if station is None else station,
                one.id,
                key,
                one.name,
                one.lat,
                one.lon,
                platform,
                one.wheelchair,
            )
        )
        return number


def key_of(source_id: str, name: str, lat: float, lon: float) -> str:
    """What names a station in addresses and stays over releases: its IFOPT id, else its name and place.

    A place is told to the hundredth of a degree, about a kilometre, so that a stop may move across the street.
    """
    found = _IFOPT.match(source_id)
    if found and (len(found[0]) == len(source_id) or source_id[len(found[0])] == ":"):
        return found[0]
    return f"{slug(name) or 'stop'}-{round(lat * 100)}-{round(lon * 100)}"


def _given(row: Record) -> _Given:
    name = clean_line(row("stop_name"))[:200]
    kind, wheelchair = row("location_type"), row("wheelchair_boarding")
    return _Given(
        row("stop_id"),
        name,
        _degrees(row("stop_lat"), 90),
        _degrees(row("stop_lon"), 180),
        int(kind) if kind in {"1", "2", "3", "4"} else PLATFORM,
        row("parent_station"),
        clean_line(row("platform_code"))[:20],
        int(wheelchair) if wheelchair in {"1", "2"} else 0,
    )


def _placed(one: _Given, given: dict[str, _Given]) -> _Given:
    """With the name and the place of its station, where it has none itself."""
    parent = given.get(one.parent)
    if math.isnan(one.lat) or math.isnan(one.lon):
        lat, lon = (parent.lat, parent.lon) if parent else (math.nan, math.nan)
        one = msgspec.structs.replace(one, lat=lat if not math.isnan(lon) else math.nan, lon=lon)
    if not one.name:
        one = msgspec.structs.replace(one, name=parent.name if parent and parent.name else one.id)
    return one


def _degrees(text: str, most: int) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if abs(value) <= most else math.nan
