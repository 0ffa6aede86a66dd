"""Providers declare themselves; their table belongs to every village and stands in `app.tenancy.village`."""

from app.capabilities.providers import actions, queries
from app.capabilities.providers.admin import CATEGORY_ADMIN, PROVIDER_ADMIN
from app.capabilities.providers.api import ProvidersApi
from app.capabilities.providers.pages import ProviderPages
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.web.cards import Hit, Line
from app.web.names import told


async def more() -> list[Line]:
    """The way to the list."""
    return [Line(title=_("Who takes part"), href="/providers", icon="providers")]


async def search(words: str, limit: int) -> list[Hit]:
    """Who publishes here, by name and by what they say of themselves."""
    return [
        Hit(
            title=told(one.name, one.name_en),
            href=f"/providers/{one.slug}",
            kind=_("Publisher"),
            text=told(one.summary, one.summary_en),
        )
        for one in await queries.search(words, limit)
    ]


providers = Capability(
    name="providers",
    title=lazy("Who takes part"),
    pages=[ProviderPages, ProvidersApi],
    more=more,
    search=search,
    alike=queries.alike,
    seed=actions.seed,
    admin=(
        PROVIDER_ADMIN,
        CATEGORY_ADMIN,
    ),
    rights=("providers.write",),
)
