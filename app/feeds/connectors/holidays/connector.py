"""Days off from OpenHolidays (openholidaysapi.org): its API's JSON, or the CSV files of its data repository.

A row counts for the states that it lists, or for the whole country when it lists none. What is neither a public nor a
school holiday (Heiligabend as a bank's day off) is left out.
"""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.items import DayOff, Problem, short_id
from app.kit import clock
from app.kit.http.charset import decode
from app.kit.richtext import clean_line, shortened

ACCEPT: Final = "text/csv, application/json;q=0.9, */*;q=0.5"
MOST_ROWS: Final = 20_000
_NAMES: Final = re.compile(r"(?:^|,)\s*([A-Z]{2}) (.*?)(?=,\s*[A-Z]{2} |$)")
_COLUMNS: Final = {"Id", "Country", "StartDate", "Type", "Name", "Subdivisions"}
_STATE: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{2,3}){1,3}")
_KINDS: Final[dict[str, Literal["public", "school"]]] = {"public": "public", "school": "school"}
_UNREADABLE: Final = "A line of the holidays can't be read."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address; `{year}` and `{next_year}` stand for this year and the next."""
    subdivision: str = ""
    """Only this state, as ISO 3166-2, e.g. `DE-BB`; empty: all, each day off once for every state."""
    language: str = "de"
    """Of the names."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no code of a state."""
        if self.subdivision and not _STATE.fullmatch(self.subdivision):
            raise ValueError(f"subdivision must be a code such as DE-BB, not {self.subdivision!r}")


class Row(Struct, frozen=True):
    """A day off as both formats tell it."""

    id: str
    kind: str
    first: str
    last: str
    names: dict[str, str]
    """Language, two small letters → name."""
    states: tuple[str, ...]
    """ISO 3166-2; empty: the whole country."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The file, conditionally."""
    year = clock.today().year
    url = config.url.replace("{year}", str(year)).replace("{next_year}", str(year + 1))
    return await http.get(url, cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[DayOff | Problem]:
    """The days off from the year before the window on; raises `Stop` when the bytes are something else."""
    text = decode(body, context.charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "<html" in text[:5_000].lower():
        raise web_page(text, context.url)
    rows = _of_json(text) if text[0] in "[{" else _of_csv(text)
    if text[0] not in "[{" and not text.endswith(("\n", "\r")):
        yield Problem(None, "The last line of the table has no end. If entries are missing, the file was cut off.")
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            yield Problem(None, "The file has more than 20,000 lines. The rest was left out.")
            return
        if row is None:
            yield Problem(None, _UNREADABLE)
        else:
            yield from _items(row, config, context)


def _items(row: Row, config: Config, context: ParseContext) -> Iterator[DayOff | Problem]:
    kind = _KINDS.get(row.kind.lower())
    if kind is None:
        return
    states = [config.subdivision] if config.subdivision else list(row.states) or [""]
    if config.subdivision and row.states and config.subdivision not in row.states:
        return
    title = shortened(clean_line(row.names.get(config.language) or next(iter(row.names.values()), "")), 200)
    try:
        first, last = date.fromisoformat(row.first), date.fromisoformat(row.last or row.first)
    except ValueError:
        yield Problem(row.id or None, _UNREADABLE)
        return
    if not row.id or not title or last < first or not all(_STATE.fullmatch(state) for state in row.states):
        yield Problem(row.id or None, _UNREADABLE)
        return
    if last.year < context.window_start.year - 1:
        return
    for state in states:
        yield DayOff(
            external_id=short_id(f"{row.id}/{state}" if state else row.id),
            title=title,
            language=config.language if config.language in row.names else "",
            licence=config.licence,
            attribution=config.attribution,
            kind=kind,
            first_day=first,
            last_day=last,
            state=state,
        )


def _of_csv(text: str) -> Iterator[Row | None]:
    """The rows of a CSV file with semicolons and a head; None for one that can't be read."""
    lines = csv.reader(text.splitlines(), delimiter=";", strict=True)
    try:
        head = [name.strip() for name in next(lines)]
    except (csv.Error, StopIteration):
        head = []
    if not set(head) >= _COLUMNS:
        raise Stop("The file is no list of holidays of OpenHolidays. Check the address.", code="no-feed")
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if not cells:
            continue
        if len(cells) != len(head):
            yield None
            continue
        line = dict(zip(head, cells, strict=True))
        country = line["Country"].strip()
        yield Row(
            id=clean_line(line["Id"]),
            kind=line["Type"].strip(),
            first=line["StartDate"].strip(),
            last=line.get("EndDate", "").strip(),
            names={found[1].lower(): found[2] for found in _NAMES.finditer(line["Name"])},
            states=tuple(_full(one, country) for one in line["Subdivisions"].split(",") if one.strip()),
        )


def _full(code: str, country: str) -> str:
    """`DE-BB` for `BB` and for itself."""
    code = code.strip()
    return code if code.startswith(f"{country}-") else f"{country}-{code}"


def _of_json(text: str) -> Iterator[Row | None]:
    try:
        found = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(
            "The JSON file is damaged or incomplete. Try again later, then ask the publisher.", code="broken"
        ) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Stop("The file is no list of holidays of OpenHolidays. Check the address.", code="no-feed")
    yield from (_row(one) for one in found)


def _row(one: dict[str, Any]) -> Row | None:
    names, parts = one.get("name"), one.get("subdivisions", [])
    if not isinstance(names, list) or not isinstance(parts, list):
        return None
    told = {
        str(name.get("language", "")).lower(): str(name.get("text", "")) for name in names if isinstance(name, dict)
    }
    codes = [str(part.get("code", "")) for part in parts if isinstance(part, dict)]
    return Row(
        id=clean_line(str(one.get("id", ""))),
        kind=str(one.get("type", "")),
        first=str(one.get("startDate", "")),
        last=str(one.get("endDate", "")),
        names=told,
        states=tuple(code for code in codes if code),
    )
