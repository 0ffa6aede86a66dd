"""How XZuFi is read: element by element, by local names, because `code` stands in no namespace and versions differ."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Final, TypeAlias

from lxml import etree

from app.feeds.connector import Stop, web_page
from app.kit.http.charset import decode
from app.kit.richtext import clean_line

NAMESPACE: Final = re.compile(r"http://xoev\.de/schemata/xzufi/2_\d+_\d+")
_DTD: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PAGE: Final = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_HEAD: Final = 5_000
KINDS: Final = {"leistung": "LB", "organisationseinheit": "OE", "onlinedienst": "OD"}
"""Element → the letters that the registers put into its id."""

Element: TypeAlias = etree._Element


def name_of(element: Element) -> str:
    """The name without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def objects(body: bytes, wanted: frozenset[str]) -> Iterator[Element]:
    """The wanted elements of a document, one after the other; each is forgotten when the next is read.

    Raises `Stop` for what is no XZuFi, and at the end when the document breaks off (`code` is `incomplete`).
    """
    _vet(body)
    depth = 0
    seen = 0
    walk = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in walk:
            if seen == 0:
                if not NAMESPACE.match(element.tag.partition("}")[0].lstrip("{")):
                    raise _no_xzufi()
                if element.getroottree().docinfo.doctype:
                    raise _entities()
            seen += 1
            if name_of(element) not in wanted:
                continue
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 0:
                yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        if not seen:
            raise _no_xzufi() from error
        raise Stop(
            "The file is damaged or incomplete. Try again later, then ask the publisher.", code="incomplete"
        ) from error


def child(element: Element | None, *path: str) -> Element | None:
    """The first element along this path of names."""
    for name in path:
        element = next((one for one in element if name_of(one) == name), None) if element is not None else None
    return element


def children(element: Element, name: str) -> Iterator[Element]:
    """The direct children of that name."""
    return (one for one in element if name_of(one) == name)


def line(element: Element | None, *path: str) -> str:
    """The text of an element along a path as one clean line."""
    found = child(element, *path)
    return clean_line("".join(found.itertext())) if found is not None else ""


def spoken(element: Element | None, name: str, language: str = "de") -> str:
    """The text of the child `name` in the wanted language, else in none, else the first: markup and all."""
    if element is None:
        return ""
    found = {(one.get("languageCode") or "").lower()[:2]: "".join(one.itertext()) for one in children(element, name)}
    return next((found[key] for key in (language, "", *found) if key in found), "").strip()


def code(element: Element | None, *path: str) -> str:
    """The code below an element; it stands in no namespace."""
    return line(element, *path, "code")


def id_of(element: Element | None, kind: str) -> str:
    """`L100012.LB.8665`: who keeps the register, what it is, its number there; empty without a number."""
    number = clean_line(element.text or "") if element is not None else ""
    agency = clean_line((element.get("schemeAgencyID") or "") if element is not None else "")
    return f"{agency}.{kind}.{number}" if agency and number else number and f"{kind}.{number}"


def moment(text: str) -> datetime | None:
    """A time with an offset; XZuFi demands one."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _vet(body: bytes) -> None:
    text = decode(body[:_HEAD]).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if _PAGE.search(text[:1_000]):
        raise web_page(text, "")
    if _DTD.search(body, 0, 100_000):
        raise _entities()


def _entities() -> Stop:
    return Stop("The file defines XML entities. Such files can be used for attacks and are not read.", code="entities")


def _no_xzufi() -> Stop:
    return Stop("The file is not an XZuFi register. Check the address.", code="no-feed")


def _forget(element: Element) -> None:
    """Frees what was read: a register of a state has hundreds of megabytes."""
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
