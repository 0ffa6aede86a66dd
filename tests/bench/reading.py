"""Reading the news list by API: from cache, without, with 200 towns in turn, each against its baseline."""

import tempfile
import time
import urllib.request
from pathlib import Path

from app.settings import settings
from app.tenancy import tenant, transaction
from app.tenancy.registry import schema_of
from tests.bench.servers import granian, load
from tests.bench.table import heading, line

PORT = 18300


async def fill(slugs: list[str], articles: int = 30) -> None:
    """News for each town."""
    for slug in slugs:
        async with tenant(slug) as scope, transaction():
            await scope.fetch(
                "INSERT INTO article (title, teaser, body_html, provider_id, published_at, licence, source_name)"
                " SELECT 'Meldung ' || n || ' aus dem Rathaus', repeat('Die Stadt teilt mit. ', 8),"
                " '<p>' || repeat('Der Bau der Brücke beginnt im Mai. ', 20) || '</p>',"
                " (SELECT id FROM provider LIMIT 1), now() - n * interval '1 hour', 'CC-BY-4.0', 'Rathaus'"
                " FROM generate_series(1, $1) n",
                [articles],
            )


def fetch(port: int, host: str, path: str) -> bytes:
    """The answer's body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
        body: bytes = response.read()
    return body


def read(slugs: list[str]) -> None:
    """Print the figures; the answers are those of the running product, one web process."""
    heading("Reading the news list of 20 by API, one web process, 16 connections")
    domain = settings().domain
    first = f"{slugs[0]}.{domain}"
    path = "/api/v1/news"
    with granian("app.main:app", PORT) as port:
        body = fetch(port, first, path)
        with tempfile.NamedTemporaryFile(suffix=".json") as kept:
            Path(kept.name).write_bytes(body)
            with granian("tests.bench.bare:same", PORT + 1, BENCH_BYTES=kept.name) as bare_port:
                bare = load(bare_port, [f"bare{path}"])
        line("bare granian application, the same bytes", f"{bare:.0f} /s", f"{len(body)} bytes")
        cached = load(port, [f"{first}{path}"])
        line("from cache", f"{cached:.0f} /s", f"{cached / bare:.0%} of bare", ">= 35 %")
        for slug in slugs:
            fetch(port, f"{slug}.{domain}", path)
        turn = load(port, [f"{slug}.{domain}{path}" for slug in slugs])
        line(f"from cache, {len(slugs)} towns in turn", f"{turn:.0f} /s", f"{turn / cached:.0%} of one town", ">= 85 %")
    with granian(
        "tests.bench.bare:one_query", PORT + 2, BENCH_DSN=settings().database_url, BENCH_SCHEMA=schema_of(slugs[0])
    ) as port:
        query = load(port, ["bare/"])
        line("one asyncpg query as JSON, bare", f"{query:.0f} /s")
    with granian("tests.bench.uncached:app", PORT + 3) as port:
        fetch(port, first, path)
        made = load(port, [f"{first}{path}"])
        line("without cache", f"{made:.0f} /s", f"{made / query:.0%} of the one query", ">= 40 %")
        for slug in slugs:
            fetch(port, f"{slug}.{domain}", path)
        turn = load(port, [f"{slug}.{domain}{path}" for slug in slugs])
        line(f"without cache, {len(slugs)} towns in turn", f"{turn:.0f} /s", f"{turn / made:.0%} of one town")
        began = time.perf_counter()
        for _ in range(50):
            fetch(port, first, "/news")
        line("the page /news without cache", f"{(time.perf_counter() - began) / 50 * 1000:.1f} ms", "", "<= 50 ms")
