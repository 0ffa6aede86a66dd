"""The imported register: `village register import FILE` fills it, and what it knows wins over the bundled table."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.kit import clock
from app.tenancy import municipality
from app.tenancy.engine import control, control_transaction
from app.tenancy.municipality import Municipality
from app.tenancy.municipality_index import Index

KEPT_FOR: Final = timedelta(hours=1)
"""Until a process notices that another one imported a newer register."""

_FIELDS = ("ags", "ars", "name", "type", "district", "population", "area_ha", "postcode", "lat", "lon")


async def store(entries: Iterable[Municipality]) -> int:
    """Replace the imported register; returns how many municipalities it has now. Without any the bundled one counts.

    The official file has no coordinates: those of the bundled table stay.
    """
    places = municipality.bundled()
    rows = []
    for one in entries:
        known = places.get(one.ags) if one.lat is None else None
        if known is not None:
            one = msgspec.structs.replace(one, lat=known.lat, lon=known.lon)  # noqa: PLW2901 - the same entry, completed
        rows.append(tuple(getattr(one, name) for name in _FIELDS))
    async with control_transaction(), control() as connection:
        await connection.execute("DELETE FROM municipality")
        await connection.copy_records_to_table("municipality", records=rows, columns=_FIELDS)
    forget()
    return len(rows)


async def everything() -> dict[str, Municipality]:
    """All municipalities by AGS: the imported register, or the bundled one."""
    async with control() as connection:
        rows = await connection.fetch("SELECT * FROM municipality ORDER BY ags")
    if rows:
        return {row["ags"]: msgspec.convert(dict(row), Municipality) for row in rows}
    register = municipality.bundled()
    return {one.ags: one for one in map(register.read, register.lines())}


async def search(text: str, limit: int = 10) -> list[Municipality]:
    """Municipalities as somebody types: by name, postcode, AGS or ARS, with umlauts and typing errors."""
    index = await _index()
    if index is None:
        return municipality.search(text, limit)
    found = index.find(text, limit)
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT m.* FROM unnest($1::text[]) WITH ORDINALITY AS f (ags, place) JOIN municipality m USING (ags)"
            " ORDER BY f.place",
            found,
        )
    return [msgspec.convert(dict(row), Municipality) for row in rows]


def forget() -> None:
    """Forget the index, after another register was stored."""
    global _kept  # noqa: PLW0603 - one index for the process
    _kept = None


_kept: tuple[datetime, Index | None] | None = None


async def _index() -> Index | None:
    """The index over the imported register, remembered for an hour; None while the bundled one answers."""
    global _kept  # noqa: PLW0603 - as above
    if _kept is None or clock.now() - _kept[0] > KEPT_FOR:
        async with control() as connection:
            rows = await connection.fetch("SELECT ags, ars, name, population, postcode FROM municipality")
        _kept = (clock.now(), Index(map(tuple, rows)) if rows else None)
    return _kept[1]


async def by_ags(ags: str) -> Municipality | None:
    """The municipality with this key, or the district when it ends in three zeros; `None` when there is none."""
    if not municipality.is_ags(ags):
        return None
    async with control() as connection:
        row = await connection.fetchrow("SELECT * FROM municipality WHERE ags = $1", ags)
        if row is not None:
            return msgspec.convert(dict(row), Municipality)
        totals = await connection.fetchrow(
            "SELECT sum(population)::int AS population, sum(area_ha)::int AS area_ha FROM municipality"
            " WHERE starts_with(ags, $1)",
            ags[:5],
        )
        imported = await connection.fetchval("SELECT EXISTS (SELECT 1 FROM municipality)")
    bundled = municipality.by_ags(ags)
    if not imported:
        return bundled
    if bundled is None or not bundled.is_district or totals is None or totals["population"] is None:
        return None  # the newer register does not know it any more
    return msgspec.structs.replace(bundled, population=totals["population"], area_ha=totals["area_ha"])


async def members(prefix: str) -> list[Municipality]:
    """All municipalities of a state (2 digits of the AGS), a district (5) or an association (9 of the ARS), by AGS."""
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT * FROM municipality WHERE starts_with(ars, $1) AND starts_with(ags, $2) ORDER BY ags",
            prefix,
            prefix[:5],
        )
        imported = bool(rows) or await connection.fetchval("SELECT EXISTS (SELECT 1 FROM municipality)")
    if imported:
        return [msgspec.convert(dict(row), Municipality) for row in rows]
    return municipality.bundled().members(prefix)
