"""What a timetable says of itself: who publishes it, its version, from when to when it holds."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.feeds.connectors.gtfs import tables
from app.feeds.connectors.gtfs.calendar import Services
from app.feeds.connectors.gtfs.moments import day_of
from app.feeds.items import Timetable, short_id
from app.kit.richtext import absolute, clean_line
from app.kit.zipped import Zipped

_EPOCH: Final = date(1970, 1, 1)
DEFAULT_ZONE: Final = "Europe/Berlin"


def timetable(archive: Zipped, folder: str) -> Timetable:
    """The cover of the feed in this folder."""
    agencies = list(_agencies(archive, folder))
    publisher = version = language = ""
    first = last = None
    for row in tables.records(archive, folder, "feed_info.txt"):
        publisher = clean_line(row("feed_publisher_name"))[:200]
        version, language = clean_line(row("feed_version"))[:100], row("feed_lang").lower()[:10]
        first, last = day_of(row("feed_start_date")), day_of(row("feed_end_date"))
        break
    span = Services(_EPOCH, 1)
    span.numbers(
        tables.records(archive, folder, "calendar.txt", "service_id", "start_date", "end_date"),
        tables.records(archive, folder, "calendar_dates.txt", "service_id", "date", "exception_type"),
    )
    names = [name for name, _, _ in agencies]
    title = publisher or ", ".join(names[:3]) or "GTFS"
    return Timetable(
        external_id=short_id(folder or "timetable"),
        title=title,
        url=next((url for _, url, _ in agencies if url), ""),
        language=language if language.isalpha() else "",
        attribution=title,
        version=version,
        first_day=span.began or first,
        last_day=span.ended or last,
        zone=next((zone for _, _, zone in agencies if zone), DEFAULT_ZONE),
        stops=sum(1 for _ in tables.records(archive, folder, "stops.txt", "stop_id")),
        routes=sum(1 for _ in tables.records(archive, folder, "routes.txt", "route_id")),
    )


def operators(archive: Zipped, folder: str) -> dict[str, str]:
    """Agency id → name; the only one's id may be empty."""
    return {
        row("agency_id"): clean_line(row("agency_name"))[:200]
        for row in tables.records(archive, folder, "agency.txt", "agency_name")
    }


def _agencies(archive: Zipped, folder: str) -> list[tuple[str, str, str]]:
    """Name, address and zone of each."""
    found = []
    for row in tables.records(archive, folder, "agency.txt", "agency_name"):
        name = clean_line(row("agency_name"))[:200]
        if name:
            found.append((name, absolute(row("agency_url"), ""), _zone(row("agency_timezone"))))
    return found


def _zone(name: str) -> str:
    """The name, if there is such a zone."""
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
