"""Rubbish declares itself."""

from datetime import timedelta
from typing import Final

import msgspec

from app.capabilities.waste import actions, jobs, queries, wording
from app.capabilities.waste.api import WasteApi
from app.capabilities.waste.manage import WasteDesk
from app.capabilities.waste.pages import WasteCalendar, WastePages
from app.capabilities.waste.tables import WasteArea, WasteDate
from app.feeds import items
from app.kit import clock, search
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.richtext import shortened
from app.web.cards import Card, Hit, Line
from app.web.site import current_site

SOON_DAYS: Final = 2
OVER_HOUR: Final = 12
"""From noon on, what was taken today is over."""
_ABOUT: Final = ("abfall", "abfuhr", "müll", "muell", "tonne", "rubbish", "waste", "bins")


class WasteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[capabilities.waste]` of a town or a template; there is nothing to choose yet."""


async def today() -> Card | None:
    """The bins of the next two days in my street; where no street is chosen yet, a question."""
    area = await queries.my_area()
    if area is None:
        if not await queries.count():
            return None
        return Card(
            title=_("Rubbish collection"),
            icon="waste",
            empty=_("Tell us your street once, then the next days stand here. The choice stays on this device."),
            action=_("Choose my street"),
            href="/waste/streets",
            order=40,
            aside=True,
        )
    day = queries.today()
    over = clock.now().astimezone(current_site().timezone).hour >= OVER_HOUR
    first = day + timedelta(days=1) if over else day
    found = wording.days(await queries.dates([area.id], first, day + timedelta(days=SOON_DAYS)), day)
    if not found:
        return None
    title = _("Rubbish tomorrow") if (found[0].day - day).days == 1 else _("Rubbish collection")
    return Card(
        title=_("Rubbish today") if found[0].day == day else title,
        icon="waste",
        lines=[
            Line(
                title=one.names,
                href="/waste",
                when=" – ".join(part for part in (one.when, one.advice.rstrip(".")) if part),
                badge=one.moved,
            )
            for one in found
        ],
        action=_("All days of my street"),
        href="/waste",
        order=5,
    )


async def find(words: str, limit: int) -> list[Hit]:
    """Streets with their next days; and the page itself for who looks for rubbish."""
    typed = " ".join(search.words_of(words))
    if any(word in typed for word in _ABOUT):
        return [Hit(title=_("Rubbish days of my street"), href="/waste", kind=_("Rubbish"))]
    found = (await queries.areas(words, limit=limit)) if typed else []
    first = queries.today()
    taken = await queries.dates([one.id for one in found], first, first + timedelta(days=14)) if found else []
    hits = []
    for area in found:
        days = wording.days([one for one in taken if one.area_id == area.id], first)[:2]
        text = "; ".join(f"{one.when}: {one.names}" for one in days)
        hits.append(
            Hit(title=area.name, href=f"/waste/streets/{area.key}", kind=_("Rubbish"), text=shortened(text, 160))
        )
    return hits


async def more() -> list[Line]:
    """The way to the bins."""
    return [Line(title=_("Rubbish days of my street"), href="/waste", icon="waste")]


waste = Capability(
    name="waste",
    title=lazy("Rubbish"),
    needs=("holidays",),
    tables=(WasteArea, WasteDate),
    pages=(WastePages, WasteCalendar, WasteApi, WasteDesk),
    accepts={items.Collection: actions.store_from_feed},
    withdraws={items.Collection: actions.withdraw_from_feed},
    today=today,
    search=find,
    alike=queries.alike,
    more=more,
    jobs=(jobs.forget_past,),
    hourly=(jobs.remind,),
    options=WasteOptions,
    rights=("waste.write",),
)
