"""Events at `/admin`: the same actions as at the desk."""

from typing import Any, Final

import msgspec

from app.admin.table import AdminTable
from app.capabilities.events import actions
from app.capabilities.events.actions import EventText
from app.capabilities.events.tables import Event
from app.kit.errors import NotFound
from app.kit.i18n import lazy as _

TEXTS: Final = (
    "title", "summary", "body_html", "starts_at", "ends_at", "first_day", "last_day", "recurrence", "location_name",
    "address", "organiser", "price", "accessibility", "tags", "url", "provider_id", "category_id", "language",
    "picture_id",
)  # fmt: skip


async def create(values: dict[str, Any]) -> int:
    """A new event; with a time it is published then."""
    at = values.pop("published_at", None)
    made = await actions.create(EventText(**_whole(values)))
    if at is not None:
        await actions.publish(made, at=at)
    return made


async def change(id_: int, values: dict[str, Any]) -> None:
    """What is new in an event; a time publishes it, no time makes it a draft again."""
    row = await Event.objects().get(Event.id == id_)
    if row is None:
        raise NotFound("This event does not exist, or no longer.")
    rest = {name: value for name, value in values.items() if name in TEXTS}
    if rest:
        names = (field.name for field in msgspec.structs.fields(EventText))
        await actions.edit(id_, EventText(**_whole({name: getattr(row, name) for name in names} | rest)))
    if "published_at" not in values:
        return
    if values["published_at"] is None:
        await actions.unschedule(id_)
    else:
        await actions.publish(id_, at=values["published_at"])


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    """What an event without times of day has is days, and the other way round."""
    values = values | {"tags": tuple(values.get("tags") or ())}
    if values.get("starts_at") is not None:
        values |= {"first_day": None, "last_day": None}
    return values


EVENT_ADMIN: Final = AdminTable(
    table=Event,
    title=_("Events"),
    noun="events",
    target="event",
    read="events.write",
    write="events.write",
    capability="events",
    labels={
        "title": _("Title"),
        "summary": _("In one sentence"),
        "body_html": _("Text"),
        "starts_at": _("Begins"),
        "ends_at": _("Ends"),
        "first_day": _("First day (all day)"),
        "last_day": _("Last day (all day)"),
        "recurrence": _("Repetition (RFC 5545)"),
        "location_name": _("Where?"),
        "address": _("Address"),
        "organiser": _("Organiser"),
        "price": _("Cost"),
        "accessibility": _("Accessibility"),
        "tags": _("Keywords"),
        "url": _("Web page"),
        "provider_id": _("Provider"),
        "category_id": _("Category"),
        "language": _("Language"),
        "picture_id": _("Picture"),
        "published_at": _("Published at"),
        "status": _("State"),
        "source_name": _("Source"),
        "withdrawn_at": _("Taken back at"),
        "changed_at": _("Changed"),
    },
    listed=("title", "starts_at", "first_day", "provider_id", "published_at", "status", "source_name"),
    editable=(*TEXTS, "published_at"),
    long_texts=("body_html",),
    provider="provider_id",
    search="title",
    create=create,
    change=change,
    remove=actions.take_back,
)
