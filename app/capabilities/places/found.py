"""What is found among the places by words: for list and map with typing errors, for the search over everything."""
# ruff: noqa: S608 - the texts are built of constants; every value is a parameter

from typing import Final

import msgspec

from app.capabilities.places import queries
from app.capabilities.places.folding import folded
from app.capabilities.places.kinds import MINOR
from app.capabilities.places.queries import LISTED, PUBLIC, Asked, Listed, Page, every_part
from app.kit import alike as kit
from app.kit.search import words_of
from app.tenancy import current

_SEARCH: Final = f"""WITH exact AS MATERIALIZED (
    SELECT id, kind, sort_name, words FROM place WHERE withdrawn_at IS NULL AND EVERY_WORD
    UNION SELECT p.id, p.kind, p.sort_name, p.words FROM place p JOIN (
        SELECT place_id FROM place_overlay WHERE EVERY_WORD
    ) AS o ON o.place_id = p.id WHERE p.withdrawn_at IS NULL
), ranked AS MATERIALIZED (
    SELECT e.id, row_number() OVER (ORDER BY e.kind = ANY ($1::text[]), NOT starts_with(e.sort_name, $2),
        strpos(' ' || e.words, $3) = 0, e.sort_name, e.id) AS rank
    FROM exact e WHERE NOT EXISTS (SELECT FROM place_overlay h WHERE h.place_id = e.id AND h.hidden_at IS NOT NULL)
    ORDER BY 2 LIMIT $4
) {LISTED} JOIN ranked ON ranked.id = p.id WHERE {PUBLIC} ORDER BY ranked.rank"""
_TITLES_ALIKE: Final = f"""WITH alike AS MATERIALIZED (
    SELECT p.id, p.title, p.words FROM place p WHERE p.withdrawn_at IS NULL AND {kit.written_like("p.words")}
) SELECT concat_ws(' ', o.title, a.title, a.words) AS title FROM alike a LEFT JOIN place_overlay o ON o.place_id = a.id
WHERE o.hidden_at IS NULL LIMIT {kit.MOST_TITLES}"""


async def page(asked: Asked, limit: int, cursor: str = "") -> Page:
    """A part of the list, as `queries.page`; words that find nothing are looked up as a typing error."""

    async def ask(words: str) -> Page:
        return await queries.page(msgspec.structs.replace(asked, words=words), limit, cursor)

    return await kit.tolerantly(asked.words, ask, alike)


async def on_map(asked: Asked, limit: int) -> Page:
    """What a map shows, as `queries.on_map`, all of it at once; typing errors as in the list."""

    async def ask(words: str) -> Page:
        return Page(await queries.on_map(msgspec.structs.replace(asked, words=words), limit), None)

    return await kit.tolerantly(asked.words, ask, alike)


async def searched(words: str, limit: int) -> list[Listed]:
    """Places that have all the words, the best first: called so, with a word that begins so, then anywhere."""
    said = words_of(folded(words))
    if not said:
        return []
    text = _SEARCH.replace("EVERY_WORD", every_part(said, 5))
    values = [sorted(MINOR), said[0], f" {said[0]}", limit, *(f"%{word}%" for word in said)]
    return [Listed(*row) for row in await current().fetch(text, values)]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Titles of public places with what else they are found by, where something is written like a word."""
    said = words_of(folded(word))
    rows = await current().fetch(_TITLES_ALIKE, kit.asked(said[0], wider=wider)) if said else []
    return [row["title"] for row in rows]
