"""Processes that the benchmarks start and end: one granian worker each."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def granian(target: str, port: int, **environment: str) -> Iterator[int]:
    """Serve an ASGI application with one worker; gives the port."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--no-log"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), target],
        env={**os.environ, **environment, "VILLAGE_PORT": str(port)},
        cwd=ROOT,
    )
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")


def load(port: int, targets: list[str], *, seconds: float = 4, connections: int = 16) -> float:
    """Requests a second that a process of its own reaches; every answer must be a 200."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", str(port), str(seconds), str(connections), *targets],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    figure, bad = result.stdout.split()
    if int(bad):
        raise RuntimeError(f"{bad} answers were not 200")
    return float(figure)
