"""Administrative services of a town from the search service of the Portalverbund Online-Gateway (PVOG).

The states' registers, brought together by the federation: what a service is, what it costs, who is responsible in
this town, and where it can be done online. The paths carry versions that are switched off in turn, so they are options.
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

from app.feeds.bundle import bundled, named, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop, own_headers
from app.feeds.connectors.pvog.answers import decoded, entries_of, text
from app.feeds.connectors.pvog.asking import CLIENT, Asker
from app.feeds.connectors.pvog.office import office_of
from app.feeds.connectors.pvog.service import online_links, service_of
from app.feeds.connectors.pvog.wanted import MOST_WANTED
from app.feeds.items import Item, Link, Problem, Unread, short_id


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the search service up to `/api`."""
    ars: str = ""
    """Regional key (Regionalschlüssel), 12 digits."""
    client_id: str = ""
    """What the gateway's operators call us, if they gave us a name: sent with every request, e.g. `env:NAME`."""
    wanted: tuple[str, ...] = MOST_WANTED
    """LeiKa keys or words of names; taken beside everything that is the town's own."""
    each: int = 2
    """At most so many services for one wish."""
    most: int = 200
    """At most so many services."""
    most_pages: int = 60
    """Pages of the list that are read to find the town's own."""
    page_size: int = 100
    pause_ms: int = 150
    """Milliseconds between two requests."""
    list_path: str = "/v7/servicedescriptions/{ars}"
    key_path: str = "/v3/servicedescriptions/leikaid"
    detail_path: str = "/v6/servicedescriptions/{id}/detail"
    offices_path: str = "/v2/organisationunits/titles"
    office_path: str = "/v5/organisationunits/detail"
    online_path: str = "/v1beta2/onlineservices"
    """Empty: the online services that a service itself names are enough."""

    def __post_init__(self) -> None:
        """Refuse a key that is none, and pages that the gateway refuses."""
        if self.ars and not (self.ars.isascii() and self.ars.isdigit() and len(self.ars) == 12):
            raise ValueError(f"ars must have 12 digits, not {self.ars!r}")
        if not 5 <= self.page_size <= 500:
            raise ValueError("page_size must lie between 5 and 500")
        own_headers({CLIENT: self.client_id})


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The chosen services with their offices, packed; not modified when the first page of the list is not."""
    if not config.ars:
        raise Stop("Please enter the regional key (ARS) of the town, 12 digits.", code="config")
    asker = Asker(config, http)
    first, entries = await asker.listing(cursor)
    if first.status == "not_modified":
        return first
    parts = await asker.everything(entries)
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """Offices, then services; raises `Stop` when the bytes are no bundle."""
    parts = unpack(body)
    if not any(True for _ in named(parts, "service")):
        raise Stop("The source knows no services for this regional key. Check it.", code="no-services")
    for part in named(parts, "failed"):
        id_ = part.body.decode("utf-8", "replace")
        yield Unread(external_id=short_id(id_))
        yield Problem(short_id(id_), "This entry did not come. What is known of it stays.")
    for part in named(parts, "office"):
        id_ = _asked(part.url, "q")
        try:
            yield office_of(decoded(part.body), id_, config.url)
        except (SkipItem, Stop) as skipped:
            yield Problem(id_ or None, skipped.reason)
    responsible = {_asked(part.url, "lbId"): _responsible(part.body) for part in named(parts, "offices")}
    online: dict[str, list[Link]] = {}
    for part in named(parts, "online"):
        for entry in entries_of(decoded(part.body)):
            keys, links = online_links(entry, config.url)
            for key in keys:
                online.setdefault(key, []).extend(links)
    for part in named(parts, "service"):
        try:
            entry = decoded(part.body)
            offices = responsible.get(text(entry, "id", "lbId"), ())
            yield service_of(entry, offices, online, config.ars, config.url, context.zone)
        except (SkipItem, Stop) as skipped:
            yield Problem(None, skipped.reason)


def _asked(url: str, name: str) -> str:
    """A query value of the request that a part answers."""
    return parse_qs(urlsplit(url).query).get(name, [""])[0]


def _responsible(body: bytes) -> tuple[str, ...]:
    """Ids of the offices, the responsible one (role 01) before those that only help."""
    found = entries_of(decoded(body))
    found.sort(key=lambda unit: text(unit.get("role"), "code") not in {"01", ""})
    return tuple(dict.fromkeys(short_id(text(unit, "id")) for unit in found if text(unit, "id")))
