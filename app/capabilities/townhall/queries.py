"""Questions about services and offices that the public may ask."""
# ruff: noqa: S608 - the texts are built of constants, at import or from a few fixed pieces; every value is a parameter

import contextlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from app.capabilities.townhall.entries import (
    Block,
    Brief,
    Contact,
    Link,
    Office,
    OfficeList,
    Origin,
    Place,
    Service,
    ServiceList,
)
from app.capabilities.townhall.everyday import EVERYDAY, SITUATIONS, meant
from app.kit import alike as kit_alike
from app.kit import paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import current
from app.web.site import current_site

AT_ONCE: Final = 40
MOST_OFFICES: Final = 12
"""Offices that the page of a service shows."""
NO_SERVICE: Final = _("There is no such service. It may have been withdrawn.")
NO_OFFICE: Final = _("There is no such office. It may have been withdrawn.")
_BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to."""

    words: str = ""
    situation: str = ""
    """Key of a situation."""
    letter: str = ""
    """First letter, lower-case."""
    local: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.situation or self.letter or self.local)


class Count(msgspec.Struct, frozen=True):
    """How many services a value leaves."""

    key: str
    count: int


_SHORT: Final = """s.id, s.title, s.summary, s.local,
    EXISTS (SELECT FROM jsonb_array_elements(s.links) l WHERE l ->> 'kind' = 'online') AS online, s.situations, s.leika,
    s.source_name, s.source_url, s.licence, s.attribution, s.changed_at, s.corrected_at"""
_OFFICE: Final = """o.id, o.title, o.summary, o.body_html, o.street, o.postcode, o.town, o.latitude, o.longitude,
    o.postal_address, o.contacts::text AS contacts, o.opening_hours, o.opening_text, o.wheelchair, o.accessibility,
    o.source_name, o.source_url, o.licence, o.attribution, o.changed_at, o.corrected_at"""
_FOUND: Final = """(s.search @@ to_tsquery('german', $1) OR s.names ILIKE ANY ($3))"""
_RANK: Final = """(CASE WHEN s.search @@ to_tsquery('german', $2) THEN 2 ELSE 0 END
    + CASE WHEN s.names ILIKE ANY ($3) THEN 1 ELSE 0 END)"""
_SERVICES_ALIKE: Final = f"""WITH alike AS MATERIALIZED (
    SELECT names FROM service WHERE withdrawn_at IS NULL AND {kit_alike.written_like("names")}
) SELECT names FROM alike LIMIT {kit_alike.MOST_TITLES}"""
_OFFICES_ALIKE: Final = f"""SELECT title AS names FROM office
WHERE withdrawn_at IS NULL AND {kit_alike.written_like("title")} LIMIT 20"""
_ALIKE: Final = f"({_SERVICES_ALIKE}) UNION ALL ({_OFFICES_ALIKE})"
_Mode = Literal["named", "found"]
_LARGEST: Final = 2**63 - 1


async def services(wanted: Wanted, cursor: str = "", limit: int = AT_ONCE, *, tolerant: bool = True) -> ServiceList:
    """Services by name, or what was searched for; raises `InvalidInput` for a bad cursor.

    A search asks for every word, in everyday language too; only what finds nothing is looked up as a typing error,
    if `tolerant`.
    """

    async def ask(words: str) -> ServiceList:
        if words and not search.words_of(words):
            return ServiceList([], None)
        return await _part("found" if words else "named", replace(wanted, words=words), cursor, limit)

    if not tolerant:
        return await ask(wanted.words)
    return await kit_alike.tolerantly(wanted.words, ask, services_alike)


async def service(id_: int) -> Service:
    """A service with its offices; raises `NotFound`."""
    rows = await current().fetch(
        f"""SELECT {_SHORT}, s.language, s.blocks::text AS blocks, s.links::text AS links, s.synonyms, s.office_keys
        FROM service s WHERE s.id = $1 AND s.withdrawn_at IS NULL""",
        [id_],
    )
    if not rows:
        raise NotFound(NO_SERVICE.message)
    [row] = rows
    found = await current().fetch(
        f"""SELECT {_OFFICE} FROM office o WHERE o.key = ANY ($1) AND o.withdrawn_at IS NULL
        ORDER BY array_position($1, o.key) LIMIT $2""",
        [row["office_keys"], MOST_OFFICES],
    )
    return Service(
        **_brief(row),
        language=row["language"],
        blocks=msgspec.json.decode(row["blocks"], type=list[Block]),
        links=msgspec.json.decode(row["links"], type=list[Link]),
        synonyms=row["synonyms"],
        offices=[_office(one) for one in found],
    )


async def by_ids(ids: Sequence[int]) -> list[Brief]:
    """These services in this order, without what is gone."""
    rows = await current().fetch(
        f"SELECT {_SHORT} FROM service s WHERE s.id = ANY ($1) AND s.withdrawn_at IS NULL", [list(ids)]
    )
    found = {row["id"]: Brief(**_brief(row)) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]


async def offices(words: str = "", cursor: str = "", limit: int = AT_ONCE, *, tolerant: bool = True) -> OfficeList:
    """Offices by name; with words those whose name, place or description has them, typing errors as with services."""

    async def ask(words: str) -> OfficeList:
        return await _offices(words, cursor, limit)

    if not tolerant:
        return await ask(words)
    return await kit_alike.tolerantly(words, ask, offices_alike)


async def _offices(words: str, cursor: str, limit: int) -> OfficeList:
    key = _decoded(cursor) if cursor else ("", 0)
    rows = await current().fetch(
        f"""SELECT {_OFFICE}, o.sort_key FROM office o WHERE o.withdrawn_at IS NULL AND (o.sort_key, o.id) > ($1, $2)
            AND ($3 = '' OR concat_ws(' ', o.title, o.street, o.town, o.summary) ILIKE ANY ($4))
        ORDER BY o.sort_key, o.id LIMIT $5""",
        [*key, words, search.patterns(words), limit + 1],
    )
    items = [_office(row) for row in rows[:limit]]
    return OfficeList(
        items, paging.encode(rows[limit - 1]["sort_key"], rows[limit - 1]["id"]) if len(rows) > limit else None
    )


async def services_alike(word: str, *, wider: bool) -> list[str]:
    """Names of services that have something written like a word, and the everyday words that stand for them."""
    rows = await current().fetch(_SERVICES_ALIKE, kit_alike.asked(word, wider=wider))
    return [*(row["names"] for row in rows), *EVERYDAY]


async def offices_alike(word: str, *, wider: bool) -> list[str]:
    """Names of offices that have something written like a word."""
    return [row["names"] for row in await current().fetch(_OFFICES_ALIKE, kit_alike.asked(word, wider=wider))]


async def alike(word: str, *, wider: bool) -> list[str]:
    """Both, with one question."""
    rows = await current().fetch(_ALIKE, kit_alike.asked(word, wider=wider))
    return [*(row["names"] for row in rows), *EVERYDAY]


async def office(id_: int) -> Office:
    """An office; raises `NotFound`."""
    rows = await current().fetch(f"SELECT {_OFFICE} FROM office o WHERE o.id = $1 AND o.withdrawn_at IS NULL", [id_])
    if not rows:
        raise NotFound(NO_OFFICE.message)
    return _office(rows[0])


async def services_of(office_id: int, limit: int = 100) -> list[Brief]:
    """What an office does, by name."""
    rows = await current().fetch(
        f"""SELECT {_SHORT} FROM service s JOIN office o ON o.key = ANY (s.office_keys)
        WHERE o.id = $1 AND s.withdrawn_at IS NULL ORDER BY s.sort_key, s.id LIMIT $2""",
        [office_id, limit],
    )
    return [Brief(**_brief(row)) for row in rows]


async def situation_counts() -> list[Count]:
    """The situations that have services, in our order."""
    rows = await current().fetch(
        "SELECT key, count(*)::int AS count FROM service s, unnest(s.situations) AS key"
        " WHERE s.withdrawn_at IS NULL GROUP BY key"
    )
    counts = {row["key"]: row["count"] for row in rows}
    return [Count(key, counts[key]) for key in SITUATIONS if key in counts]


async def letter_counts() -> list[Count]:
    """The first letters that there are."""
    rows = await current().fetch(
        "SELECT left(sort_key, 1) AS key, count(*)::int AS count FROM service WHERE withdrawn_at IS NULL"
        " GROUP BY 1 ORDER BY 1"
    )
    return [Count(row["key"], row["count"]) for row in rows]


async def _part(mode: _Mode, wanted: Wanted, cursor: str, limit: int) -> ServiceList:
    names: list[str] = []
    values: list[Any] = []
    if mode == "found":
        text = _asked(wanted.words)
        values = [text, _asked(wanted.words, "A"), search.patterns(wanted.words)]
    if wanted.situation:
        names.append("situation")
        values.append([wanted.situation])
    if wanted.letter:
        names.append("letter")
        values.append(wanted.letter)
    if wanted.local:
        names.append("local")
    skip = 0
    if mode == "named":
        values += _decoded(cursor) if cursor else ("", 0)
    elif cursor:
        skip = _decoded(cursor)[1]
    rows = await current().fetch(
        _list_sql(mode, tuple(names)), [*values, *([] if mode == "named" else [skip]), limit + 1]
    )
    items = [Brief(**_brief(row)) for row in rows[:limit]]
    if len(rows) <= limit:
        return ServiceList(items, None)
    last = rows[limit - 1]
    return ServiceList(items, paging.encode(last["sort_key"], last["id"] if mode == "named" else skip + limit))


_CONDITIONS: Final = {"situation": "s.situations @>", "letter": "left(s.sort_key, 1) ="}


@lru_cache(maxsize=64)
def _list_sql(mode: _Mode, names: tuple[str, ...]) -> str:
    conditions = ["s.withdrawn_at IS NULL"]
    number = {"named": 1, "found": 4}[mode]
    if mode == "found":
        conditions.append(_FOUND)
    for name in names:
        if name == "local":
            conditions.append("s.local")
        else:
            conditions.append(f"{_CONDITIONS[name]} ${number}")
            number += 1
    order = "s.local DESC, s.sort_key, s.id"
    if mode == "named":
        conditions.append(f"(s.sort_key, s.id) > (${number}, ${number + 1})")
        order, end = "s.sort_key, s.id", f"LIMIT ${number + 2}"
    else:
        # A short name is the general one: what most people mean.
        order, end = f"{_RANK} DESC, s.local DESC, length(s.title), s.id", f"OFFSET ${number} LIMIT ${number + 1}"
    return "\n".join(
        (
            f"SELECT {_SHORT}, s.sort_key FROM service s",
            "WHERE " + " AND ".join(conditions),
            f"ORDER BY {order} {end}",
        )
    )


def _asked(words: str, weights: Literal["", "A"] = "") -> str:
    """The words as they are, or any of the words that registers have for them."""
    asked = search.tsquery_text(words, weights)
    others = [search.tsquery_text(one, "A") for one in meant(words)]
    return " | ".join([f"({asked})", *(f"({one})" for one in others)])


def _decoded(cursor: str) -> tuple[str, int]:
    key: tuple[str, int] = ("", -1)
    with contextlib.suppress(InvalidInput):
        key = paging.decode(cursor, tuple[str, int])
    if not 0 <= key[1] <= _LARGEST or "\0" in key[0]:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return key


def _brief(row: Any) -> dict[str, Any]:
    names = (
        "id", "title", "summary", "local", "online", "situations", "leika", "licence", "attribution", "changed_at",
        "corrected_at",
    )  # fmt: skip
    url = f"{current_site().origin}/services/{numbered(row['id'], row['title'])}"
    return {name: row[name] for name in names} | {"source": Origin(row["source_name"], row["source_url"]), "url": url}


def _office(row: Any) -> Office:
    return Office(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
        body_html=row["body_html"],
        place=Place(row["street"], row["postcode"], row["town"], row["latitude"], row["longitude"]),
        postal_address=row["postal_address"],
        contacts=msgspec.json.decode(row["contacts"], type=list[Contact]),
        opening_hours=row["opening_hours"],
        opening_text=row["opening_text"],
        wheelchair=row["wheelchair"],
        accessibility=row["accessibility"],
        source=Origin(row["source_name"], row["source_url"]),
        licence=row["licence"],
        attribution=row["attribution"],
        changed_at=row["changed_at"],
        corrected_at=row["corrected_at"],
        url=f"{current_site().origin}/offices/{numbered(row['id'], row['title'])}",
    )
