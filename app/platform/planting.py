"""Fills a town's tables from its definition, and later brings in what changed in its folder.

What wins: a row that is still as the folder once gave it follows the folder; a row that an editor changed stays; a row
that an editor deleted stays deleted. To know which is which, the town remembers what was planted (setting `folder`).
"""

from typing import Any

import msgspec

from app.capabilities import CAPABILITIES
from app.feeds import admin
from app.feeds.admin import NewFeed
from app.feeds.registry import CONNECTORS
from app.platform.planted import FOLDER, Kept, fingerprint
from app.tenancy import beds, current
from app.tenancy.beds import Bed
from app.tenancy.definition_shape import FeedDefinition, TenantDefinition
from app.tenancy.village import set_setting, setting, touched

FACTS = "facts"


_BEDS = (
    Bed(
        "provider",
        ("slug",),
        ("name", "name_en", "kind", "summary", "summary_en", "url", "email", "phone", "address", "position"),
        later=("name_en", "summary_en"),
        removed="withdrawn_at = coalesce(withdrawn_at, now())",
    ),
    Bed("category", ("capability", "slug"), ("name", "name_en", "position"), later=("name_en",)),
    Bed("page", ("language", "slug"), ("title", "summary", "body_html", "position"), renewed=", changed_at = now()"),
    Bed(
        "feed",
        ("name",),
        (
            "title",
            "connector",
            "url",
            "options",
            "provider_id",
            "category_id",
            "licence",
            "attribution",
            "note",
            "every_seconds",
            "enabled",
        ),
        # A source that was taken down switches its feed off by itself; that is no editor's wish.
        hashed=("enabled OR problem_code = 'gone' AS enabled",),
        # Another address or another reading of it: what was fetched last says nothing about it.
        renewed=", etag = '', last_modified = '', body_hash = '', failures = 0",
        removed="enabled = false",
    ),
)


def facts_of(definition: TenantDefinition) -> dict[str, Any]:
    """What capabilities may ask about the municipality (setting `facts`)."""
    names = (
        "official kind ars population area_ha postcode lat lon members website district state zone tagline_en"
    ).split()
    return {name: msgspec.to_builtins(getattr(definition, name)) for name in names}


async def plant(definition: TenantDefinition, site: dict[str, Any]) -> None:
    """Fill a new town, inside its scope and a transaction; safe to repeat."""
    await _sow(definition)
    await set_setting(FACTS, facts_of(definition))
    rows = {bed.table: await beds.hashes(bed) for bed in _BEDS}
    await _keep(Kept(fingerprint(definition), rows, site, definition.name, facts_of(definition)))


async def replant(definition: TenantDefinition, site: dict[str, Any], before: Kept) -> None:
    """Bring in what changed in the folder, inside the town's scope and a transaction."""
    rows: dict[str, dict[str, str]] = {}
    # Feeds come second: they refer to the providers and categories that stay.
    for some, sow in ((_BEDS[:-1], _sow_capabilities), (_BEDS[-1:], _sow_feeds)):
        there = {bed.table: await beds.hashes(bed) for bed in some}
        untouched: dict[str, list[str]] = {}
        for bed in some:
            planted, older = before.rows.get(bed.table, {}), await beds.hashes(bed, bed.later) if bed.later else {}
            untouched[bed.table] = [
                key for key, digest in there[bed.table].items() if planted.get(key) in (digest, older.get(key, digest))
            ]
            await beds.put_aside(bed, untouched[bed.table])
        await sow(definition)
        for bed in some:
            planted = before.rows.get(bed.table, {})
            await beds.take_over(bed)
            await beds.delete(bed, [key for key in planted if key not in there[bed.table]])
            ours = {*untouched[bed.table], *(await beds.hashes(bed)).keys() - there[bed.table].keys()}
            rows[bed.table] = planted | {key: digest for key, digest in (await beds.hashes(bed)).items() if key in ours}
    if await setting(FACTS) in (before.facts, None):
        await set_setting(FACTS, facts_of(definition))
    await _keep(Kept(fingerprint(definition), rows, site, definition.name, facts_of(definition)))
    touched()


async def _keep(what: Kept) -> None:
    await set_setting(FOLDER, msgspec.to_builtins(what))


async def _sow(definition: TenantDefinition) -> None:
    await _sow_capabilities(definition)
    await _sow_feeds(definition)


async def _sow_capabilities(definition: TenantDefinition) -> None:
    for capability in CAPABILITIES:
        if capability.seed is not None:
            await capability.seed(definition)


async def _sow_feeds(definition: TenantDefinition) -> None:
    for feed in definition.feeds:
        if _can_be_kept(feed):
            await admin.insert(
                NewFeed(
                    name=feed.name,
                    connector=feed.connector,
                    url=feed.url,
                    title=feed.title,
                    options=feed.options,
                    every_seconds=feed.every_minutes * 60,
                    provider=feed.provider,
                    category=feed.category,
                    licence=feed.licence,
                    attribution=feed.attribution,
                    note=feed.note,
                    enabled=feed.enabled,
                )
            )


def _can_be_kept(feed: FeedDefinition) -> bool:
    """A feed that waits for its connector or its address stays in the folder until it has both."""
    return feed.enabled or (feed.connector in CONNECTORS and bool(feed.url))


async def due_feeds() -> list[str]:
    """Names of the current town's own feeds that are switched on."""
    rows = await current().fetch("SELECT name FROM feed WHERE enabled AND region = '' ORDER BY name")
    return [row["name"] for row in rows]
