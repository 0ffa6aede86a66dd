"""The web process: what it answers, how it ends, and what it says when the platform can't start."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from tests.up.running import ROOT, free_port, wait_until

PROGRAM = """
import asyncio, sys, uvloop
from app.up.web import serve

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if sys.argv[2] == "fail":
            await send({"type": "lifespan.startup.failed", "message": "see the traceback"})
            raise ExceptionGroup("start", [RuntimeError("the well is dry")])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("closed", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await asyncio.sleep(float(scope["path"][1:] or 0))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})

sys.exit(uvloop.run(serve(app, "127.0.0.1", int(sys.argv[1]), stop_within=1)))
"""


def page(port: int, path: str = "") -> bytes:
    with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=8) as answer:
        return bytes(answer.read())


def answers(port: int) -> bool:
    try:
        return page(port) == b"page"
    except URLError:
        return False


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[str]]:
    line = [sys.executable, "-c", PROGRAM, str(port), "serve"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            wait_until(lambda: answers(port))
            yield process
        finally:
            process.kill()


def test_a_page_under_way_is_finished_at_the_end() -> None:
    port, pages = free_port(), list[bytes]()
    with serving(port) as process:
        reader = threading.Thread(target=lambda: pages.append(page(port, "0.6")))
        reader.start()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)

        said, _ = process.communicate(timeout=5)
        reader.join(5)

    assert process.returncode == 0
    assert pages == [b"page"]
    assert said == "closed\n"


def test_a_reader_without_end_does_not_hold_it_up() -> None:
    port = free_port()
    with serving(port) as process, endless_reader(port):
        process.send_signal(signal.SIGTERM)

        assert process.wait(2) == 0


@contextmanager
def endless_reader(port: int) -> Iterator[None]:
    """A page that takes a minute, asked for by somebody who waits for it."""

    def ask() -> None:
        try:
            page(port, "60")
        except OSError:
            return

    reader = threading.Thread(target=ask)
    reader.start()
    time.sleep(0.2)
    yield
    reader.join(8)


def test_a_failed_start_ends_with_its_reason_in_the_last_line() -> None:
    line = [sys.executable, "-c", PROGRAM, str(free_port()), "fail"]
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)

    assert ended.returncode == 1
    assert ended.stderr.rstrip().splitlines()[-1] == "RuntimeError: the well is dry"
