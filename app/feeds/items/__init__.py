"""What feeds yield: the same few kinds for every format, with where it comes from and under which licence."""

from typing import Final

from app.feeds.items.daily import Collection, DayOff, Fraction
from app.feeds.items.envelope import (
    LONGEST_ID,
    Area,
    Geo,
    Gone,
    Item,
    Problem,
    Unread,
    content_hash,
    hashes_as,
    short_id,
)
from app.feeds.items.level import Level, Trend, WaterState
from app.feeds.items.news import Article, Event, EventStatus, Occurrence
from app.feeds.items.notice import Forecast, Hour, Notice, NoticeKind, Severity
from app.feeds.items.place import Address, Contact, Fact, Place, Station, Tour, TourStop, Yes
from app.feeds.items.townhall import AgendaItem, Block, Job, Link, Meeting, Office, Paper, Report, Service
from app.feeds.items.transit import (
    Booking,
    OnDemand,
    Realtime,
    RideStop,
    StopTime,
    Timetable,
    TransitAlert,
    TripUpdate,
    Window,
)

__all__ = [
    "KINDS",
    "LIVE",
    "LONGEST_ID",
    "REGION_ONLY",
    "Address",
    "AgendaItem",
    "Area",
    "Article",
    "Block",
    "Booking",
    "Collection",
    "Contact",
    "DayOff",
    "Event",
    "EventStatus",
    "Fact",
    "Forecast",
    "Fraction",
    "Geo",
    "Gone",
    "Hour",
    "Item",
    "Job",
    "Level",
    "Link",
    "Meeting",
    "Notice",
    "NoticeKind",
    "Occurrence",
    "Office",
    "OnDemand",
    "Paper",
    "Place",
    "Problem",
    "Realtime",
    "Report",
    "RideStop",
    "Service",
    "Severity",
    "Station",
    "StopTime",
    "Timetable",
    "Tour",
    "TourStop",
    "TransitAlert",
    "Trend",
    "TripUpdate",
    "Unread",
    "WaterState",
    "Window",
    "Yes",
    "content_hash",
    "hashes_as",
    "short_id",
]

KINDS: Final[dict[str, type[Item]]] = {
    "article": Article,
    "collection": Collection,
    "day_off": DayOff,
    "event": Event,
    "fact": Fact,
    "forecast": Forecast,
    "job": Job,
    "level": Level,
    "meeting": Meeting,
    "notice": Notice,
    "office": Office,
    "on_demand": OnDemand,
    "paper": Paper,
    "place": Place,
    "realtime": Realtime,
    "report": Report,
    "service": Service,
    "station": Station,
    "timetable": Timetable,
    "tour": Tour,
}
"""Name of a kind, as manifests and the database write it, → its type."""

REGION_ONLY: Final = frozenset({"forecast", "level", "on_demand", "realtime", "station", "timetable"})
"""Kinds that live once in a region's schema; everything else is given to each town it concerns."""

LIVE: Final = frozenset({"level", "realtime", "station"})
"""Of these, the kinds that change every few minutes: a kept page over them ends by its age, nobody is told."""
