"""Warnings that come from feeds: stored in bulk, linked to each other, told to subscribers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from app.capabilities.notices import outline, telling
from app.capabilities.notices.identity import is_copy, keys_of, replaced_by
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock
from app.kit.richtext import absolute
from app.tenancy import current
from app.tenancy.village import touched

CLEAR_FOR: Final = timedelta(hours=6)
"""How long an all-clear is shown."""
LINKED_FOR: Final = timedelta(days=7)
"""What has been over for longer is not compared with what comes in; what it has ended stays ended."""

_IN_LINE: Final = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' notices', 0))"
"""Sources that bring something at the same moment wait for each other: nobody links what isn't committed yet."""

_RECORD: Final = """feed_item_id bigint, external_id text, keys text[], replaces text[], copied boolean, kind text,
    message text, severity text, urgency text, certainty text, title text, event text, sender text, description text,
    instruction text, language text, area jsonb, url text, source_name text, licence text, attribution text,
    sent_at timestamptz, starts_at timestamptz, expires_at timestamptz, gone_at timestamptz"""
_NAMES: Final = tuple(column.split()[0] for column in _RECORD.split(","))

# Where the text of a warning could not be fetched this time, what was stored of the same message stays.
_TEXTS: Final = ("description", "instruction", "area")
_KEPT: Final = """CASE WHEN excluded.description = '' AND excluded.instruction = '' AND excluded.title = notice.title
    AND excluded.message = notice.message AND excluded.severity = notice.severity
    THEN notice.{name} ELSE excluded.{name} END"""
_STORE: Final = f"""
INSERT INTO notice ({", ".join(_NAMES)}, provider_id, published_at, created_at, changed_at)
SELECT {", ".join("g." + name for name in _NAMES)}, $2, $3, $3, $3
FROM jsonb_to_recordset($1::jsonb) AS g ({_RECORD})
ON CONFLICT (feed_item_id) DO UPDATE SET
    {", ".join(f"{name} = {_KEPT.format(name=name) if name in _TEXTS else f'excluded.{name}'}" for name in _NAMES[1:])},
    provider_id = excluded.provider_id, changed_at = excluded.changed_at, withdrawn_at = NULL
RETURNING id"""  # noqa: S608 - constant columns

# A later message (an all-clear, when both were sent in the same second) ends those that it names, and an all-clear
# what it is the all-clear of; of the same message in two sources the issuer's own is shown. The order is strict, so
# that messages that name each other never hide all of them.
_LINK: Final = """
WITH near AS (
    SELECT id, keys, replaces, message = 'cancel' AS clears, withdrawn_at,
        (coalesce(sent_at, created_at), message = 'cancel', id) AS turn, (copied, id) AS rank
    FROM notice
    WHERE feed_item_id IS NOT NULL AND (gone_at IS NULL OR gone_at > $1) AND (withdrawn_at IS NULL OR withdrawn_at > $1)
), links AS (
    SELECT n.id,
        (SELECT o.id FROM near o WHERE o.id <> n.id AND o.turn > n.turn
            AND (o.replaces && n.keys OR (o.clears AND NOT n.clears AND o.keys && n.keys))
         ORDER BY o.turn DESC LIMIT 1) AS superseded_by,
        (SELECT o.id FROM near o WHERE o.id <> n.id AND o.keys && n.keys AND o.clears = n.clears
            AND o.withdrawn_at IS NULL AND o.rank < n.rank ORDER BY o.rank LIMIT 1) AS duplicate_of
    FROM near n
)
UPDATE notice SET superseded_by = fresh.superseded_by, duplicate_of = fresh.duplicate_of
FROM (
    SELECT l.id, l.duplicate_of, CASE
        WHEN l.superseded_by IS NULL AND n.superseded_by NOT IN (SELECT id FROM near) THEN n.superseded_by
        ELSE l.superseded_by END AS superseded_by
    FROM links l JOIN notice n ON n.id = l.id
) AS fresh
WHERE notice.id = fresh.id AND (notice.superseded_by IS DISTINCT FROM fresh.superseded_by
    OR notice.duplicate_of IS DISTINCT FROM fresh.duplicate_of)"""


async def store(source: Source, pairs: Sequence[tuple[int, items.Notice]]) -> None:
    """Keep new and changed warnings of a feed, link them, and tell what is new; safe to repeat."""
    if not pairs:
        return
    now = clock.now()
    # Ids rise in the order of sending, which decides between messages that name no time.
    in_turn = sorted(pairs, key=lambda pair: (pair[1].sent_at or now, pair[1].message == "cancel"))
    rows = msgspec.json.encode([_row(source, id_, item, now) for id_, item in in_turn]).decode()
    await current().fetch(_IN_LINE)
    stored = await current().fetch(_STORE, [rows, source.provider_id, now])
    await link(now)
    await telling.tell([row["id"] for row in stored], now)
    touched()


async def withdraw(feed_item_ids: Sequence[int]) -> None:
    """Take warnings off the pages that vanished from their source; they come back with it."""
    now = clock.now()
    await current().fetch(_IN_LINE)
    gone = await current().fetch(
        "UPDATE notice SET withdrawn_at = $2 WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL RETURNING id",
        [list(feed_item_ids), now],
    )
    if gone:
        await link(now)
        touched()


async def link(now: datetime) -> None:
    """Find out anew which warnings are the same and which are replaced."""
    await current().fetch(_LINK, [now - LINKED_FOR])


def gone_at(item: items.Notice, now: datetime) -> datetime | None:
    """From when on a warning is not shown. An end before its beginning is a mistake, and counts as none."""
    if item.message == "cancel":
        return (item.sent_at or now) + CLEAR_FOR
    if item.expires_at is not None and item.starts_at is not None and item.expires_at <= item.starts_at:
        return None
    return item.expires_at


def _row(source: Source, feed_item_id: int, item: items.Notice, now: datetime) -> dict[str, Any]:
    return {
        "feed_item_id": feed_item_id,
        "external_id": item.external_id,
        "keys": keys_of(item),
        "replaces": replaced_by(item),
        "copied": is_copy(item),
        "kind": item.kind,
        "message": item.message,
        "severity": item.severity,
        "urgency": item.urgency,
        "certainty": item.certainty,
        "title": item.title,
        "event": item.event,
        "sender": item.sender or item.author,
        "description": item.description or item.summary,
        "instruction": item.instruction,
        "language": item.language or "de",
        "area": outline.kept(item.area),
        # Becomes a link on our page, so nothing but http and https.
        "url": absolute(item.url, ""),
        "source_name": source.title,
        "licence": item.licence or source.licence,
        "attribution": item.attribution or source.attribution,
        "sent_at": _utc(item.sent_at or item.published_at),
        "starts_at": _utc(item.starts_at),
        "expires_at": _utc(item.expires_at),
        "gone_at": _utc(gone_at(item, now)),
    }


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None
