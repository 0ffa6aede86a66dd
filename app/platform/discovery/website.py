"""Looks over a website for feeds: a few pages, common addresses, and what each candidate would bring."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from app.feeds.connector import Failure
from app.feeds.registry import CONNECTORS
from app.kit.errors import InvalidInput
from app.kit.http import FetchError
from app.kit.http.charset import decode
from app.platform.discovery.links import Link, Page, oparl_addresses, page_of
from app.platform.discovery.preview import preview
from app.platform.discovery.shape import Found, Proposal
from app.platform.discovery.spending import Sparing, Spent

PAGES: Final = 5
"""Pages looked at besides the first."""
COMMON: Final = ("/feed", "/rss.xml", "/rss", "/feed.xml", "/atom.xml")
"""Tried when no page names a feed."""
COMMON_CALENDARS: Final = ("/veranstaltungen.ics", "/events.ics")
JSONLD: Final = "jsonld"
WASTE: Final = "waste_ics"
_RUBBISH: Final = re.compile(r"abfall|müll|muell|abfuhr|entsorg|tonne", re.IGNORECASE)
_ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


class Looked:
    """What a look over a website found; grows while it is under way, so that a time limit loses nothing."""

    def __init__(self, ags: str, most: int) -> None:
        self.proposals: list[Proposal] = []
        self.councils: list[Link] = []
        self.pages = 0
        self._ags = ags
        self._most = most
        self._seen: set[tuple[str, str]] = set()

    async def website(self, address: str, http: Sparing) -> None:
        """Everything but the council; raises a `FetchError` or `Failure` when the first page can't be had."""
        first = await self._page(address, http)
        pages = [(address, first)]
        for further in first.further[:PAGES]:
            try:
                pages.append((further, await self._page(further, http)))
            except (FetchError, Failure, InvalidInput):
                continue
        links = [(link, url) for url, page in pages for link in page.links]
        self.councils = [link for link, _ in links if link.sort in ("oparl", "council")]
        try:
            for link, url in links:
                if link.sort in ("rss", "ics"):
                    await self._try(_connector(link), link.url, http, found="link", title=link.title, page=url)
            for url, page in pages:
                if page.has_events:
                    await self._try(JSONLD, url, http, found="page", title=page.title, page=url)
            for connector, tried in _common({one.connector for one in self.proposals}):
                await self._try(connector, urljoin(address, tried), http, found="path", title=first.title)
        except Spent:
            return

    async def council(self, http: Sparing) -> None:
        """The council's server, where a page leads to one."""
        for address in list(dict.fromkeys(one for link in self.councils[:5] for one in oparl_addresses(link)))[:4]:
            try:
                if await self.oparl(address, http, found="council"):
                    return
            except Spent:
                return

    async def oparl(self, address: str, http: Sparing, *, found: Found) -> bool:
        """Try an OParl server; whether it is one that knows this municipality."""
        options = {"ags": self._ags, "most_pages": 1, "history_days": 180}
        if not await self._try("oparl", address, http, found=found, options=options):
            return False
        # The look was a short one; the feed takes what the connector takes by default.
        last = self.proposals[-1]
        last.options.pop("most_pages")
        last.options.pop("history_days")
        return True

    async def _page(self, url: str, http: Sparing) -> Page:
        fetched = await http.get(url, accept=_ACCEPT)
        self.pages += 1
        return page_of(decode(fetched.body, fetched.charset), fetched.url)

    async def _try(
        self,
        connector: str,
        url: str,
        http: Sparing,
        *,
        found: Found,
        title: str = "",
        page: str = "",
        options: dict[str, object] | None = None,
    ) -> bool:
        if len(self.proposals) >= self._most or (connector, url) in self._seen or connector not in CONNECTORS:
            return False
        self._seen.add((connector, url))
        made = await preview(connector, url, http, found=found, title=title, page=page, options=options)
        if not isinstance(made, Proposal) or (found != "link" and not made.count):
            # A feed that a page names may be empty just now; what was only tried must have something in it.
            return False
        if any(_same(made, other) for other in self.proposals):
            return False
        self.proposals.append(made)
        return True


def _connector(link: Link) -> str:
    """A calendar of rubbish bins is no calendar of events."""
    bins = link.sort == "ics" and _RUBBISH.search(f"{link.title} {link.url}")
    return WASTE if bins else link.sort


def _common(there: set[str]) -> Iterator[tuple[str, str]]:
    if "rss" not in there:
        yield from (("rss", path) for path in COMMON)
    if "ics" not in there:
        yield from (("ics", path) for path in COMMON_CALENDARS)


def _same(one: Proposal, other: Proposal) -> bool:
    """RSS and Atom of the same news, with and without a slash at the end."""
    if one.connector != other.connector or not one.items:
        return False
    same_host = urlsplit(one.url).netloc == urlsplit(other.url).netloc
    return same_host and [item.title for item in one.items] == [item.title for item in other.items]
