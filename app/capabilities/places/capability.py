"""The manifest of places."""

from collections.abc import Sequence

import msgspec

from app.capabilities.places import feed, found, queries, tour_queries, tourwords, wording
from app.capabilities.places.admin import PLACE_ADMIN, TOUR_ADMIN
from app.capabilities.places.api import PlacesApi, PlacesData
from app.capabilities.places.manage import PlacesDesk, desk
from app.capabilities.places.manage_tours import ToursDesk
from app.capabilities.places.pages import PlacesPages
from app.capabilities.places.tables import Fact, Place, PlaceOverlay, Tour
from app.capabilities.places.tour_api import ToursApi
from app.capabilities.places.tour_pages import ToursPages
from app.capabilities.places.tour_queries import ListedTour
from app.feeds import items
from app.kit import clock
from app.kit.capability import Capability
from app.kit.i18n import gettext_, lazy
from app.web.cards import Hit, Line


class PlacesOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a town chooses under `[capabilities.places]`: nothing yet beside having places."""


async def search(words: str, limit: int) -> list[Hit]:
    """Tours and places, with what matters at the door: when it is open."""
    hits = [
        Hit(title=one.title, href=tourwords.path_of(one.id, one.title), kind=gettext_("Tour"), when=tourwords.line(one))
        for one in await tour_queries.search_tours(words, 5)
    ]
    listed = await found.searched(words, max(limit - len(hits), 0))
    if listed:
        now = clock.now()
        days_off = await queries.calendar(now)
        rows = [wording.row(one, days_off, now) for one in listed]
        places = [
            Hit(title=row.title, href=row.href, kind=row.kind, text=row.where, when=row.hours.text) for row in rows
        ]
        hits = places + hits if len(places) < limit else (places[: limit - len(hits)] + hits)
    return hits


async def alike(word: str, *, wider: bool) -> list[str]:
    """Names of places and tours that have something written like a word."""
    return [*await found.alike(word, wider=wider), *await tour_queries.tours_alike(word, wider=wider)]


async def saved(ids: Sequence[int]) -> list[Line]:
    """The places and tours that a reader put aside, with when they are open or how long they are."""
    tours = {number: tour for number in ids if (tour := tourwords.tour_of(number)) is not None}
    lines = {tourwords.saved_number(one.id): _tour(one) for one in await tour_queries.listed_tours([*tours.values()])}
    listed = await queries.listed([number for number in ids if number not in tours])
    if listed:
        now = clock.now()
        days_off = await queries.calendar(now)
        rows = [wording.row(one, days_off, now) for one in listed]
        lines |= {
            row.id: Line(title=row.title, href=row.href, when=row.hours.text, where=row.where, source=row.kind)
            for row in rows
        }
    return [lines[number] for number in ids if number in lines]


def _tour(one: ListedTour) -> Line:
    return Line(
        title=one.title,
        href=tourwords.path_of(one.id, one.title),
        when=tourwords.line(one),
        source=str(tourwords.ACTIVITIES.get(one.activity, tourwords.ACTIVITIES["other"])),
    )


async def more() -> list[Line]:
    """The ways to places, map, tours and figures."""
    lines = [
        Line(
            title=gettext_("All places"),
            href="/places",
            icon="home",
            source=gettext_("Shops, cafés, doctors, toilets and more"),
        ),
        Line(title=gettext_("Map"), href="/places/map", icon="place"),
    ]
    if await tour_queries.tour_counts():
        lines.append(
            Line(
                title=gettext_("Tours"),
                href="/tours",
                icon="tree",
                source=gettext_("On foot, by bicycle, with GPX file"),
            )
        )
    if await tour_queries.known():
        lines.append(Line(title=gettext_("Our town in figures"), href="/places/facts", icon="info"))
    return lines


places = Capability(
    name="places",
    title=lazy("Places"),
    needs=("holidays",),
    tables=(Place, PlaceOverlay, Tour, Fact),
    pages=(PlacesPages, ToursPages, PlacesApi, PlacesData, ToursApi, PlacesDesk, ToursDesk),
    accepts={
        items.Place: feed.store_places,
        items.Tour: feed.store_tours,
        items.Fact: feed.store_facts,
    },
    withdraws={
        items.Place: feed.withdraw_places,
        items.Tour: feed.withdraw_tours,
        items.Fact: feed.withdraw_facts,
    },
    search=search,
    alike=alike,
    search_page="/places",
    saved=saved,
    more=more,
    manage=desk,
    options=PlacesOptions,
    admin=(PLACE_ADMIN, TOUR_ADMIN),
    rights=("places.write", "tours.write"),
)
