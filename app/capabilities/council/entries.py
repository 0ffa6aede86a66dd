"""Meetings and papers as pages and API show them."""

from datetime import date, datetime

import msgspec

from app.kit.slug import numbered


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str
    """The original; empty when it has no page."""


class Document(msgspec.Struct, frozen=True):
    """A document at its source."""

    title: str
    url: str


class Point(msgspec.Struct, frozen=True):
    """A point of an agenda."""

    title: str
    """Empty for what is dealt with behind closed doors."""
    number: str = ""
    public: bool = True
    result: str = ""
    paper_id: int | None = None
    """Of the paper here, if it is here."""


class Meeting(msgspec.Struct, frozen=True):
    """A meeting."""

    id: int
    title: str
    body: str
    """The council or committee."""
    starts_at: datetime | None
    ends_at: datetime | None
    location: str
    cancelled: bool
    agenda: list[Point]
    """In lists empty: the meeting's own entry has it."""
    documents: list[Document]
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/council/meetings/" + numbered(self.id, self.title)


class Paper(msgspec.Struct, frozen=True):
    """A paper."""

    id: int
    title: str
    reference: str
    paper_type: str
    day: date | None
    body: str
    """Who is in charge of it."""
    summary: str
    documents: list[Document]
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/council/papers/" + numbered(self.id, self.title)


class MeetingList(msgspec.Struct, frozen=True):
    """A part of the list: what is to come in order, what was newest first."""

    items: list[Meeting]
    next: str | None


class PaperList(msgspec.Struct, frozen=True):
    """A part of the list, newest first."""

    items: list[Paper]
    next: str | None
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""
