"""Whom an item of a region concerns: by keys of its area, by its polygons, by where it lies; else every member."""

import math
from collections.abc import Iterable
from typing import Final

import msgspec

from app.feeds.items import Item
from app.kit.geo import METRES_A_DEGREE
from app.tenancy.boundaries import Boundary, boundary_of

NEAR_METRES: Final = 2_000
"""What lies this far outside of a town's border is still of interest there."""
_WAYS: Final = tuple((math.sin(math.tau * step / 8), math.cos(math.tau * step / 8)) for step in range(8))

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


class Here(msgspec.Struct, frozen=True):
    """A town on the map."""

    slug: str
    keys: tuple[str, ...]
    """AGS of the municipality, or of all that an Amt or a Landkreis consists of."""
    boundaries: tuple[Boundary, ...]

    @property
    def box(self) -> Box | None:
        """Around all of it; None where no boundary is known."""
        return _around(one.bbox for one in self.boundaries)


async def here(slug: str, ags: str, members: Iterable[str] = (), *, association: bool = False) -> Here:
    """A town by its AGS; an Amt (`association`) is where its members are."""
    members = tuple(members)
    found = [await boundary_of(key) for key in (members if association and members else (ags,))]
    return Here(slug, (ags, *members), tuple(one for one in found if one is not None))


class Reach(msgspec.Struct, frozen=True):
    """How far an item reaches, worked out once for all towns."""

    keys: tuple[str, ...]
    polygons: tuple[tuple[tuple[float, float], ...], ...]
    point: tuple[float, float] | None
    """Latitude and longitude."""
    box: Box | None

    @property
    def everywhere(self) -> bool:
        """Nothing says whom it concerns."""
        return not (self.keys or self.polygons or self.point)


def reach(item: Item) -> Reach:
    """An area wins over a point."""
    area = item.area
    if area is not None and (area.keys or area.polygons):
        boxes = (_box_of(ring) for ring in area.polygons if ring)
        return Reach(area.keys, area.polygons, None, _around(boxes))
    if item.geo is not None:
        lat, lon = item.geo.lat, item.geo.lon
        wide = _degrees_wide(lat)
        high = NEAR_METRES / METRES_A_DEGREE
        return Reach((), (), (lat, lon), (lon - wide, lat - high, lon + wide, lat + high))
    return Reach((), (), None, None)


def concerns(far: Reach, town: Here, box: Box | None) -> bool:
    """Whether an item is for a town; `box` is the town's. Where no boundary is known, an area is taken to touch it."""
    if far.everywhere or any(own.startswith(far.keys) for own in town.keys if far.keys):
        return True
    if box is None:
        return bool(far.polygons)
    if far.box is None or not _overlap(far.box, box):
        return False
    if far.polygons:
        return any(one.touches(far.polygons) for one in town.boundaries)
    return far.point is not None and any(_near(one, *far.point) for one in town.boundaries)


def _near(boundary: Boundary, lat: float, lon: float) -> bool:
    if boundary.contains(lat, lon):
        return True
    high, wide = NEAR_METRES / METRES_A_DEGREE, _degrees_wide(lat)
    return any(boundary.contains(lat + up * high, lon + right * wide) for up, right in _WAYS)


def _degrees_wide(lat: float) -> float:
    return NEAR_METRES / METRES_A_DEGREE / max(math.cos(math.radians(lat)), 0.01)


def _box_of(ring: Iterable[tuple[float, float]]) -> Box:
    lons, lats = zip(*ring, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _around(boxes: Iterable[Box]) -> Box | None:
    all_ = list(boxes)
    if not all_:
        return None
    wests, souths, easts, norths = zip(*all_, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
