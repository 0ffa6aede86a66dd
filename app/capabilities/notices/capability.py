"""Warnings and weather declare themselves."""

from app.capabilities.notices import (
    feed,
    forecast,
    jobs,
    levels,
    levels_here,
    levels_wording,
    queries,
    weather,
    wording,
)
from app.capabilities.notices.api import NoticesApi, WeatherApi
from app.capabilities.notices.levels_api import LevelsApi
from app.capabilities.notices.levels_here import NoticesOptions
from app.capabilities.notices.manage import NoticesDesk, desk
from app.capabilities.notices.pages import NoticesPages, WeatherPages
from app.capabilities.notices.queries import BAND
from app.capabilities.notices.tables import Notice
from app.feeds import items
from app.kit.capability import Capability
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.richtext import shortened
from app.web.band import warnings
from app.web.cards import Alert, Card, Hit, Line

ON_START_PAGE = 3
MOST_HIGH = 2
"""Levels on the start page: the danger of fire, and the gauge that tells the most."""


async def alerts() -> list[Alert]:
    """What stands over the pages; moderate warnings stand over the start page only."""
    return [wording.alert(one, severe=one.severity in BAND) for one in await queries.urgent()]


async def headline() -> str:
    """The weather now in a few words, nothing where nobody knows it."""
    found = (await weather.here()).weather
    return wording.headline(found.now) if found and found.now and not found.stale else ""


async def today() -> Card | None:
    """What does not stand over the page already: danger of fire, high water, advice, road works, all-clears.

    No card where there is none.
    """
    over = {one.href for one in warnings()}
    part = await queries.listed(limit=ON_START_PAGE + queries.MOST_ALERTS)
    rest = [one for one in part.items if one.path not in over][:ON_START_PAGE]
    high = [one for one in (await levels_here.here()).all if one.matters][:MOST_HIGH]
    if not rest and not high:
        return None
    return Card(
        title=_("Warnings and notices"),
        icon="warning",
        lines=[*(levels_wording.line(one) for one in high), *(_line(one) for one in rest)],
        action=_("All warnings and notices"),
        href="/notices",
        order=10,
    )


def _line(one: queries.Shown) -> Line:
    return Line(
        title=one.title,
        href=one.path,
        when=wording.clear_when(one) if one.is_clear else wording.when(one),
        source=one.issuer,
        badge=wording.badge(one),
    )


async def search(words: str, limit: int) -> list[Hit]:
    """Warnings that hold now."""
    return [
        Hit(
            title=one.title,
            href=one.path,
            kind=wording.badge(one),
            text=shortened(" ".join((one.instruction or one.description).split()), 160),
            when=wording.clear_when(one) if one.is_clear else wording.when(one),
        )
        for one in await queries.found(words, limit)
    ]


async def more() -> list[Line]:
    """The two pages."""
    return [
        Line(
            title=_("Warnings and notices"), href="/notices", icon="warning", source=_("What holds now, and what to do")
        ),
        Line(title=_("Weather"), href="/weather", icon="today", source=_("Now, by hours and by days")),
    ]


notices = Capability(
    name="notices",
    title=lazy("Warnings and weather"),
    tables=(Notice,),
    pages=(NoticesPages, WeatherPages, NoticesApi, WeatherApi, LevelsApi, NoticesDesk),
    accepts={items.Notice: feed.store},
    withdraws={items.Notice: feed.withdraw},
    keeps={items.Forecast: forecast.keep, items.Level: levels.keep},
    alerts=alerts,
    headline=headline,
    today=today,
    search=search,
    more=more,
    manage=desk,
    jobs=(jobs.forget_old_notices,),
    options=NoticesOptions,
    rights=("notices.write", "notices.publish"),
)
