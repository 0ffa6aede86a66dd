"""What a village keeps about a person, found by the names of columns, so that no capability can forget to tell.

A village's table knows a person by the OpenID subject only, in a text column whose name says what it means:

    account_sub     the row is the person's own: it is told, and goes with the account
    …_by            the person did something to the village's row: it is told, and the name is taken off
"""

from typing import Any, Final

import msgspec

from app.tenancy.pool import Connection
from app.tenancy.scope import current

OWN: Final = "account_sub"
_FIND: Final = """
SELECT c.relname AS name, a.attname AS mark
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid = 'text'::regtype AND (a.attname = 'account_sub' OR a.attname LIKE '%\\_by')
ORDER BY c.relname, a.attname
"""


class Trace(msgspec.Struct, frozen=True):
    """A table that knows people, and the column it knows them by."""

    table: str
    column: str

    @property
    def own(self) -> bool:
        """Whether a row belongs to the person."""
        return self.column == OWN


async def traces(connection: Connection) -> list[Trace]:
    """Every such column of the current village."""
    return [Trace(row["name"], row["mark"]) for row in await connection.fetch(_FIND)]


async def told(sub: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of the current village that know the person, by table; rows of the village only as id and time."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with current().raw() as connection:
        for trace in await traces(connection):
            # Names from the catalogue, not from outside.
            rows = await connection.fetch(
                f'SELECT to_jsonb(t)::text AS told FROM "{trace.table}" t WHERE t."{trace.column}" = $1',  # noqa: S608
                sub,
            )
            for row in rows:
                values = msgspec.json.decode(row["told"])
                kept = values if trace.own else {key: values[key] for key in _SHOWN if values.get(key) is not None}
                found.setdefault(trace.table, []).append(kept | {trace.column: sub})
    return found


_SHOWN: Final = ("id", "title", "name", "created_at", "changed_at")


async def erase(sub: str) -> int:
    """Take the person out of the current village, inside a transaction; how many rows went or lost the name."""
    count = 0
    async with current().raw() as connection:
        for trace in await traces(connection):
            if trace.own:
                statement = f'DELETE FROM "{trace.table}" WHERE "{trace.column}" = $1'  # noqa: S608 - as above
            else:
                statement = f'UPDATE "{trace.table}" SET "{trace.column}" = \'\' WHERE "{trace.column}" = $1'  # noqa: S608
            done: str = await connection.execute(statement, sub)
            count += int(done.rpartition(" ")[2])
    return count
