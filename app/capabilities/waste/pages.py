"""The bins for people: my street, every street, twelve months, and the calendar to subscribe to."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, QueryParameter

from app.capabilities.waste import queries, wording
from app.capabilities.waste.queries import Area
from app.kit import clock, dayfile
from app.kit.i18n import gettext_ as _
from app.settings import settings
from app.web import days as months
from app.web.access import PUBLIC
from app.web.cards import Crumb
from app.web.mine import cookie_of, mine
from app.web.origin import fields_of
from app.web.respond import page, raw
from app.web.site import current_site

SHOWN_AT_ONCE: Final = 400
"""Streets on one page; where there are more, one types."""
SOON_DAYS: Final = 28
ALARM_HOURS: Final = 6
"""Before midnight: 18:00 of the evening before."""

Key = Annotated[str, QueryParameter(max_length=63, description="Key of the street, e.g. `bahnhofstrasse`.")]
Words = Annotated[str, QueryParameter(max_length=100)]


class WastePages(Controller):
    """What stands at the road when."""

    path = "/waste"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def mine(self) -> Response[Any]:
        """The days of the street that this device chose; else the choice."""
        area = await queries.my_area()
        return await _street(area, own=True) if area is not None else await _choice("")

    @get("/streets", access=PUBLIC)
    async def streets(self, q: Words = "") -> Response[str]:
        """Look for a street."""
        return await _choice(q.strip())

    @post("/street", access=PUBLIC, status_code=303)
    async def choose(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Remember a street on this device; an empty one forgets it."""
        fields = await fields_of(request)
        key = fields.get("street", [""])[0][:63]
        chosen = (await queries.area(key)).key if key else ""
        kept = cookie_of(
            msgspec.structs.replace(mine(), street=chosen), secure=settings().origin.startswith("https://")
        )
        headers = {"location": "/waste" if chosen else "/waste/streets", "cache-control": "no-store"}
        return Response(None, status_code=303, headers=headers, cookies=[kept])

    @get("/streets/{key:str}", access=PUBLIC)
    async def street(self, key: FromPath[str]) -> Response[Any]:
        """The days of a street, whoever lives there."""
        return await _street(await queries.area(key), own=False)

    @get("/streets/{key:str}/year", access=PUBLIC)
    async def year(self, key: FromPath[str]) -> Response[Any]:
        """Twelve months, to print and to hang up."""
        area = await queries.area(key)
        today = queries.today()
        found = wording.days(await queries.dates([area.id], today, queries.a_year_from(today)), today)
        by_month = [
            (months.month_title(some[0].day), some)
            for some in (list(each) for _month, each in groupby(found, key=lambda one: one.month))
        ]
        return page(
            "waste/year.html",
            area=area,
            months=by_month,
            legend=_legend(found),
            origins=await queries.origins(area.id),
            crumbs=[Crumb(_("Rubbish"), "/waste"), Crumb(area.name, f"/waste/streets/{area.key}")],
        )


class WasteCalendar(Controller):
    """The days of a street for other programs."""

    path = "/waste.ics"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def calendar(self, street: Key = "") -> Response[Any]:
        """RFC 5545; each day with a reminder at six in the evening before."""
        area = await queries.area(street)
        today = queries.today()
        site = current_site()
        found = await queries.dates([area.id], today - timedelta(days=1), queries.a_year_from(today))
        changed: dict[Any, datetime] = {}
        for one in found:
            changed[one.day] = max(one.changed_at, changed.get(one.day, one.changed_at))
        entries = [
            dayfile.DayEntry(
                uid=f"{area.key}-{day.day.isoformat()}@{site.host}",
                title=day.names,
                first_day=day.day,
                last_day=day.day,
                text=" ".join(part for one in day.bins for part in (one.moved, one.note) if part),
                url=f"{site.origin}/waste/streets/{area.key}",
                changed_at=changed[day.day],
                alarm_hours=ALARM_HOURS,
            )
            for day in wording.days(found, today)
        ]
        name = _("Rubbish: %(street)s") % {"street": area.name}
        return raw(dayfile.calendar(name, entries), dayfile.MEDIA_TYPE)


async def _choice(words: str) -> Response[str]:
    total = await queries.count()
    shown = queries.Streets([])
    if words or total <= SHOWN_AT_ONCE:
        shown = await queries.to_choose(words, limit=SHOWN_AT_ONCE)
    return page(
        "waste/streets.html",
        words=words,
        meant=shown.meant,
        areas=shown.areas,
        total=total,
        chosen=mine().street,
    )


async def _street(area: Area, *, own: bool) -> Response[str]:
    today = queries.today()
    found = wording.days(await queries.dates([area.id], today, queries.a_year_from(today)), today)
    soon = [one for one in found if (one.day - today).days <= SOON_DAYS]
    nothing_more = clock.now().astimezone(current_site().timezone).hour >= 12
    if soon and soon[0].day == today and nothing_more:
        soon = soon[1:]
    return page(
        "waste/street.html",
        area=area,
        own=own,
        alone=await queries.count() == 1,
        next_day=soon[0] if soon else found[0] if found and found[0].day > today else None,
        soon=soon[1:],
        nexts=_nexts(found, today_too=not nothing_more),
        origins=await queries.origins(area.id),
        chosen=mine().street == area.key,
    )


def _legend(found: Sequence[wording.Day]) -> list[wording.Taken]:
    """Each bin once, in the order of our list."""
    order = list(wording.BINS)
    first = {one.name: one for day in reversed(found) for one in day.bins}
    return sorted(first.values(), key=lambda one: (order.index(one.fraction), one.name))


def _nexts(found: Sequence[wording.Day], *, today_too: bool) -> list[tuple[wording.Taken, wording.Day]]:
    """The next day of each bin, in the order of our list."""
    today = queries.today()
    first: dict[str, wording.Day] = {}
    for day in found:
        for one in day.bins:
            if today_too or day.day > today:
                first.setdefault(one.name, day)
    return [(one, first[one.name]) for one in _legend(found) if one.name in first]
