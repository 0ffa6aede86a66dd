"""The council declares itself."""

import msgspec

from app.capabilities.council import actions, queries
from app.capabilities.council.api import MeetingsApi, PapersApi
from app.capabilities.council.pages import CouncilPages, when
from app.capabilities.council.tables import Meeting, Paper
from app.feeds import items
from app.kit import clock
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web.cards import Card, Hit, Line

ON_START_PAGE = 3


class CouncilOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.council]` of a town or a template; there is nothing to choose yet."""


async def today() -> Card | None:
    """Meetings of the next seven days; no card where there are none."""
    latest = clock.now() + queries.SOON
    part = await queries.meetings("upcoming", limit=ON_START_PAGE)
    soon = [one for one in part.items if one.starts_at and one.starts_at <= latest]
    if not soon:
        return None
    return Card(
        title=_("Next meetings"),
        icon="people",
        lines=[
            Line(
                title=one.title,
                href=one.path,
                when=when(one),
                where=one.location,
                badge=_("Cancelled") if one.cancelled else "",
            )
            for one in soon
        ],
        action=_("All meetings"),
        href="/council",
        order=70,
        aside=True,
    )


async def search(words: str, limit: int) -> list[Hit]:
    """Meetings, then papers."""
    meetings = await queries.found_meetings(words, max(1, limit // 2))
    hits = [Hit(title=one.title, href=one.path, kind=_("Meeting"), text=one.body, when=when(one)) for one in meetings]
    papers = await queries.papers(words, limit=max(1, limit - len(hits)))
    return hits + [
        Hit(
            title=one.title,
            href=one.path,
            kind=_("Paper"),
            text=f"{one.reference} · {one.paper_type}".strip(" ·"),
        )
        for one in papers.items
    ]


async def more() -> list[Line]:
    """The council's pages, where there is something on them."""
    return [Line(title=_("Meetings and papers"), href="/council", icon="people")] if await queries.has_any() else []


council = Capability(
    name="council",
    title=lazy("Council"),
    tables=(Meeting, Paper),
    pages=(CouncilPages, MeetingsApi, PapersApi),
    accepts={items.Meeting: actions.store_meetings, items.Paper: actions.store_papers},
    withdraws={items.Meeting: actions.withdraw_meetings, items.Paper: actions.withdraw_papers},
    today=today,
    search=search,
    more=more,
    options=CouncilOptions,
)
