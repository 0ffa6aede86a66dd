"""Events, vacancies and places from schema.org JSON-LD: of one page, or of the pages that a list or a sitemap names.

The page that an editor entered is fetched as it is; for those that it leads to robots.txt counts. A page that does
not answer makes the run fail, because its items would look as if they were gone; one that is gone (404, 410) is.
"""

import asyncio
import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Literal
from urllib.parse import urldefrag, urlsplit

from msgspec import Struct

from app.feeds.bundle import Part, bundled, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.jsonld.blocks import nodes_of
from app.feeds.connectors.jsonld.event import event_of, is_event
from app.feeds.connectors.jsonld.job import is_job, job_of
from app.feeds.connectors.jsonld.node import Node
from app.feeds.connectors.jsonld.place import is_place, place_of
from app.feeds.items import Event, Job, Place, Problem
from app.feeds.robots import robots_of
from app.kit.http import BadStatus
from app.kit.http.charset import decode
from app.kit.richtext import absolute

ACCEPT: Final = "text/html, application/xhtml+xml, application/ld+json;q=0.9, application/xml;q=0.8, */*;q=0.5"
MOST_PAGES: Final = 100
MOST_SITEMAPS: Final = 3
_PACKED: Final = b'[{"name":"page"'
_LOCATION: Final = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,2000}?)\s*(?:\]\]>)?\s*</loc>", re.IGNORECASE)
_LINK: Final = re.compile(r"<a\b[^<>]{0,1000}?\bhref\s*=\s*(?:\"([^\"]{1,2000})\"|'([^']{1,2000})')", re.IGNORECASE)

Wanted = Literal["event", "job", "place"]


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the page, of a list of pages, or of a sitemap."""
    pages: Literal["", "links", "sitemap"] = ""
    """What the address leads to: nothing more, the pages that it links to, or those that the sitemap names."""
    match: str = ""
    """Regular expression for the addresses of these pages, e.g. `/veranstaltungen/`."""
    most: int = 30
    """Pages at most."""
    types: tuple[Wanted, ...] = ("event", "job", "place")
    """What to take."""
    category: str = ""
    """Put before an item's own categories."""
    language: str = ""
    """Where the page names none."""
    delivers: Literal["snapshot", "increment"] = "snapshot"
    """`increment`: the pages are a window, what none names any more stays here."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't work, with the key that is wrong."""
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"match is no regular expression: {error}") from error
        if not 1 <= self.most <= MOST_PAGES:
            raise ValueError(f"most must be 1 to {MOST_PAGES}")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The page, conditionally, and those that it leads to."""
    first = await http.get(config.url, cursor, accept=ACCEPT)
    if not config.pages or first.status == "not_modified":
        return first
    robots = await robots_of(http, first.url)
    parts = [] if config.pages == "sitemap" else [part_of("page", first)]
    for url in await _addresses(config, http, first):
        if not robots.allows(url):
            continue
        if parts:
            await asyncio.sleep(robots.delay_seconds)
        try:
            parts.append(part_of("page", await http.get(url, accept=ACCEPT)))
        except BadStatus as error:
            if error.answer not in {404, 410}:
                raise
    if not parts:
        raise Stop(
            "The list leads to no page that can be read. Check the option match, and the site's robots.txt.",
            code="no-pages",
        )
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Event | Job | Place | Problem]:
    """What the pages name, each thing once; raises `Stop` when there is no structured data at all."""
    parts = unpack(body) if body.startswith(_PACKED) else [Part(name="page", url=context.url, body=body)]
    found: list[tuple[Node, str]] = []
    blocks = 0
    for part in parts:
        text = decode(part.body, context.charset).lstrip("\ufeff \t\r\n")
        if not text:
            raise Stop(
                "The address answers with an empty file. Ask the publisher whether the feed still exists.",
                code="empty",
            )
        nodes, problems, there = nodes_of(text, part.url, config.language)
        blocks += there
        yield from problems
        found += [(node, kind) for node in nodes if (kind := _kind(node)) and kind in config.types]
    if not blocks:
        raise Stop(
            "The page holds no structured data (schema.org, JSON-LD). Ask who makes the website whether it can.",
            code="no-feed",
        )
    shared = Counter(node.identity for node, _ in found)
    seen: set[str] = set()
    for node, kind in found:
        try:
            item = _made(node, kind, config, context, shared=shared[node.identity] > 1)
        except SkipItem as skipped:
            yield Problem(node.identity or None, skipped.reason)
            continue
        if item.external_id not in seen:  # the list names what the page tells
            seen.add(item.external_id)
            yield item


async def _addresses(config: Config, http: Http, first: Fetched) -> list[str]:
    """The pages to read, on the same host, in the order in which they are named."""
    text = decode(first.body, first.charset)
    if config.pages == "sitemap":
        named = _LOCATION.findall(text)
        if "<sitemapindex" in text[:2_000].lower():
            inner = [address for address in map(html.unescape, named) if _same_host(address, first.url)]
            named = []
            for address in inner[:MOST_SITEMAPS]:
                more = await http.get(address, accept=ACCEPT)
                named += _LOCATION.findall(decode(more.body, more.charset))
    else:
        named = [double or single for double, single in _LINK.findall(text)]
    wanted = re.compile(config.match)
    whole = (urldefrag(absolute(html.unescape(address), first.url))[0] for address in named)
    fit = (url for url in whole if url and url != first.url and _same_host(url, first.url) and wanted.search(url))
    return list(dict.fromkeys(fit))[: config.most]


def _same_host(url: str, other: str) -> bool:
    return urlsplit(url).netloc.lower() == urlsplit(other).netloc.lower()


def _kind(node: Node) -> str:
    if is_event(node):
        return "event"
    if is_job(node):
        return "job"
    return "place" if is_place(node) else ""


def _made(node: Node, kind: str, config: Config, context: ParseContext, *, shared: bool) -> Event | Job | Place:
    common: dict[str, Any] = node.envelope(config.category, config.licence, config.attribution)
    if kind == "event":
        return event_of(node, common, context.zone, shared=shared)
    if kind == "job":
        return job_of(node, common, context.zone, shared=shared)
    return place_of(node, common, shared=shared)
