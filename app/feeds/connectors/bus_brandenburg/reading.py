"""The register's JSON in the words of the gateway (`pvog`), whose items are the same.

A text block says what it is by a key or a name; fees and periods stand beside the blocks as figures.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from app.feeds.connectors.pvog.answers import listed, raw, rich, text
from app.kit import utm

_CODES: Final = (
    ("24", r"teaser|einleitung"),
    ("05", r"kurztext|kurzbeschreibung"),
    ("06", r"volltext|allgemeine information|leistungsbeschreibung"),
    ("08", r"unterlagen|nachweise"),
    ("09", r"voraussetzung"),
    ("98", r"kosten|gebühr|entgelt"),
    ("97", r"frist"),
    ("95", r"bearbeitungsdauer"),
    ("11", r"verfahrensablauf|ablauf"),
    ("14", r"formular"),
    ("07", r"rechtsgrundlage|handlungsgrundlage|rechtsvorschrift"),
    ("25", r"rechtsbehelf"),
    ("16", r"hinweis|besonderheit"),
    ("15", r"weiterführend|weitere information"),
)
"""Code of the gateway ← words of a block's name; `Bearbeitungsdauer` before `Dauer`, `Kurztext` before `Text`."""
_WORDS: Final = tuple((code, re.compile(words, re.IGNORECASE)) for code, words in _CODES)
_LEIKA: Final = re.compile(r"0[5-9]|1[14-6]|2[45]")
_UNITS: Final = {
    "MINUTE": ("Minute", "Minuten"), "HOUR": ("Stunde", "Stunden"), "DAY": ("Tag", "Tage"),
    "WORKDAY": ("Werktag", "Werktage"), "WEEK": ("Woche", "Wochen"), "MONTH": ("Monat", "Monate"),
    "YEAR": ("Jahr", "Jahre"),
}  # fmt: skip


def entries_of(document: Any, *names: str) -> list[dict[str, Any]]:
    """The entries of a list, alone or inside an object."""
    found = document if isinstance(document, list) else listed(document, *names)
    return [one for one in found if isinstance(one, dict)]


def object_of(document: Any) -> dict[str, Any]:
    """A thing, alone or inside a search result."""
    inner = raw(document, "object")
    found = inner if isinstance(inner, dict) else document
    return found if isinstance(found, dict) else {}


def offices_in(service: dict[str, Any]) -> list[dict[str, Any]]:
    """The offices that a service names, whole or by number."""
    return [object_of(one) for one in entries_of(raw(service, "organisationalUnits"))]


def is_whole(unit: dict[str, Any]) -> bool:
    """Whether an office is told here and not only named."""
    return bool(listed(unit, "addresses", "communications", "openingHours"))


def service_entry(given: dict[str, Any]) -> dict[str, Any]:
    """A service as the gateway would say it."""
    details: list[dict[str, Any]] = [{"code": "24", "text": rich(given, "teaser")}]
    for block in listed(given, "textBlocks"):
        kind = raw(block, "type")
        code = _code(text(kind, "key"), text(kind, "name") or text(block, "name"))
        additions = [
            {"title": text(one, "name", "title"), "text": rich(one, "text")} for one in listed(block, "specialisations")
        ]
        if code:
            links = [_link(one) for one in listed(block, "externalLinks")]
            details.append({"code": code, "text": rich(block, "text"), "links": links, "details": additions})
    for code, field, figures in (
        ("98", "charges", _charge),
        ("97", "periods", _span),
        ("95", "servicePeriods", _span),
    ):
        told = [
            {"title": text(one, "name"), "text": " ".join(part for part in (figures(one), rich(one, "note")) if part)}
            for one in listed(given, field)
        ]
        if any(one["text"] for one in told):
            details.append({"code": code, "text": "", "details": [one for one in told if one["text"]]})
    forms = [
        {"title": text(link, "name", "title") or text(form, "name"), "uri": text(link, "url", "uri")}
        for form in [*listed(given, "forms"), *(form for unit in offices_in(given) for form in listed(unit, "forms"))]
        for link in listed(form, "links")
    ]
    if forms:
        details.append({"code": "14", "text": "", "links": forms})
    online = [
        {"title": text(one, "linkTitle") or text(one, "name"), "uri": text(one, "link", "url")}
        for one in map(object_of, listed(given, "onlineServices"))
    ]
    return {
        "id": text(given, "id"),
        "name": text(given, "name"),
        "leikakeys": listed(given, "leikaKeys"),
        "details": details,
        "onlineServiceLinks": online,
        "synonyms": listed(given, "synonyms"),
        "lifeSituations": listed(given, "publicServiceTypeCategories", "categories"),
        "externalLastUpdate": text(given, "lastUpdated"),
    }


def office_entry(given: dict[str, Any]) -> dict[str, Any]:
    """An office as the gateway would say it."""
    return {
        "id": text(given, "id"),
        "name": text(given, "name"),
        "description": rich(given, "description"),
        "parentId": text(raw(given, "parent"), "id") or text(given, "parentId"),
        "openingHours": raw(given, "openingHours"),
        "internetAddresses": [{"uri": text(given, "url", "website", "homepage")}],
        "location": {
            "addresses": [dict(_address(one, given)) for one in listed(given, "addresses")],
            "communications": [
                {"code": text(raw(one, "type"), "name") or text(raw(one, "type"), "key"), "value": text(one, "value")}
                for one in listed(given, "communications", "communication")
            ],
        },
    }


def _code(key: str, name: str) -> str:
    if _LEIKA.fullmatch(key):
        return key
    return next((code for code, words in _WORDS if words.search(name)), "")


def _link(given: Any) -> dict[str, str]:
    return {"title": text(given, "name", "title"), "uri": text(given, "url", "uri")}


def _address(given: Any, unit: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "type", text(raw(given, "type"), "name") or text(given, "type")
    yield "street", text(given, "street")
    yield "houseNumber", text(given, "houseNumber")
    yield "zip", text(given, "zipcode")
    yield "city", text(raw(given, "area"), "name") or text(given, "city")
    yield "postbox", text(given, "mailbox")
    yield "accessibility", rich(given, "accessibleInfo")
    access = raw(given, "wheelchairAccessible")
    yield "wheelchairAccessible", access if isinstance(access, bool) else raw(unit, "wheelchairAccessible")
    if point := _point(raw(given, "geoLocation")):
        yield "geo", {"lat": point[0], "lon": point[1]}


def _point(given: Any) -> tuple[float, float] | None:
    """`coordinate1` lies east, `coordinate2` north; `projection` names the system."""
    try:
        east, north = float(text(given, "coordinate1")), float(text(given, "coordinate2"))
    except ValueError:
        return None
    zone = utm.zone_of(text(given, "projection"))
    return utm.to_wgs84(east, north, zone) if zone else (north, east)


def _charge(given: Any) -> str:
    one, least, most = (_amount(raw(given, field)) for field in ("amount", "lowerLimit", "upperLimit"))
    currency = text(given, "currency").replace("EUR", "Euro") or "Euro"
    if one:
        return f"{one} {currency}"
    if least and most:
        return f"{least} bis {most} {currency}"
    return f"ab {least} {currency}" if least else f"bis {most} {currency}" if most else ""


def _amount(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**9:
        return ""
    return f"{value:.2f}".replace(".", ",")


def _span(given: Any) -> str:
    first, last = (raw(given, field) for field in ("timeSpan", "timeSpanTo"))
    if isinstance(first, bool) or not isinstance(first, int) or not 0 < first < 10**6:
        return ""
    unit = text(given, "periodUnit")
    one, many = _UNITS.get(unit.upper().rstrip("S"), (unit, unit))
    if isinstance(last, int) and not isinstance(last, bool) and first < last < 10**6:
        return f"{first} bis {last} {many}".strip()
    return f"{first} {one if first == 1 else many}".strip()
