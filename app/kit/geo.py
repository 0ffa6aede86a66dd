"""Distances on the ground (WGS 84, degrees), on a sphere of the earth's mean radius: good to half a percent."""

import math
from typing import Final

EARTH_METRES: Final = 6_371_008.8
"""Mean radius (IUGG, R1)."""
METRES_A_DEGREE: Final = math.radians(1) * EARTH_METRES
"""Of latitude, about 111,195; of longitude times the cosine of the latitude."""


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """The great-circle distance of two points in metres (haversine)."""
    half_lat = math.radians(other_lat - lat) / 2
    half_lon = math.radians(other_lon - lon) / 2
    chord = (
        math.sin(half_lat) ** 2
        + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * math.sin(half_lon) ** 2
    )
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(chord)))


def metres_a_degree_east(lat: float) -> float:
    """How long a degree of longitude is at a latitude, in metres; none at the poles."""
    return METRES_A_DEGREE * max(0.0, math.cos(math.radians(lat)))
