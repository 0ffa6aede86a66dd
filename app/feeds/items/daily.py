"""What comes round by the calendar: rubbish, holidays."""

from datetime import date
from typing import Literal

from app.feeds.items.envelope import Item

Fraction = Literal[
    "residual", "organic", "paper", "packaging", "glass", "garden", "bulky", "hazardous", "electronics", "tree", "other"
]


class Collection(Item, frozen=True, kw_only=True):
    """A day on which rubbish is taken (Abfuhrtermin); `title` is the source's name for it."""

    day: date
    fraction: Fraction = "other"
    street: str = ""
    """Street or tour it counts for; empty: the whole feed is one, named by the feed's title."""
    moved_from: date | None = None
    """The usual day when a holiday shifts it and the source says so."""
    note: str = ""


class DayOff(Item, frozen=True, kw_only=True):
    """A public holiday or school holidays; both days inclusive."""

    kind: Literal["public", "school"] = "public"
    first_day: date
    last_day: date
    state: str = ""
    """ISO 3166-2, e.g. `DE-BB`."""
