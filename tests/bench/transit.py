"""A state's timetable of five million stop times: loaded by a process of its own while boards are read; departures.

`python -m tests.bench.transit FILE` is that process: it loads the file and prints what it took.
"""

import asyncio
import contextlib
import json
import resource
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.capabilities.mobility import board
from app.capabilities.mobility.load import load
from app.capabilities.mobility.stations import Station
from app.feeds.connectors.gtfs.connector import Config
from app.feeds.regional import RegionFeed
from app.kit import clock
from app.tenancy.regions import region
from tests.bench import timetable
from tests.bench.servers import ROOT
from tests.bench.table import heading, line, middle, ms

CALLS: Final = 5_000_000
REGION: Final = "vbb"
URL: Final = "https://verkehr.example/gtfs.zip"
FEED: Final = RegionFeed(
    region=REGION,
    name="bench-fahrplan",
    title="Fahrplan",
    connector="gtfs",
    url=URL,
    options={},
    licence="CC-BY-4.0",
    attribution="Testverbund",
    delivers="release",
    area=("12",),
)
_STATIONS: Final = """
SELECT s.release, s.number, s.key, s.name, s.latitude, s.longitude, s.wheelchair, s.weekly, s.modes, s.lines, r.feed,
    r.zone, r.source, r.url, r.licence, r.loaded_at, r.first_day, r.last_day, r.version
FROM transit_stop s JOIN transit_release r ON r.id = s.release AND r.state = 'live'
WHERE r.feed = $1 AND s.station = s.number ORDER BY s.weekly DESC LIMIT $2"""


async def run(calls: int = CALLS) -> None:
    """Print the figures."""
    heading(f"A timetable of {calls:,} stop times")
    with tempfile.TemporaryDirectory(prefix="village-transit-") as folder:
        today = clock.today()
        for release in (1, 2):
            path = Path(folder, f"{release}.zip")
            size = await asyncio.to_thread(timetable.write, path, calls, today=today, seed=release)
            readers = asyncio.ensure_future(_read_on()) if release == 2 else None
            took = await _loaded(path)
            line(
                f"release {release} loaded, {size // 1_000_000} MB packed",
                f"{took['seconds']:.0f} s",
                f"{took['calls'] / took['seconds']:.0f} departures/s",
                "<= 240 s",
            )
            line("  memory of the process at its most", f"{took['peak_mb']:.0f} MB", "", "<= 400 MB")
            if readers is not None:
                readers.cancel()
                seconds, empty = await _ended(readers)
                line(
                    f"  boards read meanwhile: {len(seconds)}, empty: {empty}",
                    ms(middle(seconds)),
                    f"slowest {ms(max(seconds))}",
                    "none empty",
                )
                assert not empty
        await _departures()


async def _loaded(path: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.transit", str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


async def _stations(most: int) -> list[Station]:
    async with region(REGION) as scope:
        return [Station(region=REGION, **row) for row in await scope.fetch(_STATIONS, [FEED.name, most])]


_seen: list[float] = []
_empty = 0


async def _read_on() -> None:
    """Read boards, as pages do, until the release is loaded."""
    global _empty  # noqa: PLW0603 - counted across the cancellation
    while True:
        began = time.perf_counter()
        found = await board.departures(await _stations(1), _noon())
        _seen.append(time.perf_counter() - began)
        _empty += not found.departures
        await asyncio.sleep(0.1)


async def _ended(readers: "asyncio.Future[None]") -> tuple[list[float], int]:
    with contextlib.suppress(asyncio.CancelledError):
        await readers
    return _seen, _empty


def _noon() -> datetime:
    return clock.now().replace(hour=11, minute=0, second=0, microsecond=0) + timedelta(days=1)


async def _departures() -> None:
    found = await _stations(20_000)
    for what, some in (("the busiest", found[:20]), ("ordinary", found[len(found) // 2 :][:200])):
        seconds = []
        for one in some * (10 if len(some) < 50 else 1):
            began = time.perf_counter()
            shown = await board.departures([one], _noon())
            seconds.append(time.perf_counter() - began)
            assert len(shown.departures) > 5
        line(f"next 20 departures, {what} stops ({some[0].weekly} a week)", ms(middle(seconds)), "", "<= 15 ms")


async def _child(path: Path) -> None:
    began = time.perf_counter()
    async with region(REGION, loading=True) as scope:
        await load(scope, FEED, path, Config(url=URL, bbox="11,51,15,54"))
        calls = await scope.fetchval("SELECT calls FROM transit_release WHERE feed = $1", [FEED.name])
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "calls": calls}))


if __name__ == "__main__":
    asyncio.run(_child(Path(sys.argv[1])))
