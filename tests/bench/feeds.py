"""Syncing 500 feeds from a local origin: nothing changed, and 20 new items each."""

import asyncio
import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

from app.feeds import sync as engine
from app.feeds.admin import NewFeed, insert
from app.feeds.report import FeedReport
from app.kit.http import Http
from app.platform.feeds import takers
from app.tenancy import tenant, transaction
from tests.bench.servers import ROOT
from tests.bench.source import ITEMS
from tests.bench.table import heading, line

FEEDS = 500
TOWNS = 10


@contextlib.contextmanager
def origin() -> Iterator[int]:
    """The source in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.bench.source"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


async def sync(slugs: list[str]) -> None:
    """Print the figures of one process."""
    heading(f"Syncing {FEEDS} feeds of {TOWNS} towns from a local origin, one process")
    with origin() as port:
        towns = slugs[:TOWNS]
        for place, slug in enumerate(towns):
            async with tenant(slug), transaction():
                for number in range(place, FEEDS, TOWNS):
                    url = f"http://127.0.0.1:{port}/feed/{number}"
                    await insert(NewFeed(name=f"quelle-{number}", connector="rss", url=url, every_seconds=900))
        async with Http(private_hosts=frozenset({f"127.0.0.1:{port}"})) as http:
            for generation in range(2):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/generation/{generation}").close()  # noqa: ASYNC210
                seconds, reports = await _round(towns, http)
                new = sum(report.new for report in reports)
                assert new == FEEDS * ITEMS, [report.errors for report in reports if report.errors][:3]
                line(
                    f"{ITEMS} new items each, round {generation + 1}",
                    f"{new / seconds:.0f} items/s",
                    f"{FEEDS / seconds:.0f} feeds/s",
                    ">= 1500 items/s",
                )
            seconds, reports = await _round(towns, http)
            assert all(report.status == "unchanged" for report in reports)
            line("unchanged (304)", f"{FEEDS / seconds:.0f} feeds/s", "", ">= 150 feeds/s")


async def _round(towns: list[str], http: Http) -> tuple[float, list[FeedReport]]:
    began = time.perf_counter()
    rounds = await asyncio.gather(*(engine.sync(slug, takers=takers(), http=http) for slug in towns))
    return time.perf_counter() - began, [report for reports in rounds for report in reports]
