"""A town's list of feeds: add one, look at their health."""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec

from app.feeds import regional_state
from app.feeds.connector import InvalidConfig
from app.feeds.regional import full_name
from app.feeds.registry import connector
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput
from app.tenancy import control, current, regions, tenant, transaction

FIRST_LOOK = timedelta(minutes=10)
"""Until the workers fetch a new feed on their own."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SORTED_BY = {"article": "news", "event": "events", "place": "places", "tour": "places"}
"""Kind of item → the capability whose categories it may have."""


class FeedExists(Conflict):
    """The town has a feed of that name."""


class FeedHealth(msgspec.Struct, frozen=True):
    """A feed as its editor sees it."""

    name: str
    title: str
    connector: str
    url: str
    enabled: bool
    status: str
    problem: str
    hold: bool
    failures: int
    attempted_at: datetime | None
    succeeded_at: datetime | None
    changed_at: datetime | None
    next_at: datetime | None
    items: int
    bytes_saved: int
    licence: str
    note: str
    region: str = ""
    """Name of the region that fetches it; empty for the town's own."""


class NewFeed(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be synced."""

    name: str
    connector: str
    url: str
    title: str = ""
    options: dict[str, Any] = {}
    every_seconds: int = 0
    """0 means the connector's own interval; less than that is not possible."""
    provider: str = ""
    """Slug of the provider that publishes it."""
    category: str = ""
    licence: str = ""
    attribution: str = ""
    note: str = ""
    enabled: bool = True


async def add(slug: str, feed: NewFeed) -> None:
    """Add a feed, due in a while: whoever added it looks first, or changes it.

    Raises `InvalidInput` for what its connector doesn't take, `FeedExists`.
    """
    async with tenant(slug), transaction():
        if not await insert(feed):
            raise FeedExists("%(slug)s already has a feed %(name)s. Choose another name.", slug=slug, name=feed.name)
    if feed.enabled:
        async with control() as connection:
            await connection.execute(
                "INSERT INTO feed_due (tenant, feed, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                slug,
                feed.name,
                clock.now() + FIRST_LOOK,
            )


async def insert(feed: NewFeed) -> bool:
    """Write a feed's row inside the tenant's transaction; False if there is one of that name."""
    if not _NAME.fullmatch(feed.name):
        raise InvalidInput("A feed's name has lower-case letters, digits and hyphens, at most 63.")
    code = connector(feed.connector)
    if code.manifest.only_for_regions:
        raise InvalidInput(
            "The connector %(name)s is for regions only: enter the feed in a file under tenants/regions/.",
            name=code.name,
        )
    try:
        code.configured({"url": feed.url, **feed.options})
    except InvalidConfig as error:
        raise InvalidInput("The feed's settings don't fit: %(problem)s", problem=str(error)) from error
    rows = await current().fetch(
        """INSERT INTO feed (name, title, connector, url, options, every_seconds, licence, attribution, note, enabled,
               provider_id, category_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
               (SELECT id FROM provider WHERE slug = $11),
               (SELECT id FROM category WHERE slug = $12 AND capability = ANY($13) LIMIT 1))
           ON CONFLICT (name) DO NOTHING RETURNING id""",
        [
            feed.name,
            feed.title,
            feed.connector,
            feed.url,
            msgspec.json.encode(feed.options).decode(),
            max(feed.every_seconds, code.manifest.every_seconds),
            feed.licence,
            feed.attribution,
            feed.note,
            feed.enabled,
            feed.provider,
            feed.category,
            [_SORTED_BY.get(kind, "") for kind in code.manifest.gives],
        ],
    )
    return bool(rows)


async def listing(slug: str) -> list[FeedHealth]:
    """The town's feeds with their health, by name: its own and those of its regions, also what no row of it is kept of.

    A region's feed is as healthy as its last run in the region; `enabled` and `items` are the town's.
    """
    async with tenant(slug) as scope:
        rows = await scope.fetch(
            "SELECT name, title, connector, url, enabled, status, problem, hold, failures, attempted_at, succeeded_at,"
            " changed_at, next_at, items_new + items_changed + items_unchanged AS items, bytes_saved, licence, note,"
            " region FROM feed ORDER BY name"
        )
    found = {row["name"]: msgspec.convert(dict(row), FeedHealth) for row in rows}
    for one in await regional_state.health(await regions.regions_of(slug)):
        name = full_name(one.region, one.name)
        own = found.get(name)
        if own is not None or one.enabled:
            found[name] = msgspec.convert(
                {
                    **msgspec.structs.asdict(one),
                    "name": name,
                    "title": own.title if own else one.title,
                    "enabled": own.enabled if own else True,
                    "items": own.items if own else one.items,
                    "note": own.note if own and own.note else one.note,
                },
                FeedHealth,
            )
    return [found[name] for name in sorted(found)]
