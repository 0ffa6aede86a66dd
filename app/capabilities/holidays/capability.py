"""Holidays declare themselves."""

from datetime import timedelta

import msgspec

from app.capabilities.holidays import actions, days, queries
from app.capabilities.holidays.api import HolidayApi
from app.capabilities.holidays.pages import HolidayCalendar, HolidayPages
from app.capabilities.holidays.tables import DayOff
from app.feeds import items
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.search import words_of
from app.web.cards import Card, Hit, Line


class HolidayOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.holidays]` of a town or a template; there is nothing to choose yet."""


async def today() -> Card | None:
    """Only on the day before a public holiday: shops are closed tomorrow."""
    tomorrow = days.today() + timedelta(days=1)
    found = await queries.public_holidays(tomorrow, tomorrow)
    if not found:
        return None
    return Card(
        title=_("Tomorrow is a public holiday"),
        icon="calendar",
        lines=[Line(title=one.title, href="/holidays", when=days.when(one)) for one in found],
        action=_("All holidays"),
        href="/holidays",
        order=8,
    )


async def search(words: str, limit: int) -> list[Hit]:
    """The next holidays by that name, e.g. `Sommerferien`."""
    wanted = words_of(words)
    first, last = days.span()
    first = max(first, days.today())
    if not wanted:
        return []
    found = [*await queries.public_holidays(first, last), *await queries.school_holidays(first, last)]
    hits = [one for one in found if all(word in one.title.lower() for word in wanted)]
    return [
        Hit(title=one.title, href="/holidays", kind=_("Holidays"), when=days.when(one))
        for one in sorted(hits, key=lambda one: one.first_day)[:limit]
    ]


async def more() -> list[Line]:
    """The way to the list."""
    return [Line(title=_("Public holidays and school holidays"), href="/holidays", icon="calendar")]


holidays = Capability(
    name="holidays",
    title=lazy("Holidays"),
    tables=(DayOff,),
    pages=(HolidayPages, HolidayCalendar, HolidayApi),
    accepts={items.DayOff: actions.store_from_feed},
    withdraws={items.DayOff: actions.withdraw_from_feed},
    today=today,
    search=search,
    more=more,
    options=HolidayOptions,
)
