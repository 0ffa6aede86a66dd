"""What is found among the events by words: for the list its dates, for the search over everything each event once."""
# ruff: noqa: S608 - the texts are built of constants; every value is a parameter

from datetime import datetime
from typing import Final

import msgspec

from app.capabilities.events import queries
from app.capabilities.events.queries import LISTED, Asked, Listed, Page
from app.kit import alike as kit
from app.kit import clock
from app.kit.search import Every
from app.tenancy import current

_PUBLIC: Final = "withdrawn_at IS NULL AND published_at <= $1"
_NEAREST: Final = "o.over_at <= $1, CASE WHEN o.over_at > $1 THEN o.starts_at END, o.starts_at DESC, o.id"
"""What is running or to come by start, then what is over, the last first."""
_OFTEN: Final = 1_000
"""Of so many events it is quicker to read all dates once than to ask for the dates of each."""
# The next date of each, or the last one where all are over. OFFSET 0 keeps the planner, who expects few, from asking
# the index for each.
_SEARCH: Final = f"""WITH found AS MATERIALIZED (
    SELECT id FROM event WHERE {_PUBLIC} AND EVERY_WORD
), often AS MATERIALIZED (
    SELECT count(*) > {_OFTEN} AS so FROM found
), nearest AS (
    SELECT o.id, o.starts_at, o.over_at FROM found CROSS JOIN LATERAL (
        SELECT o.id, o.starts_at, o.over_at FROM occurrence o WHERE o.event_id = found.id ORDER BY {_NEAREST} LIMIT 1
    ) AS o WHERE NOT (SELECT so FROM often)
    UNION ALL (
    SELECT DISTINCT ON (o.event_id) o.id, o.starts_at, o.over_at
    FROM (SELECT id, event_id, starts_at, over_at FROM occurrence OFFSET 0) AS o JOIN found ON found.id = o.event_id
    WHERE (SELECT so FROM often) ORDER BY o.event_id, {_NEAREST})
), shown AS MATERIALIZED (
    SELECT o.id FROM nearest o ORDER BY {_NEAREST} LIMIT $2
) {LISTED} WHERE o.id IN (SELECT id FROM shown) ORDER BY {_NEAREST}"""
_TITLES_ALIKE: Final = f"""WITH alike AS MATERIALIZED (
    SELECT title FROM event WHERE {_PUBLIC} AND {kit.written_like("title", 2)}
) SELECT title FROM alike LIMIT {kit.MOST_TITLES}"""


async def searched(words: str, now: datetime, limit: int) -> list[Listed]:
    """Events that have all the words, each once: those to come with their next date, then the past with their last."""
    every = Every(words, before=2)
    if not every:
        return []
    text = every.into(_SEARCH, "title", "search")
    return [Listed(*row) for row in await current().fetch(text, [now, limit, *every.values])]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Titles of public events that have something written like a word."""
    return [row["title"] for row in await current().fetch(_TITLES_ALIKE, [clock.now(), *kit.asked(word, wider=wider)])]


async def page(asked: Asked, limit: int, cursor: str = "", *, by_days: bool = False) -> Page:
    """A part of the list, as `queries.page`; words that find nothing are looked up as a typing error."""

    async def ask(words: str) -> Page:
        return await queries.page(msgspec.structs.replace(asked, words=words), limit, cursor, by_days=by_days)

    return await kit.tolerantly(asked.words, ask, alike)
