"""Administrative services of a town from the state's register (BUS Brandenburg, Infodienste REST ZuFi v4).

The same interface serves other states' registers at another address. Its key belongs to one municipality and one
purpose, so that this is a feed of a town, never of a region; without a key `pvog` brings most of the same.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from app.feeds.bundle import bundled, named, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.bus_brandenburg.asking import Asker
from app.feeds.connectors.bus_brandenburg.reading import is_whole, object_of, office_entry, offices_in, service_entry
from app.feeds.connectors.pvog.answers import decoded, text
from app.feeds.connectors.pvog.office import office_of
from app.feeds.connectors.pvog.service import service_of
from app.feeds.connectors.pvog.wanted import MOST_WANTED
from app.feeds.items import Item, Office, Problem, Unread, short_id


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the interface, e.g. `https://restapi-v4-bb.infodienste.de`."""
    api_key: str = ""
    """Of the municipality; from the operator of the register."""
    area: str = ""
    """Number of the municipality in the register; empty: looked up by `town` and `ags`."""
    town: str = ""
    """Name of the municipality."""
    ags: str = ""
    """Its municipality key, 8 digits, where several are called alike."""
    wanted: tuple[str, ...] = MOST_WANTED
    """Words of names; what is wanted of the thousands that a state lists."""
    each: int = 2
    """At most so many services for one wish."""
    most: int = 200
    """At most so many services."""
    page_size: int = 500
    most_pages: int = 20
    pause_ms: int = 300
    """Milliseconds between two requests."""

    def __post_init__(self) -> None:
        """Refuse a key that no header can carry, and pages without an end."""
        if not (self.api_key.isascii() and all(sign.isprintable() for sign in self.api_key)):
            raise ValueError("api_key must be plain letters, digits and signs on one line")
        if not (1 <= self.page_size <= 1_000 and 1 <= self.most_pages <= 50):
            raise ValueError("page_size must lie between 1 and 1000, most_pages between 1 and 50")


async def fetch(config: Config, http: Http, _: Cursor) -> Fetched:
    """The chosen services with their offices, packed; the interface knows no validators."""
    if not config.api_key:
        raise Stop(
            "The register wants a key of the municipality (api_key). The town hall gets it from the state's register.",
            code="config",
        )
    if not (config.area or config.town):
        raise Stop("Please enter the municipality: its number (area) or its name (town).", code="config")
    asker = Asker(config, http)
    first, entries = await asker.listing(await asker.area())
    return bundled(await asker.everything(entries), first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """Offices, then services; raises `Stop` when the bytes are no bundle."""
    parts = unpack(body)
    services = list(named(parts, "service"))
    if not services:
        raise Stop("The register knows none of these services for this municipality.", code="no-services")
    for part in named(parts, "failed"):
        id_ = part.body.decode("utf-8", "replace")
        yield Unread(external_id=short_id(id_))
        yield Problem(short_id(id_), "This entry did not come. What is known of it stays.")
    documents = []
    for part in services:
        try:
            documents.append(object_of(decoded(part.body)))
        except Stop as stopped:
            yield Problem(None, stopped.reason)
    offices: dict[str, Office] = {}
    units = [unit for document in documents for unit in offices_in(document)]
    for part in named(parts, "office"):
        try:
            units.append(object_of(decoded(part.body)))
        except Stop as stopped:
            yield Problem(_last(part.url) or None, stopped.reason)
    # Where a service only names an office, another one, or the register itself, tells it whole.
    for unit in sorted(units, key=is_whole):
        try:
            found = office_of(office_entry(unit), "", config.url)
        except SkipItem as skipped:
            yield Problem(text(unit, "id") or None, skipped.reason)
        else:
            offices[found.external_id] = found
    yield from offices.values()
    for document in documents:
        try:
            ids = tuple(dict.fromkeys(short_id(text(unit, "id")) for unit in offices_in(document) if text(unit, "id")))
            yield service_of(service_entry(document), ids, {}, "", config.url, context.zone)
        except SkipItem as skipped:
            yield Problem(text(document, "id") or None, skipped.reason)


def _last(url: str) -> str:
    """The number at the end of an address."""
    return urlsplit(url).path.rpartition("/")[2]
