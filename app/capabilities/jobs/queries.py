"""Questions about vacancies that are still open."""

from datetime import date, datetime
from functools import partial
from typing import Any, Final

import msgspec

from app.kit import alike as kit_alike
from app.kit import clock, paging, search
from app.kit.errors import NotFound
from app.kit.slug import numbered
from app.tenancy import current
from app.web.site import current_site

AT_ONCE: Final = 20
GONE: Final = "This vacancy is filled, or it is not offered any more."


class Vacancy(msgspec.Struct, frozen=True):
    """A vacancy with everything that is known of it."""

    id: int
    title: str
    summary: str
    body_html: str
    """Sanitised."""
    language: str
    employer: str
    place: str
    employment: str
    """As the source says, e.g. `FULL_TIME`."""
    apply_until: date | None
    """Inclusive."""
    published_at: datetime
    source_url: str
    source_name: str
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """Of its page."""
        return f"/jobs/{numbered(self.id, self.title)}"


class Part(msgspec.Struct, frozen=True):
    """A part of the list."""

    items: list[Vacancy]
    next: str | None
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


_COLUMNS: Final = """id, title, summary, body_html, language, employer, place, employment, apply_until, published_at,
    source_url, source_name, licence, attribution, changed_at"""
_OPEN: Final = f"""SELECT {_COLUMNS} FROM job
WHERE withdrawn_at IS NULL AND (apply_until IS NULL OR apply_until >= $1)
    AND ($2::timestamptz IS NULL OR (published_at, id) < ($2, $3))"""  # noqa: S608  # constant columns
_NEWEST: Final = "ORDER BY published_at DESC, id DESC LIMIT $4"
_ALIKE: Final = f"""SELECT concat_ws(' ', title, employer, place) AS words FROM job
WHERE withdrawn_at IS NULL AND (apply_until IS NULL OR apply_until >= $1)
    AND {kit_alike.written_like("concat_ws(' ', title, employer, place)", 2)} LIMIT {kit_alike.MOST_TITLES}"""  # noqa: S608  # constants
_ONE: Final = f"""SELECT {_COLUMNS} FROM job
WHERE id = $1 AND withdrawn_at IS NULL AND (apply_until IS NULL OR apply_until >= $2)"""  # noqa: S608  # constant columns


async def latest(words: str = "", cursor: str = "", limit: int = AT_ONCE) -> Part:
    """What is open today and has all the words, newest first. Raises `InvalidInput` for a cursor that is none."""
    moment, id_ = paging.decode(cursor, tuple[datetime, int]) if cursor else (None, 0)
    every = search.Every(words, before=4)
    if words.strip() and not every:
        return Part([], None)
    having = "AND " + every.of("(title || ' ' || employer || ' ' || place)") if every else ""
    rows = await current().fetch(f"{_OPEN} {having} {_NEWEST}", [_today(), moment, id_, limit + 1, *every.values])
    found = [_vacancy(row) for row in rows]
    more = found[limit - 1] if len(found) > limit else None
    return Part(found[:limit], paging.encode(more.published_at, more.id) if more else None)


async def listed(words: str, cursor: str = "", limit: int = AT_ONCE) -> Part:
    """As `latest`; words that find nothing are looked up as a typing error."""
    return await kit_alike.tolerantly(words, partial(latest, cursor=cursor, limit=limit), alike)


async def alike(word: str, *, wider: bool) -> list[str]:
    """Title, employer and place of open vacancies where something is written like a word."""
    return [row["words"] for row in await current().fetch(_ALIKE, [_today(), *kit_alike.asked(word, wider=wider)])]


async def by_id(id_: int) -> Vacancy:
    """A vacancy that is still open; raises `NotFound`."""
    rows = await current().fetch(_ONE, [id_, _today()])
    if not rows:
        raise NotFound(GONE)
    return _vacancy(rows[0])


def _vacancy(row: Any) -> Vacancy:
    url = f"{current_site().origin}/jobs/{numbered(row['id'], row['title'])}"
    return msgspec.convert(dict(row) | {"url": url}, Vacancy)


def _today() -> date:
    return clock.today(current_site().timezone)
