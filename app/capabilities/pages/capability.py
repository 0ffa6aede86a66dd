"""Static pages declare themselves."""

from app.capabilities.pages import actions, queries
from app.capabilities.pages.admin import DOCUMENT_ADMIN, PAGE_ADMIN
from app.capabilities.pages.api import DocumentsApi, PagesApi
from app.capabilities.pages.manage import MenuDesk, PagesDesk
from app.capabilities.pages.menu import menu
from app.capabilities.pages.pages import StaticPages
from app.capabilities.pages.tables import Document, Page, PageVersion
from app.kit import i18n
from app.kit.capability import Capability
from app.kit.i18n import gettext_, lazy
from app.web.cards import Hit, Line
from app.web.names import told


async def more() -> list[Line]:
    """The pages for the reader that the town's own menu does not lead to."""
    pages = await queries.all_pages(i18n.locale(), in_menu=True)
    built = {link.href for group in await menu() for link in group.links}
    return [
        Line(title=page.title, href=href, icon="page") for page in pages if (href := f"/pages/{page.slug}") not in built
    ]


async def groups() -> list[tuple[str, list[Line]]]:
    """The menu that the town built."""
    return [
        (
            told(group.title, group.title_en),
            [Line(title=told(one.title, one.title_en), href=one.href) for one in group.links],
        )
        for group in await menu()
    ]


async def search(words: str, limit: int) -> list[Hit]:
    """Pages whose title or text has the words."""
    return [
        Hit(title=page.title, href=f"/pages/{page.slug}", kind=gettext_("Page"), text=page.summary)
        for page in await queries.search(words, i18n.locale(), limit)
    ]


pages = Capability(
    name="pages",
    title=lazy("Good to know"),
    tables=[Page, PageVersion, Document],
    pages=[StaticPages, PagesApi, DocumentsApi, PagesDesk, MenuDesk],
    more=more,
    menu=groups,
    search=search,
    alike=queries.alike,
    seed=actions.seed,
    admin=(PAGE_ADMIN, DOCUMENT_ADMIN),
    rights=("pages.write",),
)
