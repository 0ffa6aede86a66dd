"""An Organisationseinheit as an office."""

from collections.abc import Iterator
from typing import Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.xzufi.tree import Element, child, children, code, id_of, line, moment, name_of, spoken
from app.feeds.items import Address, Contact, Geo, Office, Yes, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_DAYS: Final = {"001": "Mo", "002": "Tu", "003": "We", "004": "Th", "005": "Fr", "006": "Sa", "007": "Su"}
_DAY_NAMES: Final = {
    "montag": "Mo", "dienstag": "Tu", "mittwoch": "We", "donnerstag": "Th", "freitag": "Fr", "samstag": "Sa",
    "sonntag": "Su",
}  # fmt: skip
_POSTAL: Final = frozenset({"002", "003"})
"""Address types for post only: Postanschrift, Großempfängeranschrift; 001 is where people go."""
_FAX: Final = frozenset({"04"})


def office_of(element: Element, base: str) -> Office:
    """An office; raises `SkipItem` when it has neither id nor name."""
    id_ = id_of(child(element, "id"), "OE")
    name = child(element, "name")
    title = shortened(
        clean_line(spoken(name, "name") or spoken(element, "name") or spoken(element, "bezeichnung")), 300
    )
    if not id_ or not title:
        raise SkipItem("An office has no name.")
    addresses = list(children(element, "anschrift"))
    visited = next((one for one in addresses if code(one, "typ") not in _POSTAL), None)
    posted = next((one for one in addresses if code(one, "typ") in _POSTAL), None)
    body = sanitise(spoken(element, "beschreibung"), base)
    website = next(
        (url for one in children(element, "internetadresse") if (url := absolute(line(one, "uri"), base))), ""
    )
    return Office(
        external_id=short_id(id_),
        title=title,
        url=website,
        language="de",
        updated_at=moment(line(element, "versionsinformation", "geaendertDatumZeit")),
        summary=plain(spoken(element, "kurzbeschreibung") or body, 400),
        body_html=body,
        geo=_geo(visited),
        address=_address(visited),
        postal_address=_on_a_letter(posted),
        contacts=tuple(_contacts(element, website)),
        opening_hours=_hours(element),
        opening_text=_lines(spoken(element, "infoOeffnungszeitenText") or spoken(element, "infoOeffnungszeiten")),
        wheelchair=_wheelchair(visited),
        accessibility=plain(spoken(element, "infoBarrierefreiheit") or spoken(visited, "infoBarrierefreiheit"), 500),
        parent=short_id(id_of(child(element, "uebergeordneteOrganisationseinheitID"), "OE")),
    )


def _address(element: Element | None) -> Address:
    return Address(
        street=f"{line(element, 'strasse')} {line(element, 'hausnummer')}".strip(),
        postcode=line(element, "postleitzahl"),
        town=line(element, "ort"),
    )


def _on_a_letter(element: Element | None) -> str:
    one = _address(element)
    box = line(element, "postfach")
    box = f"Postfach {box}" if box[:1].isdigit() else box
    return ", ".join(part for part in (box, one.street, f"{one.postcode} {one.town}".strip()) if part)


def _geo(element: Element | None) -> Geo | None:
    """WGS 84 among the codings of the point; UTM and others are left out."""
    for coding in element.iter() if element is not None else ():
        if name_of(coding) != "geokodierung":
            continue
        point = next((one for one in coding.iter() if name_of(one) == "pos"), None)
        numbers = clean_line(point.text or "").split() if point is not None else []
        lat = line(coding, "lat") or line(coding, "breitengrad") or (numbers[0] if len(numbers) == 2 else "")
        lon = line(coding, "lon") or line(coding, "laengengrad") or (numbers[1] if len(numbers) == 2 else "")
        try:
            first, second = float(lat.replace(",", ".")), float(lon.replace(",", "."))
        except ValueError:
            continue
        for north, east in ((first, second), (second, first)):
            if 47 <= north <= 56 and 5 <= east <= 16:
                return Geo(north, east)
    return None


def _contacts(element: Element, website: str) -> Iterator[Contact]:
    """How to reach the office itself; its staff are people, whom a register need not name here."""
    phone = email = fax = ""
    for channel in children(element, "kommunikation"):
        value = line(channel, "kennung") or line(channel, "wert")
        if "@" in value and " " not in value:
            email = email or value[:200]
        elif value.startswith(("http://", "https://")):
            website = website or value
        elif code(channel, "kanal") in _FAX:
            fax = fax or value[:60]
        elif any(character.isdigit() for character in value):
            phone = phone or value[:60]
    found = Contact(phone=phone, email=email, fax=fax, url=website)
    if found != Contact():
        yield found


def _hours(element: Element) -> str:
    """The structured hours in OSM's grammar: `Mo 09:00-12:00,14:00-16:00; Tu 09:00-12:00`."""
    spans: dict[str, list[str]] = {}
    for slot in element.iter():
        if name_of(slot) not in {"oeffnungszeit", "oeffnungszeiten"} or child(slot, "tagesart") is None:
            continue
        day = code(slot, "tagesart") or line(slot, "tagesart")
        key = _DAYS.get(day.zfill(3) if day.isdigit() else day) or _DAY_NAMES.get(
            (line(slot, "tagesart", "name") or day).casefold()
        )
        begin, end = line(slot, "beginn")[:5], line(slot, "ende")[:5]
        if key and len(begin) == len(end) == 5 and begin < end:
            spans.setdefault(key, []).append(f"{begin}-{end}")
    return "; ".join(f"{day} {','.join(sorted(set(spans[day])))}" for day in _DAYS.values() if day in spans)


def _lines(html: str) -> str:
    parts = html.replace("</p>", "\n").replace("<br>", "\n").replace("<br/>", "\n").replace("<br />", "\n")
    found = (plain(part) for part in parts.replace("</li>", "\n").split("\n"))
    return "\n".join(one for one in found if one)[:2_000]


def _wheelchair(element: Element | None) -> Yes:
    said = line(element, "rollstuhlgerecht")
    known: dict[str, Yes] = {"true": "yes", "1": "yes", "false": "no", "0": "no"}
    return known.get(said.casefold(), "unknown")
