"""A town's rows as a stream: which tables there are says the database's catalogue, not a list kept by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

import asyncpg
import msgspec

from app.kit import richtext
from app.kit.errors import InvalidInput
from app.tenancy.errors import TenancyError

LEDGER_TABLE = "migration"
"""Made by the history itself, so it does not travel."""
_PIPE_PIECES = 16
_HTML = "_html"
"""Ending of the columns whose text reaches pages as it stands."""
SESSION = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';"
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"
)
"""Both ends of a copy speak the same dialect."""


class Shape(msgspec.Struct, frozen=True):
    """A table as it is copied."""

    name: str
    columns: tuple[str, ...]
    """Without those that the database computes."""
    key: tuple[str, ...]
    """The columns of its primary key."""
    counters: tuple[str, ...]
    """Columns with a sequence of their own."""


class Counter(msgspec.Struct, frozen=True):
    """Where a sequence stands."""

    value: int
    used: bool


class WrongRows(InvalidInput):
    """What was to be stored does not fit the tables."""


async def shapes(connection: asyncpg.Connection, key: str) -> list[Shape]:
    """All tables of a schema but the ledger, those first that others refer to."""
    rows = await connection.fetch(
        """SELECT c.relname AS name,
                  array(SELECT a.attname::text FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                        ORDER BY a.attnum) AS columns,
                  array(SELECT a.attname::text FROM pg_index i
                        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
                        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
                        WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY k.place) AS key,
                  array(SELECT a.attname::text FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                          AND pg_get_serial_sequence(format('%I.%I', $1::text, c.relname), a.attname) IS NOT NULL
                        ORDER BY a.attnum) AS counters,
                  array(SELECT o.relname::text FROM pg_constraint f JOIN pg_class o ON o.oid = f.confrelid
                        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS refers
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> $2
           ORDER BY c.relname""",
        key,
        LEDGER_TABLE,
    )
    found = {
        row["name"]: Shape(row["name"], tuple(row["columns"]), tuple(row["key"]), tuple(row["counters"]))
        for row in rows
    }
    try:
        order = TopologicalSorter({row["name"]: sorted(row["refers"]) for row in rows}).static_order()
        return [found[name] for name in order]
    except CycleError as error:
        raise TenancyError(f"Tables refer to each other in a circle and can't be copied: {error.args[1]}") from error


async def ledger(connection: asyncpg.Connection, key: str) -> list[tuple[str, str]]:
    """The migrations of a town's schema as (id, checksum), in order."""
    rows = await connection.fetch(f'SELECT id, checksum FROM "{key}".migration ORDER BY id')  # noqa: S608 - our own schema's name
    return [(row["id"], row["checksum"]) for row in rows]


async def counters(connection: asyncpg.Connection, key: str, shape: Shape) -> dict[str, Counter]:
    """Where a table's sequences stand."""
    found = {}
    for column in shape.counters:
        sequence = await _sequence(connection, key, shape.name, column)
        [row] = await connection.fetch(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608 - quoted by the server
        found[column] = Counter(row["last_value"], row["is_called"])
    return found


async def set_counters(connection: asyncpg.Connection, key: str, shape: Shape, wanted: Mapping[str, Counter]) -> None:
    """Put a table's sequences where they stood, but never behind a row that is there."""
    for column in shape.counters:
        said = wanted.get(column, Counter(1, used=False))
        highest = await connection.fetchval(f'SELECT max("{column}") FROM "{key}"."{shape.name}"')  # noqa: S608 - names from the catalogue
        if highest is not None and highest >= said.value:
            said = Counter(highest, used=True)
        sequence = await _sequence(connection, key, shape.name, column)
        await connection.execute("SELECT setval($1::text::regclass, $2, $3)", sequence, said.value, said.used)


async def _sequence(connection: asyncpg.Connection, key: str, table: str, column: str) -> str:
    return str(
        await connection.fetchval(
            "SELECT pg_get_serial_sequence(format('%I.%I', $1::text, $2::text), $3)", key, table, column
        )
    )


async def rows_out(
    connection: asyncpg.Connection, key: str, shape: Shape, write: Callable[[bytes], Coroutine[Any, Any, None]]
) -> int:
    """Send a table's rows as COPY text, in the order of its key; returns how many."""
    columns = ", ".join(f'"{name}"' for name in shape.columns)
    by = ", ".join(f'"{name}"' for name in shape.key)
    order = f" ORDER BY {by}" if by else ""
    query = f'SELECT {columns} FROM "{key}"."{shape.name}"{order}'  # noqa: S608 - names from the catalogue
    done = await connection.copy_from_query(query, output=write, format="text")
    return int(done.rpartition(" ")[2])


async def rows_in(
    connection: asyncpg.Connection,
    key: str,
    table: str,
    columns: Iterable[str],
    pieces: AsyncIterator[bytes],
) -> int:
    """Store COPY text in a table; returns how many rows. Raises `WrongRows` for what does not fit."""
    try:
        done = await connection.copy_to_table(
            table, schema_name=key, columns=list(columns), source=pieces, format="text"
        )
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError) as error:
        raise WrongRows("The rows of %(table)s don't fit: %(problem)s.", table=table, problem=str(error)) from error
    return int(done.rpartition(" ")[2])


async def between(source: asyncpg.Connection, target: asyncpg.Connection, key: str, shape: Shape) -> None:
    """Copy a table's rows from one database to another; neither holds more than a few pieces in memory."""
    pipe: asyncio.Queue[bytes | None] = asyncio.Queue(_PIPE_PIECES)

    async def pieces() -> AsyncIterator[bytes]:
        while (piece := await pipe.get()) is not None:
            yield piece

    async def send() -> int:
        # The end mark only after success: a broken source cancels the other side instead.
        count = await rows_out(source, key, shape, pipe.put)
        await pipe.put(None)
        return count

    try:
        async with asyncio.TaskGroup() as both:
            sent = both.create_task(send())
            stored = both.create_task(rows_in(target, key, shape.name, shape.columns, pieces()))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    if sent.result() != stored.result():
        raise WrongRows("Of %(table)s only %(count)s rows arrived.", table=shape.name, count=stored.result())


async def clean_html(connection: asyncpg.Connection, key: str, shape: Shape) -> int:
    """Make foreign HTML safe again: what an archive says was sanitised elsewhere, or never. Rows that changed."""
    changed = 0
    for column in (name for name in shape.columns if name.endswith(_HTML)):
        if not shape.key:
            raise TenancyError(f"{shape.name} has HTML but no primary key")
        names = ", ".join(f'"{name}"' for name in shape.key)
        where = " AND ".join(f'"{name}" = ${number}' for number, name in enumerate(shape.key, 2))
        update = f'UPDATE "{key}"."{shape.name}" SET "{column}" = $1 WHERE {where}'  # noqa: S608 - names from the catalogue
        async for row in connection.cursor(f'SELECT {names}, "{column}" FROM "{key}"."{shape.name}"'):  # noqa: S608 - names from the catalogue
            clean = richtext.sanitise(row[column] or "")
            if row[column] is not None and clean != row[column]:
                await connection.execute(update, clean, *(row[name] for name in shape.key))
                changed += 1
    return changed
