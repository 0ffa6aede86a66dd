"""Points in UTM (ETRS89, GRS 80) as WGS 84: zones 32 and 33, as German registers give them; exact to a centimetre.

Karney's series to the fourth order in the third flattening; ETRS89 and WGS 84 differ by less than a metre.
"""

import math
import re
from typing import Final

_FLATTENING: Final = 1 / 298.257222101
_MAJOR_METRES: Final = 6_378_137.0
_SCALE: Final = 0.9996
_FALSE_EAST: Final = 500_000.0
_N: Final = _FLATTENING / (2 - _FLATTENING)
_RADIUS: Final = _MAJOR_METRES / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_BETA: Final = (
    _N / 2 - 2 / 3 * _N**2 + 37 / 96 * _N**3,
    _N**2 / 48 + _N**3 / 15,
    17 / 480 * _N**3,
)
_DELTA: Final = (
    2 * _N - 2 / 3 * _N**2 - 2 * _N**3,
    7 / 3 * _N**2 - 8 / 5 * _N**3,
    56 / 15 * _N**3,
)
_ZONES: Final = {"25832": 32, "32632": 32, "25833": 33, "32633": 33, "utm32": 32, "utm33": 33}
_NAME: Final = re.compile(r"(?:epsg:)?(\w+)", re.IGNORECASE)


def zone_of(projection: str) -> int | None:
    """The zone that the name of a system of coordinates means, `EPSG:25833` or `utm33`; None for all others."""
    found = _NAME.fullmatch(projection.strip())
    return _ZONES.get(found[1].lower()) if found else None


def to_wgs84(east: float, north: float, zone: int) -> tuple[float, float] | None:
    """Latitude and longitude in degrees of a point north of the equator; None for what lies on no map."""
    east -= zone * 1_000_000 if east > 1_000_000 else 0  # the zone stands before the value here and there
    if not (0 < east < 1_000_000 and 0 < north < 10_000_000):
        return None
    xi, eta = north / (_SCALE * _RADIUS), (east - _FALSE_EAST) / (_SCALE * _RADIUS)
    xi_ = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    eta_ = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    chi = math.asin(math.sin(xi_) / math.cosh(eta_))
    lat = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(_DELTA, 1))
    lon = math.atan2(math.sinh(eta_), math.cos(xi_))
    return round(math.degrees(lat), 7), round(math.degrees(lon) + zone * 6 - 183, 7)
