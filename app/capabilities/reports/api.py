"""Defect reports as JSON."""

from typing import Annotated, Final, Literal

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.reports import queries
from app.capabilities.reports.queries import AT_ONCE, Report, ReportList, Wanted
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json

Status = Annotated[Literal["", "open", "closed"], QueryParameter(description="Open or closed ones only.")]
Kind = Annotated[str, QueryParameter(max_length=120, description="Name of a kind, as `service_name` says it.")]
Words = Annotated[str, QueryParameter(max_length=200, description="Search in kind, place and text.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Items of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]

_BAD_ID: Final = _("This is no number of an entry.")


class ReportsApi(Controller):
    """Defects that were reported to the town."""

    path = "/api/v1/reports"
    tags = ("reports",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(ReportList, description="Newest first", generate_examples=False)},
    )
    async def index(
        self, limit: Limit = AT_ONCE, cursor: PageMarker = "", status: Status = "", kind: Kind = "", q: Words = ""
    ) -> Response[bytes]:
        """The newest reports.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        wanted = Wanted(status=status, kind=kind, words=" ".join(q.split()))
        return as_json(await queries.listed(wanted, cursor, limit))

    @get(
        "/{report_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Report, description="The report", generate_examples=False)},
    )
    async def one(self, report_id: FromPath[str]) -> Response[bytes]:
        """One report by its number."""
        number = number_of(report_id) if report_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"report_id": _BAD_ID.message})
        return as_json(await queries.report(number))
