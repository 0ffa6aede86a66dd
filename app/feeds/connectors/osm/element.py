"""One object of OpenStreetMap as a place."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from app.feeds.connectors.osm.kinds import kind_of
from app.feeds.items import Address, Contact, Geo, Place, Yes
from app.kit.richtext import absolute, clean_line, shortened

ATTRIBUTION: Final = "© OpenStreetMap-Mitwirkende"
DETAILS: Final = (
    "cuisine", "healthcare:speciality", "religion", "denomination", "sport", "fee", "charge", "capacity", "brand",
    "outdoor_seating", "takeaway", "delivery", "internet_access", "changing_table", "toilets:wheelchair",
    "diet:vegetarian", "diet:vegan", "covered", "indoor", "backrest", "artist_name", "start_date", "vending",
    "collection_times", "emergency", "dog", "supervised", "reservation", "level", "defibrillator:location",
    "capacity:disabled", "smoking", "organic", "second_hand", "bulk_purchase", "self_service", "access", "ref",
)  # fmt: skip
"""Tags that a place of ours keeps, under the same names with `_` for `:`."""
_NO_GO: Final = frozenset({"private", "no"})
_GONE: Final = frozenset({"disused", "abandoned", "demolished", "removed", "razed"})
_WHEELCHAIR: Final[dict[str, Yes]] = {"yes": "yes", "designated": "yes", "limited": "limited", "no": "no"}
_PHONE: Final = re.compile(r"[+(\d][\d\s()/.\-–]{3,30}\d")
_MAIL: Final = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{3,190}")
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_SOCKETS: Final = {
    "socket:type2": "Typ 2", "socket:type2_cable": "Typ 2 (Kabel)", "socket:type2_combo": "CCS",
    "socket:chademo": "CHAdeMO", "socket:schuko": "Schuko", "socket:tesla_supercharger": "Tesla",
}  # fmt: skip

NAMES: Final[dict[str, str]] = {
    "atm": "Geldautomat", "artwork": "Kunstwerk", "barbecue": "Grillplatz", "bathing_place": "Badestelle",
    "bench": "Bank", "bicycle_parking": "Fahrradständer", "bicycle_rental": "Fahrradverleih",
    "bicycle_repair": "Reparatursäule für Fahrräder", "bookcase": "Bücherschrank", "bus_station": "Busbahnhof",
    "car_sharing": "Carsharing", "cemetery": "Friedhof", "charging": "Ladesäule", "defibrillator": "Defibrillator",
    "drinking_water": "Trinkwasser", "fire_station": "Feuerwehr", "fitness": "Fitnessplatz", "fountain": "Brunnen",
    "monument": "Denkmal", "parcel_locker": "Paketautomat", "parking": "Parkplatz", "picnic": "Rastplatz",
    "pitch": "Sportplatz", "playground": "Spielplatz", "post_box": "Briefkasten", "recycling": "Sammelcontainer",
    "rescue_point": "Rettungspunkt", "ride_bench": "Mitfahrbank", "shelter": "Schutzhütte", "taxi": "Taxistand",
    "toilets": "Toilette", "vending": "Automat", "viewpoint": "Aussichtspunkt", "worship": "Gotteshaus",
    "church": "Kirche", "kiosk": "Kiosk", "townhall": "Rathaus", "library": "Bibliothek", "station": "Bahnhof",
}  # fmt: skip
"""What a place is called that has no name of its own; its details say `named` = `no`."""

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Centre(msgspec.Struct):
    """The middle of a way or a relation."""

    lat: Degrees
    lon: Degrees


class Bounds(msgspec.Struct):
    """The box around a way or a relation, where the server was asked for `out bb`."""

    minlat: Degrees
    minlon: Degrees
    maxlat: Degrees
    maxlon: Degrees


class Element(msgspec.Struct):
    """A node, way or relation; nodes have coordinates, the others a centre or a box."""

    type: Literal["node", "way", "relation"]
    id: int
    lat: Degrees | None = None
    lon: Degrees | None = None
    center: Centre | None = None
    bounds: Bounds | None = None
    tags: dict[str, str] = {}

    @property
    def name(self) -> str:
        """As its address on openstreetmap.org ends."""
        return f"{self.type}/{self.id}"

    def position(self) -> Geo | None:
        """Where it is, or None."""
        lat, lon = self.lat, self.lon
        if lat is None and self.center is not None:
            lat, lon = self.center.lat, self.center.lon
        if lat is None and self.bounds is not None:
            lat = (self.bounds.minlat + self.bounds.maxlat) / 2
            lon = (self.bounds.minlon + self.bounds.maxlon) / 2
        if lat is None or lon is None or not (math.isfinite(lat) and math.isfinite(lon)) or abs(lat) > 90:
            return None
        return Geo(round(lat, 7), round(lon, 7))


def place(element: Element, stamp: datetime | None, base: str) -> Place | None:
    """The place that an object stands for; None for what is none, is closed to the public, or is no more."""
    tags = {key: text for key, value in element.tags.items() if (text := clean_line(value))}
    kind = kind_of(tags)
    if not kind or _GONE & {key for key, value in tags.items() if value == "yes"} or _closed_off(kind, tags):
        return None
    name = shortened(clean_line(tags.get("name:de") or tags.get("name") or ""), 300)
    details = {key.replace(":", "_"): shortened(tags[key], 300) for key in DETAILS if key in tags}
    title = name or tags.get("brand") or tags.get("operator") or ""
    if not title:
        title = NAMES.get(kind, "")
        details["named"] = "no"
    if not title:
        return None
    if kind == "charging":
        details |= _charging(tags)
    return Place(
        external_id=element.name,
        title=shortened(title, 300),
        kind=kind,
        url=f"https://www.openstreetmap.org/{element.name}",
        updated_at=stamp,
        summary=shortened(tags.get("description:de") or tags.get("description") or "", 400),
        geo=element.position(),
        address=_address(tags),
        contact=_contact(tags, base),
        opening_hours=shortened(tags.get("opening_hours", ""), 1_000),
        wheelchair=_WHEELCHAIR.get(tags.get("wheelchair", "").lower(), "unknown"),
        wheelchair_note=shortened(
            tags.get("wheelchair:description:de") or tags.get("wheelchair:description") or "", 300
        ),
        operator=shortened(tags.get("operator", ""), 200),
        details=details,
        licence="ODbL-1.0",
        attribution=ATTRIBUTION,
    )


def _closed_off(kind: str, tags: Mapping[str, str]) -> bool:
    # A defibrillator behind a door is still worth knowing; a private playground is not.
    return kind != "defibrillator" and tags.get("access") in _NO_GO


def _first(tags: Mapping[str, str], *keys: str) -> str:
    return next((tags[key] for key in keys if tags.get(key)), "")


def _address(tags: Mapping[str, str]) -> Address:
    street = _first(tags, "addr:street", "addr:place", "addr:hamlet")
    number = tags.get("addr:housenumber", "")
    return Address(
        street=shortened(f"{street} {number}".strip() if street else "", 200),
        postcode=shortened(tags.get("addr:postcode", ""), 10),
        town=shortened(_first(tags, "addr:city", "addr:village", "addr:suburb"), 100),
    )


def _contact(tags: Mapping[str, str], base: str) -> Contact:
    phone = _PHONE.search(_first(tags, "contact:phone", "phone", "contact:mobile", "mobile"))
    fax = _PHONE.search(_first(tags, "contact:fax", "fax"))
    mail = _MAIL.search(_first(tags, "contact:email", "email"))
    return Contact(
        phone=phone[0] if phone else "",
        fax=fax[0] if fax else "",
        email=mail[0].rstrip(".,;") if mail else "",
        url=_web(_first(tags, "contact:website", "website", "url", "contact:facebook"), base),
    )


def _web(text: str, base: str) -> str:
    """A whole address; mappers leave `https://` out and write several, separated by semicolons."""
    first = text.partition(";")[0].strip()
    if not first or " " in first:
        return ""
    return absolute(first if _WEB.match(first) else f"https://{first}", base) if "." in first else ""


def _charging(tags: Mapping[str, str]) -> dict[str, str]:
    sockets = [f"{number} × {label}" for key, label in _SOCKETS.items() if (number := _count(tags.get(key, "")))]
    powers = [tags[key] for key in tags if key.endswith(":output")]
    found = {"sockets": ", ".join(sockets), "power_kw": _power(powers)}
    return {key: text for key, text in found.items() if text}


def _count(text: str) -> str:
    return "1" if text == "yes" else text if text.isdigit() and text != "0" else ""


def _power(texts: list[Any]) -> str:
    """The largest of values such as `22 kW`."""
    found = [float(number[0].replace(",", ".")) for text in texts if (number := re.match(r"\d+(?:[.,]\d+)?", text))]
    return f"{max(found):g}" if found else ""
