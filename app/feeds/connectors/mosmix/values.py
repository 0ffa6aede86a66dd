"""Values of a forecast in our units and words."""

import math
from typing import Final

MISSING: Final = "-"
CLEAR_BELOW: Final = 20
"""Percent of clouds."""
CLOUDY_FROM: Final = 80
HEAVY_FROM: Final = 4.0
"""Millimetres in an hour."""

# Significant weather, WMO code table 4677, as far as forecasts use it.
_CODES: Final[dict[str, tuple[int, ...]]] = {
    "fog": (*range(40, 50), 10, 11, 12, 28),
    "drizzle": (*range(50, 56), 58, 20),
    "rain": (58, 59, 60, 61, 62, 63, 80, 21, 25),
    "heavy-rain": (64, 65, 81, 82),
    "sleet": (56, 57, 66, 67, 68, 69, 79, 83, 84, 23, 24),
    "snow": (*range(70, 79), 85, 86, *range(36, 40), 22, 26),
    "hail": (*range(87, 91), 27),
    "thunderstorm": (*range(91, 100), 17, 29),
}
CONDITION: Final = {code: name for name, codes in _CODES.items() for code in codes}


def number(text: str) -> float | None:
    """A value; None where the source has none, or something that is no number."""
    if text == MISSING:
        return None
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole(value: float | None, least: int, most: int) -> int | None:
    """A whole number within its bounds."""
    return None if value is None else min(most, max(least, round(value)))


def humidity(temperature: float | None, dew_point: float | None) -> int | None:
    """Relative humidity in percent from two temperatures in kelvin (Magnus formula over water)."""
    if temperature is None or dew_point is None or not (180 < temperature < 340 and 180 < dew_point < 340):
        return None

    def pressure(kelvin: float) -> float:
        celsius = kelvin - 273.15
        return math.exp(17.62 * celsius / (243.12 + celsius))

    return min(100, round(100 * pressure(dew_point) / pressure(temperature)))


def condition(code: float | None, cloud_cover: int | None, precipitation: float | None) -> str:
    """What it is like in a word of `app.feeds.items.Hour`; empty when nothing tells."""
    known = CONDITION.get(int(code)) if code is not None and 0 <= code < 100 else None
    if known == "rain" and precipitation is not None and precipitation >= HEAVY_FROM:
        return "heavy-rain"
    if known:
        return known
    if cloud_cover is None:
        return ""
    if cloud_cover < CLEAR_BELOW:
        return "clear"
    return "cloudy" if cloud_cover >= CLOUDY_FROM else "partly-cloudy"
