"""Questions about meetings and papers."""
# ruff: noqa: S608 - the texts are built of constants, at import or from a few fixed pieces; every value is a parameter

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

import msgspec

from app.capabilities.council.entries import Document, Meeting, MeetingList, Origin, Paper, PaperList, Point
from app.kit import alike as kit_alike
from app.kit import clock, paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import current
from app.web.site import current_site

AT_ONCE: Final = 20
RUNNING: Final = timedelta(hours=5)
"""A meeting that names no end counts as over by then."""
SOON: Final = timedelta(days=7)
NO_MEETING: Final = _("There is no such meeting.")
NO_PAPER: Final = _("There is no such paper.")
_BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")
_UNDATED: Final = date(1900, 1, 1)
_LARGEST: Final = 2**63 - 1
_YEARS: Final = (1900, 2200)

Span = Literal["upcoming", "past"]

_MEETING: Final = """m.id, m.title, m.body, m.starts_at, m.ends_at, m.location, m.cancelled,
    m.documents::text AS documents, m.source_name, m.source_url, m.licence, m.attribution, m.changed_at"""
_PAPER: Final = """p.id, p.title, p.reference, p.paper_type, p.day, p.body, p.summary, p.documents::text AS documents,
    p.source_name, p.source_url, p.licence, p.attribution, p.changed_at"""
_ENDS: Final = "coalesce(m.ends_at, m.starts_at + $1::interval)"
_UPCOMING: Final = f"""SELECT {_MEETING} FROM meeting m
WHERE m.withdrawn_at IS NULL AND {_ENDS} > $2 AND (m.starts_at, m.id) > ($3, $4) ORDER BY m.starts_at, m.id LIMIT $5"""
_PAST: Final = f"""SELECT {_MEETING} FROM meeting m
WHERE m.withdrawn_at IS NULL AND {_ENDS} <= $2 AND (m.starts_at, m.id) < ($3, $4)
ORDER BY m.starts_at DESC, m.id DESC LIMIT $5"""
_FOUND_MEETINGS: Final = f"""SELECT {_MEETING} FROM meeting m
WHERE m.withdrawn_at IS NULL AND EVERY_WORD AND m.starts_at > $1
ORDER BY m.starts_at < $2, abs(extract(epoch FROM m.starts_at - $2)) LIMIT $3"""
_DAY: Final = "coalesce(p.day, DATE '1900-01-01')"
_PAPERS: Final = f"""SELECT {_PAPER} FROM paper p WHERE p.withdrawn_at IS NULL AND ({_DAY}, p.id) < ($1, $2)"""
_LAST: Final = f"ORDER BY {_DAY} DESC, p.id DESC LIMIT $3"
# No index of parts of words for what is mistyped this seldom: the newest are read.
_PAPERS_ALIKE: Final = f"""SELECT title FROM (
    SELECT p.title FROM paper p WHERE p.withdrawn_at IS NULL ORDER BY {_DAY} DESC, p.id DESC LIMIT 2000
) AS newest WHERE {kit_alike.written_like("title")} LIMIT {kit_alike.MOST_TITLES}"""


async def meetings(span: Span = "upcoming", cursor: str = "", limit: int = AT_ONCE) -> MeetingList:
    """Meetings to come in order, or those that were, newest first; raises `InvalidInput` for a bad cursor."""
    now = clock.now()
    edge = datetime.fromisoformat("1900-01-02T00:00:00+00:00" if span == "upcoming" else "2199-12-31T00:00:00+00:00")
    key = _moment_key(cursor) if cursor else (edge, 0)
    rows = await current().fetch(_UPCOMING if span == "upcoming" else _PAST, [RUNNING, now, *key, limit + 1])
    items = [_meeting(row) for row in rows[:limit]]
    more = paging.encode(items[-1].starts_at, items[-1].id) if len(rows) > limit else None
    return MeetingList(items, more)


async def meeting(id_: int) -> Meeting:
    """A meeting with its agenda; raises `NotFound`."""
    rows = await current().fetch(
        f"SELECT {_MEETING}, m.agenda::text AS agenda, m.paper_keys FROM meeting m"
        " WHERE m.id = $1 AND m.withdrawn_at IS NULL",
        [id_],
    )
    if not rows:
        raise NotFound(NO_MEETING.message)
    [row] = rows
    papers = await current().fetch(
        "SELECT key, id FROM paper WHERE key = ANY ($1) AND withdrawn_at IS NULL", [row["paper_keys"]]
    )
    return _meeting(row, {one["key"]: one["id"] for one in papers})


async def papers(words: str = "", cursor: str = "", limit: int = AT_ONCE) -> PaperList:
    """The newest papers, or those whose name or number has the words; raises `InvalidInput` for a bad cursor."""
    every = search.Every(words, before=3)
    if words and not every:
        return PaperList([], None)
    key = _day_key(cursor) if cursor else (date(2199, 12, 31), 0)
    having = f"AND {every.of('p.title', 'p.search')}" if every else ""
    rows = await current().fetch(f"{_PAPERS} {having} {_LAST}", [*key, limit + 1, *every.values])
    items = [_paper(row) for row in rows[:limit]]
    more = paging.encode(items[-1].day or _UNDATED, items[-1].id) if len(rows) > limit else None
    return PaperList(items, more)


async def listed_papers(words: str, cursor: str = "", limit: int = AT_ONCE) -> PaperList:
    """As `papers`; words that find nothing are looked up as a typing error."""
    return await kit_alike.tolerantly(words, partial(papers, cursor=cursor, limit=limit), papers_alike)


async def papers_alike(word: str, *, wider: bool) -> list[str]:
    """Names of papers that have something written like a word."""
    return [row["title"] for row in await current().fetch(_PAPERS_ALIKE, kit_alike.asked(word, wider=wider))]


async def paper(id_: int) -> Paper:
    """A paper; raises `NotFound`."""
    rows = await current().fetch(f"SELECT {_PAPER} FROM paper p WHERE p.id = $1 AND p.withdrawn_at IS NULL", [id_])
    if not rows:
        raise NotFound(NO_PAPER.message)
    return _paper(rows[0])


async def meetings_of(paper_id: int) -> list[Meeting]:
    """The meetings that dealt or will deal with a paper, in order."""
    rows = await current().fetch(
        f"""SELECT {_MEETING} FROM meeting m JOIN paper p ON m.paper_keys @> ARRAY[p.key]
        WHERE p.id = $1 AND m.withdrawn_at IS NULL ORDER BY m.starts_at NULLS LAST, m.id LIMIT 50""",
        [paper_id],
    )
    return [_meeting(row) for row in rows]


async def has_any() -> bool:
    """Whether the town has anything of its council here."""
    found: bool = await current().fetchval(
        "SELECT EXISTS (SELECT FROM meeting WHERE withdrawn_at IS NULL)"
        " OR EXISTS (SELECT FROM paper WHERE withdrawn_at IS NULL)"
    )
    return found


async def calendar(since: datetime, limit: int = 300) -> list[Meeting]:
    """Meetings for a calendar, in order."""
    rows = await current().fetch(
        f"SELECT {_MEETING} FROM meeting m WHERE m.withdrawn_at IS NULL AND m.starts_at >= $1"
        " ORDER BY m.starts_at, m.id LIMIT $2",
        [since, limit],
    )
    return [_meeting(row) for row in rows]


async def found_meetings(words: str, limit: int) -> list[Meeting]:
    """Meetings whose name or committee has the words: the next ones first, then those that were, the last first."""
    every = search.Every(words, before=3)
    if not every:
        return []
    rows = await current().fetch(
        every.into(_FOUND_MEETINGS, "m.title", "m.search"),
        [clock.now() - timedelta(days=365), clock.now(), limit, *every.values],
    )
    return [_meeting(row) for row in rows]


def _meeting(row: Any, papers: dict[str, int] | None = None) -> Meeting:
    agenda: Sequence[Point] = ()
    if papers is not None:
        told = msgspec.json.decode(row["agenda"])
        agenda = [
            Point(one["title"], one["number"], one["public"], one["result"], papers.get(one["paper"])) for one in told
        ]
    return Meeting(
        **{name: row[name] for name in ("id", "title", "body", "starts_at", "ends_at", "location", "cancelled")},
        agenda=list(agenda),
        **_rest(row),
        url=f"{current_site().origin}/council/meetings/{numbered(row['id'], row['title'])}",
    )


def _paper(row: Any) -> Paper:
    return Paper(
        **{name: row[name] for name in ("id", "title", "reference", "paper_type", "day", "body", "summary")},
        **_rest(row),
        url=f"{current_site().origin}/council/papers/{numbered(row['id'], row['title'])}",
    )


def _rest(row: Any) -> dict[str, Any]:
    return {
        "documents": msgspec.json.decode(row["documents"], type=list[Document]),
        "source": Origin(row["source_name"], row["source_url"]),
        "licence": row["licence"],
        "attribution": row["attribution"],
        "changed_at": row["changed_at"],
    }


def _moment_key(cursor: str) -> tuple[datetime, int]:
    moment, number = _decoded(cursor, tuple[datetime, int])
    if moment.tzinfo is None or not _YEARS[0] < moment.year < _YEARS[1]:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return moment, number


def _day_key(cursor: str) -> tuple[date, int]:
    day, number = _decoded(cursor, tuple[date, int])
    return day, number


def _decoded(cursor: str, type_: Any) -> tuple[Any, int]:
    try:
        key: tuple[Any, int] = paging.decode(cursor, type_)
    except InvalidInput as error:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message}) from error
    if not 0 <= key[1] <= _LARGEST:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return key
