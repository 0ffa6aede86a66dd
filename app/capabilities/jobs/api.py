"""Vacancies as JSON."""

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.jobs import queries
from app.capabilities.jobs.pages import PageMarker, Words
from app.capabilities.jobs.queries import AT_ONCE, Part, Vacancy
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json

Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Entries of this part.")]

_BAD_ID: Final = _("This is no number of a vacancy.")


class JobApi(Controller):
    """Vacancies that are open."""

    path = "/api/v1/jobs"
    tags = ("jobs",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(Part, description="Newest first", generate_examples=False)})
    async def index(self, limit: Limit = AT_ONCE, cursor: PageMarker = "", q: Words = "") -> Response[bytes]:
        """What is open today, newest first.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        return as_json(await queries.listed(q, cursor, limit))

    @get(
        "/{job_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Vacancy, description="The vacancy", generate_examples=False)},
    )
    async def one(self, job_id: FromPath[str]) -> Response[bytes]:
        """One vacancy by its number."""
        number = number_of(job_id) if job_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"job_id": _BAD_ID.message})
        return as_json(await queries.by_id(number))
