"""What editors write elsewhere: news, and things that take place."""

from datetime import date, datetime
from typing import Literal

import msgspec

from app.feeds.items.envelope import Item


class Article(Item, frozen=True, kw_only=True):
    """A piece of news (Meldung)."""


EventStatus = Literal["confirmed", "tentative", "cancelled"]


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """One date of an event; either times or days are set."""

    key: str
    """Identity within the event: the originally planned start, `20260329T003000Z` or `20260329`; survives a move."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """None when the source names no end."""
    first_day: date | None = None
    last_day: date | None = None
    status: EventStatus = "confirmed"
    title: str = ""
    """Set where this date has another title than the event; so are the next two."""
    summary: str = ""
    location_name: str = ""


class Event(Item, frozen=True, kw_only=True):
    """Something that takes place (Veranstaltung).

    A single event has exactly one occurrence, wherever it lies. A series has those within the window that the runner
    gave, at most 1,000, and none once it is over. Start and end of the event are those of its first date.
    """

    all_day: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    zone: str = "Europe/Berlin"
    """Tz id (IANA) in which the organiser thinks."""
    location_name: str = ""
    address: str = ""
    organiser: str = ""
    status: EventStatus = "confirmed"
    sequence: int = 0
    """Revision of the organiser, RFC 5545 SEQUENCE."""
    rrule: str = ""
    """The rule as it was sent, for export; dates come from `occurrences`."""
    occurrences: tuple[Occurrence, ...] = ()
