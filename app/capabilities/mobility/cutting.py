"""Which stops of a timetable a region takes: those of its towns, and a little around."""

from collections.abc import Callable, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from app.kit.geo import METRES_A_DEGREE
from app.tenancy.boundaries import boundary_of

Inside = Callable[[list[float], list[float]], list[bool]]


async def inside(area: Sequence[str], box: tuple[float, float, float, float] | None, margin_km: float) -> Inside | None:
    """Tells for latitudes and longitudes which points belong to the towns of `area` (beginnings of AGS), or to `box`.

    None when nobody knows where these towns lie.
    """
    shape = shapely.box(*box) if box else await _outline(area)
    if shape is None:
        return None
    shape = shape.buffer(margin_km * 1000 / METRES_A_DEGREE, quad_segs=2) if margin_km else shape
    shapely.prepare(shape)

    def chosen(lats: list[float], lons: list[float]) -> list[bool]:
        found: list[bool] = shapely.intersects_xy(shape, lons, lats).tolist() if lats else []
        return found

    return chosen


async def _outline(area: Sequence[str]) -> BaseGeometry | None:
    found = [one for one in [await boundary_of(prefix) for prefix in area] if one is not None]
    if not found:
        return None
    # Circles stand in for outlines that are not known: between them lie stops that belong to somebody.
    return shapely.union_all([shapely.box(*one.shape.bounds) if one.approximate else one.shape for one in found])
