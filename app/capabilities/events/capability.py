"""The manifest of events."""

from collections.abc import Sequence

import msgspec

from app.capabilities.events import actions, found, jobs, queries, wording
from app.capabilities.events.admin import EVENT_ADMIN
from app.capabilities.events.api import EventsApi
from app.capabilities.events.manage import EventsDesk, desk
from app.capabilities.events.pages import EventsCalendar, EventsPages
from app.capabilities.events.queries import Asked, from_now
from app.capabilities.events.tables import Event, Occurrence
from app.feeds import items
from app.kit.capability import Capability, NavPlace
from app.kit.i18n import gettext_, lazy
from app.web.cards import Card, Hit, Line

ON_THE_START_PAGE = 3


class EventsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a town chooses under `[capabilities.events]`: nothing yet beside having events."""


async def today() -> Card | None:
    """The next three dates; no card where there is nothing to come."""
    now, zone, _today = wording.town_now()
    listed = await queries.listed(Asked(span=from_now(now, zone)), ON_THE_START_PAGE)
    if not listed:
        return None
    rows = [wording.row(one, now, under_day=False) for one in listed]
    return Card(
        title=gettext_("Next events"),
        icon="events",
        lines=[
            Line(title=row.title, href=row.href, when=row.when, where=row.where, source=row.source, badge=row.badge)
            for row in rows
        ],
        action=gettext_("All events"),
        href="/events",
        order=20,
    )


async def search(words: str, limit: int) -> list[Hit]:
    """Events, each once: those to come with their next date, then those that are over with their last."""
    now, _zone, _today = wording.town_now()
    listed = await found.searched(words, now, limit)
    return [
        Hit(
            title=row.title,
            href=row.href,
            kind=gettext_("Event") if one.over_at > now else gettext_("Past event"),
            text=row.text,
            when=", ".join(part for part in (row.when, row.where) if part),
        )
        for one in listed
        for row in (wording.row(one, now, under_day=False),)
    ]


async def saved(ids: Sequence[int]) -> list[Line]:
    """What a reader put aside, each with its next date."""
    now, _zone, _today = wording.town_now()
    rows = [wording.row(one, now, under_day=False) for one in await queries.chosen(ids, now)]
    return [
        Line(title=row.title, href=row.href, when=row.when, where=row.where, source=row.source, badge=row.badge)
        for row in rows
    ]


async def offers(provider: str) -> Card | None:
    """The next dates of a provider; no card where there is nothing to come."""
    now, zone, _today = wording.town_now()
    listed = await queries.listed(Asked(span=from_now(now, zone), provider=provider), ON_THE_START_PAGE)
    if not listed:
        return None
    rows = [wording.row(one, now, under_day=False) for one in listed]
    return Card(
        title=gettext_("Next events"),
        icon="events",
        lines=[Line(title=row.title, href=row.href, when=row.when, where=row.where, badge=row.badge) for row in rows],
        action=gettext_("All events of this publisher"),
        href=f"/events?provider={provider}",
    )


events = Capability(
    name="events",
    title=lazy("Events"),
    tables=(Event, Occurrence),
    pages=(EventsPages, EventsCalendar, EventsApi, EventsDesk),
    nav=NavPlace(lazy("Events"), "/events", "events", 30),
    accepts={items.Event: actions.store_from_feed},
    withdraws={items.Event: actions.withdraw_from_feed},
    today=today,
    search=search,
    alike=found.alike,
    search_page="/events",
    saved=saved,
    offers=offers,
    manage=desk,
    jobs=(jobs.extend_recurrences,),
    hourly=(jobs.tell_events,),
    options=EventsOptions,
    admin=(EVENT_ADMIN,),
    rights=("events.write", "events.publish"),
)
