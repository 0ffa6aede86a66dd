"""A tour of the export: a place that refers to a line on the map."""

import re
from array import array
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from app.feeds.connector import SkipItem
from app.feeds.connectors.tmb.place import body_of, named
from app.feeds.connectors.tmb.tree import Element, children, point
from app.feeds.items import Geo, Tour, short_id
from app.kit.richtext import clean_line, plain, shortened
from app.kit.tracks import Point, length_metres, simplified_to

TOLERANCE_METRES: Final = 10
MOST_POINTS: Final = 5_000
MOST_READ: Final = 100_000
_PAIR: Final = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?)\s+(-?\d{1,3}(?:\.\d{1,15})?)", re.ASCII)
_UNITS: Final = 1_000_000
_ONE_POINT: Final = 2

Line: TypeAlias = "array[int]"
"""Longitude, latitude, longitude …, in millionths of a degree."""
_Activity = Literal["walking", "cycling", "riding", "paddling", "driving"]
_ACTIVITIES: Final[tuple[tuple[_Activity, re.Pattern[str]], ...]] = (
    ("riding", re.compile(r"reit|pferd", re.IGNORECASE)),
    ("paddling", re.compile(r"paddel|kanu|kajak|wasser|boot", re.IGNORECASE)),
    ("cycling", re.compile(r"rad", re.IGNORECASE)),
    ("driving", re.compile(r"auto|motorrad|straße", re.IGNORECASE)),
)


def tour_of(element: Element, names: Mapping[str, str], tours: Mapping[str, Line]) -> Tour | None:
    """The tour; None for a place. Raises `SkipItem` when it has no name or its line is missing."""
    numbers = [one.get("id") or "" for one in children(element, "tours", "tour")]
    if not numbers:
        return None
    id_, title = clean_line(element.get("id") or ""), shortened(clean_line(element.get("name") or ""), 300)
    if not id_ or not title:
        raise SkipItem("A place has no name.")
    lines = (tours[number] for number in numbers if number in tours)
    segments = [_points(line) for line in lines if len(line) > _ONE_POINT]
    if not segments:
        raise SkipItem("A tour has no line on the map.")
    categories = named(element, "categories", names)
    said = " ".join((title, *categories))
    body = body_of(element)
    return Tour(
        external_id=short_id(f"poi/{id_}"),
        title=title,
        language="de",
        summary=plain(body, 400),
        body_html=body,
        categories=categories,
        geo=Geo(segments[0][0][1], segments[0][0][0]),
        activity=next((name for name, words in _ACTIVITIES if words.search(said)), "walking"),
        tracks=tuple(tuple(one) for one in simplified_to(segments, TOLERANCE_METRES, MOST_POINTS) if len(one) > 1),
        length_metres=round(sum(length_metres(one) for one in segments)),
    )


def line_of(geom: str) -> Line:
    """A `LINESTRING`, whichever coordinate comes first; a state's tours are in memory at the same time."""
    found = (point(pair[1], pair[2]) for pair, _ in zip(_PAIR.finditer(geom), range(MOST_READ), strict=False))
    return array("i", (round(number * _UNITS) for one in found if one is not None for number in (one.lon, one.lat)))


def _points(line: Line) -> list[Point]:
    numbers = iter(line)
    return [(lon / _UNITS, lat / _UNITS, None) for lon, lat in zip(numbers, numbers, strict=True)]
