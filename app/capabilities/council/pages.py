"""The council for people: when it meets, what about, and the papers at their source."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from litestar import Controller, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from app.capabilities.council import calendar, queries
from app.capabilities.council.api import PageMarker, Words
from app.capabilities.council.entries import Meeting, Paper
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.slug import number_of
from app.web import words as wording
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb, Fact
from app.web.respond import page, raw
from app.web.site import current_site, path_with

View = Annotated[Literal["upcoming", "past", "papers"], QueryParameter(description="Which list.")]
CALENDAR_SINCE: Final = timedelta(days=90)


class CouncilPages(Controller):
    """The lists, a meeting, a paper, the calendar."""

    path = "/"
    include_in_schema = False

    @get("/council", access=PUBLIC)
    async def index(self, view: View = "upcoming", cursor: PageMarker = "", q: Words = "") -> Response[str]:
        """Meetings to come, meetings that were, or papers."""
        words = " ".join(q.split())
        views = [
            Chip(label=label, href=path_with(view=None if name == "upcoming" else name, q=None), chosen=name == view)
            for name, label in (
                ("upcoming", _("Next meetings")),
                ("past", _("Past meetings")),
                ("papers", _("Papers")),
            )
        ]
        if view == "papers":
            papers = await queries.listed_papers(words, cursor)
            more = path_with(cursor=papers.next) if papers.next else ""
            return page(
                "council/papers.html",
                views=views,
                papers=papers.items,
                words=words,
                meant=papers.meant,
                next_href=more,
            )
        found = await queries.meetings(view, cursor)
        return page(
            "council/meetings.html",
            views=views,
            view=view,
            meetings=found.items,
            whens=[when(one) for one in found.items],
            next_href=path_with(cursor=found.next) if found.next else "",
        )

    @get("/council/meetings/{name:str}", access=PUBLIC)
    async def meeting(self, name: FromPath[str]) -> Response[Any]:
        """A meeting with its agenda; an address with another title leads to the right one."""
        found = await queries.meeting(_number(name, queries.NO_MEETING.message))
        if f"/council/meetings/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        return page(
            "council/meeting.html",
            entry=found,
            facts=meeting_facts(found),
            source=source_name(found),
            crumbs=[Crumb(_("Council"), "/council")],
        )

    @get("/council/papers/{name:str}", access=PUBLIC)
    async def paper(self, name: FromPath[str]) -> Response[Any]:
        """A paper with its documents and the meetings that deal with it."""
        found = await queries.paper(_number(name, queries.NO_PAPER.message))
        if f"/council/papers/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        meetings = await queries.meetings_of(found.id)
        return page(
            "council/paper.html",
            entry=found,
            facts=paper_facts(found),
            meetings=meetings,
            whens=[when(one) for one in meetings],
            source=source_name(found),
            crumbs=[Crumb(_("Council"), "/council"), Crumb(_("Papers"), "/council?view=papers")],
        )

    @get("/council.ics", access=PUBLIC)
    async def ics(self) -> Response[Any]:
        """The meetings as a calendar."""
        meetings = await queries.calendar(clock.now() - CALENDAR_SINCE)
        return raw(calendar.written(meetings), calendar.MEDIA_TYPE)


def when(meeting: Meeting) -> str:
    """`morgen, 19 Uhr`."""
    return wording.when(meeting.starts_at, meeting.ends_at, zone=current_site().zone) if meeting.starts_at else ""


def meeting_facts(meeting: Meeting) -> list[Fact]:
    """The summary list of a meeting."""
    found = []
    if meeting.starts_at:
        found.append(Fact(_("When"), wording.upfirst(when(meeting)), icon="clock"))
    if meeting.location:
        found.append(Fact(_("Where"), meeting.location, icon="place"))
    if meeting.body and meeting.body != meeting.title:
        found.append(Fact(_("Who meets"), meeting.body, icon="people"))
    return found


def paper_facts(paper: Paper) -> list[Fact]:
    """The summary list of a paper."""
    found = []
    if paper.reference:
        found.append(Fact(_("Number"), paper.reference, icon="page"))
    if paper.paper_type:
        found.append(Fact(_("Kind"), paper.paper_type))
    if paper.day:
        found.append(Fact(_("Dated"), wording.date_long(paper.day), icon="calendar"))
    if paper.body:
        found.append(Fact(_("In charge"), paper.body, icon="people"))
    return found


def source_name(entry: Meeting | Paper) -> str:
    """Who says it."""
    return entry.attribution or entry.source.name or current_site().name


def _number(name: str, missing: str) -> int:
    number = number_of(name)
    if number is None:
        raise NotFound(missing)
    return number
