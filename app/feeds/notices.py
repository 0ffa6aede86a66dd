"""Who is responsible is told once when a feed goes down and once when it is back.

Of a village's feed these are its owners, of a region's the operators. Down is what failed three times in a row or for
six hours, or is gone for good. That they were told is written down together with the mails, so that a killed run tells
nobody twice and forgets nobody.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from app.feeds.failures import Failure
from app.identity import outbox
from app.kit import clock
from app.settings import settings
from app.tenancy import control, control_transaction, regions
from app.tenancy.registry import place_of

FAILURES: Final = 3
HOURS: Final = timedelta(hours=6)
PAGE: Final = "/manage/feeds"
"""Where a village's owner sees the feeds and their health."""
REGIONS_PAGE: Final = "/operator/feeds"
"""Where an operator sees those of all regions, on the platform's host."""


def is_down(failure: Failure, failures: int, since: datetime, now: datetime) -> bool:
    """Whether it is time to tell a person; `failures` in a row, the first of them at `since`."""
    return failures >= FAILURES or now - since >= HOURS or failure.code == "gone"


async def down(slug: str, feed: str, title: str, failure: Failure) -> None:
    """Tell the owners, unless they know."""
    async with control_transaction(), control() as connection:
        news = await connection.fetchval(
            "INSERT INTO feed_told (tenant, feed, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1",
            slug,
            feed,
            clock.now(),
        )
        if news:
            told = await _told(slug, title or feed)
            await outbox.put_to_owners(connection, slug, "feed-down", lambda: {**told, "problem": failure.text})


async def back(slug: str, feed: str, title: str) -> None:
    """Tell the owners that it works again, if they were told that it doesn't."""
    async with control_transaction(), control() as connection:
        known = await connection.fetchval(
            "DELETE FROM feed_told WHERE tenant = $1 AND feed = $2 RETURNING 1", slug, feed
        )
        if known:
            told = await _told(slug, title or feed)
            await outbox.put_to_owners(connection, slug, "feed-up", lambda: told)


async def region_down(region: str, feed: str, title: str, failure: Failure) -> None:
    """Tell the operators, unless they know."""
    async with control_transaction(), control() as connection:
        news = await connection.fetchval(
            "UPDATE region_feed SET told_at = $3 WHERE region = $1 AND name = $2 AND told_at IS NULL RETURNING 1",
            region,
            feed,
            clock.now(),
        )
        if news:
            told = _told_of(region, title or feed)
            await outbox.put_to_operators(connection, "feed-down", lambda: {**told, "problem": failure.text})


async def region_back(region: str, feed: str, title: str) -> None:
    """Tell the operators that it works again, if they were told that it doesn't."""
    async with control_transaction(), control() as connection:
        known = await connection.fetchval(
            "UPDATE region_feed SET told_at = NULL WHERE region = $1 AND name = $2 AND told_at IS NOT NULL RETURNING 1",
            region,
            feed,
        )
        if known:
            told = _told_of(region, title or feed)
            await outbox.put_to_operators(connection, "feed-up", lambda: told)


def _told_of(region: str, feed: str) -> Mapping[str, str]:
    return {"town": regions.described(region).title, "feed": feed, "link": settings().origin + REGIONS_PAGE}


async def _told(slug: str, feed: str) -> Mapping[str, str]:
    place = await place_of(slug)
    return {"town": place.name, "feed": feed, "link": settings().origin_of(place.host) + PAGE}
