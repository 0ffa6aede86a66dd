"""Administrative services from a register in XZuFi 2.2 or 2.3, the XÖV standard (namespaces 2_2_0 and 2_3_0).

A document is read twice, both times piece by piece: first who is responsible for what and what can be done online,
then services and offices.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.xzufi.office import office_of
from app.feeds.connectors.xzufi.service import online_links, service_of
from app.feeds.connectors.xzufi.tree import Element, child, children, id_of, name_of, objects
from app.feeds.items import Gone, Item, Link, Problem, short_id

ACCEPT: Final = "application/xml, text/xml, */*;q=0.5"
LARGEST_BYTES: Final = 200_000_000
_FIRST: Final = frozenset({"organisationseinheit", "onlinedienst", "zustaendigkeitTransferObjekt"})
_SECOND: Final = frozenset({"leistung", "organisationseinheit", "loesche"})
_MOST_OFFICES: Final = 20


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the register."""
    ars: str = ""
    """Regional key of the town: services that name it are marked as the town's own."""
    licence: str = ""
    attribution: str = ""
    """Who must be named."""


class Ties(msgspec.Struct):
    """What the first reading found, by id of the service."""

    offices: dict[str, list[str]] = msgspec.field(default_factory=dict)
    online: dict[str, list[Link]] = msgspec.field(default_factory=dict)


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The document's bytes, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, total_seconds=120, body_bytes=LARGEST_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """Services and offices; raises `Stop` when the bytes are no XZuFi."""
    ties = Ties()
    for element in objects(body, _FIRST):
        _tie(element, ties, context.url)
    seen: set[str] = set()
    # A document that breaks off stops the run: half a register would withdraw the other half.
    for element in objects(body, _SECOND):
        for found in _items(element, ties, config, context.url):
            if isinstance(found, Item):
                if found.external_id in seen:
                    continue
                seen.add(found.external_id)
            yield found
    if not seen:
        raise Stop("The register is empty: it names neither services nor offices.", code="empty")


def _items(element: Element, ties: Ties, config: Config, base: str) -> Iterator[Item | Problem]:
    name = name_of(element)
    try:
        if name == "loesche":
            yield from _gone(element)
        elif name == "leistung":
            id_ = id_of(child(element, "id"), "LB")
            service = service_of(
                element, ties.offices.get(id_, ())[:_MOST_OFFICES], ties.online.get(id_, ()), base, config.ars
            )
            yield msgspec.structs.replace(service, licence=config.licence, attribution=config.attribution)
        else:
            office = office_of(element, base)
            yield msgspec.structs.replace(office, licence=config.licence, attribution=config.attribution)
    except SkipItem as skipped:
        yield Problem(id_of(child(element, "id"), "LB" if name == "leistung" else "OE") or None, skipped.reason)


def _gone(element: Element) -> Iterator[Gone]:
    """What a transfer message takes back."""
    kinds = {"leistungID": "LB", "organisationseinheitID": "OE", "onlinedienstID": "OD"}
    for one in element.iter():
        if (kind := kinds.get(name_of(one))) and (id_ := id_of(one, kind)):
            yield Gone(external_id=short_id(id_))


def _tie(element: Element, ties: Ties, base: str) -> None:
    """Who does what: told by the office, by the online service, or on its own."""
    name = name_of(element)
    own = id_of(child(element, "id"), "OE")
    if name == "zustaendigkeitTransferObjekt":
        for one in [element, *children(element, "zustaendigkeit")]:
            office = id_of(child(one, "organisationseinheitID"), "OE") or id_of(
                child(element, "organisationseinheitID"), "OE"
            )
            _note(ties, one, office)
    elif name == "organisationseinheit":
        for one in children(element, "zustaendigkeit"):
            _note(ties, one, own)
    else:
        links = online_links(element, base)
        named = [
            *children(element, "leistungID"),
            *(one for part in children(element, "zustaendigkeit") for one in part),
        ]
        for one in named:
            if name_of(one) == "leistungID" and (service := id_of(one, "LB")):
                ties.online.setdefault(service, []).extend(links)


def _note(ties: Ties, element: Element, office: str) -> None:
    for one in children(element, "leistungID"):
        service = id_of(one, "LB")
        if service and office and short_id(office) not in ties.offices.setdefault(service, []):
            ties.offices[service].append(short_id(office))
