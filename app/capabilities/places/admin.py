"""Places and tours at `/admin`: the same actions as at the desk."""

from typing import Any, Final

import msgspec

from app.admin.table import AdminTable
from app.capabilities.places import actions, kinds, tour_actions
from app.capabilities.places.actions import PlaceText
from app.capabilities.places.tables import Place, Tour
from app.kit.errors import NotFound
from app.kit.i18n import lazy as _
from app.web.manage.reach import reach

TEXTS: Final = (
    "title", "kind", "summary", "body_html", "street", "postcode", "town", "phone", "email", "url", "opening_hours",
    "wheelchair", "wheelchair_note", "latitude", "longitude", "provider_id", "picture_id", "language",
)  # fmt: skip


async def create(values: dict[str, Any]) -> int:
    """A new place of the town."""
    return await actions.create(PlaceText(**values))


async def change(id_: int, values: dict[str, Any]) -> None:
    """What is new in a place of the town, or what the town says about one from a source."""
    row = await Place.objects().get(Place.id == id_)
    if row is None:
        raise NotFound("This place does not exist, or no longer.")
    if row.feed_item_id is not None:
        if not (await reach()).whole:
            raise actions.FromFeed("This place comes from a source. Confirm, correct or hide it instead.")
        await actions.correct(id_, {name: str(value) for name, value in values.items() if value is not None})
        return
    names = (field.name for field in msgspec.structs.fields(PlaceText))
    await actions.edit(id_, PlaceText(**{name: getattr(row, name) for name in names} | values))


async def remove(id_: int) -> None:
    """Take a place off the pages; the table has looked whether this person may touch it."""
    await actions.take_back(id_, by_town=(await reach()).whole)


PLACE_ADMIN: Final = AdminTable(
    table=Place,
    title=_("Places"),
    noun="places",
    target="place",
    read="places.write",
    write="places.write",
    capability="places",
    labels={
        "title": _("Name"),
        "kind": _("What is it?"),
        "summary": _("In one sentence"),
        "body_html": _("Text"),
        "street": _("Street and number"),
        "postcode": _("Postcode"),
        "town": _("Town or village"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "url": _("Web page"),
        "opening_hours": _("Opening hours"),
        "wheelchair": _("Wheelchair"),
        "wheelchair_note": _("Note for wheelchair users"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
        "provider_id": _("Provider"),
        "picture_id": _("Picture"),
        "language": _("Language"),
        "source_name": _("Source"),
        "withdrawn_at": _("Taken back at"),
        "changed_at": _("Changed"),
    },
    listed=("title", "kind", "street", "opening_hours", "source_name"),
    editable=TEXTS,
    long_texts=("body_html",),
    choices={"kind": tuple(kinds.NAMES), "wheelchair": ("yes", "limited", "no", "unknown")},
    provider="provider_id",
    search="title",
    create=create,
    change=change,
    remove=remove,
)


async def change_tour(id_: int, values: dict[str, Any]) -> None:
    """A time hides a tour, no time shows it again; everything else is kept at its source."""
    await tour_actions.hide(id_, hidden=values.get("hidden_at") is not None)


async def remove_tour(id_: int) -> None:
    """Take a tour off the pages."""
    await tour_actions.hide(id_, hidden=True)


TOUR_ADMIN: Final = AdminTable(
    table=Tour,
    title=_("Tours"),
    noun="tours",
    target="tour",
    read="tours.write",
    write="tours.write",
    capability="places",
    labels={
        "title": _("Name"),
        "activity": _("How"),
        "length_metres": _("Length in metres"),
        "source_name": _("Source"),
        "hidden_at": _("Hidden at"),
        "changed_at": _("Changed"),
    },
    listed=("title", "activity", "length_metres", "source_name", "hidden_at"),
    editable=("hidden_at",),
    search="title",
    change=change_tour,
    remove=remove_tour,
)
