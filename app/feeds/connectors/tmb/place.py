"""A place of interest of the export."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.tmb.hours import hours_of
from app.feeds.connectors.tmb.tree import Element, child, children, line, point_of, written
from app.feeds.items import Address, Contact, Place, Yes, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_KINDS: Final = (
    ("tourist_info", r"tourist-?info|touristeninfo|besucherzentrum"),
    ("holiday_flat", r"ferien(?:wohnung|haus|häus|zimmer|anlage)"),
    ("camp_site", r"camping|wohnmobil|zeltplatz|biwak"),
    ("guest_house", r"pension|gästehaus|privatzimmer|jugendherberge|hostel|heuherberge"),
    ("hotel", r"\bhotel|landhotel|wellnesshotel"),
    ("ice_cream", r"eiscaf|eisdiele"),
    ("cafe", r"caf[eé]"),
    ("beer_garden", r"biergarten"),
    ("restaurant", r"restaurant|gaststätte|gasthof|gasthaus|gastronomie"),
    ("farm_shop", r"hofladen|direktvermark|regionale produkte"),
    ("museum", r"museum|museen|gedenkstätte"),
    ("castle", r"schloss|schlösser|burg(?:en)?\b|herrenh|gutsh"),
    ("church", r"kirche|\bdom\b|kloster"),
    ("theatre", r"theater|bühne"),
    ("cinema", r"kino"),
    ("arts_centre", r"galerie|kunst|kultur(?:haus|zentrum)"),
    ("library", r"bibliothek"),
    ("viewpoint", r"aussicht"),
    ("pool", r"hallenbad|freibad|schwimm|therme|erlebnisbad|\bsauna"),
    ("bathing_place", r"badestelle|badesee|strandbad|strand\b"),
    ("zoo", r"\bzoo|tierpark|tiergehege|wildpark|wildgehege"),
    ("bicycle_rental", r"fahrradverleih|radverleih|e-bike-verleih"),
    ("riding", r"reit(?:en|hof|er)|pferde|kutsch"),
    ("mini_golf", r"golf"),
    ("playground", r"spielplatz"),
    ("nature", r"natur(?:park|schutz|erlebnis|wacht)|biosphäre|nationalpark"),
    ("park", r"\bparks?\b|gärten|garten|parkanlage"),
    ("monument", r"denkmal|denkmäler|\bmühle|technisches|industriekultur"),
    ("attraction", r"sehenswürd|ausflug|attraktion|freizeit"),
)
"""Our kind ← words of a category's name; the first row that fits."""
_WORDS: Final = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)
_ACCESS: Final = re.compile(r"rollstuhl|barrierefrei|reisen für alle", re.IGNORECASE)
_PARTLY: Final = re.compile(r"teilweise|bedingt|eingeschränkt", re.IGNORECASE)


def place_of(element: Element, names: Mapping[str, str]) -> Place:
    """The place; raises `SkipItem` when it has neither number nor name."""
    id_, title = clean_line(element.get("id") or ""), shortened(clean_line(element.get("name") or ""), 300)
    if not id_ or not title:
        raise SkipItem("A place has no name.")
    given = child(element, "addresses", "address")
    categories = named(element, "categories", names)
    body = body_of(element)
    summary = plain(body, 400)
    contact = _contact(element)
    hours, said = hours_of(element)
    if said:
        body = sanitise(f"{body}<p><strong>Öffnungszeiten:</strong> {_quoted(said)}</p>")
    wheelchair, note = _access(named(element, "certificates", names))
    return Place(
        external_id=short_id(f"poi/{id_}"),
        title=title,
        url=contact.url,
        language="de",
        summary=summary,
        body_html=body,
        categories=categories,
        geo=point_of(given),
        kind=kind_of(categories),
        address=Address(
            street=line(given, "street"), postcode=line(given, "zip")[:10], town=shortened(line(given, "location"), 80)
        ),
        contact=contact,
        opening_hours=hours,
        wheelchair=wheelchair,
        wheelchair_note=note,
        operator=shortened(line(element, "vendorAddress", "addition"), 200),
    )


def named(element: Element, field: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the classifications that stand under `field` as numbers."""
    numbers = (one.get("id") or "" for one in children(element, field, "classification"))
    return tuple(dict.fromkeys(names[number][:80] for number in numbers if names.get(number)))[:20]


def kind_of(categories: tuple[str, ...]) -> str:
    """Our kind of the first category that means one."""
    return next((kind for name in categories for kind, words in _WORDS if words.search(name)), "other")


def body_of(element: Element) -> str:
    """The text of a place or tour, sanitised."""
    text = written(element, "description", "text") or written(element, "descriptionMobileSingle", "text")
    if "<" not in text:
        text = "".join(f"<p>{_quoted(part.strip())}</p>" for part in text.split("\n") if part.strip())
    return sanitise(text)


def _contact(element: Element) -> Contact:
    """How to reach the place; who works there is left out."""
    said = dict(_connections(element))
    address = said.get("url") or said.get("urlInformation", "")
    return Contact(
        phone=said.get("telefon", "")[:60],
        fax=said.get("telefax", "")[:60],
        email=said.get("email", "")[:200] if "@" in said.get("email", "") else "",
        url=absolute(f"https://{address}" if address.startswith("www.") else address, ""),
    )


def _connections(element: Element) -> Iterator[tuple[str, str]]:
    seen = set()
    for one in children(element, "connections", "connection"):
        sort = line(one, "type")
        if sort not in seen:
            seen.add(sort)
            yield sort, line(one, "information")


def _access(certificates: tuple[str, ...]) -> tuple[Yes, str]:
    """Whether a wheelchair gets in, as far as a certificate says so; and which."""
    found = [name for name in certificates if _ACCESS.search(name)]
    note = shortened(", ".join(found), 300)
    if not any("rollstuhl" in name.casefold() for name in found):
        return "unknown", note
    return ("limited" if all(_PARTLY.search(name) for name in found) else "yes"), note


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
