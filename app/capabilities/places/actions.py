"""What is done to places: the town writes its own, and confirms, corrects or hides what came from elsewhere.

Conflict
├── FromFeed      it is kept at its source; the town's corrections stand beside it
└── NotFromFeed   it is the town's own: change it instead
InvalidInput
└── InvalidPlace  names the fields
"""

from typing import Any, Final, Literal

import msgspec
from piccolo.columns import Column

from app.capabilities.places import kinds
from app.capabilities.places.folding import sort_name, words
from app.capabilities.places.queries import CORRECTABLE
from app.capabilities.places.tables import Place, PlaceOverlay
from app.kit import clock, opening, richtext
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy import current
from app.tenancy.village import touched

LONGEST_TITLE: Final = 200
BAD_TITLE: Final = _("Please give a name of at most 200 characters.")
BAD_URL: Final = _("Please give a whole address that begins with https://.")
BAD_POINT: Final = _("Please give latitude and longitude in degrees.")
BAD_KIND: Final = _("Please choose what kind of place it is.")
BAD_HOURS: Final = _("We can't read these opening hours. For example: Mo-Fr 09:00-18:00; Sa 09:00-12:00; PH off")
BAD_WHEELCHAIR: Final = _("Please choose one of the answers.")
BAD_EMAIL: Final = _("This is no e-mail address.")
GONE: Final = "This place does not exist, or no longer."
_WHEELCHAIR: Final = ("yes", "limited", "no", "unknown")

Wheelchair = Literal["yes", "limited", "no", "unknown"]


class FromFeed(Conflict):
    """The place comes from a source: confirm, correct or hide it instead."""


class NotFromFeed(Conflict):
    """The place is the town's own: there is nothing to confirm."""


class InvalidPlace(InvalidInput):
    """What was written does not make a place."""

    def __init__(self, **fields: str) -> None:
        super().__init__("Please check what you entered.", fields=fields)


class PlaceText(msgspec.Struct, frozen=True, kw_only=True):
    """A place as an editor writes it."""

    title: str
    kind: str
    summary: str = ""
    body_html: str = ""
    """Sanitised when it is stored."""
    language: str = "de"
    latitude: float | None = None
    longitude: float | None = None
    street: str = ""
    postcode: str = ""
    town: str = ""
    phone: str = ""
    email: str = ""
    url: str = ""
    opening_hours: str = ""
    """In the grammar of OpenStreetMap."""
    wheelchair: str = "unknown"
    wheelchair_note: str = ""
    provider_id: int | None = None
    picture_id: int | None = None


def check(text: PlaceText) -> None:
    """Raises `InvalidPlace` for what could not be kept."""
    _columns(text)


async def create(text: PlaceText) -> int:
    """Keep a new place of the town; returns its id. Raises `InvalidPlace`."""
    now = clock.now()
    row = Place(_columns(text) | {Place.created_at: now, Place.changed_at: now, Place.details: "{}"})
    await row.save()
    touched()
    return int(row.id)


async def edit(place_id: int, text: PlaceText) -> None:
    """Change a place of the town. Raises `NotFound`, `FromFeed` and `InvalidPlace`."""
    row = await _own(place_id)
    for column, value in _columns(text).items():
        setattr(row, column._meta.name, value)
    row.changed_at = clock.now()
    await row.save([*_columns(text), Place.changed_at])
    touched()


async def restore(place_id: int) -> None:
    """Show a place of the town again that was taken off. Raises `NotFound` and `FromFeed`."""
    row = await _own(place_id, withdrawn=True)
    row.withdrawn_at, row.changed_at = None, clock.now()
    await row.save([Place.withdrawn_at, Place.changed_at])
    touched()


async def take_back(place_id: int, *, by_town: bool = True) -> None:
    """Take a place off the pages: whoever entered it withdraws it, the town hides what is another's.

    What the town has hidden a provider can't show again. Raises `NotFound`.
    """
    row = await _any(place_id)
    if row.feed_item_id is not None or (by_town and row.provider_id is not None):
        await hide(place_id)
        return
    row.withdrawn_at = row.changed_at = clock.now()
    await row.save([Place.withdrawn_at, Place.changed_at])
    touched()


async def confirm(place_id: int) -> None:
    """Say that what a source tells about a place is right. Raises `NotFound` and `NotFromFeed`."""
    await _foreign(place_id)
    await _overlay(place_id, confirmed_at=clock.now(), hidden_at=None)


async def hide(place_id: int) -> None:
    """Take a place of a source or a provider off all pages; it stays as it is. Raises `NotFound`, `NotFromFeed`."""
    await _anothers(place_id)
    await _overlay(place_id, hidden_at=clock.now())


async def show(place_id: int) -> None:
    """Show a hidden place again. Raises `NotFound` and `NotFromFeed`."""
    await _anothers(place_id)
    await _overlay(place_id, hidden_at=None)


async def correct(place_id: int, changes: dict[str, str]) -> None:
    """Say something else than the source in some of the columns of `CORRECTABLE`; what equals it is taken back.

    What the town corrects it confirms. Raises `NotFound`, `NotFromFeed` and `InvalidPlace`.
    """
    row = await _foreign(place_id)
    wrong = _wrong(changes)
    if wrong:
        raise InvalidPlace(**wrong)
    told = {
        name: None if (value := richtext.clean_line(given)) == getattr(row, name) else value
        for name, given in changes.items()
        if name in CORRECTABLE
    }
    found = words((told.get("title") or row.title, told.get("street") or row.street, kinds.search_words(row.kind)))
    await _overlay(place_id, **told, words=found, confirmed_at=clock.now(), hidden_at=None)


async def forget(place_id: int) -> None:
    """Take back everything the town says about a place of a source. Raises `NotFound` and `NotFromFeed`."""
    await _foreign(place_id)
    await PlaceOverlay.delete().where(PlaceOverlay.place_id == place_id)
    touched()


async def _overlay(place_id: int, **values: Any) -> None:
    await current().fetch(
        "INSERT INTO place_overlay (place_id) VALUES ($1) ON CONFLICT (place_id) DO NOTHING", [place_id]
    )
    columns: dict[Column | str, Any] = {
        PlaceOverlay._meta.get_column_by_name(name): value for name, value in values.items()
    }
    await PlaceOverlay.update({**columns, PlaceOverlay.changed_at: clock.now()}).where(
        PlaceOverlay.place_id == place_id
    )
    touched()


async def _any(place_id: int) -> Place:
    row = await Place.objects().get(Place.id == place_id)
    if row is None:
        raise NotFound(GONE)
    return row


async def _foreign(place_id: int) -> Place:
    row = await _any(place_id)
    if row.feed_item_id is None:
        raise NotFromFeed("This place is the town's own. Change it instead.")
    return row


async def _anothers(place_id: int) -> None:
    row = await _any(place_id)
    if row.feed_item_id is None and row.provider_id is None:
        raise NotFromFeed("This place is the town's own. Change it instead.")


async def _own(place_id: int, *, withdrawn: bool = False) -> Place:
    row = await _any(place_id)
    if row.feed_item_id is not None:
        raise FromFeed("This place comes from a source. Confirm, correct or hide it instead.")
    gone: Any = row.withdrawn_at
    if gone is not None and not withdrawn:
        raise NotFound(GONE)
    return row


def _wrong(values: dict[str, Any]) -> dict[str, str]:
    """What can't be kept, by field."""
    fields = {}
    title = richtext.clean_line(values.get("title", "-"))
    if not title or len(title) > LONGEST_TITLE:
        fields["title"] = BAD_TITLE.message
    if values.get("url") and not richtext.absolute(values["url"], ""):
        fields["url"] = BAD_URL.message
    email = str(values.get("email", "")).strip()
    if email and ("@" not in email or " " in email):
        fields["email"] = BAD_EMAIL.message
    if not opening.readable(values.get("opening_hours") or "24/7"):
        fields["opening_hours"] = BAD_HOURS.message
    if values.get("wheelchair", "unknown") not in _WHEELCHAIR:
        fields["wheelchair"] = BAD_WHEELCHAIR.message
    return fields


def _columns(text: PlaceText) -> dict[Column, Any]:
    """What an editor wrote, clean and checked, as columns."""
    values = {name: getattr(text, name) for name in text.__struct_fields__}
    fields = _wrong(values)
    if text.kind not in kinds.NAMES:
        fields["kind"] = BAD_KIND.message
    both = (text.latitude is None) == (text.longitude is None)
    if not both or abs(text.latitude or 0) > 90 or abs(text.longitude or 0) > 180:
        fields["latitude"] = BAD_POINT.message
    if fields:
        raise InvalidPlace(**fields)
    lines = {name: richtext.clean_line(value) for name, value in values.items() if isinstance(value, str)}
    values |= lines | {"body_html": richtext.sanitise(text.body_html)}
    values |= {
        "sort_name": sort_name(lines["title"]),
        "words": words((lines["title"], kinds.search_words(text.kind), lines["street"], lines["town"])),
    }
    return {Place._meta.get_column_by_name(name): value for name, value in values.items()}
