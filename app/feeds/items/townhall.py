"""What an administration offers, decides and is told: services, offices, meetings, papers, defect reports."""

from datetime import date, datetime
from typing import Literal

import msgspec

from app.feeds.items.envelope import Item
from app.feeds.items.place import Address, Contact, Yes


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A text module of a service (Textmodul)."""

    kind: str
    """`summary`, `text`, `required_documents`, `requirements`, `fees`, `deadlines`, `duration`, `procedure`, `forms`,
    `legal`, `remedy`, `hints`, `more`."""
    title: str = ""
    """Of the source; empty means the usual one of its kind."""
    html: str = ""
    """Sanitised."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A named address: an online service, a form, a document."""

    title: str
    url: str
    kind: Literal["online", "form", "document", "page"] = "page"


class Service(Item, frozen=True, kw_only=True):
    """An administrative service (Verwaltungsleistung)."""

    leika: str = ""
    """LeiKa key, 14 digits."""
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    offices: tuple[str, ...] = ()
    """External ids of the offices in the same feed."""
    life_situations: tuple[str, ...] = ()
    """Names of the situations (Lebenslagen) in the source's words."""
    synonyms: tuple[str, ...] = ()
    local: bool = False
    """The town's own, not inherited from state or federation."""


class Office(Item, frozen=True, kw_only=True):
    """An office (Organisationseinheit, zuständige Stelle)."""

    address: Address = Address()
    postal_address: str = ""
    contacts: tuple[Contact, ...] = ()
    opening_hours: str = ""
    """In OSM's grammar where it could be read, else empty."""
    opening_text: str = ""
    """As the source says it; plain text, lines kept."""
    wheelchair: Yes = "unknown"
    accessibility: str = ""
    parent: str = ""
    """External id of the office above."""


class AgendaItem(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a meeting's agenda (Tagesordnungspunkt)."""

    title: str
    number: str = ""
    public: bool = True
    result: str = ""
    paper: str = ""
    """External id of the paper, if any."""


class Meeting(Item, frozen=True, kw_only=True):
    """A meeting of a council or committee (OParl Meeting)."""

    body: str = ""
    """The committee, for people."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    location: str = ""
    cancelled: bool = False
    agenda: tuple[AgendaItem, ...] = ()
    documents: tuple[Link, ...] = ()


class Paper(Item, frozen=True, kw_only=True):
    """A paper the council deals with (OParl Paper, Vorlage)."""

    reference: str = ""
    paper_type: str = ""
    day: date | None = None
    body: str = ""
    documents: tuple[Link, ...] = ()


class Report(Item, frozen=True, kw_only=True):
    """A defect that somebody reported (Mängelmeldung, Open311 service request); nothing about who reported it."""

    service_code: str = ""
    service_name: str = ""
    status: Literal["open", "closed"] = "open"
    status_text: str = ""
    description: str = ""
    address: str = ""
    requested_at: datetime | None = None


class Job(Item, frozen=True, kw_only=True):
    """A vacancy (schema.org JobPosting)."""

    employer: str = ""
    place: str = ""
    employment: str = ""
    """As the source says, e.g. `FULL_TIME`."""
    apply_until: date | None = None
    """Inclusive."""
