"""Events that come from feeds: stored and withdrawn in bulk, one statement each for events and their dates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from app.capabilities.events import twins
from app.capabilities.events.dates import Dates, timed, whole_days
from app.capabilities.events.recurrence import DAYS_BEFORE, MOST_DATES
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock
from app.tenancy import current

FURTHEST_DAYS: Final = 5 * 366
"""A date further ahead is a typing error at its source, and is not taken."""
OLDEST: Final = datetime.fromisoformat("1970-01-02T00:00:00+00:00")

_RECORD: Final = """feed_item_id bigint, title text, summary text, body_html text, language text, location_name text,
    address text, latitude float8, longitude float8, organiser text, tags text[], status text, zone text,
    all_day boolean, starts_at timestamptz, ends_at timestamptz, first_day date, last_day date, recurrence text,
    url text, source_url text, source_name text, licence text, attribution text, payload jsonb"""
_NAMES: Final = tuple(column.split()[0] for column in _RECORD.split(","))

# A category of the feed's item is one of ours when it is called the same; otherwise the feed's own counts.
_EVENTS: Final = f"""
INSERT INTO event ({", ".join(_NAMES)}, provider_id, category_id, published_at, created_at, changed_at)
SELECT {", ".join("g." + name for name in _NAMES)}, $2, coalesce((
        SELECT c.id FROM category c WHERE c.capability = 'events'
          AND (c.slug = ANY (g.tags) OR lower(c.name) IN (SELECT lower(tag) FROM unnest(g.tags) AS tag))
        ORDER BY c.position, c.id LIMIT 1), $3), $4, $4, $4
FROM jsonb_to_recordset($1::jsonb) AS g ({_RECORD})
ON CONFLICT (feed_item_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])}, provider_id = excluded.provider_id,
    category_id = excluded.category_id, changed_at = excluded.changed_at, withdrawn_at = NULL
RETURNING id, feed_item_id"""  # noqa: S608 - constant columns

# What was remains, unless the event moved as a whole ($4): a series tells only what is to come.
_DATES: Final = """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS g (event_id bigint, key text, starts_at timestamptz,
        ends_at timestamptz, over_at timestamptz, all_day boolean, first_day date, last_day date, status text,
        title text, summary text, location_name text)
), gone AS (
    DELETE FROM occurrence o WHERE o.event_id = ANY ($2) AND (o.over_at > $3 OR o.event_id = ANY ($4))
      AND NOT EXISTS (SELECT FROM given g WHERE g.event_id = o.event_id AND g.key = o.key)
)
INSERT INTO occurrence (event_id, key, starts_at, ends_at, over_at, all_day, first_day, last_day, status,
    title, summary, location_name)
SELECT event_id, key, starts_at, ends_at, over_at, all_day, first_day, last_day, status, title, summary, location_name
FROM given
ON CONFLICT (event_id, key) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    over_at = excluded.over_at, all_day = excluded.all_day, first_day = excluded.first_day,
    last_day = excluded.last_day, status = excluded.status, title = excluded.title, summary = excluded.summary,
    location_name = excluded.location_name"""


async def store(source: Source, pairs: Sequence[tuple[int, items.Event]]) -> None:
    """Keep new and changed events of a feed with their dates; safe to repeat."""
    if not pairs:
        return
    now = clock.now()
    rows = await current().fetch(
        _EVENTS,
        [_json([_event(source, id_, item) for id_, item in pairs]), source.provider_id, source.category_id, now],
    )
    ids = {row["feed_item_id"]: row["id"] for row in rows}
    zone = ZoneInfo(source.zone)
    dates = {ids[id_]: _dates(item, zone, now) for id_, item in pairs}
    single = [ids[id_] for id_, item in pairs if not item.rrule and len(item.occurrences) == 1]
    await put_dates(dates, now, moved=single)
    await twins.link(now)


async def withdraw(feed_item_ids: Sequence[int]) -> None:
    """Take events off the pages whose items vanished from their source; they come back when the item does."""
    now = clock.now()
    await current().fetch(
        "UPDATE event SET withdrawn_at = $2, changed_at = $2, duplicate_of = NULL"
        " WHERE feed_item_id = ANY ($1) AND (withdrawn_at IS NULL OR duplicate_of IS NOT NULL)",
        [list(feed_item_ids), now],
    )
    await twins.link(now)


async def put_dates(dates: Mapping[int, Sequence[Dates]], now: datetime, *, moved: Sequence[int] = ()) -> None:
    """Replace the dates of events; rows whose key stays keep their id. Past dates stay, except of `moved` events."""
    given = [{"event_id": id_, **msgspec.structs.asdict(one)} for id_, some in dates.items() for one in some]
    since = now - timedelta(days=DAYS_BEFORE)
    await current().fetch(_DATES, [_json(given), list(dates), since, list(moved)])


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def _event(source: Source, feed_item_id: int, item: items.Event) -> dict[str, Any]:
    return {
        "feed_item_id": feed_item_id,
        "title": item.title,
        "summary": item.summary,
        "body_html": item.body_html,
        "language": item.language or "de",
        "location_name": item.location_name,
        "address": item.address,
        "latitude": item.geo.lat if item.geo else None,
        "longitude": item.geo.lon if item.geo else None,
        "organiser": item.organiser or item.author,
        "tags": item.categories,
        "status": item.status,
        "zone": item.zone,
        "all_day": item.all_day,
        "starts_at": item.starts_at,
        "ends_at": item.ends_at,
        "first_day": item.first_day,
        "last_day": item.last_day,
        "recurrence": item.rrule,
        "url": item.url,
        "source_url": item.url,
        "source_name": source.title,
        "licence": item.licence or source.licence,
        "attribution": item.attribution or source.attribution,
        "payload": {"sequence": item.sequence, "image_url": item.image_url},
    }


def _dates(item: items.Event, zone: ZoneInfo, now: datetime) -> list[Dates]:
    """The dates of an item that may be true; the last one counts where a key stands twice."""
    latest = now + timedelta(days=FURTHEST_DAYS)
    found: dict[str, Dates] = {}
    for one in item.occurrences[:MOST_DATES]:
        if one.first_day is not None:
            dates = whole_days(one.first_day, one.last_day, zone, one.key)
        elif one.starts_at is not None:
            dates = timed(one.starts_at, one.ends_at, zone, one.key)
        else:
            continue
        if OLDEST <= dates.starts_at <= latest:
            found[dates.key] = msgspec.structs.replace(
                dates, status=one.status, title=one.title, summary=one.summary, location_name=one.location_name
            )
    return list(found.values())
