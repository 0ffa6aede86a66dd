"""What the service says of places and streets: which belong to the wanted town, and how an area is called."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop
from app.kit.richtext import clean_line, shortened

_PART: Final = re.compile(r"(?:\s*(?:[-–,;/(]|\bOT\b|\bOrtsteil\b))+", re.IGNORECASE)
"""What stands between a place and its part: `Templin, Ahrensdorf`, `Templin OT Röddelin`."""
_ENDS: Final = re.compile(r"str\.?(?=\s|$|-)")
_DIGITS: Final = re.compile(r"(\d+)")
LONGEST_NAME: Final = 110
_MOST_NUMBERS: Final = 2_000


class Street(msgspec.Struct, frozen=True):
    """A street or a part of one, and the area whose days count there."""

    name: str
    area: str
    city: str

    @property
    def key(self) -> str:
        """The area within its place: that a number means one area everywhere, nobody says."""
        return f"{self.city}/{self.area}"


class City(msgspec.Struct, frozen=True):
    """A place of the service's list."""

    id: str
    name: str
    area: str
    has_streets: bool
    part: str = ""
    """Name of the part within the wanted town; empty for the town itself."""


def decoded(body: bytes) -> Any:
    """The JSON of an answer; raises `Stop` when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error


def text(entry: Any, name: str) -> str:
    """A field as one clean line; numbers are texts here and there."""
    value = entry.get(name) if isinstance(entry, dict) else None
    return clean_line(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def lines_of(written: str) -> list[str]:
    """The lines of a text that say something."""
    return [line for line in map(clean_line, written.splitlines()) if line]


def folded(name: str) -> str:
    """A name as it is compared: `Dorfstr.` is `dorfstraße`."""
    return _ENDS.sub("strasse", clean_line(name).casefold())


def cities_of(document: Any, wanted: str) -> tuple[list[City], list[str]]:
    """The wanted place with its parts, and the names of all places."""
    entries = [one for one in document if isinstance(one, dict)] if isinstance(document, list) else []
    names = [text(one, "name") for one in entries]
    found = []
    for entry in entries:
        part = next(
            (part for name in ("name", "_name") if (part := _part(text(entry, name), wanted)) is not None), None
        )
        if part is not None and text(entry, "id"):
            found.append(
                City(
                    text(entry, "id"),
                    text(entry, "name"),
                    text(entry, "area_id"),
                    has_streets=str(entry.get("has_streets")).casefold() in {"true", "1"},
                    part=part,
                )
            )
    return found, [name for name in names if name]


def _part(name: str, wanted: str) -> str | None:
    """The part of the wanted town that a place is; empty for the town, None for another place."""
    given, asked = clean_line(name).casefold(), clean_line(wanted).casefold()
    if given == asked:
        return ""
    if not asked or not given.startswith(asked):
        return None
    rest = clean_line(name)[len(asked) :]
    separator = _PART.match(rest)
    return rest[separator.end() :].strip(" -–,;/()") or None if separator else None


def streets_of(document: Any, city: City, wanted: Sequence[str]) -> Iterator[Street]:
    """The streets of a place that are wanted, each as often as it has areas."""
    names = {folded(name) for name in wanted}
    for entry in document if isinstance(document, list) else []:
        name = text(entry, "name")
        if not name or (names and not {folded(name), folded(text(entry, "_name"))} & names):
            continue
        shown = shortened(f"{name} ({city.part})" if city.part else name, LONGEST_NAME - 30)
        yield from _by_numbers(shown, city.id, text(entry, "area_id"), _numbers(entry.get("houseNumbers")))


def _numbers(given: Any) -> list[tuple[str, str]]:
    """House numbers with their areas, in the order of the street."""
    rows = [row for row in given if isinstance(row, list) and len(row) > 1] if isinstance(given, list) else []
    pairs = {
        (clean_line(str(number)).lstrip("0"), clean_line(str(area)))
        for number, area, *_ in rows[:_MOST_NUMBERS]
        if isinstance(number, str | int) and isinstance(area, str | int)
    }
    return sorted((pair for pair in pairs if all(pair)), key=lambda pair: _natural(pair[0]))


def _natural(number: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part[:9]) if part.isdecimal() and part.isascii() else -1, part) for part in _DIGITS.split(number))


def _by_numbers(name: str, city: str, area: str, numbers: Sequence[tuple[str, str]]) -> Iterator[Street]:
    """One street, or a street for each area that its house numbers lie in: `Lange Straße 1–9, 15–20`."""
    areas = list(dict.fromkeys(one for _, one in numbers))
    if len(areas) < 2:
        if known := (areas or [area])[0]:
            yield Street(name, known, city)
        return
    spans: dict[str, list[list[str]]] = defaultdict(list)
    last = ""
    for number, where in numbers:
        if where != last:
            spans[where].append([number, number])
        spans[where][-1][1] = number
        last = where
    for where in areas:
        said = ", ".join(first if first == end else f"{first}–{end}" for first, end in spans[where])
        yield Street(shortened(f"{name} {said}", LONGEST_NAME), where, city)
