"""Items from a table as text (RFC 4180, and what spreadsheets make of it), by the mapping in the feed's options."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, own_headers, web_page
from app.feeds.items import Item, Problem
from app.feeds.mapping import Rule, items_of, rule_of
from app.kit.http.charset import decode
from app.kit.richtext import clean_line

ACCEPT: Final = "text/csv, text/plain;q=0.9, */*;q=0.5"
_DELIMITERS: Final = ";,\t|"
MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 200


class Config(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an editor may set, beside the mapping; a row's names are those of the head."""

    delimiter: Literal["", ";", ",", "\t", "|"] = ""
    """Between the cells; empty: the one that the head has most of."""
    skip_lines: int = 0
    """Lines before the head."""
    columns: tuple[str, ...] = ()
    """Names of the columns, for a table without a head."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Request headers, e.g. a key; a secret is named: `env:NAME`."""
    delivers: Literal["snapshot", "increment"] = "snapshot"
    """`increment`: the table is a window, what is gone from it stays here."""

    def __post_init__(self) -> None:
        """Refuse what can't work, with the key that is wrong."""
        super().__post_init__()
        if not 0 <= self.skip_lines <= 100:
            raise ValueError("skip_lines must be 0 to 100")
        own_headers(self.headers)


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The table, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, headers=config.headers)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """The items of the rows; raises `Stop` when it is no table, or the mapping leads nowhere."""
    text = decode(body, context.charset).lstrip("\ufeff")
    if not text.strip():
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "<html" in text[:5_000].lower():
        raise web_page(text, context.url)
    lines = io.StringIO(text.replace("\0", ""), newline="")
    for _ in range(config.skip_lines):
        lines.readline()
    rows: list[dict[str, Any]] = []
    broken = 0
    for row in _rows(lines, config):
        if row is None:
            broken += 1
        else:
            rows.append(row)
        if len(rows) + broken > MOST_ROWS:
            raise Stop("The table has far more lines than a place has entries. Check the address.", code="too-many")
    if not text.endswith(("\n", "\r")):
        yield Problem(None, "The last line of the table has no end. If entries are missing, the file was cut off.")
    for _ in range(min(broken, 20)):
        yield Problem(None, "A line of the table can't be read.")
    yield from items_of(rows, rule_of(config), context)


def _rows(lines: io.StringIO, config: Config) -> Iterator[dict[str, Any] | None]:
    """Each row by the names of its columns; None for one that does not fit the head."""
    start = lines.tell()
    head_line = lines.readline()
    lines.seek(start)
    delimiter: str = config.delimiter or _most_of(head_line)
    if delimiter not in head_line and not config.columns:
        raise Stop("The file is not a table (CSV). Check the address.", code="no-feed")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    names = list(config.columns) or _head(reader)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if not any(cell.strip() for cell in cells):
            continue
        # Spreadsheets leave out empty cells at the end, and write too many.
        left, over = len(names) - len(cells), cells[len(names) :]
        if any(cell.strip() for cell in over) or left > max(0, _trailing_gaps(names, config)):
            yield None
        else:
            yield dict(zip(names, [*cells, *[""] * len(names)], strict=False))


def _most_of(line: str) -> str:
    """The delimiter that a line has most of."""
    return max(_DELIMITERS, key=line.count)


def _trailing_gaps(names: list[str], config: Config) -> int:
    """How many columns at the end no mapping asks for: these may be missing."""
    asked = " ".join((config.id, *config.fields.values()))
    used = [number for number, name in enumerate(names) if name and name in asked]
    return len(names) - 1 - max(used, default=-1)


def _head(reader: Any) -> list[str]:
    try:
        names = [clean_line(cell) for cell in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise Stop("The file is not a table (CSV). Check the address.", code="no-feed") from error
    if len(names) > _MOST_COLUMNS or not all(name.isprintable() for name in names):
        raise Stop("The file is not a table (CSV). Check the address.", code="no-feed")
    return names
