"""Meetings and papers as JSON."""

from typing import Annotated, Final, Literal

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.council import queries
from app.capabilities.council.entries import Meeting, MeetingList, Paper, PaperList
from app.capabilities.council.queries import AT_ONCE
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json

When = Annotated[Literal["upcoming", "past"], QueryParameter(description="What is to come, or what was.")]
Words = Annotated[str, QueryParameter(max_length=200, description="Search in names and numbers.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Items of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]

_BAD_ID: Final = _("This is no number of an entry.")


class MeetingsApi(Controller):
    """Meetings of the council and its committees."""

    path = "/api/v1/meetings"
    tags = ("council",)

    @get(
        "/", access=PUBLIC, responses={200: ResponseSpec(MeetingList, description="Meetings", generate_examples=False)}
    )
    async def index(self, limit: Limit = AT_ONCE, cursor: PageMarker = "", when: When = "upcoming") -> Response[bytes]:
        """Meetings to come in order, or those that were, newest first."""
        return as_json(await queries.meetings(when, cursor, limit))

    @get(
        "/{meeting_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Meeting, description="The meeting with its agenda", generate_examples=False)},
    )
    async def one(self, meeting_id: FromPath[str]) -> Response[bytes]:
        """One meeting by its number."""
        return as_json(await queries.meeting(_number(meeting_id, "meeting_id")))


class PapersApi(Controller):
    """Papers that the council deals with."""

    path = "/api/v1/papers"
    tags = ("council",)

    @get("/", access=PUBLIC, responses={200: ResponseSpec(PaperList, description="Papers", generate_examples=False)})
    async def index(self, limit: Limit = AT_ONCE, cursor: PageMarker = "", q: Words = "") -> Response[bytes]:
        """The newest papers.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        return as_json(await queries.listed_papers(" ".join(q.split()), cursor, limit))

    @get(
        "/{paper_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Paper, description="The paper", generate_examples=False)},
    )
    async def one(self, paper_id: FromPath[str]) -> Response[bytes]:
        """One paper by its number."""
        return as_json(await queries.paper(_number(paper_id, "paper_id")))


def _number(text: str, parameter: str) -> int:
    found = number_of(text) if text.isdigit() else None
    if found is None:
        raise InvalidInput(_BAD_ID.message, {parameter: _BAD_ID.message})
    return found
