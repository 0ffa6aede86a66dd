"""Ways on the ground (WGS 84): length, ascent, and a shape with fewer points."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

from app.kit.geo import METRES_A_DEGREE, metres, metres_a_degree_east

_NOISE_METRES: Final = 3.0
"""A barometer or a satellite fix wavers by this much without anybody climbing."""

Point = tuple[float, float, float | None]
"""Longitude, latitude, height in metres or None; the order of GeoJSON."""
_Place = tuple[float, float, float]


def length_metres(points: Sequence[Point]) -> float:
    """The length of a line in metres, heights left aside."""
    return sum(metres(a[1], a[0], b[1], b[0]) for a, b in itertools.pairwise(points))


def climbs_metres(points: Sequence[Point]) -> tuple[float, float] | None:
    """How many metres a line goes up and down; None when fewer than half of its points have a height.

    A change counts once it is larger than what instruments invent.
    """
    heights = [point[2] for point in points if point[2] is not None]
    if len(heights) < 2 or len(heights) * 2 < len(points):
        return None
    up = down = 0.0
    last = heights[0]
    for height in heights[1:]:
        change = height - last
        if abs(change) >= _NOISE_METRES:
            up, down = (up + change, down) if change > 0 else (up, down - change)
            last = height
    return up, down


def simplified(points: Sequence[Point], tolerance_metres: float) -> list[Point]:
    """The line with as few points as keep it within the tolerance (Douglas and Peucker), ends included.

    Heights count double: a straight road over a hill keeps its top.
    """
    if len(points) < 3:
        return list(points)
    scale = metres_a_degree_east(points[0][1])
    flat = [(lon * scale, lat * METRES_A_DEGREE, 2 * (height or 0.0)) for lon, lat, height in points]
    kept = bytearray(len(points))
    kept[0] = kept[-1] = 1
    open_parts = [(0, len(points) - 1)]
    # By hand instead of by recursion: a recorded track may have a million points.
    while open_parts:
        first, last = open_parts.pop()
        at, furthest = 0, tolerance_metres
        for number in range(first + 1, last):
            away = _distance(flat[number], flat[first], flat[last])
            if away > furthest:
                at, furthest = number, away
        if at:
            kept[at] = 1
            open_parts += [(first, at), (at, last)]
    return [point for point, keep in zip(points, kept, strict=True) if keep]


def simplified_to(segments: Sequence[Sequence[Point]], tolerance_metres: float, most: int) -> list[list[Point]]:
    """Segments within the tolerance; a larger one where that would leave more than `most` points altogether."""
    found: Sequence[Sequence[Point]] = [_thinned(one, most * 4) for one in segments]
    while True:
        found = [simplified(one, tolerance_metres) for one in found]
        if sum(map(len, found)) <= most:
            return [list(one) for one in found]
        if tolerance_metres > 5_000:
            # Thousands of tiny segments: whole ones go.
            room = most
            whole: list[list[Point]] = []
            for one in found:
                if len(one) > room:
                    break
                whole.append(list(one))
                room -= len(one)
            return whole
        tolerance_metres *= 2


def _thinned(points: Sequence[Point], most: int) -> Sequence[Point]:
    """Every n-th point, so that a line drawn by the second is read in time."""
    step = len(points) // most + 1
    return points if step == 1 else [*points[:-1:step], points[-1]]


def _distance(point: _Place, start: _Place, end: _Place) -> float:
    """From a point to the line between two others, in metres."""
    wide, high, up = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    square = wide * wide + high * high + up * up
    away = point[0] - start[0], point[1] - start[1], point[2] - start[2]
    along = (away[0] * wide + away[1] * high + away[2] * up) / square if square else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(away[0] - along * wide, away[1] - along * high, away[2] - along * up)
