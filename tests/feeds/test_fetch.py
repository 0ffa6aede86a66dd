"""The fetcher against a real server on loopback that behaves, misbehaves and attacks."""

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest

from app.feeds import failures
from app.feeds.failures import Stop, TryLater
from app.kit import clock
from app.kit.http import (
    BadStatus,
    Cursor,
    Fetched,
    FetchError,
    Garbled,
    Http,
    Refused,
    Reset,
    TooBig,
    TooSlow,
    Unreachable,
    forbidden,
)
from tests.origin import Asked, Origin, send


@pytest.fixture(name="origin")
def _origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def fetch(origin: Origin, path: str, cursor: Cursor | None = None, **options: Any) -> Fetched:
    async def run() -> Fetched:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            return await http.impatient().get(origin.url(path), cursor or Cursor(), **options)

    return asyncio.run(run())


def failure(origin: Origin, path: str, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as error:
        fetch(origin, path, **options)
    return error.value


def test_a_new_body_comes_with_what_the_next_fetch_needs(origin: Origin) -> None:
    origin.file(
        "/feed.xml",
        b"<rss/>",
        "application/rss+xml; charset=ISO-8859-1",
        etag='W/"a b"',
        last_modified="Sat, 01 Jan 2041 00:00:00 GMT",
        cache_control="public, max-age=1800",
    )

    found = fetch(origin, "/feed.xml")

    assert (found.status, found.body, found.url) == ("new", b"<rss/>", origin.url("/feed.xml"))
    assert (found.content_type, found.charset, found.max_age) == ("application/rss+xml", "iso-8859-1", 1800)
    assert found.cursor == Cursor(etag='W/"a b"', last_modified="Sat, 01 Jan 2041 00:00:00 GMT", size=6)
    asked = origin.asked[0].headers
    assert asked["user-agent"].startswith("SmartVillage/")
    assert asked["user-agent"].endswith("/bot)")
    assert asked["host"] == origin.host
    assert asked["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in asked
    assert "if-none-match" not in asked


def test_validators_go_back_exactly_as_sent_and_a_304_counts_what_it_saved(origin: Origin) -> None:
    origin.file("/feed.xml", b"x" * 500, etag='W/"1"', last_modified="yesterday, roughly")

    first = fetch(origin, "/feed.xml")
    second = fetch(origin, "/feed.xml", first.cursor)
    third = fetch(origin, "/feed.xml", second.cursor)

    assert (second.status, second.body, second.bytes_saved) == ("not_modified", b"", 500)
    assert third.cursor == second.cursor == first.cursor
    assert origin.asked[1].headers["if-none-match"] == 'W/"1"'
    assert origin.asked[1].headers["if-modified-since"] == "yesterday, roughly"


def test_a_forced_fetch_believes_nothing(origin: Origin) -> None:
    origin.file("/feed.xml", b"whole", etag='"1"')

    found = fetch(origin, "/feed.xml", Cursor(etag='"1"', force=True))

    assert found.body == b"whole"


def test_a_304_to_an_unconditional_request_is_an_error(origin: Origin) -> None:
    origin.status("/feed.xml", 304)

    assert isinstance(failure(origin, "/feed.xml"), BadStatus)


def test_redirects_are_followed_and_the_last_address_is_told(origin: Origin) -> None:
    origin.redirect("/old", "/middle?x=1", 301)
    origin.redirect("/middle", origin.url("/new"), 308)
    origin.file("/new", b"here")

    found = fetch(origin, "/old")

    assert (found.url, found.body) == (origin.url("/new"), b"here")


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("/endless", "redirects"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://127.0.0.1/", "loopback"),
        ("http://localhost/", "loopback"),
        ("http://[::ffff:10.0.0.1]/", "private"),
        ("http://127.0.0.1:6379/", "port"),
        ("file:///etc/passwd", "scheme"),
        ("http://ada:secret@town.example/", "credentials"),
        ("http://[broken", "url"),
    ],
)
def test_a_redirect_to_where_we_do_not_go_is_refused(origin: Origin, location: str, rule: str) -> None:
    origin.redirect("/endless", location)

    error = failure(origin, "/endless")

    assert isinstance(error, Refused)
    assert error.rule == rule
    assert len(origin.asked) == (6 if rule == "redirects" else 1)
    assert isinstance(failures.of(error), Stop)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "bare deflate", "two gzips"])
def test_packed_bodies_are_unpacked(origin: Origin, encoding: str) -> None:
    text = b"<rss>" + b"Neues aus dem Dorf. " * 9_000
    packed = {
        "deflate": zlib.compress(text),
        "bare deflate": zlib.compress(text)[2:-4],
        "two gzips": gzip.compress(text[:70_000]) + gzip.compress(text[70_000:]),
    }.get(encoding, gzip.compress(text))
    origin.file("/feed.xml", packed, content_encoding={"two gzips": "gzip"}.get(encoding, encoding.rpartition(" ")[2]))

    assert fetch(origin, "/feed.xml").body == text


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"x" * 90_000)[:-20]], ids=["a lie", "cut off"])
def test_a_body_that_is_not_packed_as_announced_is_garbled(origin: Origin, body: bytes) -> None:
    origin.file("/feed.xml", body, content_encoding="gzip")

    assert isinstance(failure(origin, "/feed.xml"), Garbled)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd"])
def test_an_encoding_we_did_not_ask_for_is_garbled(origin: Origin, encoding: str) -> None:
    origin.file("/feed.xml", gzip.compress(b"x"), content_encoding=encoding)

    error = failure(origin, "/feed.xml")
    assert isinstance(error, Garbled)
    assert isinstance(failures.of(error), TryLater)


def test_a_body_of_a_thousand_empty_parts_is_garbled(origin: Origin) -> None:
    origin.file("/feed.xml", gzip.compress(b"") * 1_000, content_encoding="gzip")

    assert isinstance(failure(origin, "/feed.xml"), Garbled)


def test_a_gzip_bomb_stops_early(origin: Origin) -> None:
    packed = origin.bomb("/bomb", 200_000_000)
    assert packed < 1_000_000

    started = monotonic()
    error = failure(origin, "/bomb")

    assert isinstance(error, TooBig)
    assert monotonic() - started < 15
    assert failures.of(error).code == "too-big"


def test_a_small_bomb_is_known_by_its_ratio(origin: Origin) -> None:
    origin.bomb("/bomb", 10_000_000)

    assert isinstance(failure(origin, "/bomb"), TooBig)


@pytest.mark.parametrize("announced", [True, False])
def test_200_megabytes_stop_at_the_limit(origin: Origin, announced: bool) -> None:  # noqa: FBT001  # a parameter
    origin.stream("/huge", 200_000_000, announced=announced)

    started = monotonic()
    assert isinstance(failure(origin, "/huge"), TooBig)
    assert monotonic() - started < 15


def test_the_limit_of_the_body_can_be_raised(origin: Origin) -> None:
    origin.stream("/big", 16_000_000)

    assert isinstance(failure(origin, "/big"), TooBig)
    assert len(fetch(origin, "/big", body_bytes=20_000_000).body) == 16_000_000


def test_a_slow_drip_ends_at_the_total_time(origin: Origin) -> None:
    origin.drip("/drip")

    started = monotonic()
    error = failure(origin, "/drip", total_seconds=0.4)

    assert isinstance(error, TooSlow)
    assert 0.3 < monotonic() - started < 10
    assert isinstance(failures.of(error), TryLater)


def test_the_total_time_covers_all_redirects(origin: Origin) -> None:
    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        send(writer, 302, b"", {"Location": f"{asked.path}x"})

    for hops in range(6):
        origin.route(f"/hop{'x' * hops}", slowly)

    assert isinstance(failure(origin, "/hop", total_seconds=0.4), TooSlow)


@pytest.mark.parametrize("after", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<rss>"])
def test_a_broken_connection_is_tried_once_more_at_once(origin: Origin, after: bytes) -> None:
    origin.reset("/broken", after=after)
    origin.file("/good", b"second time lucky")
    origin.in_turn("/twice", "/broken", "/good")
    origin.in_turn("/never", "/broken")

    assert fetch(origin, "/twice").body == b"second time lucky"
    assert isinstance(failure(origin, "/never"), Reset)
    assert origin.paths == ["/twice", "/twice", "/never", "/never"]


@pytest.mark.parametrize(
    "head", [b"\x16\x03\x01nonsense\r\n\r\n", b"HTTP/9.9 what\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " * 9_000]
)
def test_what_is_not_http_is_garbled(origin: Origin, head: bytes) -> None:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        writer.close()

    origin.route("/odd", answer)

    assert isinstance(failure(origin, "/odd"), Garbled)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "bad-status", Stop),
        (401, "no-access", Stop),
        (403, "no-access", Stop),
        (404, "not-found", Stop),
        (410, "gone", Stop),
        (429, "bad-status", TryLater),
        (500, "bad-status", TryLater),
        (503, "bad-status", TryLater),
    ],
)
def test_a_status_says_what_to_do(origin: Origin, status: int, code: str, kind: type) -> None:
    origin.status("/feed", status, b"x" * 100_000)

    found = failures.of(failure(origin, "/feed"))

    assert isinstance(found, kind)
    assert found.code == code
    assert "127.0.0.1" in found.text
    assert found.params["answer"] == status


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("999999999", 172_800), ("Sun, 22 Nov 2026 09:10:00 GMT", 600), ("soon", 900), ("-5", 900)],
)
def test_retry_after_is_kept(origin: Origin, said: str, seconds: int) -> None:
    origin.status("/feed", 503, retry_after=said)

    with clock.at(datetime(2026, 11, 22, 9, 0, tzinfo=UTC)):
        found = failures.of(failure(origin, "/feed"))

    assert isinstance(found, TryLater)
    assert found.after == seconds


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, None),
        ({"cache_control": "max-age=60"}, 60),
        ({"cache_control": 'private, Max-Age="90"'}, 90),
        ({"cache_control": "no-cache, max-age=60"}, 0),
        ({"expires": "0"}, None),
        ({"expires": "Sun, 22 Nov 2026 10:00:00 GMT", "date": "Sun, 22 Nov 2026 09:00:00 GMT"}, 3_600),
        ({"expires": "Sun, 22 Nov 2020 10:00:00 GMT", "date": "Sun, 22 Nov 2026 09:00:00 GMT"}, 0),
    ],
)
def test_freshness_is_read(origin: Origin, fields: dict[str, str], seconds: int | None) -> None:
    origin.file("/feed", b"x", **fields)

    assert fetch(origin, "/feed").max_age == seconds


def test_nobody_there_is_unreachable(origin: Origin) -> None:
    async def run() -> None:
        async with Http(private_hosts=frozenset({"127.0.0.1:9"})) as http:
            await http.impatient().get("http://127.0.0.1:9/")

    with pytest.raises(Unreachable, match="does not answer"):
        asyncio.run(run())


def test_inside_a_transaction_nothing_is_fetched(origin: Origin) -> None:
    token = forbidden.set("a transaction is open")
    try:
        with pytest.raises(RuntimeError, match="a transaction is open"):
            fetch(origin, "/feed")
    finally:
        forbidden.reset(token)

    assert origin.asked == []


def test_a_client_reuses_its_connections(origin: Origin) -> None:
    async def run() -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            first = await http.get(origin.url("/feed"))
            for _ in range(20):
                assert (await http.get(origin.url("/feed"), first.cursor)).status == "not_modified"

    origin.file("/feed", b"x", etag='"1"')
    asyncio.run(run())

    assert origin.connections == 1
