"""Services and offices as pages and API show them."""

from datetime import datetime

import msgspec

from app.kit.slug import numbered


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str
    """The original; empty when it was written here or has no page."""


class Block(msgspec.Struct, frozen=True):
    """A part of a service's text."""

    kind: str
    title: str
    """Of the source; empty means the usual one of its kind."""
    html: str
    """Sanitised."""


class Link(msgspec.Struct, frozen=True):
    """A way on: an online service, a form, a page."""

    title: str
    url: str
    kind: str


class Contact(msgspec.Struct, frozen=True):
    """How to reach an office."""

    name: str = ""
    phone: str = ""
    email: str = ""
    fax: str = ""
    url: str = ""


class Place(msgspec.Struct, frozen=True):
    """Where an office is."""

    street: str
    postcode: str
    town: str
    latitude: float | None
    longitude: float | None

    @property
    def line(self) -> str:
        """As one says it: street, postcode and town."""
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.town}".strip()) if part)


class Office(msgspec.Struct, frozen=True):
    """An office, as pages and API show it."""

    id: int
    title: str
    summary: str
    """Plain text."""
    body_html: str
    """Sanitised."""
    place: Place
    postal_address: str
    contacts: list[Contact]
    opening_hours: str
    """In the grammar of OpenStreetMap; empty when they could not be read."""
    opening_text: str
    """In the source's words, lines kept."""
    wheelchair: str
    accessibility: str
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    corrected_at: datetime | None
    """When the town last said something else than the source; None: it says nothing else."""
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/offices/" + numbered(self.id, self.title)


class Brief(msgspec.Struct, frozen=True):
    """A service, as lists show it."""

    id: int
    title: str
    summary: str
    """Plain text: the short answer."""
    local: bool
    """The town's own, not inherited from state or federation."""
    online: bool
    """Something of it can be done online."""
    situations: list[str]
    """Keys of the situations of life it belongs to."""
    leika: str
    """Key in the federal catalogue of services, 14 digits, or empty."""
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    corrected_at: datetime | None
    """When the town last said something else than the source; None: it says nothing else."""
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/services/" + numbered(self.id, self.title)


class Service(Brief, frozen=True):
    """A service with all that is said about it."""

    language: str
    blocks: list[Block]
    links: list[Link]
    synonyms: list[str]
    offices: list[Office]


class ServiceList(msgspec.Struct, frozen=True):
    """A part of the list, by name; with a search, the best matches first."""

    items: list[Brief]
    next: str | None
    """Cursor of the following part."""
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


class OfficeList(msgspec.Struct, frozen=True):
    """Offices by name."""

    items: list[Office]
    next: str | None
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""
