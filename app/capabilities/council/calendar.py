"""The meetings as a calendar that other programs subscribe to (RFC 5545)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from icalendar import Calendar, Event

from app.capabilities.council.entries import Meeting
from app.kit.i18n import gettext_ as _
from app.web.site import current_site

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
USUAL: Final = timedelta(hours=2)
"""Of a meeting that names no end."""


def written(meetings: Sequence[Meeting]) -> bytes:
    """The calendar's bytes; the same meetings give the same."""
    site = current_site()
    whole = Calendar()
    whole.add("version", "2.0")
    whole.add("prodid", "-//Smart Village//Council 1//DE")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", _("Council meetings in %(town)s") % {"town": site.name})
    for one in meetings:
        if one.starts_at is None:
            continue
        entry = Event()
        entry.add("uid", f"meeting-{one.id}@{site.host}")
        entry.add("dtstamp", one.changed_at)
        entry.add("dtstart", one.starts_at)
        entry.add("dtend", one.ends_at or one.starts_at + USUAL)
        entry.add("summary", one.title if one.body in one.title else f"{one.title} ({one.body})")
        if one.location:
            entry.add("location", one.location)
        entry.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
        entry.add("url", one.url)
        whole.add_component(entry)
    return bytes(whole.to_ical())
