"""How the exports are read: row by row, so that a state's events don't lie in memory as a tree."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, TypeAlias

from lxml import etree

from app.feeds.connector import Stop, web_page
from app.feeds.items import Geo
from app.kit import utm
from app.kit.http.charset import decode
from app.kit.richtext import clean_line

EVENTS: Final = "brandenburgevents"
PLACES: Final = "result"
_DTD: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PAGE: Final = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_HEAD: Final = 5_000
_VETTED: Final = 100_000
_NULL: Final = frozenset({"null", "none", "n/a", "-", "–"})

Element: TypeAlias = etree._Element


def name_of(element: Element) -> str:
    """The name without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def root_of(file: BinaryIO) -> str:
    """Which of the two documents it is; raises `Stop` for every other one."""
    file.seek(0)
    body = file.read(_VETTED)
    text = decode(body[:_HEAD]).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if _PAGE.search(text[:1_000]):
        raise web_page(text, "")
    if _DTD.search(body):
        raise Stop(
            "The file defines XML entities. Such files can be used for attacks and are not read.", code="entities"
        )
    found = _ROOT.search(text)
    name = found[1] if found else ""
    if name not in (EVENTS, PLACES):
        raise Stop("The file is no export of the ContentNetzwerk. Check the address.", code="no-feed")
    return name


def elements(file: BinaryIO, wanted: frozenset[str], *, top_only: bool = False) -> Iterator[Element]:
    """The wanted elements, one after the other; each is forgotten when the next is read.

    `top_only` takes those right below the root. Raises `Stop` when the document breaks off: half of it would withdraw
    the other half.
    """
    file.seek(0)
    walk = etree.iterparse(
        file,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = 0
    try:
        for event, element in walk:
            depth += 1 if event == "start" else -1
            if event == "start" or (top_only and depth != 1):
                continue
            if name_of(element) in wanted:
                yield element
            if depth == 1:
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise Stop(
            "The file is damaged or incomplete. Try again later, then ask the publisher.", code="incomplete"
        ) from error


def child(element: Element | None, *path: str) -> Element | None:
    """The first element along this path of names."""
    for name in path:
        element = next((one for one in element if name_of(one) == name), None) if element is not None else None
    return element


def children(element: Element | None, *path: str) -> Iterator[Element]:
    """The elements at the end of this path of names."""
    *way, last = path
    above = child(element, *way)
    return (one for one in above if name_of(one) == last) if above is not None else iter(())


def written(element: Element | None, *path: str) -> str:
    """The text of an element along a path as it is written, markup and all."""
    found = child(element, *path)
    text = "".join(found.itertext()).strip() if found is not None else ""
    return "" if text.casefold() in _NULL else text


def line(element: Element | None, *path: str) -> str:
    """The text of an element along a path as one clean line."""
    return clean_line(written(element, *path))


def point(first: str, second: str) -> Geo | None:
    """A point in degrees, whichever comes first; what does not lie in or around Brandenburg is none."""
    try:
        one, other = float(first.replace(",", ".")), float(second.replace(",", "."))
    except ValueError:
        return None
    lat, lon = (one, other) if one > other else (other, one)
    return Geo(round(lat, 6), round(lon, 6)) if 50 <= lat <= 55 and 9 <= lon <= 17 else None


def point_of(above: Element | None) -> Geo | None:
    """The point among an element's coordinates: in degrees, else reckoned from UTM."""
    given = {(one.get("cos") or "").casefold(): one for one in children(above, "coordinates", "coordinate")}
    if found := point(line(given.get("latlng"), "x"), line(given.get("latlng"), "y")):
        return found
    for system, one in given.items():
        zone = utm.zone_of(system)
        try:
            east, north = float(line(one, "x").replace(",", ".")), float(line(one, "y").replace(",", "."))
        except ValueError:
            continue
        if zone and (degrees := utm.to_wgs84(east, north, zone)):
            return point(str(degrees[0]), str(degrees[1]))
    return None


def _forget(element: Element) -> None:
    """Frees what was read."""
    element.clear()
    while element.getprevious() is not None:
        parent = element.getparent()
        if parent is None:
            return
        del parent[0]
