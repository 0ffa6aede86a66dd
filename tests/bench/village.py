"""A full village: its start page from cache and without, the search over 50,000 items; the plain query as baseline."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

from app.platform import towns
from app.settings import settings
from app.tenancy import tenant, transaction
from app.tenancy.registry import schema_of
from tests.bench.reading import fetch
from tests.bench.servers import granian
from tests.bench.table import heading, line, middle, ms

PORT = 18310
ROUNDS = 60
WORDS = (
    "Brücke Rathaus Feuerwehr Konzert Bibliothek Marktplatz Freibad Wanderweg Bürgerbus Kita Schule Kirche Burg"
    " Straße Baustelle Sperrung Fest Lesung Chor Orgel Garten Wald Heide Fläming Mühle Hof Laden Apotheke Arzt"
    " Verein Sport Fußball Turnier Ausflug Radweg Bahnhof Haltestelle Energie Wasser Abfall Haushalt Sitzung"
).split()
ASKED = ("Konzert", "Konzet", "Brücke Rathaus", "wehr", "Bruecke", "Orgel 4711", "gibtesnicht", "Stadt")
"""Frequent, mistyped, never together, inside words, spelled out, rare, nowhere; the last stands in each news item."""
LISTS = ("/news", "/events", "/places")

_NEWS = """INSERT INTO article (title, teaser, body_html, provider_id, published_at, licence, source_name)
SELECT w[1 + n * 7 % 41] || ' und ' || w[1 + n * 13 % 41] || ' ' || n, repeat('Die Stadt teilt mit. ', 6),
    repeat('<p>Wegen ' || w[1 + n * 5 % 41] || ' und ' || w[1 + n * 3 % 41] || ' ändert sich etwas.</p>', 8),
    (SELECT id FROM provider LIMIT 1), now() - n * interval '7 minutes', 'CC-BY-4.0', 'Rathaus'
FROM generate_series(1, $1::int) n, (SELECT $2::text[] AS w) AS words"""
_EVENTS = """WITH made AS (
    INSERT INTO event (title, summary, location_name, starts_at, ends_at, published_at)
    SELECT w[1 + n * 11 % 41] || ' im ' || w[1 + n * 17 % 41] || ' ' || n, 'Alle sind willkommen.', w[1 + n % 41],
        now() + n * $3::interval, now() + n * $3::interval + interval '2 hours', now() - interval '1 day'
    FROM generate_series(1, $1::int) n, (SELECT $2::text[] AS w) AS words RETURNING id, starts_at, ends_at
) INSERT INTO occurrence (event_id, key, starts_at, ends_at, over_at, first_day, last_day)
SELECT id, id::text, starts_at, ends_at, ends_at, starts_at::date, starts_at::date FROM made"""
_PLACES = """INSERT INTO place (kind, title, latitude, longitude, sort_name, words, source_name, licence)
SELECT (ARRAY['cafe', 'bakery', 'pharmacy', 'toilets', 'bench'])[1 + n % 5], w[1 + n * 19 % 41] || ' ' || n,
    52.1 + (n % 100) * 0.001, 12.5 + (n % 97) * 0.001, lower(w[1 + n * 19 % 41]) || n,
    lower(w[1 + n * 19 % 41]) || ' ' || n,
    'OpenStreetMap', 'ODbL-1.0'
FROM generate_series(1, $1::int) n, (SELECT $2::text[] AS w) AS words"""
_NOTICES = """INSERT INTO notice (title, sender, kind, severity, sent_at, starts_at, gone_at, published_at)
SELECT 'Warnung vor ' || w[1 + n % 41], 'Landkreis', 'weather', (ARRAY['minor', 'moderate', 'severe'])[1 + n % 3],
    now(), now() - interval '1 hour', now() + n * interval '1 hour', now()
FROM generate_series(1, $1::int) n, (SELECT $2::text[] AS w) AS words"""


async def fill(slug: str, *, news: int, events: int, places: int, notices: int) -> None:
    """Fill a town; on top of what it has."""
    async with tenant(slug) as scope, transaction():
        await scope.fetch(_NEWS, [news, WORDS])
        await scope.fetch(_EVENTS, [events, WORDS, timedelta(hours=1) if events < 1000 else timedelta(minutes=10)])
        await scope.fetch(_PLACES, [places, WORDS])
        await scope.fetch(_NOTICES, [notices, WORDS])
    async with tenant(slug) as scope:
        for table in ("article", "event", "occurrence", "place", "notice"):
            async with scope.raw() as connection:
                await connection.execute(f"ANALYZE {table}")


def _p50(ask: Callable[[], object]) -> float:
    ask()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return middle(taken)


def read(slug: str) -> None:
    """Print the start page's figures, one web process, one connection after the other."""
    heading("Start page: 200 news, 300 events, 500 places, 200 notices; p50, connection included")
    host = f"{slug}.{settings().domain}"
    with granian(
        "tests.bench.bare:one_query", PORT, BENCH_DSN=settings().database_url, BENCH_SCHEMA=schema_of(slug)
    ) as port:
        bare = _p50(lambda: fetch(port, "bare", "/"))
    line("one asyncpg query as JSON, bare", ms(bare))
    with granian("app.main:app", PORT + 1) as port:
        kept = _p50(lambda: fetch(port, host, "/"))
    line("from cache", ms(kept), f"{kept / bare:.2f} x the query", "<= 5 ms")
    with granian("tests.bench.uncached:app", PORT + 2) as port:
        made = _p50(lambda: fetch(port, host, "/"))
        line("without cache", ms(made), f"{made / bare:.2f} x the query", "<= 50 ms")
        for path in ("/news", "/events", "/places", "/notices"):
            line(f"{path} without cache", ms(_p50(lambda path=path: fetch(port, host, path))), "", "<= 50 ms")  # type: ignore[misc]


def search(slug: str) -> None:
    """Print what one box over everything takes in a village of 50,000 items."""
    heading("Search over 25,000 news, 10,000 events, 15,000 places; p50 of the whole page without cache")
    host = f"{slug}.{settings().domain}"
    with granian("tests.bench.uncached:app", PORT + 3) as port:
        for words in ASKED:
            taken = _p50(lambda words=words: fetch(port, host, f"/search?q={quote(words)}"))  # type: ignore[misc]
            line(words, ms(taken), "", "<= 50 ms")
        for path in LISTS:
            for words in ASKED[:3]:
                taken = _p50(lambda path=path, words=words: fetch(port, host, f"{path}?q={quote(words)}"))  # type: ignore[misc]
                line(f"{path} searched for {words}", ms(taken), "", "<= 50 ms")
        line("start page of this village without cache", ms(_p50(lambda: fetch(port, host, "/"))), "", "<= 50 ms")


async def run() -> None:
    """A village of the usual size, then one with 50,000 items more."""
    slug = "bad-belzig"
    await towns.create(slug, template="town", ags="12069020")
    await fill(slug, news=200, events=300, places=500, notices=200)
    await asyncio.to_thread(read, slug)
    await fill(slug, news=25_000, events=10_000, places=15_000, notices=0)
    await asyncio.to_thread(search, slug)
