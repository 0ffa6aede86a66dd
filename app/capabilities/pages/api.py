"""Static pages as JSON."""

from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.pages import queries
from app.capabilities.pages.queries import StaticPage, StaticPageList
from app.kit import i18n
from app.web.access import PUBLIC
from app.web.respond import as_json

Language = Annotated[
    Literal["de", "en"] | None,
    QueryParameter(name="language", description="Wanted language; German where it is missing."),
]


class PagesApi(Controller):
    """The town's static pages."""

    path = "/api/v1/pages"
    tags = ("pages",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(StaticPageList, description="All pages", generate_examples=False)},
    )
    async def index(self, language: Language = None) -> Response[bytes]:
        """All pages in the order of the menu."""
        return as_json(StaticPageList(await queries.all_pages(language or i18n.language())))

    @get(
        "/{slug:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(StaticPage, description="The page", generate_examples=False)},
    )
    async def one(self, slug: FromPath[str], language: Language = None) -> Response[bytes]:
        """One page by its short name."""
        return as_json(await queries.page(slug, language or i18n.language()))
