"""Static pages for people."""

from litestar import Controller, Response, get
from litestar.params import FromPath

from app.capabilities.pages import queries
from app.kit import i18n
from app.web.access import PUBLIC
from app.web.respond import page


class StaticPages(Controller):
    """`/pages/impressum` and the like; the page "more" lists them."""

    path = "/pages"
    include_in_schema = False

    @get("/{slug:str}", access=PUBLIC)
    async def one(self, slug: FromPath[str]) -> Response[str]:
        """A page in the reader's language, else in German."""
        return page(
            "pages/static.html",
            page=await queries.page(slug, i18n.locale()),
            languages=[one.language for one in await queries.languages(slug)],
        )
