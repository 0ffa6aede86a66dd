"""A region of the deployment's own that fetches from a local origin, and what tests ask about it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.feeds import regional_delivery, regional_pending, regional_state, regional_store, regional_sync
from app.feeds.items import Item
from app.feeds.regional_delivery import Delivered
from app.feeds.regional_state import RegionHealth
from app.feeds.report import FeedReport
from app.kit.http import Http
from app.platform import feeds, regions
from app.settings import settings
from app.tenancy import control, tenant
from app.tenancy.regions import region
from tests.origin import Origin
from tests.village import Village

NAME = "testkreis"
BELZIG, WIESENBURG = "bad-belzig", "wiesenburg-mark"


class District:
    """Its file, its feeds and its towns."""

    def __init__(self, platform: Village, origin: Origin, http: Http) -> None:
        self.platform = platform
        self.origin = origin
        self.http = http
        self.feeds: list[str] = []
        self.members = ["12069"]

    @property
    def file(self) -> Path:
        return settings().data / "regions" / f"{NAME}.toml"

    async def has(self, name: str, path: str, connector: str = "rss", **more: Any) -> None:
        """Give the region a feed."""
        lines = {"name": name, "connector": connector, "url": self.origin.url(path), **more}
        self.feeds.append("\n[[feed]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in lines.items()))
        await self.written()

    async def written(self) -> None:
        """Write the file as it is now."""
        self.file.parent.mkdir(exist_ok=True)
        head = f'title = "Testkreis"\nkind = "district"\nmembers = {_toml(self.members)}\n'
        self.file.write_text(head + "".join(self.feeds), encoding="utf-8")
        await regional_state.settle()

    async def fetch(self, name: str = "", **more: Any) -> FeedReport:
        """Run the one feed, without giving it to the towns."""
        [report] = await regional_sync.sync(NAME, name, keepers=regions.keepers(), http=self.http, **more)
        return report

    async def deliver(self, name: str = "", town: str = "") -> Delivered:
        """Give the towns what they lack."""
        done = Delivered()
        for _, feed, towns in await regional_pending.claim(NAME, name, town):
            some = await regional_delivery.deliver(NAME, feed, towns, feeds.takers())
            done.given += some.given
            done.failed += some.failed
            done.reports |= some.reports
        return done

    async def run(self, name: str = "", **more: Any) -> FeedReport:
        """Fetch and deliver."""
        report = await self.fetch(name, **more)
        await self.deliver()
        return report

    async def holds(self, feed: str, items: Sequence[Item], *, accept_gone: bool = True) -> None:
        """Put items into the region as if a feed had brought a snapshot of them, and tell the control plane."""
        async with region(NAME) as scope, scope.transaction():
            put = await regional_store.put(scope, feed, items, snapshot=True, accept_gone=accept_gone)
        async with control() as connection:
            await connection.execute(
                "UPDATE region_feed SET version = $3 WHERE region = $1 AND name = $2", NAME, feed, put.version
            )

    async def health(self, name: str) -> RegionHealth:
        """How a feed is."""
        [found] = [one for one in await regional_state.health([NAME]) if one.name == name]
        return found

    async def titles(self, slug: str, kind: str = "news") -> list[str]:
        """What a town's people see."""
        self.platform.edge.cache.empty(slug)
        answer = await self.platform.at(slug).json(f"/api/v1/{kind}", **{"from": "2026-01-01"})
        return sorted(item["title"] for item in answer["items"])

    async def row(self, slug: str, name: str) -> dict[str, Any] | None:
        """The feed in a town's own list."""
        async with tenant(slug) as scope:
            rows = await scope.fetch("SELECT * FROM feed WHERE name = $1", [f"{NAME}.{name}"])
        return dict(rows[0]) if rows else None

    async def end(self) -> None:
        """Leave everything as if it had never been."""
        await self.http.aclose()
        async with region(NAME) as scope, scope.transaction():
            await scope.fetch("DELETE FROM item")
        self.file.unlink(missing_ok=True)
        async with control() as connection:
            await connection.execute("DELETE FROM region_delivery WHERE region = $1", NAME)
            await connection.execute("DELETE FROM region_feed WHERE region = $1", NAME)
            await connection.execute("DELETE FROM mail WHERE kind LIKE 'feed-%'")


async def opened(platform: Village, origin: Origin) -> District:
    """The region, without feeds yet."""
    made = District(platform, origin, Http(private_hosts=frozenset({origin.host})).impatient())
    await made.written()
    return made


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
