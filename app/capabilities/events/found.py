"""What the search over everything finds among the events: each once, with its next date."""
# ruff: noqa: S608 - the texts are built of constants; every value is a parameter

from datetime import datetime
from typing import Final

from app.capabilities.events.queries import LISTED, Listed
from app.kit import alike as kit
from app.kit import clock
from app.kit.search import Every
from app.tenancy import current

_PUBLIC: Final = "withdrawn_at IS NULL AND published_at <= $1"
_SEARCH: Final = f"""WITH found AS MATERIALIZED (
    SELECT id FROM event WHERE {_PUBLIC} AND EVERY_WORD
), next AS MATERIALIZED (
    SELECT o.id FROM found CROSS JOIN LATERAL (
        SELECT id, starts_at FROM occurrence WHERE event_id = found.id AND over_at > $1
        ORDER BY starts_at, id LIMIT 1
    ) AS o ORDER BY o.starts_at, o.id LIMIT $2
) {LISTED} WHERE o.id IN (SELECT id FROM next) ORDER BY 6, 1"""
_TITLES_ALIKE: Final = f"""WITH alike AS MATERIALIZED (
    SELECT title FROM event WHERE {_PUBLIC} AND {kit.written_like("title", 2)}
) SELECT title FROM alike LIMIT {kit.MOST_TITLES}"""


async def searched(words: str, now: datetime, limit: int) -> list[Listed]:
    """Events that have all the words and are running or to come, each once with its next date, by start."""
    every = Every(words, before=2)
    if not every:
        return []
    text = every.into(_SEARCH, "title", "search")
    return [Listed(*row) for row in await current().fetch(text, [now, limit, *every.values])]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Titles of public events that have something written like a word."""
    return [row["title"] for row in await current().fetch(_TITLES_ALIKE, [clock.now(), *kit.asked(word, wider=wider)])]
