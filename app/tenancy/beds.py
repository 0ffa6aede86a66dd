"""Tables whose rows follow a town's folder, as long as no editor has changed them.

A row is known by its key and by a hash of the columns that the folder gives. To bring in a new state, the rows that
nobody changed are put aside (a mark behind their key), the folder's rows are sown as in a new town, and the old rows
take over their values: they keep their ids, to which others refer.
"""

from collections.abc import Sequence

import msgspec

from app.tenancy.scope import current

_ASIDE = "~"
"""The mark; no key ends with it."""


class Bed(msgspec.Struct, frozen=True):
    """A table whose rows come from the folder."""

    table: str
    key: tuple[str, ...]
    """The last one gets the mark."""
    columns: tuple[str, ...]
    later: tuple[str, ...] = ()
    """Those of the columns that came when towns had been planted already: their hashes were made without them."""
    hashed: tuple[str, ...] = ()
    """How a column is looked at where that is not simply its value."""
    renewed: str = ""
    """What else is set when a row changes."""
    removed: str = ""
    """How a row goes that the folder does not have any more; empty: it is deleted."""


def _key(bed: Bed, alias: str) -> str:
    return " || '/' || ".join(f"{alias}.{name}" for name in bed.key)


async def hashes(bed: Bed, without: Sequence[str] = ()) -> dict[str, str]:
    """A hash of each row by its key; `without` leaves columns out, as it was when the row was planted."""
    seen = {part.rpartition(" ")[2]: part for part in bed.hashed}
    columns = ", ".join(seen.get(name, name) for name in bed.columns if name not in without)
    rows = await current().fetch(
        f"SELECT {_key(bed, 't')} AS key, md5(to_jsonb(r)::text) AS digest"  # noqa: S608 - names of the list above
        f" FROM {bed.table} t CROSS JOIN LATERAL (SELECT {columns}) AS r"
    )
    return {row["key"]: row["digest"] for row in rows}


async def put_aside(bed: Bed, keys: Sequence[str]) -> None:
    """Make way for the folder's rows of these keys."""
    await current().fetch(
        f"UPDATE {bed.table} t SET {bed.key[-1]} = {bed.key[-1]} || '{_ASIDE}' WHERE {_key(bed, 't')} = ANY($1)",  # noqa: S608 - names of the list above
        [list(keys)],
    )


async def take_over(bed: Bed) -> None:
    """The old rows keep their ids, to which others refer, and take the new ones' values."""
    mark = bed.key[-1]
    same = " AND ".join(
        [f"old.{name} = fresh.{name}" for name in bed.key[:-1]] + [f"old.{mark} = fresh.{mark} || '{_ASIDE}'"]
    )
    old, new = (f"({', '.join(f'{alias}.{name}' for name in bed.columns)})" for alias in ("old", "fresh"))
    values = ", ".join(f"{name} = fresh.{name}" for name in bed.columns)
    changed = f"{old} IS DISTINCT FROM {new}"
    pairs = f"{bed.table} old JOIN {bed.table} fresh ON {same}"
    await current().fetch(
        f"UPDATE {bed.table} t SET {values}{bed.renewed} FROM {pairs} WHERE t.id = old.id AND {changed}"  # noqa: S608 - names of the list above
    )
    matched = await current().fetch(f"SELECT old.id FROM {pairs}")  # noqa: S608 - as above
    await current().fetch(f"DELETE FROM {bed.table} fresh USING {bed.table} old WHERE {same}")  # noqa: S608 - as above
    # A row put aside that found no new one is not in the folder any more.
    orphan = f"{mark} LIKE '%{_ASIDE}' AND NOT (id = ANY($1))"
    await current().fetch(
        f"UPDATE {bed.table} SET {bed.removed} WHERE {orphan}"  # noqa: S608 - as above
        if bed.removed
        else f"DELETE FROM {bed.table} WHERE {orphan}",  # noqa: S608 - as above
        [[row["id"] for row in matched]],
    )
    await current().fetch(
        f"UPDATE {bed.table} SET {mark} = rtrim({mark}, '{_ASIDE}') WHERE {mark} LIKE '%{_ASIDE}'"  # noqa: S608 - as above
    )


async def delete(bed: Bed, keys: Sequence[str]) -> None:
    """Take rows away."""
    await current().fetch(
        f"DELETE FROM {bed.table} t WHERE {_key(bed, 't')} = ANY($1)",  # noqa: S608 - names of the list above
        [list(keys)],
    )
