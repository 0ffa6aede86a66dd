"""Static pages declare themselves."""

from app.capabilities.pages import actions, queries
from app.capabilities.pages.admin import PAGE_ADMIN
from app.capabilities.pages.api import PagesApi
from app.capabilities.pages.pages import StaticPages
from app.capabilities.pages.tables import Page
from app.kit import i18n
from app.kit.capability import Capability
from app.kit.i18n import lazy
from app.web.cards import Line


async def more() -> list[Line]:
    """The pages that stand in the menu."""
    pages = await queries.all_pages(i18n.language(), in_menu=True)
    return [Line(title=page.title, href=f"/pages/{page.slug}") for page in pages]


pages = Capability(
    name="pages",
    title=lazy("Good to know"),
    tables=[Page],
    pages=[StaticPages, PagesApi],
    more=more,
    seed=actions.seed,
    admin=(PAGE_ADMIN,),
    rights=("pages.write",),
)
