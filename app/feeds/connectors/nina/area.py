"""Whom a warning concerns: official keys, the drawn area, or the whole district whose list it stands in."""

import math
from collections.abc import Iterator
from typing import Any, Final

from app.feeds.items import Area
from app.kit.richtext import clean_line, shortened

MOST_RINGS: Final = 500
MOST_POINTS: Final = 20_000
"""Of all rings together; a warning with more is drawn by its first ones."""
_KEYS: Final = "warnVerwaltungsbereiche"
_MOST_KEYS: Final = 2_000

Ring = tuple[tuple[float, float], ...]


def area_of(info: dict[str, Any], drawn: dict[str, Any], district: str) -> Area:
    """The area; where nothing tells, the district."""
    listed = info.get("area")
    areas = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    names = tuple(
        dict.fromkeys(shortened(name, 1_000) for one in areas if (name := clean_line(str(one.get("areaDesc") or ""))))
    )
    polygons = tuple(rings(drawn))
    keys = tuple(dict.fromkeys(key for ars in _written_keys(info) if (key := key_of(ars, drawn=bool(polygons)))))
    if not keys and not polygons and district:
        keys = (district,)
    return Area(keys=keys, polygons=polygons, names=names)


def key_of(ars: str, *, drawn: bool = False) -> str:
    """The beginning of AGS that a Regionalschlüssel stands for; empty when there is none.

    An association (Amt, `120695902000`) has no beginning of its own: the drawn area tells, else its district.
    """
    if len(ars) != 12 or not ars.isascii() or not ars.isdigit():
        return ""
    if ars.endswith("0000000000"):
        return ars[:2]
    if ars.endswith("0000000"):
        return ars[:3] if ars[3:5] == "00" else ars[:5]
    if ars.endswith("000"):
        return "" if drawn else ars[:5]
    return ars[:5] + ars[9:]


def rings(drawn: dict[str, Any]) -> Iterator[Ring]:
    """The outer rings of all polygons of a GeoJSON document (RFC 7946); holes are left out."""
    points = count = 0
    for shape in _shapes(drawn, 0):
        kind, coordinates = shape.get("type"), shape.get("coordinates")
        polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
        for polygon in polygons if isinstance(polygons, list) else ():
            ring = _ring(polygon[0]) if isinstance(polygon, list) and polygon else ()
            points += len(ring)
            count += 1
            if points > MOST_POINTS or count > MOST_RINGS:
                return
            if ring:
                yield ring


def _shapes(node: Any, depth: int) -> Iterator[dict[str, Any]]:
    if not isinstance(node, dict) or depth > 4:
        return
    for name in ("features", "geometries"):
        listed = node.get(name)
        for one in listed if isinstance(listed, list) else ():
            yield from _shapes(one, depth + 1)
    if isinstance(node.get("geometry"), dict):
        yield from _shapes(node["geometry"], depth + 1)
    if "coordinates" in node:
        yield node


def _ring(written: Any) -> Ring:
    """A closed ring of longitudes and latitudes; empty when it is none."""
    found = []
    for pair in written if isinstance(written, list) else ():
        if not isinstance(pair, list) or len(pair) < 2 or any(type(one) not in (int, float) for one in pair[:2]):
            return ()
        lon, lat = float(pair[0]), float(pair[1])
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            return ()
        found.append((lon, lat))
    if len(found) < 3:
        return ()
    return tuple(found) if found[0] == found[-1] else (*found, found[0])


def _written_keys(info: dict[str, Any]) -> list[str]:
    listed = info.get("parameter")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("valueName") == _KEYS and isinstance(one.get("value"), str):
            return [key.strip() for key in one["value"].split(",")][:_MOST_KEYS]
    return []
