"""What lies under the points of a map: the town's outline, and tiles where the town has some on its own host."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.capabilities.places import sketch
from app.capabilities.places.sketch import Mark
from app.kit.tracks import Point
from app.tenancy import boundaries, current_slug
from app.tenancy.registry import place_of
from app.tenancy.village import setting

MOST_ON_MAP: Final = 2_000
TILES: Final = "map_tiles"
"""Setting of the town: `{"url": "/tiles/{z}/{x}/{y}.png", "attribution": "© …"}`."""


class Tiles(msgspec.Struct, frozen=True):
    """Where a map's pictures come from: always a path of the village's own host."""

    url: str
    attribution: str
    most_zoom: int = 19


async def tiles() -> Tiles | None:
    """The town's tiles; None when it has none or names a foreign host, which no page of ours may ask."""
    given = await setting(TILES)
    try:
        found = msgspec.convert(given, Tiles)
    except msgspec.ValidationError:
        return None
    own = found.url.startswith("/") and not found.url.startswith(("//", "/\\"))
    return found if own and all(part in found.url for part in ("{z}", "{x}", "{y}")) else None


async def ground(
    marks: Sequence[Mark], tracks: Sequence[Sequence[Point]] = (), *, whole: bool = False
) -> dict[str, Any]:
    """What a template needs for a map; with `whole` all of the town is seen on it."""
    boundary = await boundaries.boundary_of((await place_of(current_slug())).ags)
    # A circle that stands in for an outline nobody knows would only mislead.
    known = boundary is not None and not boundary.approximate
    rings = sketch.rings_of(boundary.geojson()["geometry"]) if boundary is not None and known else []
    # For the script: latitude first, to about ten metres.
    told = [[(round(lat, 4), round(lon, 4)) for lon, lat in ring] for ring in rings]
    return {
        "drawn": sketch.ground(rings, marks, tracks, whole=whole),
        "whole": whole and bool(rings),
        "tiles": await tiles(),
        "outline": msgspec.json.encode(told).decode() if rings else "",
        "outline_by": boundaries.ATTRIBUTION if rings else "",
    }
