"""Places for people: the list, the map with the list beside it, each place, the town in figures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from app.capabilities.places import found, ground, kinds, queries, wording
from app.capabilities.places.asked import Degrees, Filters, Key, PageMarker, Switch, Words, filters
from app.capabilities.places.facts import figures
from app.capabilities.places.kinds import GROUPS
from app.capabilities.places.sketch import Mark
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.opening import says_only
from app.kit.slug import number_of
from app.media import keeping
from app.web import opening
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb
from app.web.names import told
from app.web.respond import page
from app.web.site import current_site, path_with

AT_ONCE: Final = 30
ON_MAP_LIST: Final = 60
_GONE: Final = lazy("This place does not exist, or no longer.")


class PlacesPages(Controller):
    """The list, the map, the figures, and each place."""

    path = "/places"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(  # noqa: PLR0913 - one argument for each filter of the address
        self,
        *,
        request: Request[Any, Any, Any],
        group: Key = "",
        kind: Key = "",
        open: Switch = "",  # noqa: A002 - the address says so
        wheelchair: Switch = "",
        q: Words = "",
        lat: Degrees = "",
        lon: Degrees = "",
        cursor: PageMarker = "",
    ) -> Response[str]:
        """Places by name, or the nearest first."""
        chosen = filters(group=group, kind=kind, open_now=open, wheelchair=wheelchair, q=q, lat=lat, lon=lon)
        part = await found.page(chosen.asked(), AT_ONCE, cursor)
        now = clock.now()
        days_off = await queries.calendar(now)
        rows: dict[str, Any] = {
            "rows": [wording.row(one, days_off, now, chosen.near) for one in part.items],
            "sources": wording.sources(part.items),
            "next_href": path_with(cursor=part.next) if part.next else "",
            "chosen": chosen,
        }
        if request.headers.get("hx-request"):
            return _unkept(page("places/_rows.html", **rows))
        # The numbers belong to what is shown.
        counts = await queries.counts(chosen.asked(part.meant))
        answer = page("places/list.html", **rows, meant=part.meant, **_chips(counts, chosen))
        # Where somebody is stays between them and this answer.
        return _unkept(answer) if chosen.near else answer

    @get("/map", access=PUBLIC)
    async def on_map(
        self,
        *,
        group: Key = "",
        kind: Key = "",
        open: Switch = "",  # noqa: A002 - as above
        wheelchair: Switch = "",
        q: Words = "",
    ) -> Response[str]:
        """The same places on a map, with a list beside it that does the same."""
        chosen = filters(group=group, kind=kind, open_now=open, wheelchair=wheelchair, q=q)
        now = clock.now()
        part = await found.on_map(chosen.asked(), ground.MOST_ON_MAP)
        days_off = await queries.calendar(now)
        listed = sorted(part.items, key=lambda one: one.sort_name)
        marks = [
            Mark(one.latitude, one.longitude, one.title, wording.path_of(one.id, one.title))
            for one in listed
            if one.latitude is not None and one.longitude is not None
        ]
        return page(
            "places/map.html",
            rows=[wording.row(one, days_off, now) for one in listed[:ON_MAP_LIST]],
            more=max(0, len(listed) - ON_MAP_LIST),
            total=len(listed),
            sources=wording.sources(listed),
            chosen=chosen,
            meant=part.meant,
            list_href=path_with().replace("/places/map", "/places", 1),
            data_href=path_with().replace("/places/map", "/places.geojson", 1),
            **_chips(await queries.counts(chosen.asked(part.meant)), chosen),
            # Who looks for something gets where it is, who looks around the town.
            **await ground.ground(marks, whole=not chosen.any),
        )

    @get("/facts", access=PUBLIC)
    async def facts(self) -> Response[str]:
        """The town in figures."""
        return page("places/facts.html", **await figures())

    @get("/{name:str}", access=PUBLIC)
    async def one(self, request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
        """A place; an address with another title leads to the right one."""
        number = number_of(name)
        if number is None:
            raise NotFound(_GONE.message)
        place = await queries.place(number)
        named = place.details.get("named", "") if not place.corrected else ""
        path = wording.path_of(place.id, place.title if named != "no" else "")
        if f"/places/{name}" != path:
            return Redirect(path, status_code=301)
        now = clock.now()
        return page(
            "places/place.html",
            one=place,
            heading=wording.title_of(place.title, place.kind, named),
            **await shown(place, now, mobility="mobility" in request.scope["state"]["capabilities"]),
        )


async def shown(place: queries.Whole, now: datetime, *, mobility: bool) -> dict[str, Any]:
    """What the page of a place tells besides the place itself."""
    days_off = await queries.calendar(now)
    lies: dict[str, Any] = {"drawn": "", "tiles": None, "outline": "", "outline_by": ""}
    if place.latitude is not None and place.longitude is not None:
        around = await ground.ground([Mark(place.latitude, place.longitude, place.title)])
        # A point on nothing is no map.
        lies = around if around["outline"] or around["tiles"] else lies
    group = kinds.GROUP_OF.get(place.kind)
    provider = told(place.provider_name or "", place.provider_en or "")
    week = opening.table(place.opening_hours, days_off, clock.today(current_site().timezone))
    return {
        "kind": kinds.name_of(place.kind),
        "hours": opening.told(place.opening_hours, days_off, now),
        "week": week,
        # What is a comment alone stands in words at the head of the page.
        "hours_text": "" if week or says_only(place.opening_hours) else place.opening_hours,
        "facts": wording.facts(place, mobility=mobility),
        "picture": await keeping.by_id(place.picture_id) if place.picture_id else None,
        "crumbs": [Crumb(_("Places"), "/places")]
        + ([Crumb(str(group.title), f"/places?group={group.key}")] if group else []),
        "source": place.attribution or place.source_name or provider or current_site().name,
        **lies,
    }


def _unkept(answer: Response[str]) -> Response[str]:
    answer.headers["cache-control"] = "no-store"
    return answer


def _chips(counts: Mapping[str, int], chosen: Filters) -> dict[str, Any]:
    """Chips of the groups, of the kinds of the chosen group, and the two switches."""
    groups = []
    for group in GROUPS:
        count = sum(counts.get(kind, 0) for kind in group.kinds)
        is_chosen = chosen.group == group.key
        if count or is_chosen:
            href = path_with(group=None if is_chosen else group.key, kind=None)
            groups.append(Chip(label=str(group.title), href=href, count=count, chosen=is_chosen))
    around = kinds.BY_KEY.get(chosen.group) or kinds.GROUP_OF.get(chosen.kind)
    inside = []
    if around is not None:
        for kind, title in around.kinds.items():
            count, is_chosen = counts.get(kind, 0), chosen.kind == kind
            if count or is_chosen:
                href = path_with(group=around.key, kind=None if is_chosen else kind)
                inside.append(Chip(label=str(title), href=href, count=count, chosen=is_chosen))
    return {
        "groups": groups if len(groups) > 1 or chosen.group else [],
        "kinds": inside if len(inside) > 1 or chosen.kind else [],
        "switches": [
            Chip(label=_("Open now"), href=path_with(open=None if chosen.open else "yes"), chosen=chosen.open),
            Chip(
                label=_("With a wheelchair"),
                href=path_with(wheelchair=None if chosen.wheelchair else "yes"),
                chosen=chosen.wheelchair,
            ),
        ],
    }
