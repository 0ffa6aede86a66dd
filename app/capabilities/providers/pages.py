"""Who takes part, for people."""

from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from app.capabilities.providers import queries
from app.capabilities.providers.queries import ProviderEntry
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.web.access import PUBLIC
from app.web.cards import Fact
from app.web.names import told
from app.web.respond import page

KINDS: Final[dict[str, Lazy]] = {
    "authority": lazy("Public office"),
    "association": lazy("Association"),
    "business": lazy("Company"),
    "church": lazy("Church"),
    "club": lazy("Club"),
    "culture": lazy("Culture"),
    "education": lazy("Education"),
    "media": lazy("Media"),
    "rescue": lazy("Rescue service"),
}


class Shown(msgspec.Struct, frozen=True):
    """A provider, as the templates of the list and of the page want it."""

    name: str
    href: str
    kind: str
    text: str
    lede: str
    """The sentence on the page; empty where the text says it all."""
    html: str
    """The town's text, German."""


class ProviderPages(Controller):
    """The list and each provider."""

    path = "/providers"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(self) -> Response[str]:
        """Everyone who publishes here."""
        return page("providers.html", providers=[_shown(one) for one in await queries.all_providers()])

    @get("/{slug:str}", access=PUBLIC)
    async def one(self, request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[str]:
        """A provider, how to reach it, and what it published last."""
        entry = await queries.provider(slug)
        chosen = request.scope["state"]["capabilities"]
        asked = [one for one in request.app.state["capabilities"] if one.offers and one.name in chosen]
        cards = [card for one in asked if (card := await one.offers(entry.slug)) is not None]
        return page("provider.html", provider=_shown(entry), slug=entry.slug, facts=_facts(entry), cards=cards)


def _shown(entry: ProviderEntry) -> Shown:
    kind = str(KINDS[entry.kind]) if entry.kind in KINDS else ""
    text = told(entry.summary, entry.summary_en)
    # Whoever can't read the text gets at least the sentence in their language.
    alone = not entry.body_html or text not in ("", entry.summary)
    name = told(entry.name, entry.name_en)
    return Shown(name, f"/providers/{entry.slug}", kind, text, text if alone else "", entry.body_html)


def _facts(entry: ProviderEntry) -> list[Fact]:
    address = entry.address
    town = " ".join(part for part in (address.postcode, address.place) if part)
    found = [
        Fact(_("Address"), ", ".join(part for part in (address.street, town) if part), icon="place"),
        Fact(_("Phone"), entry.phone, "tel:" + "".join(sign for sign in entry.phone if sign in "+0123456789"), "phone"),
        Fact(_("E-mail"), entry.email, f"mailto:{entry.email}", "mail"),
        Fact(_("Website"), entry.website.partition("://")[2].rstrip("/"), entry.website, "web"),
    ]
    return [fact for fact in found if fact.value]
