"""What workers do for events every night and every hour."""

import logging
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from app.capabilities.events import actions, twins
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.kit.slug import numbered
from app.notify.announce import Message, announce
from app.tenancy import current, current_slug
from app.tenancy.jobs import job
from app.tenancy.registry import place_of
from app.web import words

log = logging.getLogger(__name__)

FRESH: Final = timedelta(hours=6)
"""What was published earlier is not new; it reaches back over a few runs that failed."""
AHEAD: Final = timedelta(days=60)
"""What is farther away nobody is told of yet."""
CANCELLED_AHEAD: Final = timedelta(days=7)
MOST: Final = 8
"""Of one run: a calendar that is connected brings a year along."""

_NEW: Final = """SELECT e.id, e.title, e.provider_id, e.latitude, e.longitude, o.starts_at, o.ends_at, o.all_day,
    o.first_day, o.over_at, coalesce(nullif(o.location_name, ''), e.location_name) AS location_name
FROM event e JOIN LATERAL (SELECT * FROM occurrence WHERE event_id = e.id AND starts_at > $1 AND status <> 'cancelled'
    ORDER BY starts_at LIMIT 1) AS o ON o.starts_at < $3
WHERE e.withdrawn_at IS NULL AND e.status <> 'cancelled' AND e.published_at <= $1 AND e.published_at > $2
    AND e.created_at > $2 AND NOT EXISTS (SELECT FROM announcement WHERE key = 'event:' || e.id)
ORDER BY o.starts_at LIMIT $4"""
_CANCELLED: Final = """SELECT e.id, e.title, e.provider_id, e.latitude, e.longitude, o.id AS occurrence_id, o.starts_at,
    o.ends_at, o.all_day, o.first_day, o.over_at,
    coalesce(nullif(o.location_name, ''), e.location_name) AS location_name
FROM event e JOIN occurrence o ON o.event_id = e.id
WHERE e.withdrawn_at IS NULL AND e.published_at <= $1 AND e.changed_at > $2 AND e.created_at <= $2
    AND (e.status = 'cancelled' OR o.status = 'cancelled') AND o.starts_at > $1 AND o.starts_at < $3
    AND NOT EXISTS (SELECT FROM announcement WHERE key = 'event-off:' || o.id)
ORDER BY o.starts_at LIMIT $4"""


@job()
async def extend_recurrences() -> None:
    """Look one day further ahead: add the dates of editors' series that have come into the window."""
    added = await actions.extend()
    if added:
        log.info("%d dates of series added", added)
    await twins.link(clock.now())  # what editors wrote or took back since the last feed


@job()
async def tell_events() -> None:
    """Tell those who want it which events are new, and which of the next days are cancelled."""
    now = clock.now()
    zone = (await place_of(current_slug())).site.get("zone") or "Europe/Berlin"
    for row in await current().fetch(_NEW, [now, now - FRESH, now + AHEAD, MOST]):
        await announce(_told(row, f"event:{row['id']}", row["title"], zone))
    for row in await current().fetch(_CANCELLED, [now, now - FRESH, now + CANCELLED_AHEAD, MOST]):
        title = _("Cancelled: %(title)s") % {"title": row["title"]}
        await announce(_told(row, f"event-off:{row['occurrence_id']}", title, zone, today=True))


def _told(row: asyncpg.Record, key: str, title: str, zone: str, *, today: bool = False) -> Message:
    # Not "tomorrow": it may be read on another day.
    when = words.date_long(row["first_day"])
    if not row["all_day"]:
        when += ", " + words.time_words(row["starts_at"].astimezone(ZoneInfo(zone)))
    return Message(
        key=key,
        category="events",
        title=title,
        text=", ".join(part for part in (words.upfirst(when), row["location_name"]) if part),
        href="/events/" + numbered(row["id"], row["title"]),
        urgency="today" if today else "later",
        provider_id=row["provider_id"],
        geo=(row["latitude"], row["longitude"]) if row["latitude"] is not None else None,
        expires_at=row["over_at"],
    )
