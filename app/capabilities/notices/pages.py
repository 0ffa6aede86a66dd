"""Warnings and weather for people."""

from typing import Any, Final

from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from app.capabilities.notices import levels_here, levels_wording, queries, weather, wording
from app.capabilities.notices.api import KindText, PageMarker
from app.capabilities.notices.chart import chart
from app.capabilities.notices.outline import drawing
from app.capabilities.notices.queries import KINDS, Shown
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import number_of
from app.web import names, words
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb, Fact
from app.web.respond import page
from app.web.site import current_site, path_with

ISSUERS_PAGE: Final = "https://warnung.bund.de/meldungen"
"""Where the federal office shows all warnings, should ours be late."""
WEATHER_SERVICE: Final = "https://www.dwd.de"
MOST_NAMES: Final = 30
_GONE: Final = lazy("This warning does not exist, or no longer.")


class NoticesPages(Controller):
    """The time line and each warning."""

    path = "/notices"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(
        self, request: Request[Any, Any, Any], cursor: PageMarker = "", kind: KindText = ""
    ) -> Response[str]:
        """What holds now, the most urgent first."""
        kind = kind if kind in KINDS else ""
        part = await queries.listed(kind, cursor)
        rows: dict[str, Any] = {
            "rows": [(one, wording.clear_when(one) if one.is_clear else wording.when(one)) for one in part.items],
            "next_href": path_with(cursor=part.next) if part.next else "",
            "wording": wording,
        }
        if request.headers.get("hx-request"):
            answer = page("notices/_rows.html", **rows)
            # The address is that of the whole page, so a part of it must not be kept in its place.
            answer.headers["cache-control"] = "no-store"
            return answer
        return page(
            "notices/list.html",
            **rows,
            kinds=_chips(await queries.counts(), kind),
            kind=kind,
            watch=await queries.watch(),
            issuers_page=ISSUERS_PAGE,
        )

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """A warning in full; an address with another title leads to the right one."""
        number = number_of(name)
        if number is None:
            raise NotFound(_GONE.message)
        shown = await queries.one(number)
        if f"/notices/{name}" != shown.path:
            return Redirect(shown.path, status_code=301)
        later = shown.superseded_by or shown.duplicate_of
        return page("notices/notice.html", later_href=f"/notices/{later}" if later else "", **await told(shown))


class WeatherPages(Controller):
    """The weather."""

    path = "/weather"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(self) -> Response[str]:
        """Now, by hours, and by days; the danger of forest fire, and gauges."""
        asked = await weather.here()
        found = asked.weather
        hours = found.hours if found else ()
        times = [wording.clock_time(hour.at) for hour in hours]
        short = [f"{hour.at.astimezone(current_site().timezone).hour}" for hour in hours]
        return page(
            "notices/weather.html",
            weather=found,
            why=asked.why,
            hours=list(zip(times, hours, strict=True)),
            chart=chart(hours, short),
            wording=wording,
            levels=await levels_here.here(),
            levelwords=levels_wording,
            crumbs=[Crumb(_("Warnings and weather"), "/notices")],
            service=WEATHER_SERVICE,
        )


async def told(one: Shown) -> dict[str, Any]:
    """What the page of a warning shows of it."""
    there = await weather.place() if one.area.rings else None
    provider = names.told(one.provider, one.provider_en)
    return {
        "notice": one,
        "badge": wording.badge(one),
        "badge_kind": wording.badge_kind(one),
        "facts": _facts(one),
        "drawing": drawing(one.area.rings, (there[1], there[0]) if there else None),
        "names": one.area.names[:MOST_NAMES],
        "more_names": max(0, len(one.area.names) - MOST_NAMES),
        "crumbs": [Crumb(_("Warnings and weather"), "/notices")],
        "source": one.attribution or one.source_name or provider or current_site().name,
    }


def _facts(one: Shown) -> list[Fact]:
    """The summary list: who, since when and until when, how bad, about what."""
    zone = current_site().zone
    found = [Fact(_("Who warns"), one.issuer or current_site().name, icon="person")]
    when = wording.clear_when(one) if one.is_clear else wording.when(one)
    if when:
        found.append(Fact(_("When"), words.upfirst(when), icon="clock"))
    if not one.is_clear:
        found.append(Fact(_("How bad"), str(wording.SEVERITIES[one.severity]), icon="warning"))
    if one.event and one.event.lower() not in one.title.lower():
        found.append(Fact(_("What"), one.event))
    found.append(Fact(_("Kind"), str(KINDS[one.kind]), f"/notices?kind={one.kind}"))
    if one.sent_at is not None:
        found.append(Fact(_("Issued"), words.upfirst(words.when(one.sent_at, zone=zone))))
    return found


def _chips(counts: dict[str, int], chosen: str) -> list[Chip]:
    """One chip for each kind that there is; none where there is nothing to choose."""
    if len(counts) < 2 and not chosen:
        return []
    return [
        Chip(
            label=str(label),
            href=path_with(kind=None if name == chosen else name),
            count=counts.get(name, 0),
            chosen=name == chosen,
        )
        for name, label in KINDS.items()
        if name in counts or name == chosen
    ]
