"""Holidays for people, and as a calendar for other programs."""

from typing import Any

from litestar import Controller, Response, get

from app.capabilities.holidays import days, queries
from app.kit import clock, dayfile
from app.kit.i18n import gettext_ as _
from app.kit.slug import slug
from app.web.access import PUBLIC
from app.web.respond import page, raw
from app.web.site import current_site


class HolidayPages(Controller):
    """Public holidays and school holidays of this year and the next."""

    path = "/holidays"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def index(self) -> Response[str]:
        """The list."""
        first, last = days.span()
        school = await queries.school_holidays(first, last)
        sources = {(one.attribution or one.source_name, one.source_url, one.licence) for one in school}
        return page(
            "holidays/list.html", years=await days.years(), sources=sorted(sources), known=bool(await queries.state())
        )


class HolidayCalendar(Controller):
    """The same days to subscribe to."""

    path = "/holidays.ics"
    include_in_schema = False

    @get("/", access=PUBLIC)
    async def calendar(self) -> Response[Any]:
        """RFC 5545, whole days."""
        first, last = days.span()
        site = current_site()
        found = [*await queries.public_holidays(first, last), *await queries.school_holidays(first, last)]
        # Nobody changes a holiday without another day: the beginning of the span says enough of its age.
        stamp = clock.now().replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        entries = [
            dayfile.DayEntry(
                uid=f"{one.kind}-{one.first_day.isoformat()}-{slug(one.title)}@{site.host}",
                title=one.title,
                first_day=one.first_day,
                last_day=one.last_day,
                text=one.attribution or one.source_name,
                url=f"{site.origin}/holidays",
                changed_at=stamp,
            )
            for one in sorted(found, key=lambda one: (one.first_day, one.kind))
        ]
        name = _("Holidays in %(name)s") % {"name": site.name}
        return raw(dayfile.calendar(name, entries), dayfile.MEDIA_TYPE)
