"""Questions about defect reports."""
# ruff: noqa: S608 - the texts are built of constants, at import or from a few fixed pieces; every value is a parameter

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from app.kit import alike as kit_alike
from app.kit import paging, search
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.kit.slug import numbered
from app.tenancy import current
from app.web.site import current_site

AT_ONCE: Final = 20
NO_REPORT: Final = _("There is no such report. It may have been withdrawn.")
_BAD_CURSOR: Final = _("This page marker is not valid. Start again at the first page.")
_LARGEST: Final = 2**63 - 1
_YEARS: Final = (1900, 2200)
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST: Final = "coalesce(r.requested_at, TIMESTAMPTZ '1970-01-01 00:00:00+00')"
_COLUMNS: Final = """r.id, r.title, r.service_code, r.service_name, r.status, r.status_text, r.description, r.address,
    r.latitude, r.longitude, r.requested_at, r.updated_at, r.source_name, r.source_url, r.licence, r.attribution,
    r.changed_at"""


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where an entry comes from."""

    name: str
    url: str
    """The original; empty when it has no page."""


class Report(msgspec.Struct, frozen=True):
    """A defect report; nothing about who reported it."""

    id: int
    title: str
    service_code: str
    service_name: str
    """Its kind, in the source's words."""
    status: str
    """`open` or `closed`."""
    status_text: str
    """What became of it, in the source's words."""
    description: str
    address: str
    latitude: float | None
    longitude: float | None
    requested_at: datetime | None
    updated_at: datetime | None
    source: Origin
    licence: str
    attribution: str
    changed_at: datetime
    url: str
    """Absolute address of the page."""

    @property
    def path(self) -> str:
        """The address of the page without scheme and host."""
        return "/reports/" + numbered(self.id, self.title)


class ReportList(msgspec.Struct, frozen=True):
    """A part of the list, newest first."""

    items: list[Report]
    next: str | None
    meant: str = ""
    """What was looked for instead of `q`, a typing error; empty when nothing was put right."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to."""

    status: str = ""
    kind: str = ""
    """Name of a kind (`service_name`)."""
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.status or self.kind or self.words)


class Count(msgspec.Struct, frozen=True):
    """How many reports a value leaves."""

    key: str
    count: int


async def reports(wanted: Wanted, cursor: str = "", limit: int = AT_ONCE) -> ReportList:
    """The newest reports that have all the words; raises `InvalidInput` for a bad cursor."""
    names: list[str] = []
    values: list[Any] = list(_key(cursor)) if cursor else [datetime(2199, 12, 31, tzinfo=UTC), 0]
    for name, value in (("status", wanted.status), ("kind", wanted.kind)):
        if value:
            names.append(name)
            values.append(value)
    values.append(limit + 1)
    every = search.Every(wanted.words, before=len(values))
    if wanted.words and not every:
        return ReportList([], None)
    having = every.of(_TEXT) if every else ""
    rows = await current().fetch(_list_sql(tuple(names), having), [*values, *every.values])
    items = [_report(row) for row in rows[:limit]]
    more = paging.encode(items[-1].requested_at or _UNDATED, items[-1].id) if len(rows) > limit else None
    return ReportList(items, more)


async def listed(wanted: Wanted, cursor: str = "", limit: int = AT_ONCE) -> ReportList:
    """As `reports`; words that find nothing are looked up as a typing error."""

    async def ask(words: str) -> ReportList:
        return await reports(msgspec.structs.replace(wanted, words=words), cursor, limit)

    return await kit_alike.tolerantly(wanted.words, ask, alike)


async def alike(word: str, *, wider: bool) -> list[str]:
    """Kind, place and name of reports where something is written like a word."""
    return [row["words"] for row in await current().fetch(_ALIKE, kit_alike.asked(word, wider=wider))]


async def report(id_: int) -> Report:
    """A report; raises `NotFound`."""
    rows = await current().fetch(f"SELECT {_COLUMNS} FROM report r WHERE r.id = $1 AND r.withdrawn_at IS NULL", [id_])
    if not rows:
        raise NotFound(NO_REPORT.message)
    return _report(rows[0])


async def status_counts() -> dict[str, int]:
    """How many are open, how many closed."""
    rows = await current().fetch(
        "SELECT status, count(*)::int AS count FROM report WHERE withdrawn_at IS NULL GROUP BY status"
    )
    return {row["status"]: row["count"] for row in rows}


async def kind_counts() -> list[Count]:
    """The kinds that there are, the most frequent first."""
    rows = await current().fetch(
        "SELECT service_name AS key, count(*)::int AS count FROM report"
        " WHERE withdrawn_at IS NULL AND service_name <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
    )
    return [Count(row["key"], row["count"]) for row in rows]


_CONDITIONS: Final = {
    "status": "r.status =",
    "kind": "r.service_name =",
}
_TEXT: Final = "concat_ws(' ', r.title, r.service_name, r.address, r.description)"


# No index of parts of words for what is mistyped this seldom: the newest are read.
_ALIKE: Final = f"""SELECT words FROM (
    SELECT concat_ws(' ', r.title, r.service_name, r.address) AS words FROM report r WHERE r.withdrawn_at IS NULL
    ORDER BY {_NEWEST} DESC, r.id DESC LIMIT 2000
) AS newest WHERE {kit_alike.written_like("words")} LIMIT {kit_alike.MOST_TITLES}"""


@lru_cache(maxsize=16)
def _list_sql(names: tuple[str, ...], having: str) -> str:
    conditions = ["r.withdrawn_at IS NULL", f"({_NEWEST}, r.id) < ($1, $2)", *([having] if having else [])]
    conditions += [f"{_CONDITIONS[name]} (${number})" for number, name in enumerate(names, 3)]
    return "\n".join(
        (
            f"SELECT {_COLUMNS} FROM report r",
            "WHERE " + " AND ".join(conditions),
            f"ORDER BY {_NEWEST} DESC, r.id DESC LIMIT ${len(names) + 3}",
        )
    )


def _report(row: Any) -> Report:
    names = [field for field in Report.__struct_fields__ if field not in ("source", "url")]
    return Report(
        **{name: row[name] for name in names},
        source=Origin(row["source_name"], row["source_url"]),
        url=f"{current_site().origin}/reports/{numbered(row['id'], row['title'])}",
    )


def _key(cursor: str) -> tuple[datetime, int]:
    try:
        moment, number = paging.decode(cursor, tuple[datetime, int])
    except InvalidInput as error:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message}) from error
    if moment.tzinfo is None or not _YEARS[0] < moment.year < _YEARS[1] or not 0 <= number <= _LARGEST:
        raise InvalidInput(_BAD_CURSOR.message, {"cursor": _BAD_CURSOR.message})
    return moment, number
