"""Defect reports as feeds bring them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.tenancy import current
from app.tenancy.village import touched

_RECORD: Final = """feed_item_id bigint, title text, service_code text, service_name text, status text,
    status_text text, description text, address text, latitude float8, longitude float8, requested_at timestamptz,
    updated_at timestamptz, source_url text, source_name text, licence text, attribution text"""
_NAMES: Final = tuple(column.split()[0] for column in _RECORD.split(","))
_STORE: Final = f"""INSERT INTO report ({", ".join(_NAMES)}, changed_at)
SELECT {", ".join(_NAMES)}, $2 FROM jsonb_to_recordset($1::jsonb) AS item ({_RECORD})
ON CONFLICT (feed_item_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])},
    changed_at = excluded.changed_at, withdrawn_at = NULL"""  # noqa: S608 - constants


async def store_from_feed(source: Source, pairs: Sequence[tuple[int, items.Report]]) -> None:
    """Keep new and changed reports of a feed; safe to repeat."""
    if pairs:
        rows = msgspec.json.encode([_row(source, id_, item) for id_, item in pairs]).decode()
        await current().fetch(_STORE, [rows, clock.now()])
        touched()


async def withdraw_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Take back what its source no longer shows."""
    await current().fetch(
        "UPDATE report SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )
    touched()


def _row(source: Source, id_: int, item: items.Report) -> dict[str, Any]:
    return {
        "feed_item_id": id_,
        "title": richtext.shortened(item.title, 200),
        "service_code": item.service_code,
        "service_name": item.service_name,
        "status": item.status,
        "status_text": item.status_text,
        "description": item.description,
        "address": item.address,
        "latitude": item.geo.lat if item.geo else None,
        "longitude": item.geo.lon if item.geo else None,
        "requested_at": item.requested_at,
        "updated_at": item.updated_at,
        # Becomes a link on our page, so nothing but http and https.
        "source_url": richtext.absolute(item.url, ""),
        "source_name": source.title,
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }
