"""The blocks of JSON-LD in a page, repaired where pages break them, and the things that they name."""

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec

from app.feeds.connectors.jsonld.node import Node
from app.feeds.items import Problem

MOST_BLOCKS: Final = 200
MOST_NODES: Final = 2_000
DEEPEST: Final = 20
LONGEST_BLOCK: Final = 2_000_000
LONGEST_REPAIRED: Final = 300_000
"""Letter by letter: what people break by hand is short."""
_SCRIPT: Final = re.compile(
    r"<script\b(?=[^<>]{0,500}\btype\s*=\s*[\"']?\s*application/ld\+json)[^<>]{0,500}>", re.IGNORECASE
)
_SCRIPT_END: Final = re.compile(r"</script\s*>", re.IGNORECASE)
_LANGUAGE: Final = re.compile(r"<html\b[^<>]{0,500}?\b(?:xml:)?lang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)
_WRAPPING: Final = re.compile(r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*\Z")
_ONWARDS: Final = ("@graph", "itemListElement", "item", "mainEntity", "subEvent", "subEvents", "event", "events")
"""Where things stand that count for themselves; a place inside an event is only its place."""
_BROKEN: Final = "A block of structured data can't be read."
_CUT: Final = "The page is damaged or incomplete. What could be read was taken."


def nodes_of(text: str, url: str, language: str) -> tuple[list[Node], list[Problem], int]:
    """The things that a page (or a JSON-LD document) names, what could not be read, and how many blocks there are."""
    problems: list[Problem] = []
    if text[0] in "{[":
        raw = [text]
        spoken = language
    else:
        raw = list(islice(_scripts(text), MOST_BLOCKS))
        said = _LANGUAGE.search(text[:20_000])
        spoken = language or (said[1].lower() if said else "")
        if "</html>" not in text[-2_000:].lower():
            problems.append(Problem(None, _CUT))
    documents = []
    for block in raw:
        document = read(block)
        if document is None:
            problems.append(Problem(None, _BROKEN))
        else:
            documents.append(document)
    known: dict[str, dict[str, Any]] = {}
    found: list[dict[str, Any]] = []
    for document in documents:
        found += _things(document, known, 0)
    # A list of addresses, or an error as JSON, is no structured data.
    typed = sum(1 for document in documents if _is_typed(document))
    return [Node(one, known, url, spoken) for one in found[:MOST_NODES]], problems, typed


def _scripts(text: str) -> Iterator[str]:
    place = 0
    while begin := _SCRIPT.search(text, place):
        end = _SCRIPT_END.search(text, begin.end())
        if end is None:
            return
        yield text[begin.end() : end.start()]
        place = end.end()


def read(block: str) -> Any:
    """A block as JSON; comments, control characters and needless commas are taken out. None when that isn't enough."""
    bare = _WRAPPING.sub("", _WRAPPING.sub("", block[:LONGEST_BLOCK]))
    repairs = (str, repaired, lambda text: repaired(html.unescape(text)))
    for repair in repairs[: 1 if len(bare) > LONGEST_REPAIRED else 3]:
        try:
            return msgspec.json.decode(repair(bare).encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
    return None


def repaired(text: str) -> str:
    """JSON without comments and trailing commas, with control characters inside strings escaped."""
    parts: list[str] = []
    place, inside = 0, False
    while place < len(text):
        char = text[place]
        if inside:
            if char == "\\":
                parts.append(text[place : place + 2])
                place += 2
                continue
            inside = char != '"'
            parts.append(f"\\u{ord(char):04x}" if ord(char) < 0x20 else char)
        elif char == '"':
            inside = True
            parts.append(char)
        elif text.startswith("/*", place):
            end = text.find("*/", place + 2)
            place = len(text) if end < 0 else end + 2
            continue
        elif text.startswith("//", place):
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
            continue
        elif char in "]}":
            while parts and parts[-1] in " \t\r\n,":
                parts.pop()
            parts.append(char)
        else:
            parts.append(char)
        place += 1
    return "".join(parts)


def _things(value: Any, known: dict[str, dict[str, Any]], depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _things(one, known, depth + 1)
    elif isinstance(value, dict):
        id_ = value.get("@id")
        if isinstance(id_, str) and len(value) > 1:
            known.setdefault(id_, value)
        if value.get("@type"):
            yield value
        for name in _ONWARDS:
            if name in value:
                yield from _things(value[name], known, depth + 1)


def _is_typed(document: Any) -> bool:
    if isinstance(document, list):
        return any(_is_typed(one) for one in document if isinstance(one, dict))
    return isinstance(document, dict) and ("@type" in document or "@graph" in document or "@context" in document)
