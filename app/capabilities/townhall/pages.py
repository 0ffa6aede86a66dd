"""The town hall for people: what do I want to get done, what do I need for it, where do I go and when."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from app.capabilities.holidays import queries as holidays
from app.capabilities.townhall import hours, queries, twins
from app.capabilities.townhall.api import Letter, Local, PageMarker, Situation, Words
from app.capabilities.townhall.entries import Block, Office, Service
from app.capabilities.townhall.everyday import SITUATIONS
from app.capabilities.townhall.hours import Day, Opening
from app.capabilities.townhall.queries import Wanted
from app.kit import clock, opening
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.opening import Calendar
from app.kit.richtext import plain
from app.kit.slug import number_of
from app.web import words
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb, Fact
from app.web.respond import page
from app.web.site import current_site, path_with

KINDS: Final = {
    "required_documents": lazy("What you need"),
    "fees": lazy("What it costs"),
    "deadlines": lazy("Deadlines"),
    "duration": lazy("How long it takes"),
    "requirements": lazy("Who can apply"),
    "procedure": lazy("How it works"),
    "forms": lazy("Forms"),
    "hints": lazy("Good to know"),
    "text": lazy("All details"),
    "legal": lazy("Legal basis"),
    "remedy": lazy("If you disagree with the decision"),
    "more": lazy("Further information"),
}
"""Kind of a block → its heading, in the order in which people ask."""
FOLDED: Final = frozenset({"text", "legal", "remedy", "more"})
"""What stands behind a click."""
ICONS: Final = {"fees": "euro", "deadlines": "calendar", "duration": "clock"}
SHORT: Final = 110
"""Characters of an answer that stands in the summary list instead of a paragraph of its own."""
_ADDRESSES: Final = ("https://", "http://", "www.")


class Shown(msgspec.Struct, frozen=True):
    """An office with what its door says now."""

    office: Office
    opening: Opening | None
    week: list[Day]
    lines: Sequence[str]
    """Its hours in its own words."""
    facts: list[Fact]


class TownhallPages(Controller):
    """Services and offices."""

    path = "/"
    include_in_schema = False

    @get("/services", access=PUBLIC)
    async def services(
        self,
        request: Request[Any, Any, Any],
        cursor: PageMarker = "",
        q: Words = "",
        situation: Situation = "",
        letter: Letter = "",
        *,
        local: Local = False,
    ) -> Response[str]:
        """Services by name, by situation of life, by letter, by words."""
        wanted = Wanted(words=" ".join(q.split()), situation=situation, letter=letter.lower(), local=local)
        part = await queries.services(wanted, cursor)
        rows: dict[str, Any] = {"items": part.items, "next_href": path_with(cursor=part.next) if part.next else ""}
        if request.headers.get("hx-request"):
            answer = page("townhall/_rows.html", **rows)
            # The address is that of the whole page, so a part of it must not be kept in its place.
            answer.headers["cache-control"] = "no-store"
            return answer
        hidden = [
            (key, value) for key, value in (("situation", situation), ("local", "true" if local else "")) if value
        ]
        return page(
            "townhall/services.html",
            **rows,
            words=wanted.words,
            meant=part.meant,
            filtered=bool(wanted),
            chosen=str(SITUATIONS[situation][0]) if situation in SITUATIONS else "",
            hidden=hidden,
            situations=_situations(await queries.situation_counts(), situation),
            letters=_letters(await queries.letter_counts(), wanted.letter),
            locals=[
                Chip(
                    label=_("Offered by the town itself"), href=path_with(local=None if local else "true"), chosen=local
                )
            ],
        )

    @get("/services/{name:str}", access=PUBLIC)
    async def service(self, name: FromPath[str]) -> Response[Any]:
        """A service; an address with another title leads to the right one."""
        number = _number(name, queries.NO_SERVICE.message)
        try:
            found = await queries.service(number)
        except NotFound:
            if (instead := await twins.shown_instead(number)) is None:
                raise
            # For now: which of two sources is shown may change.
            return Redirect(instead.path, status_code=302)
        if f"/services/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        facts, sections, folded = arranged(found.blocks)
        return page(
            "townhall/service.html",
            entry=found,
            facts=facts,
            sections=sections,
            folded=folded,
            online=[link for link in found.links if link.kind == "online"],
            forms=[link for link in found.links if link.kind in ("form", "document")],
            further=[link for link in found.links if link.kind == "page"],
            offices=await shown(found.offices),
            situations=[
                Chip(label=str(SITUATIONS[key][0]), href=f"/services?situation={key}")
                for key in found.situations
                if key in SITUATIONS
            ],
            source=source_name(found),
            corrected=corrected_words(found),
            crumbs=[Crumb(_("Services"), "/services")],
        )

    @get("/offices", access=PUBLIC)
    async def offices(self, cursor: PageMarker = "", q: Words = "") -> Response[str]:
        """Offices by name, each with whether it is open."""
        said = " ".join(q.split())
        part = await queries.offices(said, cursor)
        return page(
            "townhall/offices.html",
            offices=await shown(part.items),
            words=said,
            meant=part.meant,
            next_href=path_with(cursor=part.next) if part.next else "",
            crumbs=[Crumb(_("Services"), "/services")],
        )

    @get("/offices/{name:str}", access=PUBLIC)
    async def office(self, name: FromPath[str]) -> Response[Any]:
        """An office and what it does."""
        found = await queries.office(_number(name, queries.NO_OFFICE.message))
        if f"/offices/{name}" != found.path:
            return Redirect(found.path, status_code=301)
        [one] = await shown([found])
        return page(
            "townhall/office.html",
            one=one,
            entry=found,
            services=await queries.services_of(found.id),
            source=source_name(found),
            corrected=corrected_words(found),
            crumbs=[Crumb(_("Services"), "/services"), Crumb(_("Offices"), "/offices")],
        )


async def shown(offices: Sequence[Office]) -> list[Shown]:
    """Offices with what their doors say now; on a public holiday they are closed."""
    if not offices:
        return []
    site = current_site()
    today = clock.today(site.timezone)
    calendar = await _calendar(today)
    return [
        Shown(
            one,
            hours.now(one.opening_hours, clock.now(), calendar),
            hours.week(one.opening_hours, today, calendar),
            hours.lines(one.opening_text),
            office_facts(one),
        )
        for one in offices
    ]


async def _calendar(today: date) -> Calendar:
    """The town's zone and its days off; from yesterday on, because an evening may last over midnight."""
    first, last = today - timedelta(days=1), today + timedelta(days=opening.DAYS_AHEAD)
    school = await holidays.school_holidays(first, last)
    return Calendar(
        zone=current_site().zone,
        public=await holidays.public_days(first, last),
        school=tuple((one.first_day, one.last_day) for one in school),
    )


def office_facts(office: Office) -> list[Fact]:
    """Where it is and how to reach it."""
    found: list[Fact] = []
    if office.place.line:
        found.append(Fact(_("Where"), office.place.line, icon="place"))
    if office.place.latitude is not None and office.place.longitude is not None:
        point = f"{office.place.latitude:.6f},{office.place.longitude:.6f}"
        found.append(Fact(_("Way there"), _("Open in your map app"), f"geo:{point}?q={point}", icon="place"))
    for contact in office.contacts:
        if contact.phone:
            dialled = "".join(one for one in contact.phone if one.isdigit() or one == "+")
            found.append(Fact(_("Phone"), contact.phone, f"tel:{dialled}", icon="phone"))
        if contact.email:
            found.append(Fact(_("E-mail"), contact.email, f"mailto:{contact.email}", icon="mail"))
        if contact.fax:
            found.append(Fact(_("Fax"), contact.fax))
        if contact.url:
            shown_url = contact.url
            for beginning in _ADDRESSES:
                shown_url = shown_url.removeprefix(beginning)
            found.append(Fact(_("Website"), shown_url.rstrip("/"), contact.url, icon="web"))
    if office.postal_address and office.postal_address != office.place.line:
        found.append(Fact(_("Postal address"), office.postal_address, icon="mail"))
    access = {"yes": _("With step-free access"), "limited": _("Partly step-free"), "no": _("Not step-free")}
    told = ". ".join(part for part in (access.get(office.wheelchair, ""), office.accessibility) if part)
    if told:
        found.append(Fact(_("Accessibility"), told, icon="people"))
    return found


def arranged(blocks: Sequence[Block]) -> tuple[list[Fact], list[Block], list[Block]]:
    """Short answers for the summary list, then what is read at once, then what stands behind a click."""
    facts: list[Fact] = []
    sections: list[Block] = []
    folded: list[Block] = []
    for kind, label in KINDS.items():
        for block in (one for one in blocks if one.kind == kind):
            named = msgspec.structs.replace(block, title=block.title or str(label))
            text = plain(block.html, SHORT + 1)
            if kind in ICONS and len(text) <= SHORT and "<a " not in block.html:
                facts.append(Fact(named.title, text, icon=ICONS[kind]))
            else:
                (folded if kind in FOLDED else sections).append(named)
    return facts, sections, folded


def source_name(entry: Service | Office) -> str:
    """Who says it."""
    return entry.attribution or entry.source.name or current_site().name


def corrected_words(entry: Service | Office) -> str:
    """That the town says something else than the source; empty where it doesn't."""
    if entry.corrected_at is None:
        return ""
    day = words.date_medium(entry.corrected_at.astimezone(current_site().timezone).date())
    return _("From %(source)s, changed by the town hall on %(day)s.") % {"source": source_name(entry), "day": day}


def _situations(counts: Sequence[queries.Count], chosen: str) -> list[Chip]:
    return [
        Chip(
            label=str(SITUATIONS[one.key][0]),
            href=path_with(situation=None if one.key == chosen else one.key, letter=None, q=None),
            count=one.count,
            chosen=one.key == chosen,
        )
        for one in counts
    ]


def _letters(counts: Sequence[queries.Count], chosen: str) -> list[Chip]:
    return [
        Chip(
            label=one.key.upper(),
            href=path_with(letter=None if one.key == chosen else one.key, situation=None, q=None),
            chosen=one.key == chosen,
        )
        for one in counts
    ]


def _number(name: str, missing: str) -> int:
    number = number_of(name)
    if number is None:
        raise NotFound(missing)
    return number
