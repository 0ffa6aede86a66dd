"""The area of a warning as a small drawing: thinned out when it is stored, drawn by the server when it is shown."""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.feeds.items import Area

MOST_RINGS: Final = 12
MOST_POINTS: Final = 90
"""Of one ring; what is drawn is two centimetres wide."""
WIDE: Final = 320
HIGH: Final = 200
_EDGE: Final = 8

Point = tuple[float, float]
Ring = Sequence[Point]


class Drawing(msgspec.Struct, frozen=True):
    """Paths of an SVG with this view box."""

    paths: tuple[str, ...]
    town: Point | None
    """Where the town lies in it."""
    width: int = WIDE
    height: int = HIGH


def kept(area: Area | None) -> dict[str, Any]:
    """What is stored of an area: its names and its largest rings, thinned out."""
    if area is None:
        return {}
    largest = sorted(area.polygons, key=_extent, reverse=True)[:MOST_RINGS]
    rings = [[[round(lon, 4), round(lat, 4)] for lon, lat in thinned(ring)] for ring in largest]
    return {"names": list(area.names[:200]), "rings": rings}


def drawing(rings: Sequence[Ring], town: Point | None) -> Drawing | None:
    """The rings fitted into the frame, with the town's place (longitude, latitude) when it lies near them."""
    points = [point for ring in rings for point in ring]
    if len(points) < 3:
        return None
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    shrink = math.cos(math.radians((south + north) / 2)) or 1.0
    wide, high = (east - west) * shrink, north - south
    if wide <= 0 or high <= 0:
        return None
    scale = min((WIDE - 2 * _EDGE) / wide, (HIGH - 2 * _EDGE) / high)
    left, top = (WIDE - wide * scale) / 2, (HIGH - high * scale) / 2

    def place(lon: float, lat: float) -> Point:
        return round(left + (lon - west) * shrink * scale, 1), round(top + (north - lat) * scale, 1)

    paths = tuple("M" + "L".join(f"{x} {y}" for x, y in (place(*point) for point in ring)) + "Z" for ring in rings)
    mark = place(*town) if town else None
    return Drawing(paths, mark if mark and 0 <= mark[0] <= WIDE and 0 <= mark[1] <= HIGH else None)


def thinned(ring: Ring) -> list[Point]:
    """The ring with at most `MOST_POINTS` points, those that bend it most (Visvalingam and Whyatt)."""
    points = list(ring)
    if len(points) > 12 * MOST_POINTS:
        points = points[:: len(points) // (12 * MOST_POINTS) + 1]
    while len(points) > MOST_POINTS:
        # The least of all triangles goes; many at once, so that long rings don't take for ever.
        areas = sorted(
            (abs(_triangle(points[number - 1], points[number], points[number + 1])), number)
            for number in range(1, len(points) - 1)
        )
        going: set[int] = set()
        for _, number in areas[: max(1, min(len(points) - MOST_POINTS, len(points) // 4))]:
            if number - 1 not in going and number + 1 not in going:
                going.add(number)
        points = [point for number, point in enumerate(points) if number not in going]
    return points


def _triangle(first: Point, second: Point, third: Point) -> float:
    return (second[0] - first[0]) * (third[1] - first[1]) - (third[0] - first[0]) * (second[1] - first[1])


def _extent(ring: Ring) -> float:
    lons, lats = [lon for lon, _ in ring], [lat for _, lat in ring]
    return (max(lons) - min(lons)) * (max(lats) - min(lats)) if ring else 0.0
