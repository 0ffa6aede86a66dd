"""The districts of Brandenburg as the police numbers and names them, and the beginnings of AGS that they stand for."""

import re
from typing import Final

from app.kit.search import spelled_out

KEYS: Final = {
    1: ("12070", "Prignitz"),
    2: ("12068", "Ostprignitz-Ruppin"),
    3: ("12065", "Oberhavel"),
    4: ("12073", "Uckermark"),
    5: ("12063", "Havelland"),
    6: ("12060", "Barnim"),
    7: ("12069", "Potsdam-Mittelmark"),
    8: ("12064", "Märkisch-Oderland"),
    9: ("12072", "Teltow-Fläming"),
    10: ("12061", "Dahme-Spreewald"),
    11: ("12067", "Oder-Spree"),
    12: ("12062", "Elbe-Elster"),
    13: ("12066", "Oberspreewald-Lausitz"),
    14: ("12071", "Spree-Neiße"),
    85: ("12054", "Potsdam"),
    101: ("12053", "Frankfurt (Oder)"),
    102: ("12051", "Brandenburg an der Havel"),
    103: ("12052", "Cottbus"),
    500: ("12", "Brandenburg"),
}
"""Number of the interface → beginning of AGS and name; 500 is what concerns the whole state."""

_KIND: Final = re.compile(r"^(landkreis|kreisfreie stadt|landeshauptstadt|stadt|kreis)\s+", re.IGNORECASE)
_SORBIAN: Final = re.compile(r"\s*/.*$")
_OTHER: Final = re.compile(r"[^a-z]+")


def number_of(name: str) -> int | None:
    """The number of a district by its name or the number itself; None when there is none of it."""
    if name.strip().isascii() and name.strip().isdigit():
        number = int(name.strip()[:9])
        return number if number in KEYS else None
    return _BY_NAME.get(_plain(name))


def _plain(name: str) -> str:
    """`Landkreis Spree-Neiße / Wokrejs Sprjewja-Nysa` as `spreeneisse`."""
    short = _KIND.sub("", _SORBIAN.sub("", name.strip()[:200]))
    return _OTHER.sub("", spelled_out(short))


_BY_NAME: Final = {_plain(name): number for number, (_, name) in KEYS.items() if number != 500} | {
    "frankfurt": 101,
    "brandenburgadhavel": 102,
    "brandenburghavel": 102,
}
