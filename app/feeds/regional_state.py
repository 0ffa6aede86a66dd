"""The regions' feeds as the control plane remembers them: what the files want, what is due, how the last run went."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from app.feeds import regional
from app.feeds.asking import Asked
from app.feeds.connector import Manifest
from app.feeds.regional import RegionFeed
from app.feeds.registry import CONNECTORS
from app.kit import clock, i18n
from app.kit.errors import Conflict, NotFound
from app.kit.http import STAYS_HOME
from app.tenancy import control, regions
from app.tenancy.definition_shape import FeedDefinition, Region

CLAIM_MINUTES: Final = 35
"""A run that has not ended by then is taken for lost; a whole timetable may take long."""


class RegionDue(Asked, frozen=True, kw_only=True):
    """A region's feed as it stood when the run began."""

    feed: RegionFeed
    manifest: Manifest
    version: int
    items: int
    told: bool
    """The operators know that it is down."""


async def settle() -> None:
    """Bring the list in line with the files: new feeds are due, changed ones start afresh, others are switched off."""
    wanted = {key: _digest(feed) for key, (_, feed) in _described().items()}
    async with control() as connection:
        rows = await connection.fetch("SELECT region, name, definition_hash FROM region_feed")
        known = {(row["region"], row["name"]): row["definition_hash"] for row in rows}
        fresh = [(*key, digest) for key, digest in wanted.items() if known.get(key) != digest]
        dropped = [key for key, digest in known.items() if digest and key not in wanted]
        if fresh:
            await connection.execute(
                """INSERT INTO region_feed (region, name, definition_hash, due_at)
                   SELECT region, name, digest, $4 FROM unnest($1::text[], $2::text[], $3::text[])
                       AS f (region, name, digest)
                   ON CONFLICT (region, name) DO UPDATE SET definition_hash = excluded.definition_hash,
                       switched_off = false, etag = '', last_modified = '', body_hash = '', failures = 0,
                       failing_since = NULL, due_at = excluded.due_at""",
                *([one[place] for one in fresh] for place in range(3)),
                clock.now(),
            )
            await connection.execute(
                # Towns that it was not for, or is not for any more: each is looked at anew.
                """UPDATE region_delivery SET version = least(version, 0) - 1, claimed_until = NULL
                   FROM unnest($1::text[], $2::text[]) AS f (region, feed)
                   WHERE region_delivery.region = f.region AND region_delivery.feed = f.feed""",
                *([one[place] for one in fresh] for place in range(2)),
            )
        if dropped:
            await connection.execute(
                """UPDATE region_feed SET switched_off = true, definition_hash = '' FROM
                   unnest($1::text[], $2::text[]) AS f (region, feed)
                   WHERE region_feed.region = f.region AND name = f.feed""",
                *([one[place] for one in dropped] for place in range(2)),
            )


async def claim() -> list[tuple[str, str]]:
    """The (region, feed) pairs that are due, each given to one asker only."""
    now = clock.now()
    async with control() as connection:
        rows = await connection.fetch(
            # Materialized: a subquery may be asked again for other rows than those that were locked.
            """WITH next AS MATERIALIZED (
                   SELECT region, name FROM region_feed WHERE due_at <= $2 AND NOT switched_off
                       AND (claimed_until IS NULL OR claimed_until < $2)
                   ORDER BY due_at FOR UPDATE SKIP LOCKED)
               UPDATE region_feed SET claimed_until = $1 FROM next
               WHERE region_feed.region = next.region AND region_feed.name = next.name
               RETURNING region_feed.region, region_feed.name""",
            now + timedelta(minutes=CLAIM_MINUTES),
            now,
        )
    return [(row["region"], row["name"]) for row in rows]


async def let_go(pairs: Sequence[tuple[str, str]]) -> None:
    """Nobody was given these: they are due again at once."""
    async with control() as connection:
        await connection.execute(
            "UPDATE region_feed SET claimed_until = NULL FROM unnest($1::text[], $2::text[]) AS f (region, feed)"
            " WHERE region_feed.region = f.region AND name = f.feed",
            *([pair[place] for pair in pairs] for place in range(2)),
        )


async def later(region: str, name: str, at: datetime) -> None:
    """It is not run now."""
    async with control() as connection:
        await connection.execute(
            "UPDATE region_feed SET due_at = greatest(due_at, $3), claimed_until = NULL"
            " WHERE region = $1 AND name = $2",
            region,
            name,
            at,
        )


async def due(region: str, name: str = "") -> list[RegionDue]:
    """A region's feeds as they stand: all that are switched on, or the one that is named.

    Raises `UnknownRegion`, `NotFound` for a feed that the region's file doesn't have or has switched off, and
    `Conflict` for one that a deployment on `localhost` does not ask.
    """
    regions.described(region)
    found = {feed: one for (other, feed), one in _described().items() if other == region}
    if name and regions.held_back(region, name):
        raise Conflict(STAYS_HOME)
    if name and name not in found:
        raise NotFound("The region %(region)s has no feed %(name)s that is switched on.", region=region, name=name[:60])
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT name, version, etag, last_modified, body_hash, hold, failures, changed_at, full_fetch_at,
                   items_new + items_changed + items_unchanged AS items, told_at IS NOT NULL AS told
               FROM region_feed WHERE region = $1 AND CASE WHEN $2 = '' THEN NOT switched_off ELSE name = $2 END
               ORDER BY name""",
            region,
            name,
        )
    return [_due(dict(row), *found[row["name"]]) for row in rows if row["name"] in found]


def described(region: str, name: str) -> RegionFeed | None:
    """The feed of a region as its file says; None for one that isn't there or is switched off."""
    found = _described().get((region, name))
    return _feed(*found) if found else None


def _due(row: Mapping[str, Any], region: Region, definition: FeedDefinition) -> RegionDue:
    feed = _feed(region, definition)
    return RegionDue(
        **row,
        connector=feed.connector,
        url=definition.url,
        options=feed.options,
        every_seconds=feed.every_seconds,
        feed=feed,
        manifest=CONNECTORS[feed.connector].manifest,
    )


def _feed(region: Region, definition: FeedDefinition) -> RegionFeed:
    return regional.described(region, definition, CONNECTORS[definition.connector])


def _described() -> dict[tuple[str, str], tuple[Region, FeedDefinition]]:
    """What is to be fetched, by region and feed."""
    return {
        (region.name, feed.name): (region, feed)
        for region in regions.all_described()
        for feed in region.feeds
        if feed.enabled and feed.connector in CONNECTORS
    }


def _digest(feed: FeedDefinition) -> str:
    """Changes when another address is asked, its answer is read in another way, or it is for other towns."""
    said = msgspec.json.encode((feed.connector, feed.url, feed.options, *feed.members), order="sorted")
    return hashlib.blake2b(said, digest_size=12).hexdigest()


class RegionHealth(msgspec.Struct, frozen=True):
    """A region's feed as an operator sees it."""

    region: str
    name: str
    title: str
    connector: str
    url: str
    enabled: bool
    status: str
    problem: str
    problems: list[dict[str, str]]
    """Items of the last run that could not be taken: `id` and `reason`."""
    hold: bool
    failures: int
    attempted_at: datetime | None
    succeeded_at: datetime | None
    changed_at: datetime | None
    next_at: datetime | None
    items: int
    items_new: int
    items_changed: int
    items_gone: int
    bytes_saved: int
    licence: str
    note: str
    """Of one that is switched off: why."""
    held_back: bool = False
    """Switched on in its file; this deployment is on `localhost` and asks nobody outside."""


async def health(names: Collection[str] | None = None) -> list[RegionHealth]:
    """The feeds of all regions (or of some) with their health, also those that are switched off in their file."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT region, name, NOT switched_off AS enabled, status, problem, problems::text AS problems, hold,
                   failures, attempted_at, succeeded_at, changed_at, due_at AS next_at,
                   items_new + items_changed + items_unchanged AS items, items_new, items_changed, items_gone,
                   bytes_saved
               FROM region_feed"""
        )
    known = {(row["region"], row["name"]): row for row in rows}
    found = []
    for region in regions.all_described():
        for feed in region.feeds if names is None or region.name in names else ():
            row = known.get((region.name, feed.name))
            state = {**row, "problems": msgspec.json.decode(row["problems"])} if row else dict(_NEVER_RUN)
            state["enabled"] = feed.enabled and state["enabled"]
            state |= {"region": region.name, "name": feed.name, "title": feed.title or feed.name, "url": feed.url}
            held = regions.held_back(region.name, feed.name)
            note = i18n.gettext_(STAYS_HOME) if held else feed.note
            state |= {"connector": feed.connector, "licence": feed.licence, "note": note, "held_back": held}
            found.append(msgspec.convert(state, RegionHealth))
    return found


_NEVER_RUN: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("failures", "items", "items_new", "items_changed", "items_gone", "bytes_saved"), 0),
    **dict.fromkeys(("attempted_at", "succeeded_at", "changed_at", "next_at")),
    "enabled": True,
    "status": "new",
    "problem": "",
    "problems": [],
    "hold": False,
}


async def look_again(slug: str, full_name: str) -> tuple[str, str]:
    """The town switched the feed on or off: what it has is to be looked at anew. Gives region and feed."""
    region, _, name = full_name.partition(".")
    async with control() as connection:
        await connection.execute(
            # Each time another number, so that a delivery under way doesn't count as the answer to this.
            "UPDATE region_delivery SET version = least(version, 0) - 1, switched_off = false, claimed_until = NULL"
            " WHERE region = $1 AND feed = $2 AND tenant = $3",
            region,
            name,
            slug,
        )
    return region, name
