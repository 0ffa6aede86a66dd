"""The town hall declares itself."""

from collections.abc import Sequence

import msgspec

from app.capabilities.townhall import actions, jobs, queries
from app.capabilities.townhall.api import OfficesApi, ServicesApi
from app.capabilities.townhall.manage import TownhallDesk, desk
from app.capabilities.townhall.pages import TownhallPages
from app.capabilities.townhall.queries import Wanted
from app.capabilities.townhall.tables import Office, Service
from app.feeds import items
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.richtext import shortened
from app.web.cards import Hit, Line


class TownhallOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.townhall]` of a town or a template; there is nothing to choose yet."""


async def search(words: str, limit: int) -> list[Hit]:
    """Services, best matches first, then offices."""
    found = await queries.services(Wanted(words=words), limit=limit, tolerant=False)
    hits = [
        Hit(title=one.title, href=one.path, kind=_("Service"), text=shortened(one.summary, 160)) for one in found.items
    ]
    rest = limit - len(hits)
    offices = await queries.offices(words, limit=rest, tolerant=False) if rest > 0 else None
    hits += [
        Hit(title=one.title, href=one.path, kind=_("Office"), text=one.place.line)
        for one in (offices.items if offices else ())
    ]
    return hits


async def saved(ids: Sequence[int]) -> list[Line]:
    """Services that a reader put aside."""
    return [Line(title=one.title, href=one.path) for one in await queries.by_ids(ids)]


async def more() -> list[Line]:
    """Both lists."""
    return [
        Line(title=_("Services A–Z"), href="/services", icon="town"),
        Line(title=_("Offices"), href="/offices", icon="clock"),
    ]


townhall = Capability(
    name="townhall",
    title=lazy("Town hall"),
    needs=("holidays",),
    tables=(Office, Service),
    pages=(TownhallPages, ServicesApi, OfficesApi, TownhallDesk),
    accepts={items.Office: actions.store_offices, items.Service: actions.store_services},
    withdraws={items.Office: actions.withdraw_offices, items.Service: actions.withdraw_services},
    jobs=(jobs.show_once,),
    search=search,
    alike=queries.alike,
    saved=saved,
    more=more,
    manage=desk,
    options=TownhallOptions,
    rights=("townhall.write",),
)
