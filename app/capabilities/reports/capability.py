"""Defect reports declare themselves."""

import msgspec

from app.capabilities.reports import actions, queries
from app.capabilities.reports.api import ReportsApi
from app.capabilities.reports.pages import ReportsPages, age
from app.capabilities.reports.queries import Wanted
from app.capabilities.reports.tables import Report
from app.feeds import items
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web.cards import Hit, Line


class ReportsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.reports]` of a town or a template; there is nothing to choose yet."""


async def search(words: str, limit: int) -> list[Hit]:
    """Reports whose kind, place or text has the words, newest first."""
    found = await queries.reports(Wanted(words=words), limit=limit)
    return [
        Hit(title=one.title, href=one.path, kind=_("Defect report"), text=one.address, when=age(one))
        for one in found.items
    ]


async def more() -> list[Line]:
    """The list, where there is something on it."""
    there = await queries.status_counts()
    return [Line(title=_("What is broken, and what became of it"), href="/reports", icon="tool")] if there else []


reports = Capability(
    name="reports",
    title=lazy("Defect reports"),
    tables=(Report,),
    pages=(ReportsPages, ReportsApi),
    accepts={items.Report: actions.store_from_feed},
    withdraws={items.Report: actions.withdraw_from_feed},
    search=search,
    search_page="/reports",
    more=more,
    options=ReportsOptions,
)
