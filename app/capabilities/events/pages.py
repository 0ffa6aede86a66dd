"""Events for people: by list, day, week and month, each event, and the calendar to subscribe to."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from msgspec import structs

from app.capabilities.events import calendar, found, queries, twins, wording
from app.capabilities.events.api import PageMarker, Slug, Words
from app.capabilities.events.period import Kind, Period, end_of_month, name_of, period_of
from app.capabilities.events.queries import Asked, Facet
from app.kit.errors import NotFound
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.slug import number_of
from app.media import keeping
from app.web import days
from app.web.access import PUBLIC
from app.web.cards import Chip, Crumb
from app.web.names import told
from app.web.respond import page, raw
from app.web.site import current_site, path_with

AT_ONCE: Final = 30
STRIP_DAYS: Final = 14
MOST_CHIPS: Final = 12
MOST_DATES_LISTED: Final = 60

_GONE: Final = lazy("This event does not exist, or no longer.")

PeriodText = Annotated[str, QueryParameter(max_length=20)]


class EventsPages(Controller):
    """The list in its four shapes, and each event."""

    path = "/events"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(
        self,
        request: Request[Any, Any, Any],
        day: PeriodText = "",
        week: PeriodText = "",
        month: PeriodText = "",
        cursor: PageMarker = "",
        category: Slug = "",
        provider: Slug = "",
        q: Words = "",
    ) -> Response[str]:
        """What is on: from now, or on a day, in a week, in a month."""
        now, zone, today = wording.town_now()
        period = period_of(day, week, month, today)
        words = " ".join(q.split())
        asked = Asked(span=period.span(now, zone), category=category, provider=provider, words=words)
        part = await found.page(asked, AT_ONCE, cursor, by_days=True)
        rows: dict[str, Any] = {
            "groups": wording.grouped(part.items, period.first, one_day=period.kind == "day"),
            "next_href": path_with(cursor=part.next) if part.next else "",
            "filtered": bool(category or provider or words),
            "period": period,
        }
        if request.headers.get("hx-request"):
            answer = page("events/_rows.html", **rows)
            # The address is that of the whole page, so a part of it must not be kept in its place.
            answer.headers["cache-control"] = "no-store"
            return answer
        # The numbers belong to what is shown.
        asked = structs.replace(asked, words=part.meant or words)
        facets = await queries.facets(asked)
        return page(
            "events/list.html",
            **rows,
            words=words,
            meant=part.meant,
            hidden=[(key, value) for key, value in _kept(period, category, provider) if value],
            views=_views(period, today),
            categories=_chips("category", facets, category),
            providers=_chips("provider", facets, provider),
            calendar_href=_calendar_href(category, provider),
            **await _days(asked, period, today),
        )

    @get("/{name:str}", access=PUBLIC)
    async def one(self, name: FromPath[str]) -> Response[Any]:
        """An event with its next dates, also as `.ics`; an address with another title leads to the right one."""
        ics = name.endswith(".ics")
        number = number_of(name.removesuffix(".ics"))
        if number is None:
            raise NotFound(_GONE.message)
        try:
            event = await queries.event(number)
        except NotFound:
            if (instead := await twins.shown_instead(number)) is None:
                raise
            # For now: which of two sources is shown may change.
            return Redirect(wording.path_of(instead.id, instead.title) + (".ics" if ics else ""), status_code=302)
        now, _zone, _today = wording.town_now()
        if ics:
            return raw(calendar.single(current_site(), event, await queries.dates(number, now)), calendar.MEDIA_TYPE)
        path = wording.path_of(event.id, event.title)
        if f"/events/{name}" != path:
            return Redirect(path, status_code=301)
        dates = await queries.dates(number, now, MOST_DATES_LISTED)
        return page(
            "events/event.html",
            event=event,
            badge=wording.badge(dates[0], now) if dates else "",
            cancelled=bool(dates) and dates[0].status == "cancelled",
            over=bool(dates) and dates[0].over_at <= now,
            facts=wording.facts(event, dates[0] if dates else None),
            picture=await keeping.of_event(number),
            dates=[(wording.when(one), wording.badge(one, now), one.title, one.location_name) for one in dates[1:]],
            crumbs=[Crumb(_("Events"), "/events")],
            calendar_href=f"/events/{number}.ics",
            source=event.source_name or told(event.provider_name or "", event.provider_en or "") or current_site().name,
        )


class EventsCalendar(Controller):
    """The town's calendar."""

    path = "/"
    include_in_schema = False

    @get("/events.ics", access=PUBLIC)
    async def ics(self, category: Slug = "", provider: Slug = "") -> Response[Any]:
        """The next dates as iCalendar; category and provider narrow them as on the page."""
        _now, zone, today = wording.town_now()
        # What was on last week stays in the calendars of those who have it there.
        span = queries.over_days(today - timedelta(days=7), None, zone)
        items = await queries.listed(Asked(span=span, category=category, provider=provider), calendar.MOST_DATES)
        return raw(calendar.town(current_site(), items), calendar.MEDIA_TYPE)


def _kept(period: Period, category: str, provider: str) -> list[tuple[str, str]]:
    """What the search form carries on."""
    shown = [] if period.kind == "upcoming" else [(str(period.kind), name_of(period.kind, period.first))]
    return [*shown, ("category", category), ("provider", provider)]


def _to(kind: Kind, value: str) -> str:
    """This page's address with another period."""
    period: dict[str, str | None] = {"day": None, "week": None, "month": None}
    return path_with(**period | ({} if kind == "upcoming" else {str(kind): value}))


def _views(period: Period, today: date) -> list[Chip]:
    """List, week and month; from a day one comes to its own week and month."""
    around = period.first if period.kind != "month" or not period.first <= today <= period.last else today
    labels: Mapping[Kind, str] = {"upcoming": _("List"), "week": _("Week"), "month": _("Month")}
    return [
        Chip(label=label, href=_to(kind, name_of(kind, around)), chosen=kind == period.kind)
        for kind, label in labels.items()
    ]


async def _days(asked: Asked, period: Period, today: date) -> dict[str, Any]:
    """Strip and month grid, with how much there is on each day."""
    chosen = period.first if period.kind == "day" else None
    first, length = period.first - timedelta(days=period.first.weekday()), 7
    if period.kind == "upcoming" or (chosen and today <= chosen < today + timedelta(days=STRIP_DAYS)):
        first, length = today, STRIP_DAYS
    month = period.first.replace(day=1)
    grid = month - timedelta(days=month.weekday())
    begin, end = min(first, grid), max(first + timedelta(days=length), end_of_month(month) + timedelta(days=7))
    span = queries.over_days(begin, end, current_site().timezone)
    wanted = Asked(span=span, category=asked.category, provider=asked.provider, words=asked.words)
    counts = await queries.per_day(wanted, begin, end)

    def href(day: date) -> str:
        return _to("day", day.isoformat())

    strip = [] if period.kind == "month" else days.strip(first, length, counts, href, today=today, chosen=chosen)
    return {
        "strip": strip,
        "weeks": days.month(month, counts, href, today=today, chosen=chosen),
        "month_title": days.month_title(month),
        "month_before": _to("month", name_of("month", month - timedelta(days=1))),
        "month_after": _to("month", name_of("month", end_of_month(month) + timedelta(days=1))),
        "before_href": _to(period.kind, period.before),
        "after_href": _to(period.kind, period.after),
    }


def _chips(parameter: str, facets: Sequence[Facet], chosen: str) -> list[Chip]:
    """One chip for each value, the chosen one leads back; none where there is nothing to choose."""
    there = [one for one in facets if one.kind == parameter]
    # One alone narrows nothing.
    if not chosen and len(there) < 2:
        return []
    shown = [one for number, one in enumerate(there) if number < MOST_CHIPS or one.slug == chosen]
    if chosen and chosen not in {one.slug for one in shown}:
        shown.append(Facet(parameter, chosen, chosen, 0))
    return [
        Chip(
            label=one.name,
            href=path_with(**{parameter: None if one.slug == chosen else one.slug}),
            count=one.count,
            chosen=one.slug == chosen,
        )
        for one in shown
    ]


def _calendar_href(category: str, provider: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in (("category", category), ("provider", provider)) if value)
    return f"/events.ics?{query}" if query else "/events.ics"
