"""`/manage`: what is to be done today, for people who aren't technical; who changed what."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from app.identity.rights import may
from app.kit.capability import Capability
from app.web.access import role
from app.web.manage import changes as record
from app.web.manage import sources
from app.web.manage.desk import Desk, desk_page
from app.web.manage.pictures import Pictures, picture_file
from app.web.manage.reach import somebody
from app.web.manage.start import start_desk
from app.web.site import path_with

CHANGES_AT_ONCE = 50
CHANGES_TODAY = 5


async def desks(capabilities: Sequence[Capability], chosen: frozenset[str]) -> list[Desk]:
    """What the capabilities that the town has switched on have for this person."""
    person = somebody()
    found = [await one.manage() for one in capabilities if one.manage and one.name in chosen]
    return [desk for desk in found if may(person, desk.action)]


def manage_pages(capabilities: Sequence[Capability]) -> list[ControllerRouterHandler]:
    """The desk's own pages."""

    @get("/manage", access=role("admin.enter"), include_in_schema=False)
    async def today(request: Request[Any, Any, Any]) -> Response[str]:
        """What waits, what is ill, what happened."""
        person = somebody()
        ill = [one for one in await sources.sources() if one.ill] if may(person, "feeds.read") else []
        return desk_page(
            "manage/today.html",
            "/manage",
            name=person.name,
            desks=await desks(capabilities, request.scope["state"].get("capabilities", frozenset())),
            ill=ill,
            may_read_feeds=may(person, "feeds.read"),
            may_sync=may(person, "feeds.sync"),
            changes=await record.changes(CHANGES_TODAY) if may(person, "audit.read") else [],
        )

    @get("/manage/changes", access=role("audit.read"), include_in_schema=False)
    async def changes(before: FromQuery[int] = 0) -> Response[str]:
        """Who changed what."""
        rows = await record.changes(CHANGES_AT_ONCE + 1, max(before, 0))
        more = path_with(before=rows[CHANGES_AT_ONCE - 1].id) if len(rows) > CHANGES_AT_ONCE else ""
        return desk_page("manage/changes.html", "/manage/changes", changes=rows[:CHANGES_AT_ONCE], next_href=more)

    own: list[HTTPRouteHandler] = [today, changes, picture_file]
    return [*own, *start_desk(capabilities), Pictures]
