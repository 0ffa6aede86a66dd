"""Where a municipality, an association, a district or a state ends: contains a point, touches an area.

The outlines are those that `village register boundaries` loaded; where there is none, a circle of the register's area
around its centre stands in and is marked as such.
"""

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from app.kit import clock
from app.kit.geo import METRES_A_DEGREE
from app.tenancy import municipality_table
from app.tenancy.engine import control
from app.tenancy.municipality import Municipality

ATTRIBUTION: Final = "© GeoBasis-DE / BKG 2017 (Daten verändert)"
"""To be named wherever an outline is shown."""

KEPT: Final = 128
"""Boundaries a process remembers; a simplified one has about a hundred points."""
KEPT_FOR: Final = timedelta(hours=1)
_CORNERS: Final = 48
_NOISE: Final = 0.01
"""Neighbours' outlines overlap by a little in every data set: less than this share of the smaller area is none."""

Ring = Sequence[tuple[float, float]]
"""Points as (longitude, latitude), as in GeoJSON; closed or not."""


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """An area on the ground (WGS 84)."""

    ags: str
    name: str
    shape: BaseGeometry
    """Polygon or MultiPolygon, longitude first."""
    approximate: bool
    """All of it or a part is a circle, because no outline is known."""

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a point lies inside or on the border; a point that is none (NaN) does not."""
        return bool(shapely.intersects_xy(self.shape, lon, lat))

    def touches(self, polygons: Iterable[Ring]) -> bool:
        """Whether one of the polygons, given by their outer rings, covers more of it than noise along the border."""
        return any(self._overlaps(area) for ring in polygons if (area := _area(ring)) is not None)

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, south, east, north = self.shape.bounds
        return west, south, east, north

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle of the area, rarely that of the town."""
        point = self.shape.centroid
        return round(point.y, 5), round(point.x, 5)

    def geojson(self) -> dict[str, Any]:
        """A GeoJSON Feature (RFC 7946)."""
        shape = msgspec.json.decode(shapely.to_geojson(self.shape))
        facts = {"ags": self.ags, "name": self.name, "approximate": self.approximate, "attribution": ATTRIBUTION}
        return {"type": "Feature", "bbox": list(self.bbox), "properties": facts, "geometry": shape}

    def _overlaps(self, area: BaseGeometry) -> bool:
        if not self.shape.intersects(area):
            return False
        smaller: float = min(self.shape.area, area.area)
        shared: float = self.shape.intersection(area).area
        return smaller == 0 or shared > _NOISE * smaller


async def boundary_of(ags: str) -> Boundary | None:
    """The boundary of a municipality (8 digits), a district (5, or those and 000), a state (2) or an association (9).

    An association (Amt) goes by the beginning of its members' ARS. `None` for a key that nobody has.
    """
    kept = _kept.get(ags)
    if kept is not None and clock.now() - kept[0] < KEPT_FOR:
        _kept.move_to_end(ags)
        return kept[1]
    found = await _find(ags)
    _kept[ags] = (clock.now(), found)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return found


def forget() -> None:
    """Forget what is remembered, after outlines or the register changed."""
    _kept.clear()


def circle(lat: float, lon: float, area_ha: int) -> BaseGeometry:
    """A circle on the ground with this area, as a polygon."""
    radius = math.sqrt(max(area_ha, 1) * 10_000 / math.pi) / METRES_A_DEGREE
    wide = radius / math.cos(math.radians(lat))
    angles = [2 * math.pi * step / _CORNERS for step in range(_CORNERS)]
    return shapely.Polygon([(lon + wide * math.cos(angle), lat + radius * math.sin(angle)) for angle in angles])


_kept: OrderedDict[str, tuple[datetime, Boundary | None]] = OrderedDict()


async def _find(ags: str) -> Boundary | None:
    if not ags.isascii() or not ags.isdigit():
        return None
    name, members = await _members(ags)
    if not members:
        return None
    prefix = ags[:5] if len(ags) == 8 and members[0].ags != ags else ags
    async with control() as connection:
        if len(prefix) in {2, 5}:
            # All that was ever surveyed there: parts of what has been merged since, and forests nobody governs.
            rows = await connection.fetch("SELECT ags, shape FROM boundary WHERE starts_with(ags, $1)", prefix)
        else:
            keys = [one.ags for one in members]
            rows = await connection.fetch("SELECT ags, shape FROM boundary WHERE ags = ANY($1)", keys)
    known = {row["ags"] for row in rows}
    missing = [one for one in members if one.ags not in known]
    shapes = [shapely.from_wkb(row["shape"]) for row in rows]
    shapes += [circle(*centre, one.area_ha) for one in missing if (centre := await _centre(one)) is not None]
    if not shapes:
        return None
    shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
    shapely.prepare(shape)
    return Boundary(ags=ags, name=name, shape=shape, approximate=bool(missing))


async def _centre(one: Municipality) -> tuple[float, float] | None:
    """Where it is, or else the middle of its association's or its district's other members."""
    if one.lat is not None and one.lon is not None:
        return one.lat, one.lon
    for prefix in (one.association, one.ags[:5]):
        others = await municipality_table.members(prefix)
        placed = [(other.lat, other.lon) for other in others if other.lat is not None and other.lon is not None]
        if placed:
            return sum(lat for lat, _ in placed) / len(placed), sum(lon for _, lon in placed) / len(placed)
    return None


async def _members(ags: str) -> tuple[str, list[Municipality]]:
    """The name of what the key means, and the municipalities it consists of."""
    if len(ags) == 8:
        one = await municipality_table.by_ags(ags)
        if one is None:
            return "", []
        return one.name, await municipality_table.members(ags[:5]) if one.is_district else [one]
    if len(ags) not in {2, 5, 9}:
        return "", []
    members = await municipality_table.members(ags)
    if not members:
        return "", []
    first = members[0]
    return {2: first.state, 5: first.district, 9: first.name}[len(ags)], members


def _area(ring: Ring) -> BaseGeometry | None:
    """What a ring encloses; a point or a line where it encloses nothing, `None` where it is nonsense."""
    points = [(lon, lat) for lon, lat in ring if math.isfinite(lon) and math.isfinite(lat)]
    if not points:
        return None
    if len(points) < 3:
        return shapely.Point(points[0]) if len(points) == 1 else shapely.LineString(points)
    shape = shapely.Polygon(points)
    return shape if shape.is_valid else shapely.make_valid(shape)
