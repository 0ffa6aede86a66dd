"""The register's columns, which have had many names, and its numbers, which may be text with a comma."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from app.kit.richtext import clean_line

_GAP: Final = re.compile(r"[^a-z0-9]+")
_SPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NUMBER: Final = re.compile(r"-?\d+(?:[.,]\d+)?")

NAMES: Final[dict[str, tuple[str, ...]]] = {
    # Of the service's two the company stands in every row, the short name in fewer than half.
    "operator": ("operator company name", "betreiber"),
    "shown": ("anzeigename karte", "anzeigename"),
    "status": ("status",),
    "street": ("strasse", "str"),
    "number": ("hausnummer",),
    "extra": ("adresszusatz", "address addition"),
    "postcode": ("postleitzahl", "plz"),
    "town": ("ort",),
    "state": ("bundesland", "state"),
    "district": ("kreis kreisfreie stadt", "kreis", "district independent city"),
    "lat": ("breitengrad", "latitude", "coordinates latitude", "lat"),
    "lon": ("laengengrad", "longitude", "coordinates longitude", "lon", "lng"),
    "power": (
        "nennleistung ladeeinrichtung kw", "nennleistung ladeeinrichtung", "installierte ladeleistung nll",
        "nennleistung", "anschlussleistung", "anschlussleistung kw", "leistung", "max electric power station",
    ),
    "sort": ("art der ladeeinrichtung", "art der ladeeinrichung", "art", "typ"),
    "points": ("anzahl ladepunkte", "ladepunkte"),
    "since": ("inbetriebnahmedatum", "inbetriebnahme", "go live date"),
    "payment": ("bezahlsysteme",),
    "hours": ("oeffnungszeiten",),
    "days": ("oeffnungszeiten wochentage",),
    "times": ("oeffnungszeiten tageszeiten",),
}  # fmt: skip
"""Our name → theirs, as `folded` writes them, the best first."""
_SOCKETS: Final = re.compile(r"steckertypen?\s?\d?$|steckersystem ladepunkt\d{1,2}$")
_RATING: Final = re.compile(r"\(\s*(\d{1,4}(?:[.,]\d{1,3})?)?\s*kw\s*\)", re.IGNORECASE)
"""What a plug gives, as the service writes it behind its name: `DC Combo 2 (CCS) (150 kw)`."""
_CAMEL: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")


def folded(name: str) -> str:
    """`Nennleistung Ladeeinrichtung [kW]`, `Nennleistung_Ladeeinrichtung`: lower case, one blank between words."""
    spelled = _CAMEL.sub(" ", name).lower().translate(_SPELLED)
    return _GAP.sub(" ", spelled).strip()


def is_header(cells: list[str]) -> bool:
    """Whether a line names the columns: some lines of explanation stand before it."""
    names = {folded(cell) for cell in cells}
    return bool(names & set(NAMES["lat"])) and bool(names & set(NAMES["lon"])) and len(names) >= 4


class Row:
    """A line of the table."""

    def __init__(self, cells: Mapping[str, Any]) -> None:
        self._cells = {folded(name): value for name, value in cells.items() if value is not None}

    def text(self, name: str) -> str:
        """A value as one clean line; empty for `-` and nothing."""
        for column in NAMES[name]:
            found = clean_line(str(self._cells.get(column, "")))
            if found and found not in {"-", "–", "None", "null"}:
                return found
        return ""

    def number(self, name: str) -> float | None:
        """A value as a number: `52,136`, `52.136`, 52.136; None for anything else."""
        found = _NUMBER.fullmatch(self.text(name).replace(" ", "").removesuffix(",").removesuffix("."))
        value = float(found[0].replace(",", ".")) if found else math.nan
        return value if math.isfinite(value) else None

    def sockets(self) -> list[str]:
        """The plugs of all its points, each kind once, in order."""
        found: dict[str, None] = {}
        for text in self._plugs():
            for part in re.split(r"[;,\n]", _RATING.sub("", text)):
                if plug := _plug(clean_line(part)):
                    found.setdefault(plug)
        return list(found)

    def power_kw(self) -> float:
        """What one car gets, in kilowatts; 0 when nobody says.

        What is said of the station is often the sum of its points: where each plug is rated, the strongest one counts.
        """
        whole = self.number("power") or 0.0
        rated = [float(text.replace(",", ".")) for plug in self._plugs() for text in _RATING.findall(plug) if text]
        best = max(rated, default=0.0)
        return min(whole, best) if whole and best else whole or best

    def _plugs(self) -> list[str]:
        return [str(self._cells[column]) for column in sorted(self._cells) if _SOCKETS.match(column)]


def _plug(text: str) -> str:
    said = text.lower()
    if not said or said in {"-", "0"}:
        return ""
    if "combo" in said or "ccs" in said:
        return "CCS"
    if "chademo" in said:
        return "CHAdeMO"
    if "schuko" in said:
        return "Schuko"
    if "tesla" in said:
        return "Tesla"
    if "typ 2" in said or "type 2" in said or said == "typ2":
        return "Typ 2 (Kabel)" if "kupplung" in said or "kabel" in said else "Typ 2"
    return text[:40]
