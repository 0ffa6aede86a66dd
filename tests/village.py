"""The platform under test: the real application over ASGI, as granian calls it."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2

from app.feeds import raw
from app.main import create_app
from app.platform import feeds, towns
from app.settings import settings
from app.tenancy import cells, control, tenant, transaction
from app.tenancy.migrate import migrate
from app.web.edge import Edge


class Village:
    """A browser on one host."""

    def __init__(self, edge: Edge, host: str, folder: Path) -> None:
        self.edge = edge
        self.host = host
        self.folder = folder
        transport = httpx2.ASGITransport(app=edge, raise_app_exceptions=True)  # type: ignore[arg-type]
        self.client = httpx2.AsyncClient(transport=transport, base_url=f"http://{host}:{settings().port}")
        self.get = self.client.get
        self.post = self.client.post
        self.request = self.client.request

    def at(self, slug: str) -> "Village":
        """A browser on a town's host."""
        return Village(self.edge, f"{slug}.{settings().domain}", self.folder)

    def on(self, host: str) -> "Village":
        """A browser on any host."""
        return Village(self.edge, host, self.folder)

    async def json(self, path: str, **params: Any) -> Any:
        """The answer to a GET as JSON; it must be a 200."""
        response = await self.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    async def sweep(self, slug: str, tables: Sequence[str]) -> None:
        """Empty a town's tables and its kept answers."""
        async with tenant(slug) as scope, transaction():
            for table in tables:
                await scope.fetch(f"DELETE FROM {table}")
        if "feed" in tables:
            async with control() as connection:
                await connection.execute("DELETE FROM feed_due WHERE tenant = $1", slug)
            shutil.rmtree(raw.town(slug), ignore_errors=True)
        self.edge.cache.empty(slug)


PEOPLE_AND_POST = ("mail", "feed_told", "notify_due", "invitation", "oidc_client", "account")
"""What tests leave in the control plane; with an account goes what hangs on it."""


async def leave() -> None:
    """After a file of tests: nobody is left, and nothing that the next file could meet."""
    async with control() as connection:
        await connection.execute(";".join(f"DELETE FROM {table}" for table in PEOPLE_AND_POST))


async def begin(folder: Path) -> Village:
    """Migrate, and build two towns."""
    await migrate()
    await towns.create("bad-belzig", template="town", ags="12069020")
    await towns.create("wiesenburg-mark", template="village", ags="12069665")
    edge = create_app()
    edge.listen()
    return Village(edge, settings().domain, folder)


async def end(village: Village) -> None:
    """Close what is open."""
    await feeds.close()
    await village.edge.stop()
    await cells.close()
