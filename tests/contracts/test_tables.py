"""The tables that the program asks are the tables that the migrations make: column by column."""

from typing import Any

import pytest
from piccolo.columns import (
    JSONB,
    Array,
    BigInt,
    BigSerial,
    Boolean,
    Column,
    Date,
    DoublePrecision,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
)

from app.piccolo_app import TENANT_TABLES
from app.tenancy import control, tenant
from app.tenancy.registry import Cell, FeedDue, Host, Tenant
from tests.village import Village

TYPES: dict[type[Column], str] = {
    Text: "text",
    BigSerial: "bigint",
    BigInt: "bigint",
    ForeignKey: "bigint",
    Integer: "integer",
    Boolean: "boolean",
    JSONB: "jsonb",
    Date: "date",
    Timestamptz: "timestamp with time zone",
    DoublePrecision: "double precision",
    Array: "ARRAY",
}

COLUMNS = (
    "SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS empty FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'"
)


def declared(table: type[Any]) -> dict[str, tuple[str, bool]]:
    """Name → (type, may be null) as the program says."""
    return {
        column._meta.db_column_name: (TYPES[type(column)], bool(column._meta.null)) for column in table._meta.columns
    }


def there(rows: list[Any]) -> dict[str, tuple[str, bool]]:
    """Name → (type, may be null) as the database says."""
    return {row["name"]: (row["type"], row["empty"]) for row in rows}


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: str(table.__name__))
async def test_a_town_s_table_is_what_the_program_says(platform: Village, table: type[Any]) -> None:
    async with tenant("bad-belzig") as scope:
        rows = await scope.fetch(COLUMNS, [table._meta.tablename])

    assert declared(table) == there(rows)


@pytest.mark.parametrize("table", [Cell, Tenant, Host, FeedDue], ids=lambda table: str(table.__name__))
async def test_a_table_of_the_control_plane_is_what_the_program_says(platform: Village, table: type[Any]) -> None:
    async with control() as connection:
        rows = await connection.fetch(COLUMNS, table._meta.tablename)

    assert declared(table) == there(rows)
