"""A whole state on one worker process: a round in which nothing changed, and one warning on its way to a district."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from app.feeds import regional_pending, regional_state, regional_sync
from app.feeds.admin import NewFeed, insert
from app.kit.http import Http
from app.kit.queue import broker
from app.platform import feeds, regions
from app.settings import settings
from app.tenancy import control, municipality, tenant, transaction
from app.tenancy.provisioning import Provisioner
from tests.bench.feeds import origin
from tests.bench.servers import ROOT
from tests.bench.table import heading, line
from tests.bench.towns import request, seed

FEEDS = 8
STATE, DISTRICT = "12", "12069"
FEED = "bench-warnungen"
REGION = "bench-kreis"


async def sync() -> None:
    """Print the figures."""
    towns = await _towns()
    heading(f"A state: {len(towns)} towns with {FEEDS} feeds each from a local origin, one worker process")
    with origin() as port:
        await _subscribe(list(towns), port)
        _generation(port, 0)
        with _worker(port) as worker:
            count = len(towns) * FEEDS
            seconds = await _round(count)
            line("first round, 20 new items each", f"{seconds:.1f} s", f"{count / seconds:.0f} feeds/s")
            seconds = await _round(count)
            line("full round, nothing changed", f"{seconds:.1f} s", f"{count / seconds:.0f} feeds/s", "<= 60 s")
            line("memory of the worker at its most", f"{_peak(worker.pid)} MB", "", "<= 250 MB")
            await _warning(port, [slug for slug, ags in towns.items() if ags.startswith(DISTRICT)])


async def _towns() -> dict[str, str]:
    """Every municipality of Brandenburg as a town: slug → AGS."""
    keys = [text.partition("\t")[0] for text in municipality.bundled().lines()]
    towns = {f"bb-{ags}": ags for ags in keys if ags.startswith(STATE)}
    async with Provisioner() as provisioner:
        for slug, ags in towns.items():
            await provisioner.build(request(slug, ags), seed)
    return towns


async def _subscribe(slugs: list[str], port: int) -> None:
    for place, slug in enumerate(slugs):
        async with tenant(slug), transaction():
            for number in range(place * FEEDS, (place + 1) * FEEDS):
                url = f"http://127.0.0.1:{port}/feed/{number}"
                await insert(NewFeed(name=f"quelle-{number}", connector="rss", url=url, every_seconds=900))
        async with control() as connection:
            await connection.executemany(
                "INSERT INTO feed_due (tenant, feed, due_at) VALUES ($1, $2, now())",
                [(slug, f"quelle-{number}") for number in range(place * FEEDS, (place + 1) * FEEDS)],
            )


async def _round(count: int) -> float:
    """All feeds are due: seconds until the worker has asked the last one."""
    async with control() as connection:
        await connection.execute("UPDATE feed_due SET due_at = now(), claimed_until = NULL")
    began = time.perf_counter()
    assert await feeds.enqueue_due() == count
    async with control() as connection:
        while await connection.fetchval("SELECT count(*) FROM feed_due WHERE due_at <= now()"):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.1)
    return time.perf_counter() - began


async def _warning(port: int, towns: list[str]) -> None:
    """One new item for a district: how long from the end of the fetch until the last of its towns has it."""
    path = settings().data / "regions" / f"{REGION}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f'title = "Kreis"\nkind = "district"\nmembers = ["{DISTRICT}"]\n'
        f'[[feed]]\nname = "{FEED}"\nconnector = "rss"\nurl = "http://127.0.0.1:{port}/feed/99999"\n',
        encoding="utf-8",
    )
    await regional_state.settle()
    async with Http(private_hosts=frozenset({f"127.0.0.1:{port}"})) as http:
        for generation, what in enumerate(("everything", "what is new")):
            _generation(port, generation)
            [due] = await regional_state.due(REGION, FEED)
            report = await regional_sync.run(due, regions.keepers(), http)
            assert report.new, report.errors
            began = time.perf_counter()
            await regional_pending.enqueue(REGION, FEED)
            await _until_given(len(towns), generation + 1)
            seconds = time.perf_counter() - began
            line(f"a district of {len(towns)} towns given {what}", f"{seconds:.2f} s", "", "<= 5 s")
    for slug in towns:
        async with tenant(slug) as scope:
            assert await scope.fetchval("SELECT count(*) FROM article WHERE source_url LIKE '%quelle-99999%'") > 0


async def _until_given(count: int, version: int) -> None:
    async with control() as connection:
        while count > await connection.fetchval(  # noqa: ASYNC110 - another process works
            "SELECT count(*) FROM region_delivery WHERE region = $1 AND version >= $2", REGION, version
        ):
            await asyncio.sleep(0.02)


def _generation(port: int, number: int) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/generation/{number}").close()


@contextlib.contextmanager
def _worker(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real worker, which may reach the local origin."""
    broker.flush_all()
    process = subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        cwd=ROOT,
        env={**os.environ, "VILLAGE_FEED_PRIVATE_HOSTS": f"127.0.0.1:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _peak(pid: int) -> int:
    """The most memory a process ever held, in MB."""
    for text in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if text.startswith("VmHWM"):
            return int(text.split()[1]) // 1000
    return 0
