"""Areas in which a bus picks people up (locations.geojson), and groups of stops (location_groups.txt)."""

import math
from typing import Any, Final

import msgspec

from app.feeds.connectors.gtfs import tables
from app.feeds.items import Geo, RideStop
from app.kit.richtext import clean_line
from app.kit.zipped import BadArchive, Zipped

BYTES: Final = 60_000_000
MOST_CORNERS: Final = 5_000
Ring = tuple[tuple[float, float], ...]


class Areas(msgspec.Struct):
    """Of one feed, by id."""

    polygons: dict[str, tuple[Ring, ...]] = {}
    names: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    """Group → ids of its stops."""
    stops: dict[str, RideStop] = {}


def areas_of(archive: Zipped, folder: str) -> tuple[Areas, str]:
    """What is there, and a msgid of what could not be read."""
    found = Areas()
    members: dict[str, list[str]] = {}
    for row in tables.records(archive, folder, "location_groups.txt", "location_group_id"):
        found.names[row("location_group_id")] = clean_line(row("location_group_name"))[:200]
    for row in tables.records(archive, folder, "location_group_stops.txt", "location_group_id", "stop_id"):
        members.setdefault(row("location_group_id"), []).append(row("stop_id"))
    found.groups = {group: tuple(dict.fromkeys(stops)) for group, stops in members.items()}
    for row in tables.records(archive, folder, "stops.txt", "stop_id"):
        found.stops[row("stop_id")] = RideStop(
            id=row("stop_id"), name=clean_line(row("stop_name"))[:200], geo=_geo(row("stop_lat"), row("stop_lon"))
        )
    if not archive.has(folder, "locations.geojson"):
        return found, ""
    try:
        document: Any = msgspec.json.decode(archive.read(folder, "locations.geojson", BYTES))
        features = document["features"]
        for feature in features:
            _add(found, feature)
    except (msgspec.DecodeError, BadArchive, RecursionError, LookupError, TypeError, ValueError, AttributeError):
        return found, "The areas of the on-demand buses can't be read."
    return found, ""


def _add(found: Areas, feature: Any) -> None:
    properties = feature.get("properties") or {}
    id_ = str(feature.get("id") or properties.get("id") or "")
    shape = feature.get("geometry") or {}
    kind, coordinates = shape.get("type"), shape.get("coordinates") or []
    polygons = coordinates if kind == "MultiPolygon" else [coordinates] if kind == "Polygon" else []
    rings = tuple(ring for polygon in polygons if polygon and len(ring := _ring(polygon[0])) >= 4)
    if id_ and rings:
        found.polygons[id_] = rings
        found.names[id_] = clean_line(str(properties.get("stop_name") or properties.get("name") or ""))[:200]


def _ring(points: Any) -> Ring:
    """To a metre, with at most so many corners."""
    step = max(1, math.ceil(len(points) / MOST_CORNERS))
    ring = [(round(float(one[0]), 5), round(float(one[1]), 5)) for one in points[::step]]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    return tuple(one for one in ring if abs(one[0]) <= 180 and abs(one[1]) <= 90)


def _geo(lat: str, lon: str) -> Geo | None:
    try:
        place = Geo(float(lat), float(lon))
    except ValueError:
        return None
    return place if abs(place.lat) <= 90 and abs(place.lon) <= 180 else None
