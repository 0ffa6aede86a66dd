"""Pictures drawn here as SVG, without a request to anybody: outlines with points, tracks, height profiles."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

import msgspec
from babel.numbers import format_decimal
from markupsafe import Markup

from app.kit.i18n import language
from app.kit.tracks import Point

WIDTH: Final = 640
HEIGHT: Final = 420
PROFILE_HEIGHT: Final = 240
_EDGE: Final = 18
_LINE: Final = 30
"""What a line of text needs, in the picture's units."""
_MOST_MARKS: Final = 600

Ring = Sequence[tuple[float, float]]
"""Points as (longitude, latitude)."""


class Mark(msgspec.Struct, frozen=True):
    """A point with where it leads."""

    lat: float
    lon: float
    title: str
    href: str = ""


class _Frame:
    """From degrees to the picture's units, north up."""

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        all_points = list(points) or [(0.0, 0.0)]
        west, east = min(lon for lon, _ in all_points), max(lon for lon, _ in all_points)
        south, north = min(lat for _, lat in all_points), max(lat for _, lat in all_points)
        self._narrow = math.cos(math.radians((south + north) / 2))
        wide = max((east - west) * self._narrow, 0.002)
        high = max(north - south, 0.002)
        self._scale = min((WIDTH - 2 * _EDGE) / wide, (HEIGHT - 2 * _EDGE) / high)
        self._lon, self._lat = (west + east) / 2, (south + north) / 2

    def __call__(self, lon: float, lat: float) -> str:
        across = WIDTH / 2 + (lon - self._lon) * self._narrow * self._scale
        down = HEIGHT / 2 - (lat - self._lat) * self._scale
        return f"{across:.1f},{down:.1f}"


def ground(
    rings: Sequence[Ring], marks: Sequence[Mark], tracks: Sequence[Sequence[Point]] = (), *, whole: bool = False
) -> Markup:
    """A map without tiles: the outline of the town, tracks, and points that lead somewhere.

    What is to be shown fills the picture; with `whole` all of the town is seen.
    """
    shown = marks[:_MOST_MARKS]
    lines = [[(point[0], point[1]) for point in one] for one in tracks]
    # A tour or a few places fill the picture.
    inside = [point for one in lines for point in one] + [(one.lon, one.lat) for one in shown]
    if whole or len(inside) < 2:
        # A single point tells where in the town it is.
        inside += [point for ring in rings for point in ring]
    frame = _Frame(inside)
    parts = [_path(frame, ring, "ground-town", closed=True) for ring in rings if len(ring) > 2]
    parts += [_path(frame, line, "ground-track") for line in lines if len(line) > 1]
    parts += [_mark(frame, one) for one in shown]
    head = f'<svg class="ground" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">'
    return Markup(f"{head}{''.join(parts)}</svg>")  # noqa: S704 - numbers, and titles that are escaped


def _path(frame: _Frame, points: Iterable[tuple[float, float]], name: str, *, closed: bool = False) -> str:
    drawn = "L".join(frame(lon, lat) for lon, lat in points)
    return f'<path class="{name}" d="M{drawn}{"Z" if closed else ""}"/>'


def _mark(frame: _Frame, one: Mark) -> str:
    across, _, down = frame(one.lon, one.lat).partition(",")
    dot = f'<circle class="ground-mark" cx="{across}" cy="{down}" r="6"><title>{escape(one.title)}</title></circle>'
    # The list beside it has the same links: here they are for the pointer only.
    return f'<a href="{escape(one.href)}" tabindex="-1">{dot}</a>' if one.href else dot


def profile(curve: Sequence[tuple[float, float]]) -> Markup:
    """A height profile over the way; empty where there is none."""
    if len(curve) < 2 or curve[-1][0] <= 0:
        return Markup()
    heights = [height for _, height in curve]
    low, high = min(heights), max(heights)
    room = max(high - low, 40.0)
    left, right, top, bottom = 100, WIDTH - 12, 26, PROFILE_HEIGHT - 46
    step = max(1, len(curve) // 400)
    points = [*curve[:-1:step], curve[-1]]

    def at(way: float, height: float) -> str:
        across = left + (right - left) * way / curve[-1][0]
        return f"{across:.1f},{bottom - (bottom - top) * (height - low) / room:.1f}"

    line = " ".join(at(way, height) for way, height in points)
    # Where it is nearly flat the two numbers would lie upon each other.
    top_number = min(float(at(0, high).partition(",")[2]) + 10, bottom - _LINE)
    numbers = [
        (left - 8, bottom, "end", _metres(low)),
        (left - 8, top_number, "end", _metres(high)),
        (left, PROFILE_HEIGHT - 12, "start", "0 km"),
        (right, PROFILE_HEIGHT - 12, "end", f"{format_decimal(round(curve[-1][0] / 1000, 1), locale=language())} km"),
    ]
    texts = "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{said}</text>' for x, y, anchor, said in numbers
    )
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="profile" viewBox="0 0 {WIDTH} {PROFILE_HEIGHT}" aria-hidden="true" focusable="false">'
        f'<path class="profile-ground" d="M{left},{bottom}H{right}"/>'
        f'<polygon class="profile-area" points="{left},{bottom} {line} {right},{bottom}"/>'
        f'<polyline class="profile-line" points="{line}"/>{texts}</svg>'
    )


def _metres(height: float) -> str:
    return f"{format_decimal(round(height), locale=language())} m"


def rings_of(shape: Any) -> list[Ring]:
    """The outer rings of a GeoJSON Polygon or MultiPolygon."""
    match shape:
        case {"type": "Polygon", "coordinates": [ring, *_]}:
            return [[(point[0], point[1]) for point in ring]]
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            return [[(point[0], point[1]) for point in polygon[0]] for polygon in polygons if polygon]
        case _:
            return []
