"""Pages that belong to no single capability: the start page, the search over everything, and "more"."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from app.identity.person import current_person
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.search import LONGEST_TEXT
from app.notify import inbox
from app.web import arranged
from app.web.access import PUBLIC
from app.web.cards import Chip, Line
from app.web.found import SHOWN_OF_EACH, Found, Group, look_for
from app.web.mine import mine
from app.web.respond import page
from app.web.site import path_with


class Operation(msgspec.Struct, frozen=True):
    """An operation of the API, as its page lists it."""

    method: str
    path: str
    summary: str
    description: str


def kinds_of(groups: Sequence[Group], chosen: str) -> list[Chip]:
    """Chips that narrow the hits to one kind; none where there is only one."""
    if len(groups) < 2:
        return []
    return [
        Chip(label=_("All"), href=path_with(kind=None), chosen=chosen not in [one.name for one in groups]),
        *(
            Chip(label=one.title, href=path_with(kind=one.name), count=one.count, chosen=chosen == one.name)
            for one in groups
        ),
    ]


def start_pages(capabilities: Sequence[Capability]) -> list[HTTPRouteHandler]:
    """The handlers, over what the town has switched on."""

    def offered(request: Request[Any, Any, Any]) -> list[Capability]:
        chosen = request.scope["state"]["capabilities"]
        return [one for one in capabilities if one.name in chosen]

    @get("/", access=PUBLIC, include_in_schema=False)
    async def today(request: Request[Any, Any, Any]) -> Response[str]:
        """The start page."""
        some = offered(request)
        person = current_person()
        return page(
            "today.html",
            cards=await arranged.cards(some),
            headline=await arranged.headline(some),
            unread=await inbox.unread(person.sub) if person is not None else 0,
        )

    @get("/start", access=PUBLIC, include_in_schema=False)
    async def start(request: Request[Any, Any, Any]) -> Response[str]:
        """What stands on the start page, for a reader who wants less there."""
        chosen = await arranged.arrangement()
        some = [one for one, _card in await arranged.with_cards(offered(request), chosen, chosen.hidden)]
        return page("start.html", capabilities=some, hidden=mine().hidden)

    @get("/search", access=PUBLIC, include_in_schema=False)
    async def search(
        request: Request[Any, Any, Any],
        q: FromQuery[str] = "",
        kind: Annotated[str, QueryParameter(max_length=40)] = "",
    ) -> Response[str]:
        """One box over everything."""
        words = " ".join(q[:LONGEST_TEXT].replace("\0", " ").split())
        found = await look_for(words, offered(request), kind) if words else Found([])
        chosen = [one for one in found.groups if one.name == kind]
        return page(
            "search.html",
            words=words,
            meant=found.meant,
            groups=chosen or found.groups,
            alone=bool(chosen) or len(found.groups) == 1,
            kinds=kinds_of(found.groups, kind),
            shown=SHOWN_OF_EACH,
        )

    @get("/more", access=PUBLIC, include_in_schema=False)
    async def more(request: Request[Any, Any, Any]) -> Response[str]:
        """Everything that has no place of its own in the navigation."""
        groups: list[tuple[str, Sequence[Line]]] = []
        for one in offered(request):
            groups += await one.menu() if one.menu else []
        offer: list[Line] = []
        texts: list[tuple[str, Sequence[Line]]] = []
        for one in offered(request):
            lines = await one.more() if one.more else []
            # What a capability leads to stands together; texts that the town wrote have their own heading.
            if lines and one.menu:
                texts.append((str(one.title), lines))
            else:
                offer += lines
        if offer:
            groups.append((_("What your village offers"), offer))
        groups += texts
        groups.append((_("Open data"), [Line(title=_("Programming interface (API)"), href="/api/", icon="feed")]))
        return page("more.html", groups=groups)

    @get("/api/", access=PUBLIC, include_in_schema=False)
    async def interface(request: Request[Any, Any, Any]) -> Response[str]:
        """What can be read by programs, for people who write them."""
        document = request.app.openapi_schema
        operations = [
            Operation(method.upper(), path, operation.summary or "", operation.description or "")
            for path, item in sorted((document.paths or {}).items())
            for method in ("get", "post", "put", "delete")
            if (operation := getattr(item, method)) is not None
        ]
        return page("api.html", operations=operations, schema_href="/api/schema")

    return [today, start, search, more, interface]
