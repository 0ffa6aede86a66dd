"""Places, tours, sharing stations, and facts about a town."""

from datetime import datetime
from typing import Literal

import msgspec

from app.feeds.items.envelope import Item

Yes = Literal["yes", "limited", "no", "unknown"]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is, as one writes it on a letter."""

    street: str = ""
    """With the house number."""
    postcode: str = ""
    town: str = ""
    country: str = ""
    """ISO 3166 alpha-2; empty means Germany."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach somebody."""

    name: str = ""
    phone: str = ""
    email: str = ""
    fax: str = ""
    url: str = ""


class Place(Item, frozen=True, kw_only=True):
    """A point of interest (Ort); `geo` is set, except for places that only have an address."""

    kind: str = "other"
    """Key of our list: `app/capabilities/places/kinds.py` names it for people, e.g. `cafe`, `toilets`, `charging`."""
    address: Address = Address()
    contact: Contact = Contact()
    opening_hours: str = ""
    """In OSM's grammar, evaluated where it is shown."""
    wheelchair: Yes = "unknown"
    wheelchair_note: str = ""
    image_author: str = ""
    image_licence: str = ""
    operator: str = ""
    details: dict[str, str] = msgspec.field(default_factory=dict)
    """What only this kind has, e.g. `sockets`, `power_kw`, `cuisine`; keys are ours, see the connector's manifest."""


class TourStop(msgspec.Struct, frozen=True, kw_only=True):
    """A point along a tour worth stopping at."""

    title: str
    lat: float
    lon: float
    text: str = ""


class Tour(Item, frozen=True, kw_only=True):
    """A way to walk, ride or paddle; `geo` is its start."""

    activity: Literal["walking", "cycling", "riding", "paddling", "driving", "other"] = "walking"
    tracks: tuple[tuple[tuple[float, float, float | None], ...], ...] = ()
    """Segments of (longitude, latitude, height in metres or None), simplified to 10 metres, at most 5,000 points."""
    stops: tuple[TourStop, ...] = ()
    length_metres: int = 0
    ascent_metres: int | None = None
    descent_metres: int | None = None
    duration_minutes: int | None = None
    """As the source says; None: nobody said."""
    difficulty: str = ""


class Fact(Item, frozen=True, kw_only=True):
    """Something known about the municipality itself; `title` is its name, e.g. `population`."""

    value: str = ""
    as_of: str = ""
    """ISO 8601 date or year."""


class Station(Item, frozen=True, kw_only=True):
    """A sharing station or a free vehicle (GBFS); lives in the region's schema."""

    kind: Literal["station", "vehicle"] = "station"
    system: str = ""
    """Name of the service for people."""
    form: str = "bicycle"
    """`bicycle`, `cargo_bicycle`, `scooter`, `moped`, `car`, `other`."""
    capacity: int | None = None
    vehicles: int | None = None
    """That can be rented now; None when the source does not say."""
    docks: int | None = None
    renting: bool = True
    reported_at: datetime | None = None
    rental_url: str = ""
