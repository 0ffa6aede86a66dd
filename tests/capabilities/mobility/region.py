"""The region as tests speak of it: give it a timetable, realtime, buses; ask what the town's people see."""

from datetime import UTC, datetime
from typing import Any

from app.feeds.report import FeedReport
from app.kit import clock
from app.tenancy.regions import region
from tests.feeds.region.district import NAME, District
from tests.village import Village

TABLES = (
    *("transit_block", "transit_trip", "transit_route", "transit_stop", "transit_day", "transit_release"),
    *("transit_realtime", "transit_delay", "transit_extra", "transit_alert", "on_demand", "sharing_station"),
)
MONDAY = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
"""14 o'clock in Bad Belzig."""


class Transit:
    """What the region offers, and how it looks in Bad Belzig."""

    def __init__(self, district: District, belzig: Village) -> None:
        self.district = district
        self.belzig = belzig
        self.now = MONDAY
        self.known: set[str] = set()

    async def brings(self, connector: str, body: bytes, *, path: str = "", **more: Any) -> FeedReport:
        """The source serves this now, and the region fetches it."""
        path = path or f"/{connector}"
        self.district.origin.file(path, body, "application/octet-stream")
        if connector not in self.known:
            self.known.add(connector)
            await self.district.has(connector.replace("_", "-"), path, connector, title=f"Quelle {connector}", **more)
        with clock.at(self.now):
            return await self.district.fetch(connector.replace("_", "-"), force=True)

    async def page(self, path: str, **headers: str) -> str:
        """A page of Bad Belzig, read at the test's hour."""
        self.belzig.edge.cache.empty("bad-belzig")
        with clock.at(self.now):
            answer = await self.belzig.get(path, headers={"accept": "text/html", **headers})
        assert answer.status_code == 200, answer.text[:500]
        return answer.text

    async def json(self, path: str, **params: Any) -> Any:
        """An answer of the API at the test's hour."""
        self.belzig.edge.cache.empty("bad-belzig")
        with clock.at(self.now):
            return await self.belzig.json(f"/api/v1/mobility{path}", **params)

    async def board(self, stop: str, **params: Any) -> list[tuple[str, str, str]]:
        """Local time of departure, line and status of a stop's departures."""
        zone = clock.BERLIN
        answer = await self.json(f"/stops/{stop}/departures", **params)
        return [
            (
                f"{datetime.fromisoformat(one['planned_at']).astimezone(zone):%d. %H:%M}",
                one["line"],
                one["status"] + (f" {one['delay_minutes']}" if one["delay_minutes"] else ""),
            )
            for one in answer["items"]
        ]

    async def count(self, table: str) -> int:
        """Rows of a table of the region."""
        async with region(NAME) as scope:
            return int(await scope.fetchval(f"SELECT count(*) FROM {table}"))

    async def end(self) -> None:
        """Leave nothing."""
        async with region(NAME) as scope, scope.transaction():
            for table in TABLES:
                await scope.fetch(f"DELETE FROM {table}")
        await self.district.end()
        self.belzig.edge.cache.empty("bad-belzig")
