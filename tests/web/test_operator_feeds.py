"""An operator sees the feeds of all regions and towns, the worst first; machines are told the figures."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.kit import clock
from app.platform import feed_care
from app.tenancy import control, tenant, transaction
from tests import cast, loop
from tests.village import Village

PAGE = "/operator/feeds"


@pytest.fixture(autouse=True)
def swept(belzig: Village, wiesenburg: Village) -> Iterator[None]:
    loop.run(_clean())
    for slug in ("bad-belzig", "wiesenburg-mark"):
        loop.run(belzig.sweep(slug, ["feed"]))
    yield
    loop.run(cast.away())
    loop.run(_clean())


async def _clean() -> None:
    async with control() as connection:
        await connection.execute("DELETE FROM feed_state; DELETE FROM region_feed")


async def operator(platform: Village) -> cast.Visitor:
    return await (await cast.person("otto", {"": ["operator"]})).at(platform)


async def feed(slug: str, name: str, **columns: Any) -> None:
    values = {"name": name, "title": name.title(), "connector": "rss", "url": "https://a.example/x"} | columns
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    async with tenant(slug) as scope, transaction():
        await scope.fetch(f"INSERT INTO feed ({', '.join(values)}) VALUES ({places})", list(values.values()))
    await feed_care.survey_town(slug)


async def some(platform: Village) -> None:
    now = clock.now()
    await feed("bad-belzig", "chor", status="ok", succeeded_at=now, bytes_saved=2_000)
    await feed("bad-belzig", "kino", enabled=False)
    failing = {"status": "failed", "failures": 9, "problem": "Nicht erreichbar."}
    await feed("wiesenburg-mark", "bote", failing_since=now - timedelta(days=3), **failing)
    await feed("bad-belzig", "anzeiger", failing_since=now - timedelta(days=9), **failing)
    async with control() as connection:
        await connection.execute(
            "INSERT INTO region_feed (region, name, status, succeeded_at, bytes_saved)"
            " VALUES ('brandenburg', 'warnungen', 'ok', now() - interval '1 hour', 500)"
        )


async def test_the_worst_of_all_come_first(platform: Village) -> None:
    await some(platform)
    otto = await operator(platform)

    page = (await otto.get(PAGE)).text

    assert page.index("Anzeiger<") < page.index("Bote<") < page.index("Chor<") < page.index("Kino<")
    for part in ("Nicht erreichbar.", "Land Brandenburg", "warnungen", "Bad Belzig", "5 Quellen", "2 kB"):
        assert part in page, part
    assert 'href="http://wiesenburg-mark.localhost:8000/manage/feeds/bote"' in page


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [
        ("?how=failed", ("Anzeiger<", "Bote<"), ("Chor<", "Kino<", "warnungen")),
        ("?whose=regions", ("warnungen",), ("Anzeiger<", "Chor<")),
        ("?whose=towns&how=off", ("Kino<",), ("Chor<", "warnungen")),
        ("?q=wiesenburg", ("Bote<",), ("Anzeiger<",)),
        ("?q=gibt-es-nicht", ("Keine Quelle passt dazu.",), ("Bote<",)),
        ("?how=nonsense&skip=999", ("Keine Quelle passt dazu.",), ("Bote<",)),
    ],
)
async def test_filters(platform: Village, query: str, there: tuple[str, ...], away: tuple[str, ...]) -> None:
    await some(platform)
    otto = await operator(platform)

    page = (await otto.get(f"{PAGE}{query}")).text

    assert all(part in page for part in there)
    assert not any(part in page for part in away)


async def test_a_platform_without_feeds_says_so(platform: Village) -> None:
    otto = await operator(platform)

    assert "Es gibt noch keine Quellen." in (await otto.get(PAGE)).text


async def test_nobody_else_looks(platform: Village, belzig: Village) -> None:
    olga = await (await cast.person("olga", {"bad-belzig": ["owner"]})).at(platform)

    assert (await olga.get(PAGE)).status_code == 403
    assert (await platform.get(PAGE, headers={"accept": "text/html"})).status_code in (303, 401)
    assert (await belzig.get(PAGE)).status_code == 404


async def test_a_survey_follows_the_town(platform: Village) -> None:
    await feed("bad-belzig", "chor", status="ok")
    async with tenant("bad-belzig") as scope, transaction():
        await scope.fetch("UPDATE feed SET status = 'failed' WHERE name = 'chor'")
    await feed("bad-belzig", "kino")
    async with tenant("bad-belzig") as scope, transaction():
        await scope.fetch("DELETE FROM feed WHERE name = 'kino'")

    await feed_care.look_over()

    async with control() as connection:
        rows = await connection.fetch("SELECT feed, state FROM feed_state ORDER BY feed")
    assert [tuple(row) for row in rows] == [("chor", "failed")]


async def test_machines_are_told_the_figures(platform: Village) -> None:
    await some(platform)

    figures = (await platform.get("/metrics")).text

    for line in (
        'village_feeds{owner="region",state="works"} 1.0',
        'village_feeds{owner="town",state="failed"} 2.0',
        'village_feeds_bytes_saved_total{owner="town"} 2000.0',
        'village_region_feed_success_age_seconds{feed="warnungen",region="brandenburg"} 36',
        'village_feeds_oldest_success_seconds{owner="region"} 36',
    ):
        assert line in figures, figures
