"""The imported register: `village register import FILE` fills it, and what it knows wins over the bundled table."""

from collections.abc import Iterable

import msgspec

from app.tenancy import municipality
from app.tenancy.engine import control, control_transaction
from app.tenancy.municipality import Municipality

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
    return len(rows)


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
