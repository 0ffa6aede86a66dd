"""Pages that break their JSON, lists of pages, and what robots.txt forbids."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Cursor, Fetched, Stop
from app.feeds.connectors.jsonld.blocks import read as block
from app.feeds.items import Event, Item, Job, Place
from app.feeds.registry import connector
from app.kit.http import BadStatus, Http
from tests.feeds.reading import context, problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "jsonld-html"


def page(*things: Any, head: str = "") -> bytes:
    blocks = "".join(
        f'<script type="application/ld+json">{msgspec.json.encode(one).decode()}</script>' for one in things
    )
    return f"<html lang=de><head>{head}{blocks}</head><body></body></html>".encode()


def things(body: bytes, **options: Any) -> list[Item]:
    return [one for one in read("jsonld", body, **options) if isinstance(one, Item)]


def event(**more: Any) -> dict[str, Any]:
    return {"@type": "Event", "name": "Konzert", "startDate": "2026-12-05T19:30"} | more


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ('<!-- {"a": 1} -->', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
        ('{"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
        ('{/* b */ "a": 1, // c\n}', {"a": 1}),
        ('{"a": "https://x.example/*y*/"}', {"a": "https://x.example/*y*/"}),
        ('{"a": "say \\"hi\\" // there",}', {"a": 'say "hi" // there'}),
        ("{&quot;a&quot;: 1}", {"a": 1}),
        ('{"a": [1, 2, ], }', {"a": [1, 2]}),
        ('{"a": ', None),
        ('{"a": NaN}', None),
        ("[" * 50_000, None),
    ],
)
def test_a_block_is_repaired_where_that_is_safe(text: str, expected: Any) -> None:
    assert block(text) == expected


@pytest.mark.parametrize(
    ("given", "starts_at", "first_day"),
    [
        ("2026-12-05T19:30", datetime(2026, 12, 5, 18, 30, tzinfo=UTC), None),
        ("2026-07-05 19:30:00", datetime(2026, 7, 5, 17, 30, tzinfo=UTC), None),
        ("2026-12-05T19:30:00.000Z", datetime(2026, 12, 5, 19, 30, tzinfo=UTC), None),
        ("2026-12-05T19:30:00-05:00", datetime(2026, 12, 6, 0, 30, tzinfo=UTC), None),
        ("2026-12-05", None, date(2026, 12, 5)),
        # The hour that does not exist, and the one that exists twice.
        ("2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC), None),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None),
    ],
)
def test_times_without_an_offset_are_local(given: str, starts_at: datetime | None, first_day: date | None) -> None:
    [one] = things(page(event(startDate=given)))

    assert isinstance(one, Event)
    assert (one.starts_at, one.first_day) == (starts_at, first_day)


def test_a_week_of_one_event_is_seven_dates_of_one_page() -> None:
    dates = [event(url="/konzert", startDate=f"2026-12-{day:02d}T19:30") for day in range(1, 8)]

    found = things(page(dates))

    assert len({one.external_id for one in found}) == 7
    assert things(page(dates)) == found


def test_only_what_is_asked_for_is_taken() -> None:
    body = page(event(), {"@type": "JobPosting", "title": "Koch"}, {"@type": "Cafe"}, {"@type": "WebSite", "name": "x"})

    assert [type(one) for one in things(body)] == [Event, Job]
    assert [type(one) for one in things(body, types=["job"])] == [Job]


def test_a_page_inside_a_graph_and_a_list_is_found() -> None:
    nested = {
        "@graph": [{"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": [event()]}}]
    }

    assert len(things(page(nested))) == 1


def test_a_loop_of_references_ends() -> None:
    there = {"@id": "#b", "@type": "Place", "name": "B", "address": {"@id": "#b"}, "geo": {"@id": "#a"}}
    body = page({"@graph": [event(location={"@id": "#b"}) | {"@id": "#a"}, there]})

    assert isinstance(things(body)[0], Event)


def test_what_has_no_blocks_is_told() -> None:
    with pytest.raises(Stop) as stop:
        read("jsonld", b"<html><body>Termine</body></html>")

    assert "structured data" in str(stop.value)


@pytest.mark.parametrize(
    ("options", "named"), [({"match": "("}, "match"), ({"most": 0}, "most"), ({"types": ["x"]}, "types")]
)
def test_options_that_don_t_fit_are_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        connector("jsonld").configured({"url": "https://stadt.example"} | options)


def fetched(origin: Origin, path: str, **options: Any) -> Fetched:
    async def run() -> Fetched:
        code = connector("jsonld")
        config = code.configured({"url": origin.url(path)} | options)
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await code.fetch(config, http.impatient(), Cursor())

    return asyncio.run(run())


def titles(fetched: Fetched, **options: Any) -> list[str]:
    code = connector("jsonld")
    config = code.configured({"url": fetched.url} | options)
    return [one.title for one in code.parse(fetched.body, config, context(url=fetched.url)) if isinstance(one, Item)]


@pytest.fixture
def site() -> Any:
    with Origin() as origin:
        links = (
            b'<a href="/termine/1">1</a><a href="/termine/2#oben">2</a><a href="/intern/3">3</a>'
            b'<a href="https://anderswo.example/termine/4">4</a><a href="mailto:a@b.c">m</a><a href="/impressum">i</a>'
        )
        origin.file("/termine", b"<html><body>" + links + b"</body></html>", "text/html")
        for number in (1, 2):
            origin.file(f"/termine/{number}", page(event(name=f"Konzert {number}")), "text/html")
        origin.file("/robots.txt", b"User-agent: *\nDisallow: /intern/\n", "text/plain")
        yield origin


def test_the_pages_of_a_list_are_read_where_robots_may(site: Origin) -> None:
    answer = fetched(site, "/termine", pages="links", match="/(termine|intern)/")

    assert site.paths == ["/termine", "/robots.txt", "/termine/1", "/termine/2"]
    assert titles(answer, pages="links") == ["Konzert 1", "Konzert 2"]


def test_a_sitemap_names_the_pages(site: Origin) -> None:
    inner = f"<urlset><url><loc>{site.url('/termine/2')}</loc></url><url><loc>https://x.example/</loc></url></urlset>"
    index = f"<sitemapindex><sitemap><loc>{site.url('/s1.xml')}</loc></sitemap></sitemapindex>"
    site.file("/s1.xml", inner.encode())
    site.file("/sitemap.xml", index.encode())

    assert titles(fetched(site, "/sitemap.xml", pages="sitemap")) == ["Konzert 2"]


def test_no_more_pages_than_allowed(site: Origin) -> None:
    fetched(site, "/termine", pages="links", match="/termine/", most=1)

    assert site.paths[-1] == "/termine/1"


def test_a_page_that_is_gone_costs_only_itself_and_one_that_fails_the_run(site: Origin) -> None:
    site.status("/termine/1", 404)
    assert titles(fetched(site, "/termine", pages="links", match="/termine/")) == ["Konzert 2"]

    site.status("/termine/2", 503)
    with pytest.raises(BadStatus):
        fetched(site, "/termine", pages="links", match="/termine/")


def test_a_list_that_leads_nowhere_says_so(site: Origin) -> None:
    with pytest.raises(Stop) as stop:
        fetched(site, "/termine", pages="sitemap")

    assert stop.value.code == "no-pages"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_a_page_with_microdata_alone_is_refused_with_a_reason() -> None:
    for path in SAMPLES.glob("*.html"):
        with pytest.raises(Stop):
            read("jsonld", path.read_bytes())


def test_a_place_needs_somewhere_to_be() -> None:
    found = read(
        "jsonld",
        page(
            {"@type": "Restaurant", "name": "Linde", "address": "Am Markt 1, 14806 Musterdorf"},
            {"@type": "Store", "name": "Nirgends"},
        ),
    )

    assert [one.kind for one in found if isinstance(one, Place)] == ["restaurant"]
    assert len(problems(found)) == 1
