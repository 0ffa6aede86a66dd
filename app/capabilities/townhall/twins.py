"""The same service from several sources: shown once, as the one tells it that knows most of this town.

The row that is not shown keeps everything: withdrawn by nobody, neither by its feed nor by an editor. It comes back by
itself when the other one goes.
"""

from typing import Final

from app.capabilities.townhall import queries
from app.capabilities.townhall.entries import Service
from app.feeds.registry import CONNECTORS
from app.kit import clock
from app.kit.errors import NotFound
from app.tenancy import current
from app.tenancy.village import touched

# The town's own words go first, texts that are the same everywhere last; between them what names the office that is
# responsible, what is of this town, a feed of the town before one of its region, the older one. The LeiKa key says
# what is the same; what a clerk wrote has none and goes by its name. Two services of one feed are two, and where a
# feed has several under one key nobody knows which of them another feed means: only texts for gaps give way to them.
# What a clerk hid stays away in the words of other sources as well.
_SAME: Final = """
live AS MATERIALIZED (
    SELECT s.id, s.feed_item_id IS NULL AS own, i.feed_id, s.leika, s.sort_key, s.language,
        s.withdrawn_by = 'editor' AS hidden, s.withdrawn_at IS NOT NULL AS marked,
        coalesce(f.connector = ANY ($1), false) AS gap, count(*) OVER (PARTITION BY i.feed_id, s.leika) AS of_key,
        (s.feed_item_id IS NOT NULL AND s.own IS NULL, coalesce(f.connector = ANY ($1), false), s.office_keys = '{}',
            NOT s.local, coalesce(f.region, '') <> '', s.id) AS rank
    FROM service s LEFT JOIN feed_item i ON i.id = s.feed_item_id LEFT JOIN feed f ON f.id = i.feed_id
    WHERE s.withdrawn_by <> 'feed'
), pair AS (
    SELECT n.id, o.id AS original, o.rank FROM live n JOIN live o ON o.leika = n.leika
    WHERE n.leika ~ '^99[0-9]{12}$' AND NOT o.own AND o.feed_id <> n.feed_id AND o.rank < n.rank
        AND o.language = n.language AND (n.gap OR n.of_key = 1)
    UNION ALL
    SELECT n.id, o.id, o.rank FROM live n JOIN live o ON o.sort_key = n.sort_key
    WHERE o.own AND NOT o.hidden AND NOT n.own AND o.rank < n.rank AND o.language = n.language
), same AS (
    SELECT DISTINCT ON (id) id, original FROM pair ORDER BY id, rank
)"""
_LINK: Final = f"""WITH {_SAME}
UPDATE service SET withdrawn_at = CASE WHEN fresh.original IS NOT NULL THEN $2::timestamptz END
FROM (SELECT l.id, l.marked, s.original FROM live l LEFT JOIN same s ON s.id = l.id WHERE NOT l.hidden) AS fresh
WHERE service.id = fresh.id AND fresh.marked <> (fresh.original IS NOT NULL)
RETURNING service.id"""  # noqa: S608 - constants
_INSTEAD: Final = f"WITH {_SAME} SELECT original FROM same WHERE id = $2"  # noqa: S608 - constants


async def link() -> None:
    """Find out anew which services are the same, and show each once."""
    if await current().fetch(_LINK, [_fillers(), clock.now()]):
        touched()


async def shown_instead(service_id: int) -> Service | None:
    """The service that is shown in the place of this one; None when it is hidden for another reason, or not at all."""
    other = await current().fetchval(_INSTEAD, [_fillers(), service_id])
    if other is None:
        return None
    try:
        return await queries.service(other)
    except NotFound:
        return await shown_instead(other)  # the next one ranks higher: this comes to an end


def _fillers() -> list[str]:
    return [one.name for one in CONNECTORS.values() if one.manifest.fills_gaps]
