"""What every visitor meets first: hosts, kept answers, languages, hostile requests."""

import asyncio
import gzip
import re
from datetime import UTC, datetime
from typing import Any, get_args

import httpx2
import pytest
from asyncpg.exceptions import DiskFullError
from litestar import get

from app.capabilities.news import actions
from app.kit import clock
from app.tenancy import lifecycle, tenant, transaction
from app.web.access import PUBLIC
from app.web.app import application, routes
from app.web.hosts import platform_site
from app.web.site import on_site
from tests.factories import make_article
from tests.village import Village

HOSTILE = (
    "'; DROP TABLE article; --",
    "1 OR 1=1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "%00",
    "../../etc/passwd",
    "9" * 300,
    "-1",
    "\u202e\u0000ä",
)


async def test_an_unknown_and_a_suspended_host_get_one_and_the_same_answer(
    platform: Village, wiesenburg: Village
) -> None:
    nowhere = await platform.on("nirgendwo.localhost").get("/")
    await lifecycle.suspend("wiesenburg-mark")
    try:
        await asyncio.sleep(0.2)
        asleep = await wiesenburg.get("/")
    finally:
        await lifecycle.resume("wiesenburg-mark")

    assert nowhere.status_code == asleep.status_code == 404
    assert nowhere.text == asleep.text
    assert dict(nowhere.headers) == dict(asleep.headers)
    await asyncio.sleep(0.2)
    assert (await wiesenburg.get("/")).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "bad-belzig.localhost.evil.example", "localhost.", "", "[::1]", "a" * 300]
)
async def test_a_foreign_host_learns_nothing(platform: Village, host: str) -> None:
    response = await platform.get("/news", headers={"host": host})

    assert response.status_code in (404, 405)
    assert "Belzig" not in response.text


async def test_a_page_that_did_not_change_is_not_sent_again(belzig: Village) -> None:
    first = await belzig.get("/news")

    again = await belzig.get("/news", headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/", "/news", "/events", "/api/v1/news", "/api/v1/events", "/news.rss", "/events.ics"]
)
async def test_every_list_has_an_etag(belzig: Village, path: str) -> None:
    first = await belzig.get(path)
    again = await belzig.get(path, headers={"if-none-match": f'W/{first.headers["etag"]}, "other"'})

    assert (first.status_code, again.status_code) == (200, 304)


async def test_what_is_published_is_seen_at_once(belzig: Village) -> None:
    await until_kept(belzig, "/api/v1/news")
    assert (await belzig.json("/api/v1/news"))["items"] == []

    async with tenant("bad-belzig"), transaction():
        await actions.publish(await actions.draft(title="Brücke gesperrt"))
    await asyncio.sleep(0.2)

    assert [item["title"] for item in (await belzig.json("/api/v1/news"))["items"]] == ["Brücke gesperrt"]


async def until_kept(village: Village, path: str) -> None:
    """Ask until answers are kept: the line for signals needs a moment."""
    for _ in range(50):
        before = village.edge.counts.kept
        await village.get(path)
        if village.edge.counts.kept > before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("answers are never kept")


async def test_nothing_is_kept_while_the_line_is_down(belzig: Village) -> None:
    await until_kept(belzig, "/news")
    belzig.edge._line(up=False)
    try:
        before = belzig.edge.counts.kept
        await belzig.get("/news")
        await belzig.get("/news")
        assert belzig.edge.counts.kept == before
    finally:
        belzig.edge._line(up=True)


async def test_a_kept_answer_is_packed_for_those_who_can_read_it(belzig: Village) -> None:
    plain = await belzig.get("/news", headers={"accept-encoding": "identity"})
    async with belzig.client.stream("GET", "/news", headers={"accept-encoding": "gzip"}) as response:
        packed = b"".join([part async for part in response.aiter_raw()])

    assert response.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content


async def test_a_reader_chooses_english_and_it_is_remembered(belzig: Village) -> None:
    response = await belzig.get("/news?category=kultur&lang=en")

    assert response.status_code == 303
    assert response.headers["location"] == "/news?category=kultur"
    page = await belzig.get("/", headers={"cookie": response.headers["set-cookie"].split(";")[0]})
    assert '<html lang="en">' in page.text


async def test_the_language_follows_the_browser(belzig: Village) -> None:
    assert '<html lang="de">' in (await belzig.get("/")).text
    assert '<html lang="en">' in (await belzig.get("/", headers={"accept-language": "en-GB,en;q=0.9"})).text
    assert '<html lang="de">' in (await belzig.get("/", headers={"accept-language": "fr, tlh;q=x"})).text


async def test_the_language_switch_leads_to_no_other_host(belzig: Village) -> None:
    response = await belzig.get("//evil.example/?lang=en")

    assert response.status_code in (303, 404)
    assert not response.headers.get("location", "/").startswith("//")


async def test_a_head_request_has_no_body(belzig: Village) -> None:
    response = await belzig.request("HEAD", "/news")

    assert response.status_code == 200
    assert response.content == b""


async def test_ten_megabytes_are_refused(belzig: Village) -> None:
    for path in ("/news", "/api/v1/news", "/"):
        response = await belzig.post(path, content=b"x" * 10_000_000)

        assert response.status_code in (405, 413)


@pytest.mark.parametrize(
    "path", ["/nichts", "/api/v1/nichts", "/wp-login.php", "/news/../../etc", "/.env", "/%2e%2e/x"]
)
async def test_a_page_that_is_not_there_helps_on(belzig: Village, path: str) -> None:
    response = await belzig.get(path, headers={"accept": "text/html"})

    assert response.status_code == 404
    if path.startswith("/api/"):
        assert response.headers["content-type"].startswith("application/problem+json")
        assert response.json()["title"] == "Diese Seite gibt es nicht"
    else:
        assert "Startseite" in response.text
    assert "Traceback" not in response.text


async def test_no_parameter_of_any_route_breaks_a_page(belzig: Village) -> None:
    for method, path, handler in routes(belzig.edge._village):  # type: ignore[arg-type]
        if method != "GET":
            continue
        filled = re.sub(r"\{[^}]*\}", "1", path)
        parameters = handler.parsed_fn_signature.parameters
        known_as = [getattr(told, "name", "") for one in parameters.values() for told in get_args(one.raw)[1:]]
        taken = ["lang", *({*parameters, *filter(None, known_as)} - {"request", "scope"})]
        queries = [dict.fromkeys(taken, evil) for evil in HOSTILE]
        queries += [{name: evil} for name in taken for evil in HOSTILE[:4:3]]
        for query in queries:
            response = await belzig.get(filled, params=query)
            assert response.status_code < 500, (path, query)
            assert "<script>alert(1)" not in response.text
            assert "onerror=alert(1)>" not in response.text


async def test_no_part_of_an_address_breaks_a_page(belzig: Village) -> None:
    for method, path, _handler in routes(belzig.edge._village):  # type: ignore[arg-type]
        if method == "GET" and "{" in path:
            for evil in HOSTILE:
                part = evil.replace("/", "%2F").replace("\0", "%00").replace("\\", "")
                filled = re.sub(r"\{[^}]*\}", part, path)
                response = await belzig.get(filled)
                assert response.status_code in (200, 301, 303, 401, 404, 422), (path, evil)
                assert "<script>alert(1)" not in response.text


@pytest.mark.parametrize(
    "query", ["from=2026-02-30", "from=gestern", "to=99999-01-01", "limit=0", "limit=1000", "limit=x", "cursor=xyz"]
)
@pytest.mark.parametrize("path", ["/api/v1/news", "/api/v1/events"])
async def test_a_bad_parameter_is_named(belzig: Village, path: str, query: str) -> None:
    response = await belzig.get(f"{path}?{query}")

    assert response.status_code == 422
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert problem["status"] == 422
    assert query.partition("=")[0] in problem.get("errors", {}) or "cursor" in query


async def test_every_answer_keeps_strangers_out(belzig: Village) -> None:
    response = await belzig.get("/")

    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    outside = re.findall(r'(?:src|href)="(https?:)?//[^"]*"', response.text)
    assert outside == []


async def test_machines_see_whether_it_is_well(belzig: Village, platform: Village) -> None:
    assert (await platform.get("/health/live")).json() == {"status": "ok"}
    assert (await belzig.get("/health/ready")).json() == {"status": "ok", "database": "ok", "redis": "ok"}
    figures = await platform.get("/metrics")
    assert figures.status_code == 200
    assert "village_answers_total" in figures.text
    assert (await platform.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"})).status_code == 404


async def test_the_api_describes_itself_without_a_third_party(belzig: Village) -> None:
    schema = await belzig.json("/api/schema")
    page = await belzig.get("/api/")

    assert schema["openapi"].startswith("3.1")
    assert "/api/v1/news" in schema["paths"]
    assert "/api/v1/events" in schema["paths"]
    assert "/news" not in schema["paths"]
    assert page.status_code == 200
    assert "/api/v1/news" in page.text


async def test_the_start_page_greets_and_shows_the_newest(belzig: Village) -> None:
    with clock.at(datetime(2026, 5, 4, 6, 30, tzinfo=UTC)):
        await make_article(title="Freibad öffnet am Samstag", published_at=datetime(2026, 5, 4, 5, tzinfo=UTC))
        page = await belzig.get("/", headers={"cookie": "fresh=1"})

    assert "Guten Morgen, Bad Belzig" in page.text
    assert "Freibad öffnet am Samstag" in page.text


async def test_one_box_searches_everything(belzig: Village) -> None:
    await make_article(title="Feuerwehr sucht Nachwuchs")

    page = await belzig.get("/search", params={"q": "wehr"})

    assert "Feuerwehr sucht Nachwuchs" in page.text
    assert "Feuerwehr" not in (await belzig.get("/search", params={"q": "Xylophon"})).text


async def test_the_platform_lists_its_towns(platform: Village) -> None:
    page = await platform.get("/")

    assert page.status_code == 200
    assert "Bad Belzig" in page.text
    assert "http://bad-belzig.localhost:8000" in page.text
    assert "Wiesenburg" not in (await platform.get("/?q=Belzig")).text


@pytest.mark.parametrize("name", ["impressum", "datenschutz", "barrierefreiheit"])
async def test_the_platform_says_who_runs_it(platform: Village, name: str) -> None:
    page = await platform.get(f"/pages/{name}")

    assert page.status_code == 200
    assert "<h1>" in page.text
    assert (await platform.get("/pages/..%2f..%2fsecret")).status_code == 404


async def test_an_operator_completes_the_imprint_without_touching_the_program(platform: Village) -> None:
    own = platform.folder / "pages" / "impressum.md"
    own.parent.mkdir(exist_ok=True)
    own.write_text("# Impressum\n\nZweckverband Digitale Dörfer\n", encoding="utf-8")
    try:
        platform.edge.cache.empty_all()
        assert "Zweckverband Digitale Dörfer" in (await platform.get("/pages/impressum")).text
    finally:
        own.unlink()
        platform.edge.cache.empty_all()


@pytest.mark.parametrize(
    ("error", "status"),
    [(ConnectionRefusedError(111, "refused"), 503), (DiskFullError("full"), 503), (FileNotFoundError("a.html"), 500)],
)
async def test_a_database_that_is_away_is_no_defect_of_a_page(platform: Village, error: Exception, status: int) -> None:
    @get("/x", access=PUBLIC)
    async def asks() -> None:
        raise error

    app: Any = application([asks], title="x", openapi=False)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{platform.host}") as client:
        with on_site(platform_site()):
            answer = await client.get("/x", headers={"accept": "text/html"})

    assert answer.status_code == status
    assert answer.headers.get("retry-after", "") == ("30" if status == 503 else "")
    assert ("Es ist nichts verloren" in answer.text) == (status == 503)
