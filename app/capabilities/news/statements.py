"""The statements of the list of news. Each text depends only on which filters are set, so that it is prepared once."""
# ruff: noqa: S608 - the texts are built of constants and of a few fixed pieces; every value is a parameter

from functools import lru_cache
from typing import Final

from app.kit import alike

_COLUMNS: Final = """a.id, a.title, a.teaser, a.body_html, a.language, a.author, a.tags,
    c.slug, c.name, c.name_en, p.slug, p.name, p.name_en,
    a.source_name, a.source_url, a.licence, a.attribution, a.published_at, a.published_day_only, a.changed_at"""
_TABLES: Final = """FROM article a
    LEFT JOIN category c ON c.id = a.category_id
    LEFT JOIN provider p ON p.id = a.provider_id"""
_VISIBLE: Final = "a.withdrawn_at IS NULL AND a.published_at <= $1"
RANKED_AT_ONCE: Final = 200
"""So many of the newest matches are ranked, then the next ones: nobody ranks thousands to show twenty."""
OFTEN: Final = 5_000
"""What is found more often is met soon on the way through the newest; rarer things are fetched and sorted."""
_RANK: Final = """CASE WHEN a.search @@ to_tsquery('german', $3) THEN 3
    WHEN a.search @@ to_tsquery('german', $2) THEN 2 ELSE 1 END AS rank"""


def _numbered(names: tuple[str, ...], number: int) -> list[str]:
    """The filters with their arguments, `$number` and the following."""
    return [f"{name} ${place}" for place, name in enumerate(names, number)]


@lru_cache(maxsize=256)
def list_sql(names: tuple[str, ...], further: bool) -> str:  # noqa: FBT001 - part of the cache's key
    """The newest articles; `further`: after a time and an id."""
    number = 2 + len(names)
    conditions = [_VISIBLE, *_numbered(names, 2)]
    if further:
        conditions.append(f"(a.published_at, a.id) < (${number}, ${number + 1})")
        number += 2
    return "\n".join(
        (
            "SELECT " + _COLUMNS,
            _TABLES,
            "WHERE " + " AND ".join(conditions),
            f"ORDER BY a.published_at DESC, a.id DESC LIMIT ${number}",
        )
    )


# `few` is read only as far as is needed to know that there are not few.
_WINDOW: Final = f"""WITH few AS MATERIALIZED (
    SELECT a.id, a.published_at {_TABLES} WHERE VISIBLE AND EVERY_WORD
), often AS MATERIALIZED (
    SELECT count(*) > {OFTEN} AS so FROM (SELECT FROM few LIMIT {OFTEN + 1}) AS probed
), found AS (
    (SELECT id, published_at FROM few WHERE NOT (SELECT so FROM often)
    ORDER BY published_at DESC, id DESC LIMIT {RANKED_AT_ONCE})
    UNION ALL
    (SELECT id, published_at FROM (
        SELECT a.id, a.published_at, a.title, a.search {_TABLES} WHERE VISIBLE
        ORDER BY a.published_at DESC, a.id DESC OFFSET 0
    ) AS a WHERE (SELECT so FROM often) AND EVERY_WORD
    ORDER BY published_at DESC, id DESC LIMIT {RANKED_AT_ONCE})
)
SELECT {_RANK}, a.published_at, a.id FROM found JOIN article a ON a.id = found.id"""


@lru_cache(maxsize=256)
def window_sql(words: str, names: tuple[str, ...], number: int) -> str:
    """Rank, time and id of the newest that have the words, before a time and an id."""
    before = f"(a.published_at, a.id) < (${number + len(names)}, ${number + len(names) + 1})"
    visible = " AND ".join((_VISIBLE, *_numbered(names, number), before))
    return _WINDOW.replace("VISIBLE", visible).replace("EVERY_WORD", words)


@lru_cache(maxsize=64)
def count_sql(words: str, names: tuple[str, ...], number: int) -> str:
    """How many articles each category has of each provider, with slug, names and place of both.

    Counted by the numbers of both, which an index has; what they are called is asked for the few that there are.
    """
    conditions = [_VISIBLE, *([words] if words else []), *_numbered(names, number)]
    return "\n".join(
        (
            "SELECT c.slug, c.name, c.name_en, c.position, p.slug, p.name, p.name_en, p.position, a.number FROM (",
            "SELECT a.category_id, a.provider_id, count(*)::int AS number FROM article a",
            "WHERE " + " AND ".join(conditions),
            "GROUP BY a.category_id, a.provider_id) AS a",
            *_TABLES.splitlines()[1:],
        )
    )


DRAFT: Final = "\n".join(
    (
        "SELECT " + _COLUMNS.replace("a.published_at", "coalesce(a.published_at, $1) AS published_at"),
        _TABLES,
        "WHERE a.id = $2",
    )
)
ONE: Final = "\n".join(("SELECT " + _COLUMNS, _TABLES, "WHERE " + _VISIBLE + " AND a.id = $2"))
CHOSEN: Final = "\n".join(("SELECT " + _COLUMNS, _TABLES, "WHERE " + _VISIBLE + " AND a.id = ANY ($2::bigint[])"))
TITLES_ALIKE: Final = f"""WITH alike AS MATERIALIZED (
    SELECT a.title FROM article a WHERE {_VISIBLE} AND {alike.written_like("a.title", 2)}
) SELECT title FROM alike LIMIT {alike.MOST_TITLES}"""
