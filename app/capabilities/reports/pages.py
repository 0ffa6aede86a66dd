"""Defect reports for people: what is broken, where, and what became of it."""

from typing import Any, Final

from litestar import Controller, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from app.capabilities.reports import queries
from app.capabilities.reports.api import Kind, PageMarker, Status, Words
from app.capabilities.reports.queries import Report, Wanted
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import number_of
from app.web import words as wording
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb, Fact
from app.web.respond import page
from app.web.site import current_site, path_with

STATUS: Final = {"open": lazy("Open"), "closed": lazy("Done")}


class ReportsPages(Controller):
    """The list and each report."""

    path = "/reports"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(
        self, cursor: PageMarker = "", status: Status = "", kind: Kind = "", q: Words = ""
    ) -> Response[str]:
        """The newest reports, narrowed by state, kind and words."""
        wanted = Wanted(status=status, kind=kind, words=" ".join(q.split()))
        part = await queries.listed(wanted, cursor)
        counts = await queries.status_counts()
        hidden = [(key, value) for key, value in (("status", status), ("kind", kind)) if value]
        return page(
            "reports/list.html",
            reports=part.items,
            states={key: str(label) for key, label in STATUS.items()},
            whens=[age(one) for one in part.items],
            words=wanted.words,
            meant=part.meant,
            filtered=bool(wanted),
            hidden=hidden,
            statuses=[
                Chip(
                    label=str(label),
                    href=path_with(status=None if key == status else key),
                    count=counts.get(key, 0),
                    chosen=key == status,
                )
                for key, label in STATUS.items()
            ],
            kinds=[
                Chip(
                    label=one.key,
                    href=path_with(kind=None if one.key == kind else one.key),
                    count=one.count,
                    chosen=one.key == kind,
                )
                for one in await queries.kind_counts()
            ],
            next_href=path_with(cursor=part.next) if part.next else "",
        )

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """A report; an address with another title leads to the right one."""
        number = number_of(name)
        if number is None:
            raise NotFound(queries.NO_REPORT.message)
        found = await queries.report(number)
        if f"/reports/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        return page(
            "reports/report.html",
            entry=found,
            state=str(STATUS[found.status]),
            facts=facts(found),
            source=found.attribution or found.source.name or current_site().name,
            crumbs=[Crumb(_("Defect reports"), "/reports")],
        )


def age(report: Report) -> str:
    """How old a report is."""
    return wording.age(report.requested_at, zone=current_site().zone) if report.requested_at else ""


def facts(report: Report) -> list[Fact]:
    """The summary list of a report."""
    zone = current_site().zone
    found = []
    if report.address:
        found.append(Fact(_("Where"), report.address, icon="place"))
    if report.latitude is not None and report.longitude is not None:
        point = f"{report.latitude:.6f},{report.longitude:.6f}"
        found.append(Fact(_("Way there"), _("Open in your map app"), f"geo:{point}?q={point}", icon="place"))
    if report.service_name and report.service_name != report.title:
        found.append(Fact(_("Kind"), report.service_name))
    if report.requested_at:
        found.append(Fact(_("Reported"), wording.date_long(report.requested_at, zone=zone), icon="clock"))
    if report.updated_at and report.updated_at != report.requested_at:
        found.append(Fact(_("Last change"), wording.date_long(report.updated_at, zone=zone), icon="clock"))
    return found
