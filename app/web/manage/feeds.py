"""`/manage/feeds`: the sources and their health, and what a person can do about each."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from app.identity import audit
from app.identity.rights import may
from app.kit.errors import NotFound
from app.kit.http import STAYS_HOME
from app.kit.i18n import gettext_ as _
from app.tenancy import current_slug
from app.web.access import role
from app.web.manage import sources
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import entered
from app.web.manage.feeds_words import Shown, shown
from app.web.manage.reach import somebody

PLACE: Final = "/manage/feeds"
DISCOVER: Final = "/manage/feeds/discover"


class Runs(msgspec.Struct, frozen=True):
    """Sends the jobs of the current village, after the commit; each is told the source's name."""

    sync: Callable[[str], None]
    confirm: Callable[[str], None]
    """Fetch and believe that what vanished is gone."""
    replay: Callable[[str], None]
    """Read the last answer again."""


def feed_pages(runs: Runs) -> list[HTTPRouteHandler]:
    """The list, a page for each source, and its buttons."""

    @get(PLACE, access=role("feeds.read"), include_in_schema=False)
    async def index(asked: FromQuery[str] = "", removed: FromQuery[str] = "") -> Response[str]:
        """The sources, the worst first."""
        from app.feeds import health

        found = await _all()
        at_home = await health.any_held_back(current_slug())
        return desk_page(
            "manage/feeds.html",
            PLACE,
            sources=found,
            asked=next((one for one in found if one.health.name == asked), None),
            removed=bool(removed),
            at_home=_(STAYS_HOME) if at_home else "",
            may_sync=may(somebody(), "feeds.sync"),
            may_write=may(somebody(), "feeds.write"),
        )

    @get(f"{PLACE}/{{name:str}}", access=role("feeds.read"), include_in_schema=False)
    async def one(name: FromPath[str], read: FromQuery[str] = "") -> Response[str]:
        """A source: how it is, what it brought, what is wrong."""
        from app.feeds import health

        found = await health.source(current_slug(), name)
        return desk_page(
            "manage/feed.html",
            PLACE,
            source=shown(found),
            read=bool(read),
            at_home=_(STAYS_HOME) if found.held_back else "",
            may_sync=may(somebody(), "feeds.sync"),
            may_write=may(somebody(), "feeds.write"),
        )

    @post(f"{PLACE}/{{name:str}}/sync", access=role("feeds.sync"), include_in_schema=False)
    async def run(name: FromPath[str]) -> Response[Any]:
        """Ask a source now; a worker does it."""
        await sources.may_run(name)
        await audit.record("feeds.sync", target=f"feed:{name}")
        runs.sync(name)
        return back_to(f"{PLACE}?asked={name}")

    @post(f"{PLACE}/{{name:str}}/confirm", access=role("feeds.sync"), include_in_schema=False)
    async def confirm(name: FromPath[str]) -> Response[Any]:
        """What vanished from the source is meant to be gone."""
        await sources.may_run(name, after_hold=True)
        await audit.record("feeds.confirm", target=f"feed:{name}")
        runs.confirm(name)
        return back_to(f"{PLACE}?asked={name}")

    @post(f"{PLACE}/{{name:str}}/replay", access=role("feeds.sync"), include_in_schema=False)
    async def replay(name: FromPath[str]) -> Response[Any]:
        """Read the last answer again, without asking the source."""
        from app.feeds import health

        if not (await health.source(current_slug(), name)).kept_at:
            raise NotFound("Nothing is kept of this source that could be read again. Fetch it first.")
        await audit.record("feeds.replay", target=f"feed:{name}")
        runs.replay(name)
        return back_to(f"{PLACE}/{name}?read=1")

    @post(f"{PLACE}/{{name:str}}/switch", access=role("feeds.write"), include_in_schema=False)
    async def switch(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
        """Switch a source on or off; also one of a region, for this village."""
        from app.admin.house import change_source
        from app.feeds import health, regional_delivery, regional_state

        wanted = (await entered(request)).line("on") == "yes"
        found = await health.source(current_slug(), name)
        number = found.id
        if not number:
            # What lives in the region's schema stands in the town's list only once it was switched.
            feed = regional_state.described(*name.split(".", 1))
            if feed is None:
                raise NotFound("There is no such source.")
            number = (await regional_delivery.own_row(feed))["id"]
        await change_source(number, {"enabled": wanted})
        await audit.record("feeds.change", target=f"feed:{name}", detail={"fields": ["enabled"]})
        return back_to(f"{PLACE}/{name}")

    @post(f"{PLACE}/{{name:str}}/remove", access=role("feeds.write"), include_in_schema=False)
    async def remove(name: FromPath[str]) -> Response[Any]:
        """Delete a source of the town's own, with what came from it."""
        from app.feeds import removing

        await removing.remove(current_slug(), name)
        await audit.record("feeds.remove", target=f"feed:{name}")
        return back_to(f"{PLACE}?removed=1")

    return [index, one, run, confirm, replay, switch, remove]


async def _all() -> list[Shown]:
    # Here and above: the connectors are 5 MB that a web process does without until somebody asks.
    from app.feeds import health

    return [shown(one) for one in await health.sources(current_slug())]
