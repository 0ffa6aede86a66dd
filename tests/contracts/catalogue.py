"""What the database itself says about a town's tables: no list is kept by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from app.tenancy import Scope

SAMPLES: dict[str, Any] = {
    "bigint": 1,
    "integer": 1,
    "double precision": 1.0,
    "boolean": True,
    "jsonb": "{}",
    "date": date(2026, 5, 1),
    "timestamp with time zone": datetime(2026, 5, 1, 12, tzinfo=UTC),
    "ARRAY": [],
}


NAMES = ("slug", "id", "key", "external_id", "capability", "connector")
"""Texts that addresses are made of; any other text is told apart from what a reader may have typed."""

NUMBER = 770_077
"""The id of each row that is written here: one address then leads to all of them, whatever was stored before."""


class Column(msgspec.Struct, frozen=True):
    """A column a row can't do without."""

    name: str
    type: str
    parent: str


async def tables(scope: Scope) -> list[str]:
    """Every table of the town's schema, parents before children."""
    rows = await scope.fetch(
        "SELECT c.relname AS name, array_remove(array_agg(p.relname), NULL) AS parents FROM pg_class c"
        " LEFT JOIN pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid"
        " LEFT JOIN pg_class p ON p.oid = f.confrelid"
        " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY 1"
    )
    waiting = {row["name"]: set(row["parents"]) for row in rows}
    ordered: list[str] = []
    while waiting:
        ready = sorted(name for name, parents in waiting.items() if parents <= set(ordered))
        assert ready, f"foreign keys in a circle: {waiting}"
        ordered += ready
        for name in ready:
            del waiting[name]
    return ordered


async def needed(scope: Scope, table: str) -> list[Column]:
    """The columns of a table that have no default and take no null."""
    rows = await scope.fetch(
        "SELECT c.column_name AS name, c.data_type AS type, coalesce(("
        "  SELECT p.relname FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid"
        "  JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]"
        "  WHERE f.contype = 'f' AND f.conrelid = to_regclass($1) AND a.attname = c.column_name LIMIT 1), '') AS parent"
        " FROM information_schema.columns c WHERE c.table_schema = current_schema() AND c.table_name = $1"
        " AND c.is_nullable = 'NO' AND c.column_default IS NULL AND c.is_identity = 'NO' AND c.is_generated = 'NEVER'",
        [table],
    )
    return [Column(row["name"], row["type"], row["parent"]) for row in rows]


async def has_numbers(scope: Scope, table: str) -> bool:
    """Whether the database numbers the rows."""
    found = await scope.fetchval(
        "SELECT true FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = 'id' AND attidentity <> ''",
        [table],
    )
    return bool(found)


def sample(column: Column, mark: str, place: int) -> Any:
    """A value for a column; a later column lies later, because what ends stands behind what begins."""
    if column.type == "text":
        return mark if column.name in NAMES else f"{mark} {column.name}"
    value = SAMPLES[column.type]
    return value + timedelta(days=place) if isinstance(value, date) else value


async def write_a_row(scope: Scope, table: str, mark: str, ids: dict[str, Any]) -> None:
    """One valid row in any table, with `mark` in its texts; remembers its id for the children."""
    columns = await needed(scope, table)
    values = [ids[one.parent] if one.parent else sample(one, mark, place) for place, one in enumerate(columns)]
    if table == "setting":
        values = [mark, f'"{mark}"']
        columns = [Column("key", "text", ""), Column("value", "jsonb", "")]
    if await has_numbers(scope, table):
        values.append(NUMBER)
        columns.append(Column("id", "bigint", ""))
    names = ", ".join(one.name for one in columns)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    rows = await scope.fetch(
        f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places}) RETURNING *", values
    )
    ids[table] = dict(rows[0]).get("id")


async def fingerprint(scope: Scope) -> dict[str, str]:
    """Every row of every table, hashed: differs when anything in the town changed."""
    found = {}
    for table in await tables(scope):
        found[table] = await scope.fetchval(
            f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t"
        )
    return found


Denied = asyncpg.InsufficientPrivilegeError
