"""Large answers go into a file, within limits, conditionally, behind the same guard; nothing is left of a failure."""

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from app.kit import clock
from app.kit.http import Cursor, Garbled, Http, Refused, Reset, TooBig, TooSlow, download
from app.kit.http import forbidden as network
from app.settings import settings
from tests import loop
from tests.origin import Origin


def folder() -> Path:
    return settings().data / "downloads"


def left() -> list[Path]:
    return sorted(folder().glob("download-*")) if folder().is_dir() else []


def run(origin: Origin, work: Callable[[Http], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            await work(http.impatient())

    loop.run(inside())


@pytest.fixture
def origin() -> Iterator[Origin]:
    # What an ended process of another test left lying is none of these tests' business.
    for one in left():
        one.unlink()
    with Origin() as started:
        yield started


def test_a_file_arrives_whole_and_unpacked_by_nobody(origin: Origin) -> None:
    body = b"PK" + bytes(range(256)) * 20_000
    origin.file("/gtfs.zip", body, "application/zip", etag='"a"')

    async def work(http: Http) -> None:
        found = await http.download(origin.url("/gtfs.zip"))
        assert found.path is not None
        assert found.path.read_bytes() == body
        assert found.path.stat().st_mode & 0o077 == 0
        assert (found.body, found.etag, found.digest) == (b"", '"a"', hashlib.sha256(body).hexdigest())
        assert origin.asked[0].headers["accept-encoding"] == "identity"
        found.path.unlink()

        again = await http.download(origin.url("/gtfs.zip"), Cursor(etag='"a"'))
        assert (again.status, again.path) == ("not_modified", None)

    run(origin, work)
    assert left() == []


def test_what_fails_leaves_no_file(origin: Origin) -> None:
    origin.stream("/large", 3_000_000)
    origin.stream("/announced", 3_000_000, announced=True)
    origin.reset("/reset", after=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    origin.file("/packed", b"x", content_encoding="gzip")
    origin.drip("/drip")

    async def work(http: Http) -> None:
        for path, error in (
            ("/large", TooBig),
            ("/announced", TooBig),
            ("/reset", Reset),
            ("/packed", Garbled),
        ):
            with pytest.raises(error):
                await http.download(origin.url(path), file_bytes=1_000_000)
        with pytest.raises(TooSlow):
            await http.download(origin.url("/drip"), total_seconds=0.3)
        with pytest.raises(Refused):
            await http.download("http://10.0.0.1/gtfs.zip")

    run(origin, work)
    assert left() == []


def test_a_server_that_falls_silent_is_given_up(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.2)
    origin.drip("/drip", pause_seconds=5)

    async def work(http: Http) -> None:
        with pytest.raises(TooSlow):
            await http.download(origin.url("/drip"))

    run(origin, work)
    assert left() == []


def test_nothing_is_fetched_inside_a_transaction(origin: Origin) -> None:
    async def work(http: Http) -> None:
        token = network.set("a transaction is open")
        try:
            with pytest.raises(RuntimeError, match="transaction"):
                await http.download(origin.url("/x"))
        finally:
            network.reset(token)

    run(origin, work)


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    old = download.fresh(tmp_path)
    other = tmp_path / "mine.txt"
    other.write_text("stays")

    from datetime import timedelta

    with clock.at(clock.now() + timedelta(days=2)):
        new = download.fresh(tmp_path)

    assert not old.exists()
    assert new.exists()
    assert other.exists()
