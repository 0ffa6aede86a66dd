"""What the town says of a service or an office instead of its source.

The row itself has what is shown and found. Where the town says something else, `own` has its words by field and `told`
the whole row as the source has it: a sync renews `told` and every field that the town left alone, and one press leads
back to the source.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from app.capabilities.townhall.rows import NAMES, RECORDS, Table, sort_key, worked_out
from app.kit import clock
from app.kit.errors import Conflict, NotFound
from app.tenancy import current
from app.tenancy.village import touched

Row = dict[str, Any]
GONE: Final = "There is no such entry."


class NotFromSource(Conflict):
    """The entry is the town's own: there is no source to go back to."""


_WRITE: Final[Mapping[Table, str]] = {
    table: f"""UPDATE {table} SET ({", ".join(names)}) = (
    SELECT {", ".join(names)} FROM jsonb_to_record($2::jsonb) AS item ({RECORDS[table]})
), own = $3::jsonb, told = $4::jsonb, corrected_at = $5, changed_at = $6 WHERE id = $1"""  # noqa: S608 - constants
    for table, names in NAMES.items()
}
_READ: Final[Mapping[Table, str]] = {
    table: f"""SELECT feed_item_id, own::text AS own, told::text AS told, to_jsonb({table})::text AS row
FROM {table} WHERE id = $1"""  # noqa: S608 - constants
    for table in NAMES
}
_TOUCHED: Final[Mapping[Table, str]] = {
    table: f"""SELECT id, feed_item_id, own::text AS own, corrected_at FROM {table}
WHERE feed_item_id = ANY ($1) AND own IS NOT NULL"""  # noqa: S608 - constants
    for table in NAMES
}


class Kept(msgspec.Struct, frozen=True):
    """An entry as it is stored."""

    foreign: bool
    """Comes from a source."""
    row: Row
    """What is shown."""
    told: Row
    """As the source has it; of the town's own the same as `row`."""
    own: Row
    """What the town says instead, by field."""


async def kept(table: Table, id_: int) -> Kept:
    """An entry in any state; raises `NotFound`."""
    rows = await current().fetch(_READ[table], [id_])
    if not rows:
        raise NotFound(GONE)
    [found] = rows
    whole = msgspec.json.decode(found["row"])
    row = {name: whole[name] for name in NAMES[table]}
    return Kept(
        found["feed_item_id"] is not None,
        row,
        msgspec.json.decode(found["told"]) if found["told"] else row,
        msgspec.json.decode(found["own"]) if found["own"] else {},
    )


async def correct(table: Table, id_: int, own: Row) -> None:
    """Say this instead of the source; nothing to say leads back to it. Raises `NotFound`, `NotFromSource`."""
    before = await kept(table, id_)
    if not before.foreign:
        raise NotFromSource("This entry is the town's own: change it instead.")
    if own != before.own:
        await _write(table, id_, before.told, own, clock.now())
        touched()


async def change(table: Table, id_: int, own: Row) -> None:
    """Change an entry of the town. Raises `NotFound`."""
    before = await kept(table, id_)
    await _write(table, id_, merged(table, before.row, own), {}, None)
    touched()


async def renew(table: Table, rows: Sequence[Row]) -> None:
    """After a sync has stored `rows`: what the town says stands over them again."""
    brought = {row["feed_item_id"]: row for row in rows}
    for found in await current().fetch(_TOUCHED[table], [list(brought)]):
        told = {name: brought[found["feed_item_id"]][name] for name in NAMES[table]}
        await _write(table, found["id"], told, msgspec.json.decode(found["own"]), found["corrected_at"])


def merged(table: Table, told: Row, own: Row) -> Row:
    """The row as it is shown: the source's, with the town's words over it."""
    return _office(told, own) if table == "office" else _service(told, own)


def _office(told: Row, own: Row) -> Row:
    row = told | {name: value for name, value in own.items() if name in told}
    if "contact" in own:
        first = told["contacts"][0] if told["contacts"] else {}
        row["contacts"] = [one for one in (first | own["contact"], *told["contacts"][1:]) if any(one.values())]
    return row | {"sort_key": sort_key(row["title"])}


def _service(told: Row, own: Row) -> Row:
    row = told | {name: value for name, value in own.items() if name in ("title", "summary", "office_keys")}
    said: dict[str, str] = own.get("blocks", {})
    ours = [{"kind": kind, "title": "", "html": html} for kind, html in said.items() if html]
    row["blocks"] = [one for one in told["blocks"] if one["kind"] not in said] + ours
    if "online" in own:
        online = [{"title": "", "url": own["online"], "kind": "online"}] if own["online"] else []
        row["links"] = online + [one for one in told["links"] if one["kind"] != "online"]
    found = worked_out(row["title"], row["summary"], row["synonyms"], (), [one["html"] for one in row["blocks"]])
    # The names of situations that the source told are not kept: what they led to is.
    return row | found | {"situations": list(dict.fromkeys([*told["situations"], *found["situations"]]))}


async def _write(table: Table, id_: int, told: Row, own: Row, at: Any) -> None:
    values = [
        _json(merged(table, told, own) if own else told),
        _json(own) if own else None,
        _json(told) if own else None,
        at if own else None,
    ]
    await current().fetch(_WRITE[table], [id_, *values, clock.now()])


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
