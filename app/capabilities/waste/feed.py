"""What feeds bring: areas, days, and what a holiday has shifted; two statements for any number of days."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import msgspec

from app.capabilities.holidays import queries as holidays
from app.capabilities.waste.shifts import shifts
from app.feeds import items
from app.feeds.source import Source
from app.kit import clock, richtext
from app.kit.slug import slug
from app.tenancy import current
from app.tenancy.village import touched

LONGEST_NAME: Final = 120
NAMELESS: Final = "area"

_AREAS: Final = """INSERT INTO waste_area (key, name, changed_at)
SELECT DISTINCT ON (key) key, name, $3 FROM unnest($1::text[], $2::text[]) AS given (key, name)
ON CONFLICT (key) DO UPDATE SET changed_at = excluded.changed_at RETURNING id"""
_DATES: Final = """INSERT INTO waste_date (
    feed_item_id, area_id, day, fraction, title, note, moved_from, licence, attribution, moved_why, changed_at
)
SELECT feed_item_id, a.id, day, fraction, title, note, moved_from, licence, attribution,
    CASE WHEN moved_from IS NULL THEN '' ELSE 'source' END, $2
FROM jsonb_to_recordset($1::jsonb) AS item (
    feed_item_id bigint, key text, day date, fraction text, title text, note text, moved_from date,
    licence text, attribution text
) JOIN waste_area a ON a.key = item.key
ON CONFLICT (feed_item_id) DO UPDATE SET
    area_id = excluded.area_id, fraction = excluded.fraction, title = excluded.title, note = excluded.note,
    licence = excluded.licence, attribution = excluded.attribution,
    day = CASE waste_date.moved_why WHEN 'clerk' THEN waste_date.day ELSE excluded.day END,
    moved_from = CASE waste_date.moved_why WHEN 'clerk' THEN waste_date.moved_from ELSE excluded.moved_from END,
    moved_why = CASE waste_date.moved_why WHEN 'clerk' THEN 'clerk' ELSE excluded.moved_why END,
    withdrawn_at = CASE waste_date.withdrawn_why WHEN 'clerk' THEN waste_date.withdrawn_at END,
    withdrawn_why = CASE waste_date.withdrawn_why WHEN 'clerk' THEN 'clerk' ELSE '' END,
    changed_at = excluded.changed_at"""
_KNOWN: Final = """SELECT id, area_id, fraction, title, day, moved_from, moved_why FROM waste_date
WHERE area_id = ANY ($1) AND withdrawn_at IS NULL"""
_GUESSED: Final = """UPDATE waste_date SET moved_from = u.origin,
    moved_why = CASE WHEN u.origin IS NULL THEN '' ELSE 'guess' END
FROM unnest($1::bigint[], $2::date[]) AS u (id, origin) WHERE waste_date.id = u.id"""


async def store_from_feed(source: Source, pairs: Sequence[tuple[int, items.Collection]]) -> None:
    """Store or renew the days of a feed, each with the id of its feed item.

    An entry without a street counts for the area that is named like the feed. What a clerk shifted or struck out
    stays as the clerk wants it.
    """
    if not pairs:
        return
    now = clock.now()
    rows = [_row(source, id_, item) for id_, item in pairs]
    found = await current().fetch(_AREAS, [[row["key"] for row in rows], [row["name"] for row in rows], now])
    await current().fetch(_DATES, [msgspec.json.encode(rows).decode(), now])
    await mark_shifts([row["id"] for row in found])
    touched()


async def withdraw_from_feed(feed_item_ids: Sequence[int]) -> None:
    """Take back what has vanished from its source, and look again what was shifted."""
    rows = await current().fetch(
        "UPDATE waste_date SET withdrawn_at = $2, withdrawn_why = 'feed'"
        " WHERE feed_item_id = ANY ($1) AND withdrawn_at IS NULL RETURNING area_id",
        [list(feed_item_ids), clock.now()],
    )
    await mark_shifts(list({row["area_id"] for row in rows}))
    touched()


async def mark_shifts(area_ids: Sequence[int]) -> None:
    """Find out which days of these areas a public holiday has shifted; what is known better is left alone."""
    rows = await current().fetch(_KNOWN, [list(area_ids)])
    if not rows:
        return
    days = [row["day"] for row in rows]
    free = await holidays.public_days(min(days), max(days))
    bins: dict[tuple[int, str, str], list[Any]] = defaultdict(list)
    for row in rows:
        bins[row["area_id"], row["fraction"], row["title"]].append(row)
    ids: list[int] = []
    origins: list[date | None] = []
    for some in bins.values():
        found = shifts((row["day"] for row in some), free)
        for row in some:
            origin = found.get(row["day"])
            if row["moved_why"] in ("", "guess") and origin != row["moved_from"]:
                ids.append(row["id"])
                origins.append(origin)
    if ids:
        await current().fetch(_GUESSED, [ids, origins])


def area_name(text: str) -> str:
    """The name of an area in one line."""
    return richtext.shortened(richtext.clean_line(text), LONGEST_NAME)


def area_key(name: str) -> str:
    """The key of an area: the same street is the same area, whichever calendar names it."""
    return slug(name) or NAMELESS


def _row(source: Source, id_: int, item: items.Collection) -> dict[str, Any]:
    name = area_name(item.street) or area_name(source.title) or source.name
    return {
        "feed_item_id": id_,
        "key": area_key(name),
        "name": name,
        "day": item.day,
        "fraction": item.fraction,
        "title": richtext.shortened(richtext.clean_line(item.title), 200),
        "note": richtext.shortened(richtext.clean_line(item.note or item.summary), 300),
        "moved_from": item.moved_from,
        "licence": richtext.clean_line(item.licence or source.licence),
        "attribution": richtext.clean_line(item.attribution or source.attribution),
    }
