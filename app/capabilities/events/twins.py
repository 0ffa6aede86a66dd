"""The same event from two sources: shown once, as the nearest source tells it.

The row that is not shown keeps everything and names the other one (`duplicate_of`): a link, no merge.
It comes back by itself when the other one goes, or when they no longer are the same.
"""

from datetime import datetime
from typing import Final

from app.capabilities.events import queries
from app.tenancy import current
from app.tenancy.village import touched

DISTINCT_TITLE: Final = 15
"""Letters of a title from which on it says enough where one of the two names no place: `Gottesdienst` has 12."""
ALIKE: Final = 0.6
"""Similarity of two titles (trigrams) that mean the same at the same time and place."""
NEAR_DEGREES: Final = 0.004
"""About 300 to 400 metres."""

# The town's own goes before its feeds, these before its region's; of two of a kind the older one. All dates to come
# of the one that is hidden must be dates of the other one: nothing may get lost. Only events that share a day are
# compared, so that thousands cost little.
_LINK: Final = """
WITH live AS MATERIALIZED (
    SELECT e.id, e.feed_item_id, i.feed_id, e.title, e.latitude AS lat, e.longitude AS lon,
        (e.feed_item_id IS NOT NULL, coalesce(f.region, '') <> '', e.id) AS rank,
        regexp_replace(lower(e.title), '[^a-z0-9äöüß]+', '', 'g') AS name,
        regexp_replace(lower(e.location_name), '[^a-z0-9äöüß]+', '', 'g') AS place,
        e.duplicate_of AS marked
    FROM event e LEFT JOIN feed_item i ON i.id = e.feed_item_id LEFT JOIN feed f ON f.id = i.feed_id
    WHERE (e.withdrawn_at IS NULL OR e.duplicate_of IS NOT NULL) AND e.published_at <= $1
        AND EXISTS (SELECT FROM occurrence o WHERE o.event_id = e.id AND o.over_at > $1)
), dates AS MATERIALIZED (
    SELECT o.event_id, o.starts_at, o.first_day, o.all_day FROM occurrence o JOIN live l ON l.id = o.event_id
    WHERE o.over_at > $1
), near AS (
    SELECT DISTINCT a.event_id AS id, b.event_id AS other FROM dates a JOIN dates b ON b.first_day = a.first_day
    WHERE a.event_id <> b.event_id
), same AS (
    SELECT DISTINCT ON (n.id) n.id, o.id AS original
    FROM near JOIN live n ON n.id = near.id JOIN live o ON o.id = near.other
    WHERE n.feed_item_id IS NOT NULL AND o.rank < n.rank AND o.feed_id IS DISTINCT FROM n.feed_id AND n.name <> ''
        AND CASE
            WHEN n.lat IS NOT NULL AND o.lat IS NOT NULL
                THEN abs(n.lat - o.lat) < $2 AND abs(n.lon - o.lon) < 1.6 * $2
                    AND (n.name = o.name OR public.similarity(n.title, o.title) >= $3)
            WHEN n.place <> '' AND o.place <> ''
                THEN (strpos(n.place, o.place) > 0 OR strpos(o.place, n.place) > 0)
                    AND (n.name = o.name OR public.similarity(n.title, o.title) >= $3)
            ELSE n.name = o.name AND length(n.name) >= $4 END
        AND NOT EXISTS (SELECT FROM dates d WHERE d.event_id = n.id AND NOT EXISTS (
            SELECT FROM dates x WHERE x.event_id = o.id AND x.first_day = d.first_day
                AND (x.starts_at = d.starts_at OR x.all_day OR d.all_day)))
    ORDER BY n.id, o.rank
)
UPDATE event SET duplicate_of = fresh.original, withdrawn_at = CASE WHEN fresh.original IS NOT NULL THEN $1 END
FROM (SELECT l.id, l.marked, s.original FROM live l LEFT JOIN same s ON s.id = l.id) AS fresh
WHERE event.id = fresh.id AND (fresh.marked IS DISTINCT FROM fresh.original
    OR (fresh.original IS NOT NULL AND event.withdrawn_at IS NULL))
RETURNING event.id"""


async def link(now: datetime) -> None:
    """Find out anew which events to come are the same, and show each once."""
    if await current().fetch(_LINK, [now, NEAR_DEGREES, ALIKE, DISTINCT_TITLE]):
        touched()


async def shown_instead(event_id: int) -> queries.Happening | None:
    """The event that is shown in the place of this one; None when it is hidden for another reason, or not at all."""
    other = await current().fetchval("SELECT duplicate_of FROM event WHERE id = $1", [event_id])
    return await queries.event(other) if other is not None else None
