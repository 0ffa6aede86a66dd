"""What discovery finds, as the onboarding, the desk and the command line are told."""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from app.kit.richtext import absolute

State = Literal["waiting", "running", "done", "nothing", "failed", "off"]
SourceName = Literal["register", "regions", "stops", "holidays", "wikidata", "website", "council"]
SOURCES: Final[tuple[SourceName, ...]] = (
    "register",
    "regions",
    "stops",
    "holidays",
    "wikidata",
    "website",
    "council",
)
"""In the order in which they are told."""

Found = Literal["link", "path", "page", "council", "registry"]
"""How a proposal was found: named by a page, tried, in a page itself, a council's server, a register of such."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How far a source has got."""

    source: SourceName
    state: State = "waiting"
    count: int = 0
    """Things found."""
    text: str = ""
    """Why it failed, or what is to be said, in the language of whoever asked."""


Progress = Callable[[Step], Awaitable[None]]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked besides the website, and how much."""

    seconds: float = 60
    """For everything together."""
    requests: int = 20
    """Requests on behalf of the website, with its robots.txt, previews and what it links to."""
    wikidata: str = ""
    """Address of the query service; empty: that of a region's feed, if there is one."""
    oparl_registry: str = ""
    """A list of OParl servers (JSON); empty: not asked."""
    most_proposals: int = 12


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from the AGS."""

    ags: str
    ars: str
    name: str
    kind: str
    district: str
    state: str
    population: int
    area_ha: int
    postcode: str
    nina: str
    """Key of the civil-protection warnings (NINA dashboard)."""
    warn_cells: tuple[str, ...]
    """Of the weather service (DWD): the municipality's, the district's."""
    holidays: str
    """State by ISO 3166-2."""
    osm_area: str
    """The area in Overpass QL."""
    bbox: tuple[float, float, float, float] | None = None
    """West, south, east, north."""
    centre: tuple[float, float] | None = None
    """Latitude and longitude of the area's middle."""
    approximate: bool = False
    """The boundary is a circle."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A stop within the boundary, from a region's timetable."""

    key: str
    name: str
    lat: float
    lon: float
    lines: tuple[str, ...] = ()
    region: str = ""


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A region that covers the municipality, and what it brings by itself."""

    name: str
    title: str
    feeds: tuple[str, ...] = ()
    """Titles of the feeds that are switched on."""


class Holiday(msgspec.Struct, frozen=True, kw_only=True):
    """A public holiday that comes."""

    day: date
    name: str


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something Wikidata knows."""

    name: str
    value: str
    as_of: str = ""
    item: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it would come."""

    kind: str
    title: str
    at: datetime | None = None
    day: date | None = None
    url: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that the town could have, with what would come."""

    key: str
    connector: str
    url: str
    options: dict[str, Any] = {}
    title: str
    found: Found
    page: str = ""
    """The page that names it."""
    gives: tuple[str, ...]
    count: int
    """Entries now."""
    items: tuple[Shown, ...]
    """The first of them."""
    problems: int = 0
    """Entries that can't be read."""
    licence: str = ""


class Discovery(msgspec.Struct, kw_only=True):
    """All that was found."""

    keys: Keys
    website: str = ""
    regions: tuple[Region, ...] = ()
    stops: tuple[Stop, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    facts: tuple[Fact, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    steps: tuple[Step, ...] = ()
    requests: int = 0
    """Made on behalf of the website."""
    seconds: float = 0.0


def key_of(connector: str, url: str) -> str:
    """The same proposal has the same key each time."""
    return hashlib.blake2b(f"{connector} {url}".encode(), digest_size=8).hexdigest()


def website_of(typed: str) -> str:
    """An address as a person types it, `www.example.de`, made whole; empty for what is none."""
    text = typed.strip()
    address = absolute(text if "://" in text or not text else f"https://{text}", "")
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        if parts.hostname and (parts.port is None or parts.port > 0):
            return address
    return ""
