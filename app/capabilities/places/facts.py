"""The town in figures: facts of open sources, in words, with the density worked out from two of them."""

from typing import Any, Final
from urllib.parse import quote

import msgspec
from babel.numbers import format_decimal

from app.capabilities.places import tour_queries, wording
from app.capabilities.places.tour_queries import Known
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy
from app.web.cards import Fact

LABELS: Final = {
    "population": lazy("Inhabitants"),
    "area_km2": lazy("Surface"),
    "elevation_m": lazy("Height above sea level"),
    "mayor": lazy("Mayor"),
    "inception": lazy("First mentioned"),
    "postcode": lazy("Postcode"),
    "dialling_code": lazy("Dialling code"),
    "plate": lazy("Number plate"),
    "twin_town": lazy("Twin towns"),
    "coordinates": lazy("Position"),
    "website": lazy("Official web page"),
}
"""Facts that are shown, in this order."""


class Source(msgspec.Struct, frozen=True):
    """Where figures come from."""

    name: str
    href: str
    licence: str
    stamp: Any


async def figures() -> dict[str, Any]:
    """The lines of the page and where they come from; empty when nothing is known."""
    by_name: dict[str, list[Known]] = {}
    for one in await tour_queries.known():
        by_name.setdefault(one.name, []).append(one)
    lines = [_line(name, by_name[name]) for name in LABELS if name in by_name]
    density = _density(by_name)
    if density:
        place = next((number for number, line in enumerate(lines, 1) if line.label == str(LABELS["area_km2"])), 0)
        lines.insert(place, Fact(_("Inhabitants per km²"), density))
    known = [one for some in by_name.values() for one in some]
    sources = {(one.attribution or one.source_name): one for one in known}
    return {
        "lines": lines,
        "sources": [Source(name, one.source_url, one.licence, one.changed_at) for name, one in sources.items()],
    }


def _line(name: str, found: list[Known]) -> Fact:
    label = str(LABELS[name])
    first = found[0]
    match name:
        case "population":
            since = _(" (as of %(day)s)") % {"day": wording.day_of(first.as_of)} if first.as_of else ""
            return Fact(label, f"{_number(first.value)}{since}", icon="people")
        case "area_km2":
            return Fact(label, f"{_number(first.value)} km²")
        case "elevation_m":
            return Fact(label, f"{_number(first.value)} m")
        case "inception":
            return Fact(label, wording.day_of(first.value))
        case "website":
            return Fact(label, wording.host_of(first.value), first.value, icon="web")
        case "coordinates":
            return Fact(label, first.value.replace(",", ", "), f"geo:{quote(first.value, safe=',.-')}", icon="place")
        case _:
            return Fact(label, ", ".join(dict.fromkeys(one.value for one in found)))


def _number(text: str) -> str:
    try:
        return str(format_decimal(float(text), format="#,##0.##", locale=language()))
    except ValueError:
        return text


def _density(by_name: dict[str, list[Known]]) -> str:
    try:
        people, area = float(by_name["population"][0].value), float(by_name["area_km2"][0].value)
    except (KeyError, ValueError):
        return ""
    return str(format_decimal(round(people / area), locale=language())) if area > 0 else ""
