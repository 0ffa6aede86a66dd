"""What a web page says about feeds: announced ones, calendars, events in the page, the council's server. Pure."""

import re
from collections.abc import Iterator
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

import msgspec
from lxml import etree, html

from app.kit.richtext import absolute, clean_line, shortened

Sort = Literal["rss", "ics", "oparl", "council"]
"""`council`: a council information system of which we guess the OParl address."""

_TYPES: Final[dict[str, Sort]] = {
    "application/rss+xml": "rss",
    "application/atom+xml": "rss",
    "application/feed+json": "rss",
    "text/calendar": "ics",
}
_FEED_PATH: Final = re.compile(
    r"(?:/(?:rss|feed|atom)/?\Z|\.(?:rss|atom)\Z|/(?:rss|feed|atom|index)\.xml\Z|[?&](?:feed|format|type)=(?:rss|atom)\w*)",
    re.IGNORECASE,
)
_CALENDAR_PATH: Final = re.compile(r"(?:\.ics\Z|[?&]ical=1|/ical/?\Z|outlook-ical)", re.IGNORECASE)
_OPARL: Final = re.compile(r"/oparl(?:/|\Z)|oparl/1\.\d", re.IGNORECASE)
_COUNCIL: Final = re.compile(
    r"sitzung-online\.|ratsinfo|sessionnet|/bi/|allris|sdnet|ratsportal|buergerinfo", re.IGNORECASE
)
_EVENTS: Final = re.compile(r"\"@type\"\s*:\s*(?:\[\s*)?\"(?:\w+:)?\w*(?:Event|JobPosting|Festival)\"")
_MOST_PAGE: Final = 2_000_000
_MOST_LINKS: Final = 3_000

_WORTH: Final[tuple[tuple[str, int], ...]] = (
    ("veranstaltung", 5), ("kalender", 5), ("termine", 4), ("aktuell", 4), ("nachricht", 4), ("news", 4),
    ("bekanntmachung", 4), ("amtsblatt", 3), ("presse", 3), ("rss", 5), ("meldung", 3), ("ratsinfo", 4),
    ("sitzung", 3), ("stellen", 2), ("events", 4),
)  # fmt: skip
"""Words in a link's text or address that make a page worth a look."""


class Link(msgspec.Struct, frozen=True):
    """A feed that a page names."""

    sort: Sort
    url: str
    title: str = ""


class Page(msgspec.Struct, frozen=True):
    """What one page offers."""

    title: str
    links: tuple[Link, ...]
    further: tuple[str, ...]
    """Pages of the same host worth a look, the best first."""
    has_events: bool
    """Events or jobs stand in the page as JSON-LD."""


def page_of(text: str, url: str) -> Page:
    """Read a page; an empty one for what is no HTML."""
    try:
        tree = html.document_fromstring(text[:_MOST_PAGE], parser=html.HTMLParser(no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Page("", (), (), has_events=False)
    base = urljoin(url, next(iter(tree.xpath("//base/@href")), ""))
    title = shortened(clean_line(" ".join(tree.xpath("//title//text()")[:3])), 120)
    found = {(link.sort, link.url): link for link in _links(tree, base)}
    scripts = (str(one) for one in tree.xpath('//script[contains(@type, "ld+json")]/text()'))
    return Page(title, tuple(found.values()), tuple(_further(tree, base)), any(_EVENTS.search(one) for one in scripts))


def oparl_addresses(link: Link) -> Iterator[str]:
    """Where the OParl system of a council's server may be; the link itself when it is one."""
    if link.sort == "oparl":
        yield link.url
        return
    parts = urlsplit(link.url)
    root = f"{parts.scheme}://{parts.netloc}"
    first = parts.path.strip("/").partition("/")[0]
    if parts.netloc.lower().endswith(".sitzung-online.de"):
        yield f"{root}/oparl/system"
        yield f"{root}/public/oparl/system"
    else:
        if first and "." not in first:
            yield f"{root}/{first}/oparl/1.0/system.asp"
        yield f"{root}/oparl/1.0/system"


def _links(tree: html.HtmlElement, base: str) -> Iterator[Link]:
    for element in tree.xpath("//link[@href]"):
        rel = (element.get("rel") or "").lower().split()
        sort = _TYPES.get((element.get("type") or "").lower().partition(";")[0].strip())
        address = absolute(element.get("href"), base)
        if "oparl" in rel and address:
            yield Link("oparl", address)
        elif "alternate" in rel and sort and address:
            yield Link(sort, address, shortened(clean_line(element.get("title") or ""), 120))
    for element in tree.xpath("//a[@href]")[:_MOST_LINKS]:
        href = element.get("href").strip()
        is_calendar = href.lower().startswith(("webcal://", "webcals://"))
        address = absolute(re.sub(r"\Awebcals?://", "https://", href, flags=re.IGNORECASE), base)
        if not address:
            continue
        said = shortened(clean_line(element.text_content() or element.get("title") or ""), 120)
        # Without the fragment: it never reaches a server.
        address = address.partition("#")[0]
        if is_calendar or _CALENDAR_PATH.search(address):
            yield Link("ics", address, said)
        elif _OPARL.search(address):
            yield Link("oparl", address)
        elif _FEED_PATH.search(address):
            yield Link("rss", address, said)
        elif _COUNCIL.search(address):
            yield Link("council", address, said)


def _further(tree: html.HtmlElement, base: str) -> list[str]:
    host = urlsplit(base).netloc.lower()
    worth: dict[str, int] = {}
    for element in tree.xpath("//a[@href]")[:_MOST_LINKS]:
        address = absolute(element.get("href"), base).partition("#")[0]
        if not address or urlsplit(address).netloc.lower() != host or address.rstrip("/") == base.rstrip("/"):
            continue
        if re.search(r"\.(?:pdf|jpe?g|png|zip|docx?|xlsx?|mp[34]|ics)\Z", urlsplit(address).path, re.IGNORECASE):
            continue
        said = f"{element.text_content()} {urlsplit(address).path}".casefold()
        points = max((weight for word, weight in _WORTH if word in said), default=0)
        if points:
            # A section's own page rather than one of its hundred entries.
            worth[address] = max(worth.get(address, -99), points * 10 - address.count("/") * 2 - len(address) // 40)
    return sorted(worth, key=lambda address: (-worth[address], address))
