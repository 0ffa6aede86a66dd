"""The control plane's tables, and where a town is."""

from typing import Any

import msgspec
from piccolo.columns import JSONB, BigSerial, Boolean, Integer, Text, Timestamptz
from piccolo.table import Table

from app.tenancy import cells
from app.tenancy.engine import SHARED_DB, control
from app.tenancy.errors import UnknownTenant

SERVED = ("trial", "active")
"""States in which a town answers."""


class Cell(Table, db=SHARED_DB, schema="shared", tablename="cell"):
    """A database that holds tenant schemas."""

    name = Text(primary_key=True)
    dsn = Text()
    capacity = Integer(null=True, default=None)
    created_at = Timestamptz()


class Tenant(Table, db=SHARED_DB, schema="shared", tablename="tenant"):
    """A municipality's space (Gemeinde, Amt or Landkreis)."""

    id = BigSerial(primary_key=True)
    slug = Text(unique=True)
    name = Text()
    ags = Text()
    template = Text()
    cell = Text()
    state = Text(default="requested")
    step = Text()
    schema_version = Text()
    owner_email = Text()
    problem = Text()
    site = JSONB(default="{}")
    created_at = Timestamptz()
    changed_at = Timestamptz()


class Host(Table, db=SHARED_DB, schema="shared", tablename="host"):
    """A host name and whose it is."""

    name = Text(primary_key=True)
    tenant = Text()
    main = Boolean()


class FeedDue(Table, db=SHARED_DB, schema="shared", tablename="feed_due"):
    """When a tenant's feed is to be asked again: one index for all towns, so that one tick finds what is due."""

    tenant = Text(primary_key=True)
    feed = Text()
    due_at = Timestamptz()
    claimed_until = Timestamptz(null=True, default=None)


class Place(msgspec.Struct, frozen=True):
    """Where a tenant is and what a page of it needs to know at once."""

    slug: str
    name: str
    ags: str
    cell: str
    key: str
    """Role and schema: `tenant_<slug>`."""
    state: str
    host: str
    site: dict[str, Any]


def schema_of(slug: str) -> str:
    """Role and schema of a tenant."""
    return "tenant_" + slug.replace("-", "_")


_places: dict[str, Place] = {}


async def place_of(slug: str) -> Place:
    """Where a tenant is; remembered until `forget`. Raises `UnknownTenant`."""
    place = _places.get(slug)
    if place is None:
        async with control() as connection:
            row = await connection.fetchrow(
                """SELECT t.slug, t.name, t.ags, t.cell, t.state, t.site::text AS site,
                          coalesce((SELECT h.name FROM host h WHERE h.tenant = t.slug ORDER BY h.main DESC LIMIT 1), '')
                          AS host
                   FROM tenant t WHERE t.slug = $1""",
                slug,
            )
        if row is None:
            raise UnknownTenant("There is no village %(slug)s here.", slug=slug)
        place = Place(
            slug=row["slug"],
            name=row["name"],
            ags=row["ags"],
            cell=row["cell"],
            key=schema_of(slug),
            state=row["state"],
            host=row["host"],
            site=msgspec.json.decode(row["site"]),
        )
        _places[slug] = place
    return place


async def tenant_of_host(host: str) -> str | None:
    """The slug a host name belongs to, or None."""
    async with control() as connection:
        slug: str | None = await connection.fetchval("SELECT tenant FROM host WHERE name = $1", host)
    return slug


def forget(slug: str | None = None) -> None:
    """Forget where a tenant is (or all of them), after it changed."""
    if slug is None:
        _places.clear()
        cells.unlearn()
    else:
        _places.pop(slug, None)
        cells.unlearn(schema_of(slug))
