"""RSS 0.9x, 1.0 (RDF), 2.0 and Atom 0.3, 1.0 as entries."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from lxml import etree

from app.feeds.connectors.rss.entry import Channel, Entry
from app.feeds.items import Geo

_PREFIXES: Final = {
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss2": "",
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.georss.org/georss": "georss:",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://backend.userland.com/creativeCommonsRssModule": "cc:",
    "http://creativecommons.org/ns#": "cc:",
}
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
ROOTS: Final = frozenset({"rss", "rdf", "feed"})
_MOST_DEPTH: Final = 3
_MARKUP: Final = re.compile(
    r"</?(?:p|br|a|b|i|em|strong|ul|ol|li|div|span|img|h[1-6])\b[^<>]*>|&(?:\w+|#\d+);", re.IGNORECASE
)

Parts = dict[str, list[etree._Element]]


def name_of(element: etree._Element) -> str:
    """Local name, with our prefix for the modules we know and `?` for others."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    if tag[0] != "{":
        return tag
    namespace, _, local = tag[1:].partition("}")
    return _PREFIXES.get(namespace, "?") + local


def channel_of(root: etree._Element, url: str) -> Channel:
    """What the feed says about itself."""
    head = next((child for child in root if name_of(child) == "channel"), root)
    parts = _parts(head)
    home = _link(parts)
    base = urljoin(url or home, root.get(_BASE) or head.get(_BASE) or "")
    return Channel(
        title=_text(parts, "title"),
        language=_text(parts, "language", "dc:language") or root.get(_LANG) or "",
        licence=_link(parts, "license") or _text(parts, "cc:license"),
        base=base or home,
    )


def entries(root: etree._Element, channel: Channel) -> Iterator[Entry]:
    """The entries in the order of the document."""
    for element in root.iter():
        name = name_of(element)
        if name in {"item", "entry"} and _depth(element, root) <= _MOST_DEPTH:
            yield _entry(element, channel)


def _depth(element: etree._Element, root: etree._Element) -> int:
    depth = 0
    parent: etree._Element | None = element
    while parent is not None and parent is not root and depth <= _MOST_DEPTH:
        parent = parent.getparent()
        depth += 1
    return depth


def _parts(element: etree._Element) -> Parts:
    parts: Parts = {}
    for child in element:
        parts.setdefault(name_of(child), []).append(child)
    return parts


def _entry(element: etree._Element, channel: Channel) -> Entry:
    parts = _parts(element)
    guid = parts.get("guid", [])
    title = parts.get("title", [])
    kind = title[0].get("type") if title else None
    atom = name_of(element) == "entry"
    return Entry(
        guid=_text(parts, "guid", "id", "dc:identifier") or (element.get(_ABOUT) or "").strip(),
        guid_is_link=bool(guid) and (guid[0].get("isPermaLink") or "true").lower() == "true",
        link=_link(parts),
        title=_markup(title[0]) if title else "",
        title_is_html=not atom or kind in {"html", "xhtml", "text/html", "application/xhtml+xml"},
        summary=_first(parts, "description", "summary", "itunes:summary", "dc:description", "media:description"),
        content=_first(parts, "content:encoded", "content", "body", "fullitem"),
        published=_text(parts, "pubDate", "published", "issued", "dcterms:issued", "dc:date", "created"),
        updated=_text(parts, "updated", "modified", "dcterms:modified"),
        author=_author(parts),
        categories=[_category(one) for key in ("category", "dc:subject") for one in parts.get(key, [])],
        language=_text(parts, "dc:language") or element.get(_LANG) or "",
        licence=_link(parts, "license") or _text(parts, "cc:license", "dc:rights"),
        image=_image(parts),
        geo=_geo(parts),
        base=urljoin(channel.base, element.get(_BASE) or ""),
    )


def _all_text(element: etree._Element) -> str:
    return "".join(element.itertext()).strip()


def _text(parts: Parts, *names: str) -> str:
    for name in names:
        for element in parts.get(name, []):
            if text := _all_text(element):
                return text
    return ""


def _first(parts: Parts, *names: str) -> str:
    for name in names:
        for element in parts.get(name, []):
            if text := _markup(element):
                return text
    return ""


def _markup(element: etree._Element) -> str:
    """The HTML of a text construct; RFC 4287, section 3.1 and 4.1.3.3."""
    kind = (element.get("type") or "").lower()
    if len(element):
        return _inner(element)
    text = (element.text or "").strip()
    if kind in {"", "text", "html", "xhtml"} or kind.startswith("text/") or kind.endswith(("+xml", "/xml")):
        # Plain text of Atom is no markup: its angle brackets are meant. Without a type it should be plain, too, but
        # many send HTML all the same.
        atom = name_of(element) in {"summary", "content"}
        is_plain = atom and (kind in {"text", "text/plain"} or (not kind and not _MARKUP.search(text)))
        return text.replace("&", "&amp;").replace("<", "&lt;") if is_plain else text
    try:
        return base64.b64decode(text, validate=False).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""  # a picture or a sound, no text


def _inner(element: etree._Element) -> str:
    for child in element.iter():
        if isinstance(child.tag, str) and child.tag.startswith(f"{{{_XHTML}}}"):
            child.tag = child.tag.rpartition("}")[2]
    etree.cleanup_namespaces(element)
    inner = "".join(etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (element.text or "").replace("&", "&amp;").replace("<", "&lt;") + inner


def _link(parts: Parts, rel: str = "alternate") -> str:
    best = ""
    for element in parts.get("link", []):
        href = element.get("href")
        if href is None:
            if rel == "alternate" and (text := _all_text(element)):
                return text
        elif (element.get("rel") or "alternate") == rel:
            if (element.get("type") or "text/html") in {"text/html", "application/xhtml+xml"}:
                return str(href).strip()
            best = best or str(href).strip()
    return best


def _author(parts: Parts) -> str:
    for element in parts.get("author", []):
        inside = _parts(element)
        if name := _text(inside, "name") or (_all_text(element) if not inside else ""):
            return _name_of_mail(name)
    return _text(parts, "dc:creator", "itunes:author")


def _name_of_mail(text: str) -> str:
    """RSS wants `mail@example.org (Name)`: the name is for readers, the address is not."""
    if "@" not in text:
        return text
    return text.partition("(")[2].rpartition(")")[0]


def _category(element: etree._Element) -> str:
    return element.get("label") or element.get("term") or _all_text(element)


def _image(parts: Parts) -> str:
    for element in parts.get("enclosure", []):
        if (element.get("type") or "").startswith("image/"):
            return element.get("url") or ""
    for element in parts.get("link", []):
        if element.get("rel") == "enclosure" and (element.get("type") or "").startswith("image/"):
            return element.get("href") or ""
    groups = [element for group in parts.get("media:group", []) for element in group]
    for element in [*parts.get("media:content", []), *groups]:
        if element.get("medium") == "image" or (element.get("type") or "").startswith("image/"):
            return element.get("url") or ""
    return next((element.get("url") or "" for element in parts.get("media:thumbnail", [])), "")


def _geo(parts: Parts) -> Geo | None:
    numbers = _text(parts, "georss:point").replace(",", " ").split()
    if not numbers:
        numbers = [_text(parts, "geo:lat"), _text(parts, "geo:long", "geo:lon")]
    try:
        lat, lon = (float(number) for number in numbers)
    except ValueError:
        return None
    return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon) else None
