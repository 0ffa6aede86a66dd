"""Tracks as they are kept: flat lists of differences, a tenth of the text that GeoJSON would need."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from app.kit.geo import metres
from app.kit.tracks import Point

_DEGREE: Final = 100_000
_METRE: Final = 10

Segment = Sequence[Point]


def packed(segments: Iterable[Segment]) -> list[list[int | None]]:
    """Longitude, latitude and height of each point as differences to the point before."""
    found = []
    for segment in segments:
        flat: list[int | None] = []
        last = (0, 0, 0)
        for lon, lat, height in segment:
            here = (round(lon * _DEGREE), round(lat * _DEGREE), last[2] if height is None else round(height * _METRE))
            flat += [here[0] - last[0], here[1] - last[1], None if height is None else here[2] - last[2]]
            last = here
        found.append(flat)
    return found


def unpacked(kept: Any) -> list[list[Point]]:
    """The segments again."""
    found = []
    for flat in kept if isinstance(kept, list) else []:
        points: list[Point] = []
        lon = lat = up = 0
        for number in range(0, len(flat) - 2, 3):
            lon, lat = lon + (flat[number] or 0), lat + (flat[number + 1] or 0)
            change = flat[number + 2]
            up += change or 0
            points.append((lon / _DEGREE, lat / _DEGREE, None if change is None else up / _METRE))
        found.append(points)
    return found


def profile(segments: Iterable[Segment]) -> list[tuple[float, float]]:
    """Way in metres and height in metres, point by point; a segment begins where the one before ended."""
    way = 0.0
    found: list[tuple[float, float]] = []
    for segment in segments:
        before: Point | None = None
        for point in segment:
            if before is not None:
                way += metres(before[1], before[0], point[1], point[0])
            if point[2] is not None:
                found.append((way, point[2]))
            before = point
    return found


def height_at(curve: Sequence[tuple[float, float]], way: float) -> float:
    """The height at a distance from the start, between two points by proportion."""
    before = curve[0]
    for one in curve:
        if one[0] >= way:
            length = one[0] - before[0]
            share = (way - before[0]) / length if length else 1.0
            return before[1] + (one[1] - before[1]) * max(0.0, min(1.0, share))
        before = one
    return curve[-1][1]
