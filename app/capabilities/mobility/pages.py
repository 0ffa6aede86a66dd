"""Getting about, for people: on-demand buses, stops, departures, sharing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath

from app.capabilities.mobility import asked, board, ondemand, stations, wording
from app.capabilities.mobility.live import Alert, alerts_of
from app.capabilities.mobility.stations import Station
from app.kit import clock
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.settings import settings
from app.tenancy.regions import region
from app.web.access import PUBLIC
from app.web.cards import Crumb
from app.web.mine import MOST_STOPS, cookie_of, mine
from app.web.origin import fields_of
from app.web.respond import page
from app.web.site import current_site, path_with

SHOWN: Final = 12
"""Stops on the page; the others behind a link."""
SHARING_SHOWN: Final = 8

_GONE: Final = lazy("There is no such stop in the timetable.")


class MobilityPages(Controller):
    """The overview, and the board of each stop."""

    path = "/mobility"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(
        self,
        q: asked.Words = "",
        lat: asked.Latitude = None,
        lon: asked.Longitude = None,
        all_: asked.All = "",
    ) -> Response[str]:
        """Buses that come when called, the stops of the town, and what can be borrowed."""
        words = " ".join(q.split())
        here = (lat, lon) if lat is not None and lon is not None else None
        found = await (stations.named(words) if words else stations.in_town())
        if here:
            found = stations.near(found, *here)
        shown = found if words or all_ else found[:SHOWN]
        today = clock.today(current_site().timezone)
        return page(
            "mobility/list.html",
            words=words,
            near=here is not None,
            stops=shown,
            more=len(found) - len(shown),
            own=[] if words else await _own(),
            rides=[] if words else [wording.ride(one, today) for one in await ondemand.buses()],
            shared=[] if words else await ondemand.sharing(lat, lon, SHARING_SHOWN),
            source=found[0] if found else None,
            charging="places" in current_site().offers,
            href=href,
            w=wording,
        )

    @get("/stops/{key:str}", access=PUBLIC)
    async def stop(
        self, key: FromPath[str], since: asked.Moment = "", day: asked.Day = "", at: asked.Time = ""
    ) -> Response[str]:
        """The board of a stop: the next departures, or those of a day and time."""
        found = await known(key)
        zone = current_site().timezone
        errors: dict[str, str] = {}
        try:
            begin = asked.moment(since, zone, day=day, at=at)
        except InvalidInput as error:
            errors = {name: _(text) for name, text in error.fields.items() if name in ("day", "time")}
            begin = board.now()
        shown = await board.departures(found, begin)
        local = begin.astimezone(zone)
        return page(
            "mobility/stop.html",
            station=found[0],
            groups=wording.groups(shown, zone),
            platforms=any(one.platform for one in shown.departures),
            live=wording.live_words(shown.live, zone),
            live_state=shown.live.state,
            alerts=await _alerts(found, shown.departures),
            later=path_with(**{"from": stamp(shown.next_at), "day": None, "time": None}) if shown.next_at else "",
            earlier=_earlier(begin),
            now_href=href(found[0].key) if since or day or at else "",
            day=day or local.date().isoformat(),
            time=at or f"{local:%H:%M}",
            errors=errors,
            chosen=key in mine().stops,
            full=len(mine().stops) >= MOST_STOPS,
            modes=wording.modes_words(found[0].modes),
            crumbs=[Crumb(_("Getting about"), "/mobility")],
        )

    @post("/stops/{key:str}/mine", access=PUBLIC, status_code=303)
    async def choose(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Remember a stop on this device, the newest first; `do=drop` forgets it."""
        fields = await fields_of(request)
        others = tuple(one for one in mine().stops if one != key)
        found = await stations.by_key(key)
        drop = fields.get("do") == ["drop"]
        if not found and not drop:
            raise NotFound(_GONE.message)
        chosen = others if drop else (found[0].key, *others)[:MOST_STOPS]
        kept = cookie_of(msgspec.structs.replace(mine(), stops=chosen), secure=settings().origin.startswith("https://"))
        headers = {"location": href(key) if found else "/mobility", "cache-control": "no-store"}
        return Response(None, status_code=303, headers=headers, cookies=[kept])


async def known(key: str) -> list[Station]:
    """The station of a key; raises `NotFound`."""
    found = await stations.by_key(key)
    if not found:
        raise NotFound(_GONE.message)
    return found


def href(key: str) -> str:
    """The address of a stop's board."""
    return f"/mobility/stops/{quote(key, safe=':')}"


def stamp(moment: datetime) -> str:
    """A moment as addresses carry it, `2026-11-22T13:05Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _earlier(begin: datetime) -> str:
    """Two hours before what is shown, when that isn't over."""
    if begin <= board.now():
        return ""
    before = max(begin - timedelta(hours=2), board.now())
    return path_with(**{"from": stamp(before), "day": None, "time": None})


async def _own() -> list[Station]:
    """The stops that this device chose, as far as the timetable still has them."""
    found = [await stations.by_key(key) for key in mine().stops]
    return [one[0] for one in found if one]


async def _alerts(found: Sequence[Station], departures: Sequence[board.Departure]) -> list[Alert]:
    told: dict[tuple[str, str], Alert] = {}
    routes = [one.route for one in departures if one.route >= 0]
    for station in found:
        async with region(station.region) as scope:
            for one in await alerts_of(scope, station, routes):
                told[one.title, one.body] = one
    return list(told.values())
