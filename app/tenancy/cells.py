"""Cells: databases that hold tenant schemas. `main` is the control database itself.

The DSN of a cell is an administrator's (it makes roles and schemas). Everything else works as the
runtime login, which owns nothing and is denied every tenant's table until it takes on a tenant's role.
"""

import asyncio
import contextlib
import hashlib
import hmac
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

import asyncpg

from app.settings import settings
from app.tenancy import signals, turns
from app.tenancy.pool import AffinityPool

MAIN = "main"
RUNTIME_CONNECTIONS = 10
REGION_CONNECTIONS = 6
"""Beside those of towns: who holds a town's connection and waits for a region's waits for nobody who needs a town's."""
LOADING_CONNECTIONS = 2
LOADING_PATIENCE = "30min"
ADMIN_CONNECTIONS = 4

_dsns: dict[str, str] = {}
_pools: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AffinityPool]]" = WeakKeyDictionary()


class CellUnknown(LookupError):
    """No cell of that name is registered."""


def runtime_login(dsn: str) -> tuple[str, str]:
    """Name and password of the runtime login for the database behind `dsn`."""
    database = unquote(urlsplit(dsn).path.lstrip("/")) or "postgres"
    name = f"{database}_runtime"[:63]
    secret = hmac.new(settings().secret_key.encode(), f"runtime login {name}".encode(), hashlib.sha256)
    return name, secret.hexdigest()


async def dsn_of(cell: str) -> str:
    """The administrator's DSN of a cell; raises `CellUnknown`."""
    if cell == MAIN:
        return settings().database_url
    if cell not in _dsns:
        async with control_pool().connection("") as connection:
            found = await connection.fetchval("SELECT dsn FROM cell WHERE name = $1", cell)
        if not found:
            raise CellUnknown(cell)
        _dsns[cell] = found
    return _dsns[cell]


def _pool(kind: str, cell: str, dsn: str) -> AffinityPool:
    pools = _pools.setdefault(asyncio.get_running_loop(), {})
    pool = pools.get((kind, cell))
    if pool is None:
        if kind == "admin":
            pool = AffinityPool(dsn, most=ADMIN_CONNECTIONS, name="village admin")
        else:
            user, password = runtime_login(dsn)
            most = {"region": REGION_CONNECTIONS, "loading": LOADING_CONNECTIONS}.get(kind, RUNTIME_CONNECTIONS)
            patience = LOADING_PATIENCE if kind == "loading" else "60s"
            pool = AffinityPool(dsn, most=most, user=user, password=password, patience=patience)
        pools[kind, cell] = pool
    return pool


def control_pool() -> AffinityPool:
    """The runtime pool of the control database."""
    return _pool("runtime", MAIN, settings().database_url)


def region_pool(*, loading: bool = False) -> AffinityPool:
    """The runtime pool for regions' schemas; `loading` is for statements that take minutes."""
    return _pool("loading" if loading else "region", MAIN, settings().database_url)


async def runtime_pool(cell: str) -> AffinityPool:
    """The runtime pool of a cell."""
    pools = _pools.get(asyncio.get_running_loop())
    pool = pools.get(("runtime", cell)) if pools else None
    return pool if pool is not None else _pool("runtime", cell, await dsn_of(cell))


async def admin(cell: str) -> asyncpg.Connection:
    """A new connection of a cell's administrator; the caller closes it."""
    return await asyncpg.connect(
        await dsn_of(cell), timeout=10, server_settings={"application_name": "village admin", "timezone": "UTC"}
    )


def unlearn(key: str | None = None) -> None:
    """Make this event loop's pools tell their idle connections anew when `key` (or any) is asked for."""
    with contextlib.suppress(RuntimeError):  # outside a loop there are no pools
        for pool in _pools.get(asyncio.get_running_loop(), {}).values():
            pool.unlearn(key)


def forget() -> None:
    """Forget the DSNs read so far, after a cell was added or changed."""
    _dsns.clear()


async def close() -> None:
    """Close what this event loop holds open: the pools, the line for signals and the one for turns."""
    await signals.close()
    await turns.close()
    for pool in _pools.pop(asyncio.get_running_loop(), {}).values():
        await pool.close()
