"""An office of the gateway as an item."""

import re
from typing import Any, Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.pvog.answers import listed, raw, rich, text
from app.feeds.items import Address, Contact, Geo, Office, Yes, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_BREAK: Final = re.compile(r"<br\s*/?>|</p>|</li>|</tr>|</div>|\r?\n", re.IGNORECASE)
_FAX: Final = frozenset({"04", "fax", "telefax"})
_DAYS: Final = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
_ENGLISH: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def office_of(entry: dict[str, Any], known_id: str, base: str) -> Office:
    """An office; raises `SkipItem` when it has no name."""
    title = shortened(text(entry, "title", "name"), 300)
    id_ = text(entry, "id") or known_id
    if not title or not id_:
        raise SkipItem("An office has no name.")
    location = raw(entry, "location") or entry
    addresses = listed(location, "addresses", "address")
    visited = next((one for one in addresses if "haus" in _kind(one) or "besuch" in _kind(one)), None)
    posted = next((one for one in addresses if "post" in _kind(one)), None)
    visited = visited or next((one for one in addresses if one is not posted), None)
    website = next((absolute(text(one, "uri", "url"), base) for one in listed(entry, "internetAddresses", "links")), "")
    body = sanitise(rich(entry, "description", "shortDescription", "text"), base)
    return Office(
        external_id=short_id(id_),
        title=title,
        url=website,
        language="de",
        summary=plain(body, 400),
        body_html=body,
        geo=_geo(visited),
        address=_address(visited),
        postal_address=", ".join(part for part in _lines(posted) if part),
        contacts=_contacts(listed(location, "communications", "communicationSystems"), website),
        opening_text=_hours(
            raw(entry, "openingHours", "openingTimes") or raw(location, "openingHours", "openingTimes")
        ),
        wheelchair=_wheelchair(visited),
        accessibility=lines_of(rich(visited, "accessibility", "accessibilityInformation")),
        parent=text(entry, "parentId", "superiorId"),
    )


def lines_of(html: str) -> str:
    """Markup as plain text, its lines kept."""
    found = (plain(part) for part in _BREAK.split(html))
    return "\n".join(line for line in found if line)[:2_000]


def _kind(address: Any) -> str:
    return text(address, "type", "kind", "addressType").casefold()


def _address(address: Any) -> Address:
    street = text(address, "street", "streetName")
    number = text(address, "houseNumber", "housenumber", "number")
    return Address(
        street=f"{street} {number}".strip() if number not in street else street,
        postcode=text(address, "zip", "zipCode", "postalCode"),
        town=text(address, "city", "place", "town"),
    )


def _lines(address: Any) -> tuple[str, str, str]:
    one = _address(address)
    box = text(address, "postbox", "poBox")
    return (f"Postfach {box}" if box.isdigit() else box, one.street, f"{one.postcode} {one.town}".strip())


def _geo(address: Any) -> Geo | None:
    point = raw(address, "geo", "geoCoordinates", "geolocation", "coordinates") or address
    try:
        lat = float(str(raw(point, "lat", "latitude", "y")).replace(",", "."))
        lon = float(str(raw(point, "lon", "lng", "longitude", "x")).replace(",", "."))
    except ValueError:
        return None
    # Germany; what lies elsewhere is in another system of coordinates.
    return Geo(lat, lon) if 47 <= lat <= 56 and 5 <= lon <= 16 else None


def _contacts(channels: list[Any], website: str) -> tuple[Contact, ...]:
    phone = email = fax = ""
    for channel in channels:
        code, value = text(channel, "code", "type", "kind").casefold(), text(channel, "value", "text", "address")
        if "@" in value and " " not in value:
            email = email or value
        elif value.startswith(("http://", "https://")):
            website = website or value
        elif code in _FAX:
            fax = fax or value
        elif any(character.isdigit() for character in value):
            phone = phone or value
    found = Contact(phone=phone[:60], email=email[:200], fax=fax[:60], url=website)
    return (found,) if found != Contact() else ()


def _hours(said: Any) -> str:
    """Opening hours as lines that people can read."""
    if isinstance(said, str):
        return lines_of(said)
    lines = []
    for one in said if isinstance(said, list) else [said] if said else []:
        if isinstance(one, str):
            lines.append(lines_of(one))
            continue
        day = text(one, "day", "dayOfWeek", "weekday").casefold()
        day = _DAYS[_ENGLISH.index(day)] if day in _ENGLISH else day
        begin, end = text(one, "from", "start", "startTime", "begin")[:5], text(one, "to", "end", "endTime")[:5]
        words = lines_of(rich(one, "text", "description", "note"))
        if day in _DAYS and begin and end:
            lines.append(clean_line(f"{day.title()} {begin}–{end} {words}"))
        elif words:
            lines.append(words)
    return "\n".join(line for line in lines if line)[:2_000]


def _wheelchair(address: Any) -> Yes:
    said = raw(address, "wheelchairAccessible", "barrierFree", "accessible")
    return {True: "yes", False: "no"}.get(said, "unknown") if isinstance(said, bool) else "unknown"  # type: ignore[return-value]
