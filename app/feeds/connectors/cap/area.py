"""Whom a warning concerns: the weather service's warn cells as official keys, and the drawn polygons."""

import math
from typing import Final

from lxml import etree

from app.feeds.connectors.cap.element import all_of, named_values, words
from app.feeds.items import Area
from app.kit.richtext import clean_line, shortened

MOST_POINTS: Final = 20_000
"""Of all rings together; a warning with more is drawn by its first ones."""
_CELL: Final = "WARNCELLID"
_DRAWN_ONLY: Final = "polygonal event area"
"""What the service writes where a polygon has no name."""

Ring = tuple[tuple[float, float], ...]


def area_of(info: etree._Element) -> Area:
    """The area of an information block."""
    names: dict[str, None] = {}
    keys: dict[str, None] = {}
    polygons: list[Ring] = []
    left = MOST_POINTS
    for area in all_of(info, "area"):
        name = clean_line(words(area, "areaDesc"))
        if name and name != _DRAWN_ONLY:
            names[shortened(name, 1_000)] = None
        for cell in named_values(area, "geocode", _CELL):
            if key := key_of(cell):
                keys[key] = None
        for drawn in all_of(area, "polygon"):
            ring = ring_of(words(drawn))
            left -= len(ring)
            if ring and left >= 0:
                polygons.append(ring)
    return Area(keys=tuple(keys), polygons=tuple(polygons), names=tuple(names))


def is_elsewhere(info: etree._Element, area: Area) -> bool:
    """Whether it concerns no municipality at all, but a lake, a coast or the sea: all its cells are such."""
    named = any(named_values(one, "geocode", _CELL) for one in all_of(info, "area"))
    return named and not area.keys and not area.polygons


def key_of(cell: str) -> str:
    """The beginning of AGS that a warn cell stands for; empty for lakes, coasts, the sea and parts of towns.

    `812069020` is the municipality 12069020, `112069000` the district 12069.
    """
    if len(cell) != 9 or not cell.isascii() or not cell.isdigit():
        return ""
    if cell[0] == "8":
        return cell[1:]
    if cell[0] == "1" and cell.endswith("000"):
        return cell[1:6]
    return ""


def ring_of(written: str) -> Ring:
    """A closed ring in GeoJSON order from `lat,lon lat,lon …`; empty when it is none."""
    found: list[tuple[float, float]] = []
    for pair in written.split():
        lat, _, lon = pair.partition(",")
        try:
            point = float(lon), float(lat)
        except ValueError:
            return ()
        if not all(map(math.isfinite, point)) or abs(point[0]) > 180 or abs(point[1]) > 90:
            return ()
        if not found or found[-1] != point:
            found.append(point)
    if len(found) < 3:
        return ()
    return tuple(found) if found[0] == found[-1] else (*found, found[0])
