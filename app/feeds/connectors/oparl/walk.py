"""The way through an OParl server: system, body, lists, page after page, past everything such servers do wrong.

Seen in the wild: 38 seconds for a page, the same page under every number, HTML with status 200, 404 for an empty
window, 400 or 503 for a date filter, `+00:00` unencoded in `next`, plural names of lists, no `next` where a limit is
given (so none is given). Links are followed on the same host only.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

import msgspec

from app.feeds.bundle import Part
from app.feeds.connector import Stop, web_page
from app.kit import clock
from app.kit.http import BadStatus, Fetched, FetchError, Http
from app.kit.http.charset import decode

ACCEPT: Final = "application/json"
PATIENCE_SECONDS: Final = 120
BUDGET: Final = timedelta(minutes=6)
"""For all lists of a run: with one more page of two minutes it ends before a worker ends it."""
UNPRODUCTIVE: Final = 3
"""Pages in a row without anything new: the server turns in a circle."""
_OFFSET: Final = re.compile(r"\+(?=\d\d:?\d\d(?:&|$))")
_PAGE: Final = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<", re.DOTALL)


def typed(document: Any, name: str) -> bool:
    """Whether an object is of this type: `https://schema.oparl.org/1.1/Body`."""
    return isinstance(document, dict) and str(document.get("type", "")).rstrip("/").rpartition("/")[2] == name


def decoded(answer: Fetched) -> Any:
    """The JSON of an answer; raises `Stop` when it is a web page or no JSON."""
    if _PAGE.match(answer.body):
        raise web_page(decode(answer.body, answer.charset), answer.url)
    return document_of(answer.body)


def document_of(body: bytes) -> Any:
    """The JSON of a body; raises `Stop` when it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("The file is not OParl. Check the address.", code="no-feed") from error


class Walk:
    """One run on one server."""

    def __init__(self, http: Http, url: str, *, most_pages: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._http = http
        self._home = urlsplit(url)
        self._most_pages = most_pages
        self._patience_seconds = patience_seconds
        self._until = clock.now() + BUDGET
        self.left: dict[str, str] = {}
        """List → the page at which the next run goes on, where a list was longer than one run reads."""

    @property
    def late(self) -> bool:
        """Whether the time of this run is over."""
        return clock.now() > self._until

    async def get(self, url: str) -> tuple[Fetched, Any]:
        """An object or a page."""
        answer = await self._http.get(encoded(url), accept=ACCEPT, total_seconds=self._patience_seconds)
        return answer, decoded(answer)

    async def body(self, url: str, wanted: str, ags: str) -> tuple[Fetched, dict[str, Any]]:
        """The body that is meant: the one at the address, or one of the system's; raises `Stop`."""
        first, document = await self.get(url)
        if typed(document, "Body"):
            return first, document
        if not typed(document, "System"):
            raise Stop("The file is not OParl. Check the address.", code="no-feed")
        address = self.near(document.get("body") or document.get("bodies"), first.url)
        if not address:
            raise Stop("The OParl server does not say where its bodies are.", code="no-body")
        _, listing = await self.get(address)
        bodies = [one for one in entries_of(listing) if typed(one, "Body")]
        fitting = [one for one in bodies if _is(one, wanted, ags)]
        if not fitting and len(bodies) == 1 and not wanted:
            fitting = bodies
        if not fitting:
            names = "; ".join(str(one.get("name", ""))[:60] for one in bodies[:8])
            raise Stop("Please choose one of the bodies of this server: %(names)s", code="choose-body", names=names)
        return first, fitting[0]

    async def listing(self, name: str, url: str, since: datetime | None, onwards: str = "") -> list[Part]:
        """The pages of a list; only what changed since then, where the server can tell. `onwards` is where to go on."""
        if onwards and (page := self.near(onwards, url)):
            try:
                return await self._pages(name, page)
            except (BadStatus, Stop):
                self.left.pop(name, None)  # the server has forgotten that page: from the beginning
        start = url
        if since is not None:
            start = with_query(url, modified_since=since.isoformat(timespec="seconds"))
        try:
            return await self._pages(name, start)
        except BadStatus as error:
            if since is None or error.answer == 404:
                if since is not None:
                    return []  # nothing changed, to some servers
                raise
            # It can't filter: then everything.
            return await self._pages(name, url)
        except Stop:
            if since is None:
                raise
            return await self._pages(name, url)

    async def _pages(self, name: str, start: str) -> list[Part]:
        parts: list[Part] = []
        seen: set[str] = set()
        asked: set[str] = set()
        url, unproductive = start, 0
        while url and url not in asked:
            if len(asked) >= self._most_pages or self.late:
                self.left[name] = url
                break
            asked.add(url)
            try:
                answer, document = await self.get(url)
            except (BadStatus, Stop):
                if parts:
                    break  # the end of the list, to some servers
                raise
            except FetchError:
                if not parts:
                    raise
                self.left[name] = url  # what was read is worth having
                break
            ids = {str(one.get("id", "")) for one in entries_of(document)}
            if ids - seen:
                unproductive = 0
                # Without the query: the same content is the same bundle, whenever it was asked for.
                parts.append(Part(name=name, url=with_query(answer.url), body=answer.body))
            else:
                unproductive += 1
            seen |= ids
            if unproductive >= UNPRODUCTIVE:
                break
            url = self.near(next_of(document), answer.url)
        return parts

    def near(self, address: Any, base: str) -> str:
        """The complete address when it lies on the same host, else an empty text."""
        if not isinstance(address, str) or not address.strip():
            return ""
        try:
            whole = urljoin(base, encoded(address.strip()))
            parts = urlsplit(whole)
        except ValueError:
            return ""
        same = (parts.hostname, parts.port) == (self._home.hostname, self._home.port)
        if not same and parts.hostname == self._home.hostname:
            same = {parts.port or 443, self._home.port or 443} <= {80, 443}
        return whole if same and parts.scheme in {"http", "https"} else ""


def entries_of(document: Any) -> list[dict[str, Any]]:
    """The objects of a page: under `data`, or the page itself is a list."""
    found = document.get("data", []) if isinstance(document, dict) else document
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def next_of(document: Any) -> Any:
    """The address of the next page."""
    if not isinstance(document, dict):
        return None
    for place in (document.get("links"), document.get("pagination"), document):
        if isinstance(place, dict) and place.get("next"):
            return place["next"]
    return None


def list_of(body: dict[str, Any], *names: str) -> Any:
    """The address of a list, whatever it is called."""
    return next((body[name] for name in names if body.get(name)), None)


def encoded(url: str) -> str:
    """The address with the plus sign of a time zone as a plus sign, not as a blank."""
    before, mark, query = url.partition("?")
    return before + mark + _OFFSET.sub("%2B", query)


def with_query(url: str, **values: str) -> str:
    """The address with these values added; without any, the address without a query."""
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(values)) if part) if values else ""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def _is(body: dict[str, Any], wanted: str, ags: str) -> bool:
    if wanted:
        return wanted in (body.get("id"), body.get("name"), body.get("shortName"))
    keys: Sequence[str] = (str(body.get("ags", "")), str(body.get("rgs", ""))[:5] + str(body.get("rgs", ""))[9:])
    return bool(ags) and ags in keys
