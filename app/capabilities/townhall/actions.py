"""Services and offices as feeds bring them. What the town hides or says itself stays when a feed brings it again."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.capabilities.townhall import corrections, twins
from app.capabilities.townhall.hours import from_words
from app.capabilities.townhall.rows import NAMES, RECORDS, Table, sort_key, worked_out
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, opening, richtext
from app.tenancy import current
from app.tenancy.village import touched

# What a feed withdrew comes back with it; what an editor hid stays away.
_STORE: Final = {
    table: f"""INSERT INTO {table} (feed_item_id, {", ".join(names)}, created_at, changed_at)
SELECT feed_item_id, {", ".join(names)}, $2, $2
FROM jsonb_to_recordset($1::jsonb) AS item (feed_item_id bigint, {RECORDS[table]})
ON CONFLICT (feed_item_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in names)},
    changed_at = excluded.changed_at,
    withdrawn_at = CASE {table}.withdrawn_by WHEN 'editor' THEN {table}.withdrawn_at END,
    withdrawn_by = CASE {table}.withdrawn_by WHEN 'editor' THEN 'editor' ELSE '' END"""  # noqa: S608 - constants
    for table, names in NAMES.items()
}
_WITHDRAW_OFFICES: Final = """UPDATE office SET withdrawn_at = $2, withdrawn_by = 'feed'
WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL"""
_WITHDRAW_SERVICES: Final = """UPDATE service SET withdrawn_at = $2, withdrawn_by = 'feed'
WHERE feed_item_id = ANY ($1) AND withdrawn_by = '' RETURNING id"""


async def store_offices(source: Source, pairs: Sequence[tuple[int, items.Office]]) -> None:
    """Keep new and changed offices of a feed; safe to repeat."""
    await _store("office", [_office(source, id_, item) for id_, item in pairs])


async def store_services(source: Source, pairs: Sequence[tuple[int, items.Service]]) -> None:
    """Keep new and changed services of a feed; safe to repeat."""
    await _store("service", [_service(source, id_, item) for id_, item in pairs])
    await twins.link()


async def withdraw_offices(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    await current().fetch(_WITHDRAW_OFFICES, [list(feed_item_ids), clock.now()])
    touched()


async def withdraw_services(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    if await current().fetch(_WITHDRAW_SERVICES, [list(feed_item_ids), clock.now()]):
        await twins.link()
    touched()


async def _store(table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await current().fetch(_STORE[table], [msgspec.json.encode(rows).decode(), clock.now()])
        # Read back as JSON, so that what is kept of the source is what the statement took.
        await corrections.renew(table, msgspec.to_builtins(rows))
        touched()


def _told(source: Source, item: items.Item) -> dict[str, Any]:
    return {
        "title": richtext.shortened(item.title, 300),
        "sort_key": sort_key(item.title),
        "summary": richtext.shortened(item.summary, 500),
        # Becomes a link on our page, so nothing but http and https.
        "source_url": richtext.absolute(item.url, ""),
        "source_name": source.title,
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }


def _office(source: Source, id_: int, item: items.Office) -> dict[str, Any]:
    hours = item.opening_hours if opening.readable(item.opening_hours) else from_words(item.opening_text)
    return _told(source, item) | {
        "feed_item_id": id_,
        "key": key_of(source, item.external_id),
        "parent_key": key_of(source, item.parent) if item.parent else "",
        "body_html": item.body_html,
        "street": item.address.street,
        "postcode": item.address.postcode,
        "town": item.address.town,
        "postal_address": item.postal_address,
        "latitude": item.geo.lat if item.geo else None,
        "longitude": item.geo.lon if item.geo else None,
        "contacts": item.contacts,
        "opening_hours": hours,
        "opening_text": item.opening_text,
        "wheelchair": item.wheelchair,
        "accessibility": item.accessibility,
    }


def _service(source: Source, id_: int, item: items.Service) -> dict[str, Any]:
    htmls = [block.html for block in item.blocks]
    found = worked_out(item.title, item.summary, item.synonyms, item.life_situations, htmls)
    return _told(source, item) | {
        "feed_item_id": id_,
        "leika": item.leika,
        "language": item.language or "de",
        "blocks": item.blocks,
        "links": item.links,
        "office_keys": [key_of(source, one) for one in item.offices],
        "synonyms": item.synonyms,
        "local": item.local,
        **found,
    }


def key_of(source: Source, external_id: str) -> str:
    """By what services name an office of the same feed."""
    return f"{source.feed_id}:{external_id}"
