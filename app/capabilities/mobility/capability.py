"""Mobility declares itself."""

from typing import Final

import msgspec

from app.capabilities.mobility import board, keep, load, realtime, stations, telling, wording
from app.capabilities.mobility.api import MobilityApi
from app.capabilities.mobility.pages import MobilityPages, href
from app.capabilities.mobility.stations import Station
from app.feeds import items
from app.kit import search
from app.kit.capability import Capability, NavPlace
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web.cards import Card, Hit, Line
from app.web.mine import mine
from app.web.site import current_site

ON_THE_START_PAGE: Final = 4
STOPS_ON_THE_START_PAGE: Final = 2
_ABOUT: Final = ("rufbus", "fahrplan", "bus und bahn", "timetable", "on-demand")


class MobilityOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.mobility]` of a town or a template; there is nothing to choose yet."""


async def today() -> Card | None:
    """Departures at my stops, else at the town's busiest one; no card without a timetable."""
    own = [found for key in mine().stops[:STOPS_ON_THE_START_PAGE] if (found := await stations.by_key(key))]
    if not own:
        busiest = await stations.busiest()
        if busiest is None:
            return None
        own = [[busiest]]
    each = ON_THE_START_PAGE // len(own)
    lines = [line for found in own for line in await _lines(found, each, named=len(own) > 1)]
    if not lines:
        return None
    return Card(
        title=_("Departures") if len(own) > 1 else _("Departures: %(stop)s") % {"stop": own[0][0].name},
        icon="bus",
        lines=lines,
        action=_("All departures") if len(own) == 1 else _("Getting about"),
        href=href(own[0][0].key) if len(own) == 1 else "/mobility",
        order=30,
        aside=True,
    )


async def _lines(found: list[Station], most: int, *, named: bool) -> list[Line]:
    zone = current_site().timezone
    shown = await board.departures(found, board.now(), limit=most)
    rows = [(group.title, row) for group in wording.groups(shown, zone) for row in group.rows][:most]
    first = wording.groups(shown, zone)[0].title if rows else ""
    return [
        Line(
            title=" ".join(part for part in (row.line, row.headsign) if part),
            href=href(found[0].key),
            when=(f"{row.now or row.time}" if title == first else f"{title}, {row.now or row.time}"),
            where=", ".join(part for part in (found[0].name if named else "", row.platform_words) if part),
            badge=row.note if row.kind in ("danger", "warning") else "",
        )
        for title, row in rows
    ]


async def find(words: str, limit: int) -> list[Hit]:
    """Stops of the town by name; and the page itself for who looks for the timetable."""
    typed = " ".join(search.words_of(words))
    if not typed:
        return []
    hits = [
        Hit(title=one.name, href=href(one.key), kind=_("Stop"), text=", ".join(one.lines[:12]))
        for one in await stations.found(words, limit)
    ]
    if any(word in typed for word in _ABOUT):
        hits.insert(0, Hit(title=_("Bus, train and on-demand bus"), href="/mobility", kind=_("Getting about")))
    return hits[:limit]


async def more() -> list[Line]:
    """The way to the stops."""
    return [Line(title=_("Bus, train and on-demand bus"), href="/mobility", icon="bus")]


mobility = Capability(
    name="mobility",
    title=lazy("Getting about"),
    pages=(MobilityPages, MobilityApi),
    nav=NavPlace(lazy("Out and about"), "/mobility", "bus", 55),
    keeps={
        items.OnDemand: keep.keep_on_demand,
        items.Realtime: realtime.keep_realtime,
        items.Station: keep.keep_stations,
    },
    loads={"gtfs": load.load},
    hourly=(telling.tell_disruptions,),
    stops=telling.names,
    today=today,
    search=find,
    search_page="/mobility",
    more=more,
    options=MobilityOptions,
)
