"""schema.org/Event as an event."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.feeds.connector import SkipItem
from app.feeds.connectors.jsonld.node import Node
from app.feeds.items import Event, EventStatus, Occurrence

_OTHERS: Final = frozenset({"Festival", "Hackathon", "EventSeries", "CourseInstance"})
_STATUS: Final[dict[str, EventStatus]] = {"EventCancelled": "cancelled", "EventPostponed": "tentative"}
_DURATION: Final = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?)?")
_LONGEST: Final = timedelta(days=3_660)


def is_event(node: Node) -> bool:
    """Whether it takes place: `Event` and its many kinds end alike."""
    return any(name.endswith("Event") or name in _OTHERS for name in node.types)


def event_of(node: Node, common: dict[str, Any], zone: ZoneInfo, *, shared: bool) -> Event:
    """The event; raises `SkipItem`."""
    title = node.line("name")
    if not title:
        raise SkipItem("An event has no title.")
    start = node.when("startDate", zone)
    if start is None:
        raise SkipItem("An event has no date that can be read.")
    times = _times(start, node, zone)
    status = _STATUS.get(re.split(r"[/#:]", node.text("eventStatus"))[-1], "confirmed")
    there = node.node("location")
    name = there.line("name", 200) if there else node.line("location", 200)
    key = start.strftime("%Y%m%dT%H%M%SZ") if isinstance(times.get("starts_at"), datetime) else ""
    key = key or times["first_day"].strftime("%Y%m%d")
    return Event(
        **common,
        **times,
        external_id=node.id_with(node.text("startDate"), shared=shared),
        title=title,
        all_day="first_day" in times,
        zone=zone.key,
        location_name=name,
        address=there.address()[1] if there else "",
        geo=there.geo() if there else None,
        organiser=node.line("organizer", 200),
        status=status,
        occurrences=(Occurrence(key=key, status=status, **times),),
    )


def _times(start: datetime | date, node: Node, zone: ZoneInfo) -> dict[str, Any]:
    end = node.when("endDate", zone)
    if isinstance(start, datetime) and _is_whole_day(start, end, zone):
        start = start.astimezone(zone).date()
        if isinstance(end, datetime):
            local = end.astimezone(zone)
            end = local.date() - timedelta(days=1 if local.time() == time() and local.date() > start else 0)
    if isinstance(start, datetime):
        ends = end if isinstance(end, datetime) else _lasting(start, node.text("duration"))
        plausible = ends is not None and timedelta(0) < ends - start <= _LONGEST
        return {"starts_at": start, "ends_at": ends if plausible else None}
    last = end.astimezone(zone).date() if isinstance(end, datetime) else end
    return {"first_day": start, "last_day": max(start, last) if last else start}


def _is_whole_day(start: datetime, end: datetime | date | None, zone: ZoneInfo) -> bool:
    """Midnight to midnight, or to a minute before: that is how systems without whole days write them."""
    if start.astimezone(zone).time() != time():
        return False
    if not isinstance(end, datetime):
        return end is not None
    local = end.astimezone(zone).time().replace(second=0)
    return end > start and local in (time(), time(23, 59))


def _lasting(start: datetime, text: str) -> datetime | None:
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return start.astimezone(UTC) + timedelta(days=days, hours=hours, minutes=minutes)
