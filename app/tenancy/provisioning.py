"""How a town comes to be: a state machine whose every step is persisted, repeatable and safe to kill.

    requested → provisioning(schema → seed → hosts) → active

The lease on a town is an advisory lock of the provisioner's session: a killed process loses it at once,
so nobody waits for a lease to run out, and two workers never build the same town.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import asyncpg
import msgspec

from app.kit.errors import Conflict
from app.settings import settings
from app.tenancy import cells, history, removal, signals
from app.tenancy.lease import BeingBuilt, leased
from app.tenancy.registry import forget, schema_of
from app.tenancy.scope import entered

Connection = asyncpg.Connection
Seed = Callable[["Request"], Awaitable[None]]
"""Fills a new town's tables, inside its scope and a transaction; must be safe to repeat."""

__all__ = ["BeingBuilt", "CellsFull", "NameTaken", "Provisioner", "Request", "Seed", "build", "make_schema"]

UNFINISHED = ("requested", "provisioning")
IMPORTING = "import"
"""The step of a town that is made from a file; nobody but the import itself may go on with it."""


class NameTaken(Conflict):
    """The slug or a host belongs to another town."""


class CellsFull(Conflict):
    """No cell has room."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be built."""

    slug: str
    name: str
    ags: str
    template: str
    owner: str = ""
    hosts: tuple[str, ...] = ()
    """Hosts of its own, beside `<slug>.<domain>`."""
    site: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What a page needs before any tenant table is read."""
    feeds: Mapping[str, bool] = msgspec.field(default_factory=dict)
    """Names of its feeds that are due at once."""


async def build(request: Request, seed: Seed, *, after_step: Callable[[str], None] = lambda _: None) -> None:
    """Build a town, or go on where an earlier attempt ended; `after_step` is told each step's name.

    Raises `NameTaken`, `BeingBuilt`, `CellsFull`.
    """
    async with Provisioner() as provisioner:
        await provisioner.build(request, seed, after_step=after_step)


class Provisioner:
    """An administrator's session that builds towns one after the other."""

    def __init__(self) -> None:
        self._control: Connection | None = None
        self._cells: dict[str, Connection] = {}

    async def __aenter__(self) -> Self:
        self._control = await cells.admin(cells.MAIN)
        await self._control.execute("SET search_path TO shared")
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in [*self._cells.values(), self._control]:
            if connection is not None:
                await connection.close()

    @property
    def control(self) -> Connection:
        """The connection to the control database."""
        if self._control is None:
            raise RuntimeError("use `async with Provisioner()`")
        return self._control

    async def build(self, request: Request, seed: Seed, *, after_step: Callable[[str], None] = lambda _: None) -> None:
        """See `build`."""
        try:
            async with leased(self.control, request.slug):
                cell = await self._ask_for(request)
                after_step("requested")
                await self._make_schema(request, cell)
                after_step("schema")
                await self._plant(request, cell, seed)
                after_step("seed")
                await self._open(request)
                after_step("hosts")
        except (Conflict, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
            raise
        except Exception as error:
            await self._note(request.slug, str(error))
            raise
        forget(request.slug)
        await signals.changed(request.slug, "hosts")

    async def _ask_for(self, request: Request) -> str:
        """Write the request down, or find it again; returns its cell."""
        control = self.control
        cell: str | None = await control.fetchval(
            """WITH room AS (
                   SELECT name FROM cell c
                   WHERE (SELECT count(*) FROM tenant t WHERE t.cell = c.name) < coalesce(c.capacity, $7)
                   ORDER BY created_at, name LIMIT 1)
               INSERT INTO tenant (slug, name, ags, template, owner_email, site, cell)
               SELECT $1, $2, $3, $4, $5, $6, room.name FROM room
               ON CONFLICT (slug) DO NOTHING RETURNING cell""",
            request.slug,
            request.name,
            request.ags,
            request.template,
            request.owner,
            msgspec.json.encode(request.site).decode(),
            settings().cell_capacity,
        )
        if cell is not None:
            return cell
        row = await control.fetchrow(
            "SELECT state, step, ags, template, cell FROM tenant WHERE slug = $1", request.slug
        )
        if row is None:
            raise CellsFull("Every cell is full. Add one with `village cells add NAME DSN`.")
        if row["state"] not in UNFINISHED or row["step"] == IMPORTING:
            raise NameTaken("The name %(slug)s is taken.", slug=request.slug)
        if (row["ags"], row["template"]) != (request.ags, request.template):
            raise NameTaken(
                "%(slug)s was begun with AGS %(ags)s and template %(template)s. Use the same, or delete it first.",
                slug=request.slug,
                ags=row["ags"],
                template=row["template"],
            )
        return str(row["cell"])

    async def _cell(self, cell: str) -> Connection:
        if cell == cells.MAIN:
            return self.control
        if cell not in self._cells:
            self._cells[cell] = await cells.admin(cell)
        return self._cells[cell]

    async def _make_schema(self, request: Request, cell: str) -> None:
        """Role, schema and all tables in one transaction: there is the whole of it or nothing."""
        connection = await self._cell(cell)
        runtime, _ = cells.runtime_login(await cells.dsn_of(cell))
        version = await make_schema(connection, schema_of(request.slug), runtime)
        await self.control.execute(
            "UPDATE tenant SET state = 'provisioning', step = 'schema', schema_version = $2, problem = '',"
            " changed_at = now() WHERE slug = $1",
            request.slug,
            version,
        )

    async def _plant(self, request: Request, cell: str, seed: Seed) -> None:
        pool = await cells.runtime_pool(cell)
        async with entered(request.slug, schema_of(request.slug), pool) as scope, scope.transaction():
            await seed(request)
        await self.control.execute("UPDATE tenant SET step = 'seed' WHERE slug = $1", request.slug)

    async def _open(self, request: Request) -> None:
        """Hosts and feeds, and the town is served."""
        main = f"{request.slug}.{settings().domain}"
        async with self.control.transaction():
            for host in (*request.hosts, main):
                owner = await self.control.fetchval(
                    "INSERT INTO host (name, tenant, main) VALUES ($1, $2, $3)"
                    " ON CONFLICT (name) DO UPDATE SET main = excluded.main RETURNING tenant",
                    host.lower(),
                    request.slug,
                    host == (request.hosts or (main,))[0],
                )
                if owner != request.slug:
                    raise NameTaken("The host %(host)s belongs to another village.", host=host)
            await self.control.executemany(
                "INSERT INTO feed_due (tenant, feed, due_at) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING",
                [(request.slug, feed) for feed, enabled in request.feeds.items() if enabled],
            )
            await self.control.execute(
                "UPDATE tenant SET state = 'active', step = '', problem = '', changed_at = now() WHERE slug = $1",
                request.slug,
            )

    async def _note(self, slug: str, problem: str) -> None:
        if not self.control.is_closed():
            await self.control.execute("UPDATE tenant SET problem = $2 WHERE slug = $1", slug, problem[:500])


async def make_schema(
    connection: Connection, key: str, runtime: str, steps: Sequence[history.Migration] | None = None
) -> str:
    """Role `key` and its schema with every table, in one transaction, unless it is there; returns its version.

    `steps` is the history it is made by: all of ours, or an older town's part of it.
    """
    async with connection.transaction():
        # A killed builder's transaction may still be on its way.
        await connection.execute(removal.queue_up(key))
        if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{key}.migration"):
            return str(await connection.fetchval(f'SELECT max(id) FROM "{key}".migration'))  # noqa: S608 - our own schema's name
        steps = history.tenant_history() if steps is None else steps
        role_exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", key)
        role = "" if role_exists else f'CREATE ROLE "{key}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;'
        await connection.execute(
            f'{role} GRANT "{key}" TO "{runtime}", CURRENT_USER; CREATE SCHEMA "{key}" AUTHORIZATION "{key}";'
            f'SET LOCAL ROLE "{key}"; SET LOCAL search_path TO "{key}";' + history.as_one_text(steps) + "RESET ROLE;"
        )
    return steps[-1].id
