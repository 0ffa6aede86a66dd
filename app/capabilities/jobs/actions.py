"""Vacancies as feeds tell them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.tenancy import current
from app.tenancy.village import touched

_STORE: Final = """INSERT INTO job (
    feed_item_id, provider_id, title, summary, body_html, language, employer, place, employment, apply_until,
    published_at, source_url, source_name, licence, attribution, changed_at
)
SELECT feed_item_id, $2, title, summary, body_html, language, employer, place, employment, apply_until,
    coalesce(published_at, $4), source_url, $3, licence, attribution, $4
FROM jsonb_to_recordset($1::jsonb) AS item (
    feed_item_id bigint, title text, summary text, body_html text, language text, employer text, place text,
    employment text, apply_until date, published_at timestamptz, source_url text, licence text, attribution text
)
ON CONFLICT (feed_item_id) DO UPDATE SET
    provider_id = excluded.provider_id, title = excluded.title, summary = excluded.summary,
    body_html = excluded.body_html, language = excluded.language, employer = excluded.employer, place = excluded.place,
    employment = excluded.employment, apply_until = excluded.apply_until, source_url = excluded.source_url,
    source_name = excluded.source_name, licence = excluded.licence, attribution = excluded.attribution,
    changed_at = excluded.changed_at, withdrawn_at = NULL"""


async def store_from_feed(source: Source, pairs: Sequence[tuple[int, items.Job]]) -> None:
    """Store or renew the vacancies of a feed, each with the id of its feed item: one statement for all."""
    if not pairs:
        return
    now = clock.now()
    rows = msgspec.json.encode([_row(source, id_, item, now) for id_, item in pairs]).decode()
    await current().fetch(_STORE, [rows, source.provider_id, source.title, now])
    touched()


async def withdraw_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source."""
    await current().fetch(
        "UPDATE job SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL",
        [list(feed_item_ids), clock.now()],
    )
    touched()


def _row(source: Source, id_: int, item: items.Job, now: datetime) -> dict[str, Any]:
    published = item.published_at if item.published_at is not None and item.published_at <= now else None
    return {
        "feed_item_id": id_,
        "title": richtext.shortened(richtext.clean_line(item.title), 300),
        "summary": richtext.shortened(item.summary, 400) or richtext.plain(item.body_html, 400),
        "body_html": item.body_html,
        "language": item.language or "de",
        "employer": richtext.clean_line(item.employer or item.author),
        "place": richtext.clean_line(item.place),
        "employment": richtext.clean_line(item.employment),
        "apply_until": item.apply_until,
        "published_at": published,
        "source_url": richtext.absolute(item.url, ""),
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }
