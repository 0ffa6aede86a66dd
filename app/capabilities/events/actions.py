"""What is done to events: editors write them, feeds bring and withdraw them.

Conflict
├── FromFeed          it is kept at its source; what is changed here would be lost
├── AlreadyPublished
└── AlreadyCancelled
InvalidInput
├── InvalidEvent      names the fields
└── InvalidRecurrence stands in `recurrence.py`
"""

from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from piccolo.columns import Column

from app.capabilities.events import recurrence
from app.capabilities.events.dates import Dates, timed, whole_days
from app.capabilities.events.feed import put_dates, store, withdraw
from app.capabilities.events.tables import Event, Occurrence
from app.kit import clock, richtext
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy import current, current_slug
from app.tenancy.registry import place_of
from app.tenancy.village import touched

store_from_feed = store
withdraw_from_feed = withdraw

BAD_TITLE: Final = _("Please give a title of at most 200 characters.")
BAD_URL: Final = _("Please give a whole address that begins with https://.")
BAD_POINT: Final = _("Please give latitude and longitude in degrees.")
BAD_ZONE: Final = _("This time zone is not known.")
BAD_START: Final = _("Please say when it begins: a time, or a day.")
BAD_END: Final = _("The end must come after the beginning, within 400 days.")
LONGEST_TITLE: Final = 200
LONGEST_DAYS: Final = 400
"""How long one date may last."""


class FromFeed(Conflict):
    """The event comes from a feed: it is changed at its source."""


class AlreadyPublished(Conflict):
    """The event is public."""


class AlreadyCancelled(Conflict):
    """The event, or this date of it, was cancelled before."""


class InvalidEvent(InvalidInput):
    """What was written does not make an event."""

    def __init__(self, **fields: str) -> None:
        super().__init__("Please check what you entered.", fields=fields)


class EventText(msgspec.Struct, frozen=True, kw_only=True):
    """An event as an editor writes it: with times, or with whole days (both inclusive)."""

    title: str
    summary: str = ""
    body_html: str = ""
    """Sanitised when it is stored."""
    language: str = "de"
    location_name: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    organiser: str = ""
    price: str = ""
    accessibility: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    provider_id: int | None = None
    category_id: int | None = None
    picture_id: int | None = None
    """Of the town's media."""
    zone: str = ""
    """Tz id (IANA) in which a series is counted; empty means the town's."""
    starts_at: datetime | None = None
    """Aware."""
    ends_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    recurrence: str = ""
    """RRULE, EXDATE and RDATE of RFC 5545; empty for one date."""


async def create(text: EventText) -> int:
    """Keep a new event as a draft; returns its id. Raises `InvalidEvent` and `InvalidRecurrence`."""
    now = clock.now()
    row = Event(await _columns(text) | {Event.created_at: now, Event.changed_at: now})
    dates = await _expanded(row)
    await row.save()
    await put_dates({row.id: dates}, now)
    return int(row.id)


async def edit(event_id: int, text: EventText) -> None:
    """Change an editor's event; dates that stay keep their id, and stay cancelled when they were.

    Raises `NotFound`, `FromFeed`, `InvalidEvent` and `InvalidRecurrence`.
    """
    now = clock.now()
    row = await _own(event_id)
    for column, value in (await _columns(text)).items():
        setattr(row, column._meta.name, value)
    row.changed_at = now
    dates = await _expanded(row)
    cancelled = await Occurrence.select(Occurrence.key).where(
        (Occurrence.event_id == event_id) & (Occurrence.status == "cancelled")
    )
    out = {one["key"] for one in cancelled}
    dates = [msgspec.structs.replace(one, status="cancelled") if one.key in out else one for one in dates]
    await row.save()
    await put_dates({event_id: dates}, now, moved=() if row.recurrence else (event_id,))
    touched()


async def publish(event_id: int, *, at: datetime | None = None) -> None:
    """Show a draft to everyone now or `at` a later time. Raises `NotFound` and `AlreadyPublished`."""
    await _own(event_id)
    now = clock.now()
    drafts = (Event.id == event_id) & (Event.published_at.is_null() | (Event.published_at > now))
    values: dict[Column | str, Any] = {Event.published_at: max(at or now, now), Event.changed_at: now}
    if not await Event.update(values).where(drafts).returning(Event.id):
        raise AlreadyPublished("This event is public already.")
    touched()


async def unschedule(event_id: int) -> None:
    """Make an event that waits for its time a draft again. Raises `NotFound` and `AlreadyPublished`."""
    row = await _own(event_id)
    published: Any = row.published_at
    if published is not None and published <= clock.now():
        raise AlreadyPublished("This event is public already.")
    row.published_at = None
    row.changed_at = clock.now()
    await row.save([Event.published_at, Event.changed_at])
    touched()


async def take_back(event_id: int) -> None:
    """Take an editor's event off the pages, until `restore`. Raises `NotFound` and `FromFeed`."""
    row = await _own(event_id)
    row.withdrawn_at = row.changed_at = clock.now()
    await row.save([Event.withdrawn_at, Event.changed_at])
    touched()


async def restore(event_id: int) -> None:
    """Show an editor's event again as it was. Raises `NotFound`."""
    own = (Event.id == event_id) & Event.feed_item_id.is_null() & Event.withdrawn_at.is_not_null()
    values: dict[Column | str, Any] = {Event.withdrawn_at: None, Event.changed_at: clock.now()}
    if not await Event.update(values).where(own).returning(Event.id):
        raise NotFound("This event does not exist, or no longer.")
    touched()


async def cancel(event_id: int, occurrence_id: int | None = None) -> None:
    """Say that an event, or one date of it, does not take place; it stays visible as cancelled.

    Raises `NotFound`, `FromFeed` and `AlreadyCancelled`.
    """
    row = await _own(event_id)
    row.changed_at = clock.now()
    if occurrence_id is None:
        if row.status == "cancelled":
            raise AlreadyCancelled("This event is cancelled already.")
        row.status = "cancelled"
    else:
        one = await Occurrence.objects().get((Occurrence.id == occurrence_id) & (Occurrence.event_id == event_id))
        if one is None:
            raise NotFound("This event does not exist, or no longer.")
        if one.status == "cancelled":
            raise AlreadyCancelled("This date is cancelled already.")
        one.status = "cancelled"
        await one.save([Occurrence.status])
    await row.save([Event.status, Event.changed_at])
    touched()


async def extend() -> int:
    """Add the dates of editors' series that have come into the window; returns how many."""
    rows = await Event.objects().where(
        Event.feed_item_id.is_null() & Event.withdrawn_at.is_null() & (Event.recurrence != "")
    )
    added = 0
    for row in rows:
        dates = await _expanded(row)
        made = await current().fetch(
            """INSERT INTO occurrence (event_id, key, starts_at, ends_at, over_at, all_day, first_day, last_day, status)
               SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
                   $6::boolean[], $7::date[], $8::date[], $9::text[])
               ON CONFLICT (event_id, key) DO NOTHING RETURNING id""",
            [
                row.id,
                [one.key for one in dates],
                [one.starts_at for one in dates],
                [one.ends_at for one in dates],
                [one.over_at for one in dates],
                [one.all_day for one in dates],
                [one.first_day for one in dates],
                [one.last_day for one in dates],
                [one.status for one in dates],
            ],
        )
        added += len(made)
    if added:
        touched()
    return added


async def town_zone() -> ZoneInfo:
    """The zone that the current town lives in."""
    return ZoneInfo((await place_of(current_slug())).site.get("zone") or "Europe/Berlin")


async def _own(event_id: int) -> Event:
    row = await Event.objects().get((Event.id == event_id) & Event.withdrawn_at.is_null())
    if row is None:
        raise NotFound("This event does not exist, or no longer.")
    if row.feed_item_id is not None:
        raise FromFeed("This event comes from a source that is synced. Change it there.")
    return row


async def _columns(text: EventText) -> dict[Column, Any]:
    """What an editor wrote, clean and checked, as columns."""
    fields = {}
    title = richtext.clean_line(text.title)
    if not title or len(title) > LONGEST_TITLE:
        fields["title"] = BAD_TITLE.message
    if text.url and not richtext.absolute(text.url, ""):
        fields["url"] = BAD_URL.message
    if (text.latitude is None) != (text.longitude is None) or not (
        abs(text.latitude or 0) <= 90 and abs(text.longitude or 0) <= 180
    ):
        fields["latitude"] = BAD_POINT.message
    zone = text.zone or (await town_zone()).key
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        fields["zone"] = BAD_ZONE.message
    fields |= _wrong_dates(text)
    if fields:
        raise InvalidEvent(**fields)
    values = {name: getattr(text, name) for name in text.__struct_fields__} | {
        "title": title,
        "body_html": richtext.sanitise(text.body_html),
        "tags": list(text.tags),
        "zone": zone,
        "all_day": text.first_day is not None,
        "last_day": text.last_day or text.first_day,
        "recurrence": text.recurrence.strip(),
    }
    return {Event._meta.get_column_by_name(name): value for name, value in values.items()}


def _wrong_dates(text: EventText) -> dict[str, str]:
    if (text.starts_at is None) == (text.first_day is None):
        return {"starts_at": BAD_START.message}
    if text.starts_at is not None:
        aware = text.starts_at.tzinfo is not None and (text.ends_at is None or text.ends_at.tzinfo is not None)
        if not aware or text.last_day is not None:
            return {"starts_at": BAD_START.message}
        if text.ends_at is not None and not 0 <= (text.ends_at - text.starts_at).days <= LONGEST_DAYS:
            return {"ends_at": BAD_END.message}
    lasts = (text.last_day - text.first_day).days if text.first_day and text.last_day else 0
    if not 0 <= lasts <= LONGEST_DAYS:
        return {"last_day": BAD_END.message}
    return {}


async def _expanded(row: Event) -> list[Dates]:
    """The dates of an event within the window, each with the status of the whole."""
    town = await town_zone()
    first = whole_days(row.first_day, row.last_day, town) if row.all_day else timed(row.starts_at, row.ends_at, town)
    found = recurrence.expand(first, row.recurrence, zone=ZoneInfo(row.zone), town=town, today=clock.today(town))
    return [msgspec.structs.replace(one, status=row.status) for one in found] if row.status == "tentative" else found
