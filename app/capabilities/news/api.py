"""News as JSON."""

from typing import Annotated, Final

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.news import queries
from app.capabilities.news.queries import AT_ONCE, Entry, EntryList
from app.kit import paging
from app.kit.errors import InvalidInput
from app.kit.i18n import lazy as _
from app.kit.slug import number_of
from app.web.access import PUBLIC
from app.web.respond import as_json

Slug = Annotated[str, QueryParameter(pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$", description="Short name.")]
FromDay = Annotated[
    str,
    QueryParameter(name="from", max_length=40, description="First day, e.g. 2026-12-05.", format="date"),
]
ToDay = Annotated[str, QueryParameter(max_length=40, description="Last day, inclusive.", format="date")]
Words = Annotated[str, QueryParameter(max_length=200, description="Search in German full text.")]
Limit = Annotated[int, QueryParameter(ge=1, le=paging.MOST, description="Items of this part.")]
PageMarker = Annotated[str, QueryParameter(max_length=200, description="`next` of the part before.")]

_BAD_ID: Final = _("This is no number of an article.")


class NewsApi(Controller):
    """Articles that are public."""

    path = "/api/v1/news"
    tags = ("news",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(EntryList, description="Newest first", generate_examples=False)},
    )
    async def index(
        self,
        limit: Limit = AT_ONCE,
        cursor: PageMarker = "",
        category: Slug = "",
        provider: Slug = "",
        first: FromDay = "",
        to: ToDay = "",
        q: Words = "",
    ) -> Response[bytes]:
        """The newest articles; with `q` the best matches first.

        What finds nothing is looked up as a typing error; `meant` says what was looked for instead.
        """
        return as_json(await queries.latest(queries.narrowed(category, provider, first, to, q), cursor, limit))

    @get(
        "/{article_id:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(Entry, description="The article", generate_examples=False)},
    )
    async def one(self, article_id: FromPath[str]) -> Response[bytes]:
        """One article by its number."""
        number = number_of(article_id) if article_id.isdigit() else None
        if number is None:
            raise InvalidInput(_BAD_ID.message, {"article_id": _BAD_ID.message})
        return as_json(await queries.by_id(number))
