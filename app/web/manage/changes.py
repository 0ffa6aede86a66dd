"""What was done in the village, in words: the record of `app.identity.audit` as owners read it."""

from datetime import datetime
from typing import Final

import msgspec

from app.identity import audit
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.tenancy import current_slug

_DEEDS: Final[dict[str, Lazy]] = {
    "news.create": lazy("wrote news"),
    "news.change": lazy("changed news"),
    "news.publish": lazy("published news"),
    "news.schedule": lazy("set a time for news"),
    "news.withdraw": lazy("took news back"),
    "news.restore": lazy("showed news again"),
    "news.draft": lazy("made news a draft again"),
    "events.create": lazy("entered an event"),
    "events.change": lazy("changed an event"),
    "events.publish": lazy("published an event"),
    "events.schedule": lazy("set a time for an event"),
    "events.cancel": lazy("cancelled an event"),
    "events.withdraw": lazy("took an event back"),
    "events.restore": lazy("showed an event again"),
    "events.draft": lazy("made an event a draft again"),
    "places.create": lazy("entered a place"),
    "places.change": lazy("changed a place"),
    "places.correct": lazy("corrected a place of a source"),
    "places.confirm": lazy("confirmed a place"),
    "places.hide": lazy("hid a place"),
    "places.show": lazy("showed a place again"),
    "places.forget": lazy("took corrections of a place back"),
    "places.withdraw": lazy("took a place back"),
    "places.restore": lazy("showed a place again"),
    "tours.create": lazy("read in a tour"),
    "tours.change": lazy("changed a tour"),
    "tours.publish": lazy("published a tour"),
    "tours.hide": lazy("hid a tour"),
    "tours.show": lazy("showed a tour again"),
    "tours.remove": lazy("threw a tour away"),
    "townhall.create": lazy("entered a service or an office"),
    "townhall.change": lazy("changed a service or an office"),
    "townhall.correct": lazy("corrected a service or an office of a source"),
    "townhall.forget": lazy("went back to the source of a service or an office"),
    "townhall.hide": lazy("hid a service or an office"),
    "townhall.show": lazy("showed a service or an office again"),
    "media.create": lazy("added a picture"),
    "media.describe": lazy("described a picture"),
    "media.change": lazy("described a picture"),
    "media.remove": lazy("deleted a picture"),
    "feeds.create": lazy("added a source"),
    "feeds.sync": lazy("asked a source for news"),
    "feeds.change": lazy("changed a source"),
    "feeds.confirm": lazy("confirmed what is gone from a source"),
    "feeds.replay": lazy("had a source's answer read again"),
    "feeds.remove": lazy("removed a source"),
    "pages.create": lazy("wrote a page"),
    "pages.change": lazy("changed a page"),
    "pages.remove": lazy("deleted a page"),
    "providers.create": lazy("entered a provider"),
    "providers.change": lazy("changed a provider"),
    "providers.remove": lazy("took a provider off the pages"),
    "categories.create": lazy("made a category"),
    "categories.change": lazy("changed a category"),
    "categories.remove": lazy("deleted a category"),
    "members.granted": lazy("gave a role"),
    "members.revoked": lazy("took a role away"),
    "members.left": lazy("gave up their roles"),
    "members.handed-over": lazy("handed the village over"),
    "members.invited": lazy("invited somebody"),
    "members.uninvited": lazy("took an invitation back"),
    "members.accepted": lazy("accepted an invitation"),
}
_PLACES: Final = {
    "article": "/manage/news",
    "event": "/manage/events",
    "place": "/manage/places",
    "tour": "/manage/tours",
    "service": "/manage/townhall/service",
    "office": "/manage/townhall/office",
}


class Change(msgspec.Struct, frozen=True):
    """A line of the record."""

    id: int
    at: datetime
    who: str
    deed: str
    what: str
    """The thing, as `article:12`."""
    href: str
    """Where it is looked at; empty when there is no page for it."""


async def changes(limit: int = 50, before: int = 0) -> list[Change]:
    """What was done in the current village, newest first."""
    return [_change(entry) for entry in await audit.entries(current_slug(), limit=limit, before=before)]


def _change(entry: audit.Entry) -> Change:
    kind, _sign, number = entry.target.partition(":")
    place = _PLACES.get(kind, "") if number.isdigit() else ""
    who = entry.actor_name or (_("Somebody whose account is gone") if entry.actor else _("The platform"))
    deed = _DEEDS.get(entry.action)
    # A subject is a random text that tells a reader nothing.
    what = entry.target if number else ""
    return Change(
        entry.id, entry.at, who, str(deed) if deed else entry.action, what, f"{place}/{number}" if place else ""
    )
