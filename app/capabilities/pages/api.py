"""Static pages as JSON."""

from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from app.capabilities.pages import documents, queries
from app.capabilities.pages.documents import DocumentEntry, DocumentList
from app.capabilities.pages.queries import StaticPage, StaticPageList
from app.kit import i18n
from app.web.access import PUBLIC
from app.web.respond import as_json

Language = Annotated[
    Literal["de", "en", "de-simple"] | None,
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
        return as_json(StaticPageList(await queries.all_pages(language or i18n.locale())))

    @get(
        "/{slug:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(StaticPage, description="The page", generate_examples=False)},
    )
    async def one(self, slug: FromPath[str], language: Language = None) -> Response[bytes]:
        """One page by its short name."""
        return as_json(await queries.page(slug, language or i18n.locale()))


class DocumentsApi(Controller):
    """What apps are configured by."""

    path = "/api/v1/documents"
    tags = ("pages",)

    @get(
        "/",
        access=PUBLIC,
        responses={200: ResponseSpec(DocumentList, description="All documents", generate_examples=False)},
    )
    async def index(self) -> Response[bytes]:
        """Every document in every version."""
        return as_json(DocumentList(await documents.all_documents()))

    @get(
        "/{name:str}",
        access=PUBLIC,
        responses={200: ResponseSpec(DocumentEntry, description="The document", generate_examples=False)},
    )
    async def one(
        self,
        name: FromPath[str],
        version: Annotated[str, QueryParameter(max_length=40, description="Of the app; else the one for all.")] = "",
    ) -> Response[bytes]:
        """The document for a version of an app, else the one for all."""
        return as_json(await documents.document(name, version))
