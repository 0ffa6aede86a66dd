"""Days off as feeds tell them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.tenancy import current
from app.tenancy.village import touched

_STORE: Final = """INSERT INTO day_off (
    feed_item_id, kind, title, first_day, last_day, state, source_name, source_url, licence, attribution, changed_at
)
SELECT feed_item_id, kind, title, first_day, last_day, state, $2, source_url, licence, attribution, $3
FROM jsonb_to_recordset($1::jsonb) AS item (
    feed_item_id bigint, kind text, title text, first_day date, last_day date, state text, source_url text,
    licence text, attribution text
)
ON CONFLICT (feed_item_id) DO UPDATE SET
    kind = excluded.kind, title = excluded.title, first_day = excluded.first_day, last_day = excluded.last_day,
    state = excluded.state, source_name = excluded.source_name, source_url = excluded.source_url,
    licence = excluded.licence, attribution = excluded.attribution, changed_at = excluded.changed_at,
    withdrawn_at = NULL"""


async def store_from_feed(source: Source, pairs: Sequence[tuple[int, items.DayOff]]) -> None:
    """Store or renew the days off of a feed, each with the id of its feed item: one statement for all."""
    if not pairs:
        return
    rows = [_row(source, id_, item) for id_, item in pairs]
    await current().fetch(_STORE, [msgspec.json.encode(rows).decode(), source.title, clock.now()])
    touched()


async def withdraw_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    await current().fetch(
        "UPDATE day_off SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )
    touched()


def _row(source: Source, id_: int, item: items.DayOff) -> dict[str, Any]:
    return {
        "feed_item_id": id_,
        "kind": item.kind,
        "title": richtext.shortened(richtext.clean_line(item.title), 200),
        "first_day": item.first_day,
        "last_day": max(item.first_day, item.last_day),
        "state": item.state,
        "source_url": richtext.absolute(item.url, ""),
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }
