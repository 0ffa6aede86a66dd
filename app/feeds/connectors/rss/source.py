"""What arrives instead of a clean feed: dumps, web pages, bombs, half documents."""

import contextlib
import html
import re
from typing import Final

from lxml import etree

from app.feeds.connector import Stop, web_page
from app.kit.http.charset import decode

_DUMPED: Final = re.compile(rb"\A[\s\"']*<(?:\?xml|rss|feed|rdf:RDF)[^>]{0,2000}=\\[\"']")
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([\\\"'/nrt]))")
_SINGLE: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
# What may stand before the first element; a DOCTYPE only without declarations of its own.
_PROLOG: Final = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[<]*>)*", re.DOTALL | re.IGNORECASE)
_DECLARATION: Final = re.compile(r"<!DOCTYPE[^\[<]{0,2000}\[|<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
_ELEMENT: Final = re.compile(r"<[A-Za-z_]")
_FEED_ROOT: Final = re.compile(r"<(?:rss|rdf:RDF|(?:\w+:)?feed)[\s>]")
_PAGE: Final = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MOST_BEFORE: Final = 20_000
_NAMED: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_NAMES: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def undumped(body: bytes) -> bytes:
    r"""The bytes that were meant when a database dump was served: `\"` and `\xC3\xA4` become what they stand for."""
    if not _DUMPED.match(body):
        return body
    return _ESCAPE.sub(_unescaped, body.strip().strip(b"\"'"))


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes((int(found[1], 16),))
    return _SINGLE.get(found[2], found[2])


def text_of(body: bytes, charset: str) -> str:
    """The text of a body; raises `Stop` when there is none."""
    text = decode(undumped(body), charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    return text


def tree_of(text: str, url: str) -> tuple[etree._Element, bool]:
    """The root element and whether the document is whole; raises `Stop` for what is no feed at all."""
    start = _start_of_feed(text, url)
    document = text[start:]
    for attempt in (document, _without_html_names(document)):
        try:
            return etree.fromstring(attempt.encode("utf-8", "replace"), _parser(recover=False)), True
        except etree.XMLSyntaxError:
            continue
    root = None
    with contextlib.suppress(etree.XMLSyntaxError):
        root = etree.fromstring(_without_html_names(document).encode("utf-8", "replace"), _parser(recover=True))
    if root is None:
        raise _no_feed(text)
    return root, False


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _start_of_feed(text: str, url: str) -> int:
    start = _PROLOG.match(text).end()  # type: ignore[union-attr]  # matches the empty text too
    root = _FEED_ROOT.search(text, start)
    if _DECLARATION.search(text, 0, root.start() if root else len(text)):
        raise Stop(
            "The file defines XML entities. Such files can be used for attacks and are not read.", code="entities"
        )
    if _ELEMENT.match(text, start) and not _PAGE.match(text, start) and not _PAGE.search(text[:start]):
        return start
    # Some servers put a warning or a blank page's head before the feed.
    before = text[start : root.start()] if root else ""
    if root and len(before) < _MOST_BEFORE and "<!" not in before and not _PAGE.search(before):
        return root.start()
    if _PAGE.search(text[:5_000]):
        raise web_page(text, url)
    raise _no_feed(text)


def _no_feed(text: str) -> Stop:
    if text.lstrip().startswith("BEGIN:VCALENDAR"):
        return Stop("This is a calendar, not a news feed. Choose the connector ics for it.", code="calendar")
    return Stop("The file is not a news feed (RSS, Atom or JSON Feed). Check the address.", code="no-feed")


def _without_html_names(document: str) -> str:
    """HTML's named characters, which XML doesn't know, as characters; what XML can't hold is dropped."""
    return _NO_XML.sub("", _NAMED.sub(_named, document))


def _named(found: re.Match[str]) -> str:
    return found[0] if found[1] in _XML_NAMES else html.unescape(found[0]).replace("&", "&amp;").replace("<", "&lt;")
