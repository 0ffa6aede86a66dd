"""Public transport: a timetable's cover, on-demand buses, and what is different right now; all live with the region."""

from datetime import date, datetime, time
from typing import Literal

import msgspec

from app.feeds.items.envelope import Geo, Item


class Timetable(Item, frozen=True, kw_only=True):
    """What a release of a timetable says of itself (GTFS); the release is loaded as a file."""

    version: str = ""
    first_day: date | None = None
    last_day: date | None = None
    """The last day on which anything runs."""
    zone: str = ""
    """IANA name, of the agencies."""
    stops: int = 0
    routes: int = 0


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When one may ride: days of the week and from when to when, as seconds after noon minus 12 hours."""

    weekdays: tuple[int, ...]
    """ISO 8601: 1 is Monday, 7 Sunday; empty: only on `days`."""
    start: int
    end: int
    first_day: date | None = None
    last_day: date | None = None
    days: tuple[date, ...] = ()
    """Single days on which it also runs …"""
    not_on: tuple[date, ...] = ()
    """… and on which it does not."""


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """How to order a ride (GTFS booking_rules)."""

    kind: Literal["now", "same_day", "days_before"] = "now"
    minutes_before: int | None = None
    """At least that long before the ride, for `same_day`."""
    days_before: int | None = None
    """At the latest on that many days before, for `days_before` …"""
    until: time | None = None
    """… until this time of day."""
    earliest_days: int | None = None
    """At the earliest that many days before."""
    phone: str = ""
    """As the source writes it."""
    url: str = ""
    info_url: str = ""
    message: str = ""


class RideStop(msgspec.Struct, frozen=True, kw_only=True):
    """A stop that an on-demand bus serves when asked."""

    id: str
    name: str
    geo: Geo | None = None


class OnDemand(Item, frozen=True, kw_only=True):
    """A bus that comes when called (Rufbus); `area.polygons` is where it picks people up."""

    operator: str = ""
    line: str = ""
    """Short name of the route, e.g. `R5`."""
    phone: str = ""
    """Of the booking rule, else of the operator."""
    bookings: tuple[Booking, ...] = ()
    windows: tuple[Window, ...] = ()
    stops: tuple[RideStop, ...] = ()
    area_names: tuple[str, ...] = ()
    fare_url: str = ""


class StopTime(msgspec.Struct, frozen=True, kw_only=True):
    """What is different at one stop of a trip."""

    sequence: int | None = None
    stop_id: str = ""
    delay: int | None = None
    """Seconds; None: only `at` is known, or nothing (`no_data`)."""
    at: int | None = None
    """Expected departure, seconds since 1970 in UTC."""
    skipped: bool = False
    no_data: bool = False


class TripUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What is different about one trip on one day (GTFS-Realtime)."""

    trip_id: str
    start_date: date | None = None
    status: Literal["scheduled", "cancelled", "added"] = "scheduled"
    route_id: str = ""
    headsign: str = ""
    delay: int | None = None
    """Of the whole trip, seconds."""
    stops: tuple[StopTime, ...] = ()


class TransitAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A disruption in words (GTFS-Realtime service alert)."""

    id: str
    title: str
    text: str = ""
    url: str = ""
    language: str = ""
    severity: Literal["info", "warning", "severe"] = "info"
    periods: tuple[tuple[int | None, int | None], ...] = ()
    """Half-open, seconds since 1970 in UTC; none: as long as it is sent."""
    route_ids: tuple[str, ...] = ()
    stop_ids: tuple[str, ...] = ()
    trip_ids: tuple[str, ...] = ()
    everywhere: bool = False
    """It names no route, stop or trip, or a whole agency."""


class Realtime(Item, frozen=True, kw_only=True):
    """All that a realtime source says at one moment: the whole picture, in the place of the last one."""

    reported_at: datetime | None = None
    """The header's timestamp; without one nobody knows how old it is."""
    updates: tuple[TripUpdate, ...] = ()
    alerts: tuple[TransitAlert, ...] = ()
