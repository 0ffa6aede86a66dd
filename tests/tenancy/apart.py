"""A deployment of its own beside the common one: another control database, a second cell, and processes to kill."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from app.settings import Settings, settings, use
from app.tenancy import cell_list, cells, registry
from app.tenancy.migrate import migrate
from tests import loop

SECOND = "zweite"
_PRELOADED = ["app.platform.towns", "app.platform.planting", "tests.tenancy.apart"]


class Apart:
    """What a test may know of it."""

    def __init__(self, chosen: Settings, second: str) -> None:
        self.settings = chosen
        self.second = second
        self._forks: ForkServerContext | None = None

    def killed(self, what: str, step: str, *arguments: object) -> None:
        """Do `what` in a process that kills itself after the step of this name."""
        if self._forks is None:
            self._forks = multiprocessing.get_context("forkserver")
            self._forks.set_forkserver_preload(_PRELOADED)
        process = self._forks.Process(target=_until, args=(self.settings, what, step, arguments))
        process.start()
        process.join(30)
        assert process.exitcode == -signal.SIGKILL, f"{what} ended with {process.exitcode} and not after {step}"


def _until(chosen: Settings, what: str, step: str, arguments: tuple[Any, ...]) -> None:
    """In the process that dies."""
    from app.platform import towns
    from app.tenancy import lifecycle, transfer, transfer_move

    commands: dict[str, Callable[..., Any]] = {
        "create": towns.create,
        "delete": lifecycle.delete,
        "import": transfer.import_,
        "move": transfer_move.move,
        "migrate": migrate,
    }

    def die(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    use(chosen)
    if what == "migrate":
        asyncio.run(migrate(steps=arguments[0], jobs=1, after_tenant=die))
    else:
        asyncio.run(commands[what](*arguments, after_step=die))


@contextmanager
def deployment(name: str, folder: Path) -> Iterator[Apart]:
    """Work on it inside the block; afterwards the common deployment is as it was."""
    before = settings()
    first, second = f"{name}_apart", f"{name}_cell"
    loop.run(_databases(before.database_url, "CREATE", first, second))
    use(msgspec.structs.replace(before, database_url=_url(before.database_url, first), data=folder))
    try:
        loop.run(_forget())
        loop.run(migrate())
        yield Apart(settings(), _url(before.database_url, second))
    finally:
        loop.run(_forget())
        use(before)
        registry.forget()
        loop.run(_databases(before.database_url, "DROP", first, second))


async def add_second(apart: Apart) -> None:
    """Take the second database in as a cell."""
    await cell_list.add(SECOND, apart.second)


async def _forget() -> None:
    await cells.close()
    cells.forget()
    registry.forget()


async def _databases(dsn: str, verb: str, *names: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for name in names:
            await connection.execute(f'{verb} DATABASE "{name}"' + (" WITH (FORCE)" if verb == "DROP" else ""))
    finally:
        await connection.close()


def _url(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


async def everything(slug: str) -> dict[str, list[str]]:
    """Every row of every table of a town as text, and where its counters stand."""
    row = await registry.Tenant.select(registry.Tenant.cell).where(registry.Tenant.slug == slug).first()
    assert row is not None
    key = registry.schema_of(slug)
    connection = await cells.admin(row["cell"])
    try:
        tables = await connection.fetch(
            "SELECT c.relname, c.relkind::text AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = $1 AND c.relkind IN ('r', 'S') AND c.relname <> 'migration' ORDER BY c.relname",
            key,
        )
        found = {}
        for table in tables:
            text = "to_jsonb(t)::text" if table["kind"] == "r" else "last_value || ' ' || is_called"
            rows = await connection.fetch(f'SELECT {text} AS row FROM "{key}"."{table["relname"]}" t')
            found[table["relname"]] = sorted(one["row"] for one in rows)
        return found
    finally:
        await connection.close()


async def leftovers(slug: str) -> list[str]:
    """What there is of a town, anywhere."""
    key = registry.schema_of(slug)
    control = await cells.admin(cells.MAIN)
    found = []
    try:
        for what, query, value in (
            ("row", "SELECT 1 FROM shared.tenant WHERE slug = $1", slug),
            ("host", "SELECT 1 FROM shared.host WHERE tenant = $1", slug),
            ("role", "SELECT 1 FROM pg_roles WHERE rolname = $1", key),
        ):
            if await control.fetchval(query, value):
                found.append(what)
        for cell in await control.fetch("SELECT name FROM shared.cell"):
            connection = await cells.admin(cell["name"])
            try:
                if await connection.fetchval("SELECT 1 FROM pg_namespace WHERE nspname = $1", key):
                    found.append(f"schema in {cell['name']}")
            finally:
                await connection.close()
    finally:
        await control.close()
    media = settings().data / "media"
    return found + [path.name for path in media.glob("*") if slug in path.name]
