"""Geometries of GeoJSON as a point or as lines; whatever is not on the earth is none."""

import math
from collections.abc import Sequence
from typing import Any, Final

from app.kit.tracks import Point

_DEEPEST: Final = 4


def point_of(geometry: Any) -> tuple[float, float] | None:
    """Latitude and longitude of a point, of the middle of an area, or of the first of several; None for lines."""
    match geometry:
        case {"type": "Point", "coordinates": list(place)}:
            there = position(place)
            return (there[1], there[0]) if there else None
        case {"type": "MultiPoint", "coordinates": [list(place), *_]}:
            return point_of({"type": "Point", "coordinates": place})
        case {"type": "Polygon", "coordinates": [list(ring), *_]}:
            return _middle(ring)
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            rings = [one[0] for one in polygons if isinstance(one, list) and one and isinstance(one[0], list)]
            return _middle(max(rings, key=_area)) if rings else None
        case {"type": "GeometryCollection", "geometries": list(parts)}:
            return next((found for part in parts[:100] if (found := _flat_point(part)) is not None), None)
        case _:
            return None


def lines_of(geometry: Any) -> list[list[Point]]:
    """The lines of a geometry, each with two points or more."""
    match geometry:
        case {"type": "LineString", "coordinates": list(line)}:
            lines = [line]
        case {"type": "MultiLineString", "coordinates": list(parts)}:
            lines = [part for part in parts if isinstance(part, list)]
        case {"type": "GeometryCollection", "geometries": list(parts)}:
            return [line for part in parts[:100] if not _is_collection(part) for line in lines_of(part)]
        case _:
            return []
    found = [[point for place in line if (point := position(place)) is not None] for line in lines]
    return [line for line in found if len(line) > 1]


def position(place: Any) -> Point | None:
    """One position; None for what is no place on the earth."""
    if not isinstance(place, list) or len(place) < 2 or not all(_is_number(one) for one in place[:3]):
        return None
    lon, lat = float(place[0]), float(place[1])
    if abs(lat) > 90 or abs(lon) > 180 or not (lat or lon):
        return None
    height = float(place[2]) if len(place) > 2 else None
    fits = height is not None and -500 < height < 9_000
    return round(lon, 6), round(lat, 6), round(height, 1) if fits and height is not None else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_collection(geometry: Any) -> bool:
    return isinstance(geometry, dict) and geometry.get("type") == "GeometryCollection"


def _flat_point(geometry: Any) -> tuple[float, float] | None:
    return None if _is_collection(geometry) else point_of(geometry)


def _ring(ring: Sequence[Any]) -> list[Point]:
    return [point for place in ring if (point := position(place)) is not None]


def _area(ring: Sequence[Any]) -> float:
    points = _ring(ring)
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def _middle(ring: Sequence[Any]) -> tuple[float, float] | None:
    """The middle of the box around a ring: for a map's mark that is near enough."""
    points = _ring(ring)
    if not points:
        return None
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return round((min(lats) + max(lats)) / 2, 6), round((min(lons) + max(lons)) / 2, 6)
