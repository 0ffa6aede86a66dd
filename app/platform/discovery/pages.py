"""`/manage/feeds/discover`: start a search, watch it, look at what would come, take it over or not."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.identity import audit
from app.identity.rights import may
from app.kit.errors import Conflict
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.platform.discovery import kept
from app.platform.discovery.shape import SOURCES, Proposal, Shown, Step, website_of
from app.tenancy.village import setting
from app.web.access import role
from app.web.manage.desk import back_to, desk_page
from app.web.manage.entered import Entered, entered
from app.web.manage.feeds import DISCOVER, PLACE
from app.web.manage.reach import somebody
from app.web.site import current_site
from app.web.words import when

TITLES: Final[dict[str, Lazy]] = {
    "register": lazy("Name, district and keys"),
    "regions": lazy("What the regions bring"),
    "stops": lazy("Stops of buses and trains"),
    "holidays": lazy("Public holidays"),
    "wikidata": lazy("Facts from Wikidata"),
    "website": lazy("Your website"),
    "council": lazy("The council's information system"),
}
STATES: Final[dict[str, tuple[Lazy, str]]] = {
    "waiting": (lazy("waits"), ""),
    "running": (lazy("is being searched"), "info"),
    "done": (lazy("found"), "success"),
    "nothing": (lazy("nothing found"), ""),
    "failed": (lazy("did not work"), "warning"),
    "off": (lazy("not asked"), ""),
}
KINDS: Final[dict[str, Lazy]] = {
    "rss": lazy("News"),
    "ics": lazy("Calendar of events"),
    "waste_ics": lazy("Rubbish"),
    "jsonld": lazy("Events and jobs in a web page"),
    "oparl": lazy("Meetings and papers of the council"),
}
FOUND: Final[dict[str, Lazy]] = {
    "link": lazy("Your website names this source."),
    "path": lazy("It lies at an address that is usual for such sources."),
    "page": lazy("The entries stand in a page of your website."),
    "council": lazy("Your website leads to the council's server."),
    "registry": lazy("A public list of council servers names it."),
}


class StepShown(msgspec.Struct, frozen=True):
    """A source that is searched."""

    title: str
    badge: tuple[str, str]
    count: int
    text: str


class Entry(msgspec.Struct, frozen=True):
    """An entry as it would come."""

    title: str
    when: str


class ProposalShown(msgspec.Struct, frozen=True):
    """A proposal in the reader's language."""

    proposal: Proposal
    kind: str
    found: str
    entries: tuple[Entry, ...]


@get(DISCOVER, access=role("feeds.read"), include_in_schema=False)
async def discovery() -> Response[str]:
    """The last search: how far it is, what it found."""
    return await _page(Entered())


async def _page(form: Entered, status: int = 200) -> Response[str]:
    now = await kept.kept()
    steps = {step.source: step for step in now.steps}
    website = form("website") or now.website or await _website()
    return desk_page(
        "manage/discover.html",
        PLACE,
        status=status,
        kept=now,
        website=website,
        error=form.errors.get("website", ""),
        steps=[_step(steps.get(source, Step(source=source))) for source in SOURCES] if now.steps or now.running else [],
        proposals=[_proposal(one) for one in now.proposals],
        may_write=may(somebody(), "feeds.write"),
    )


@post(DISCOVER, access=role("feeds.write"), include_in_schema=False, status_code=303)
async def start(request: Request[Any, Any, Any]) -> Response[Any]:
    """Begin a search; a worker does it."""
    form = await entered(request)
    typed = form.line("website")
    address = website_of(typed)
    if typed and not address:
        form.errors["website"] = _("Please give the address of your website, like www.example.de.")
        return await _page(form, 422)
    if (await kept.kept()).running:
        raise Conflict("A search is under way already. Please wait until it has ended.")
    await kept.begin(address)
    await audit.record("feeds.discover")
    # Here and below: the connectors are 5 MB that a web process does without until somebody asks.
    from app.platform.discovery.search import search_for

    search_for.later(website=address)
    return back_to(DISCOVER)


@post(f"{DISCOVER}/{{key:str}}/take", access=role("feeds.write"), include_in_schema=False, status_code=303)
async def take(key: FromPath[str]) -> Response[Any]:
    """Make a proposal a source, switched on."""
    from app.platform.discovery.search import take_over

    name = await take_over(key)
    await audit.record("feeds.create", target=f"feed:{name}")
    return back_to(f"{PLACE}?asked={name}")


@post(f"{DISCOVER}/{{key:str}}/hide", access=role("feeds.write"), include_in_schema=False, status_code=303)
async def hide(key: FromPath[str]) -> Response[Any]:
    """Nobody wants this one."""
    await kept.hide(key)
    return back_to(DISCOVER)


async def _website() -> str:
    """What the town's folder says about it, for the empty field."""
    facts: dict[str, Any] = await setting("facts", {})
    return str(facts.get("website") or "")


def _step(step: Step) -> StepShown:
    label, kind = STATES[step.state]
    return StepShown(str(TITLES[step.source]), (str(label), kind), step.count, step.text)


def _proposal(one: Proposal) -> ProposalShown:
    kind = KINDS.get(one.connector)
    return ProposalShown(
        one, str(kind) if kind else one.connector, str(FOUND[one.found]), tuple(_entry(item) for item in one.items)
    )


def _entry(item: Shown) -> Entry:
    moment = item.at or item.day
    return Entry(item.title, when(moment, zone=current_site().zone) if moment else "")


DISCOVERY_PAGES: Final[tuple[ControllerRouterHandler, ...]] = (discovery, start, take, hide)
