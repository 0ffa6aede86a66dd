"""Which properties of Wikidata we tell, and how their values become words and numbers."""

import re
from typing import Any, Final

from app.kit.richtext import absolute, clean_line, shortened

PROPERTIES: Final[dict[str, str]] = {
    "P1082": "population",
    "P2046": "area_km2",
    "P2044": "elevation_m",
    "P625": "coordinates",
    "P856": "website",
    "P6": "mayor",
    "P571": "inception",
    "P281": "postcode",
    "P473": "dialling_code",
    "P395": "plate",
    "P190": "twin_town",
}
"""Property → our name of the fact, in the order in which they are told."""
SEVERAL: Final = frozenset({"postcode", "twin_town", "dialling_code", "plate"})
"""Facts that may have several values; of the others the newest counts."""
MOST_VALUES: Final = 25

_POINT: Final = re.compile(r"Point\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)", re.IGNORECASE)
_TIME: Final = re.compile(r"([+-]?\d{4,})-(\d\d)-(\d\d)T")
_ENTITY: Final = re.compile(r"Q\d{1,12}")
_PER_KM2: Final[dict[str, float]] = {"Q712226": 1.0, "Q35852": 0.01, "Q25343": 1e-6, "": 1.0}
"""Square kilometre, hectare, square metre; a bare number is taken as square kilometres."""
_METRES: Final[dict[str, float]] = {"Q11573": 1.0, "Q3710": 0.3048, "": 1.0}


def value_of(name: str, value: str, label: str = "", unit: str = "") -> str:
    """A value as it is kept: numbers as `11213`, coordinates as `52.136,12.595`; empty for what can't be read."""
    unit = entity_of(unit)
    match name:
        case "population":
            number = _number(value)
            return str(round(number)) if number is not None and 0 <= number < 1e8 else ""
        case "area_km2":
            return _scaled(value, _PER_KM2.get(unit))
        case "elevation_m":
            return _scaled(value, _METRES.get(unit))
        case "coordinates":
            found = _POINT.search(value)
            return f"{float(found[2]):.5f},{float(found[1]):.5f}" if found else ""
        case "website":
            return absolute(value, "")
        case "mayor" | "twin_town":
            # A label that is only a number means that nobody gave it a name in our languages.
            said = clean_line(label)
            return "" if not said or _ENTITY.fullmatch(said) else shortened(said, 200)
        case "inception":
            return day_of(value)
        case _:
            said = clean_line(value)
            return "" if "://" in said else shortened(said, 60)


def entity_of(text: str) -> str:
    """`Q712226` of `http://www.wikidata.org/entity/Q712226`; empty for no unit (`1`)."""
    found = _ENTITY.search(text)
    return found[0] if found else ""


def day_of(text: Any) -> str:
    """An ISO day, month or year of Wikidata's times, e.g. `2024-12-31`, `997`; empty for anything else."""
    found = _TIME.match(str(text))
    if found is None or found[1].startswith("-"):
        return ""
    year = int(found[1])
    if not 0 < year < 2200:
        return ""
    month, day = int(found[2]), int(found[3])
    if month == 0 or (month, day) == (1, 1):  # a year alone is written as its first day
        return f"{year:04d}"
    return f"{year:04d}-{month:02d}" if day == 0 else f"{year:04d}-{month:02d}-{day:02d}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _scaled(text: str, factor: float | None) -> str:
    number = _number(text)
    if number is None or factor is None or not -500 < number * factor < 1e6:
        return ""
    return f"{number * factor:.2f}".rstrip("0").rstrip(".")
