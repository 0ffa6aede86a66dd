"""A supervisor with stand-ins, run as a process of its own, and what the tests look at."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent
STAND_IN = Path(__file__).with_name("stand_in.py")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Up:
    """One `village up`: its process and what it has said."""

    def __init__(self, data: Path, *parts: str, port: int = 0, env: Mapping[str, str] | None = None) -> None:
        self.port = port or free_port()
        self.data = data
        clean = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "VILLAGE_SECRET_KEY"}}
        self.process = subprocess.Popen(
            [sys.executable, str(STAND_IN), "up", str(self.port), str(data), *parts],
            env=clean | {"PYTHONPATH": str(ROOT)} | dict(env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self.complaint = ""
        self._readers = [threading.Thread(target=self._listen), threading.Thread(target=self._complaints)]
        for reader in self._readers:
            reader.start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said += line

    def _complaints(self) -> None:
        assert self.process.stderr
        self.complaint = self.process.stderr.read()

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.said + self.complaint
        return "Ctrl-C" in self.said

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def named(self, program: str) -> list[psutil.Process]:
        """The first processes of an embedded server, without the ones it makes itself."""
        found = [child for child in self.family() if child.name() == program]
        return [child for child in found if child.ppid() == self.process.pid]

    def end(self, number: int = signal.SIGTERM, seconds: float = 10) -> int:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.code(seconds)

    def code(self, seconds: float = 15) -> int:
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        return code


@contextmanager
def running(data: Path, *parts: str, port: int = 0, env: Mapping[str, str] | None = None) -> Iterator[Up]:
    """A supervisor that is up, for the block."""
    started = Up(data, *parts, port=port, env=env)
    try:
        wait_until(started.is_up, 20)
        yield started
    finally:
        if started.process.poll() is None:
            started.end()


def refused(data: Path, *parts: str, port: int = 0, env: Mapping[str, str] | None = None) -> str:
    """The sentence of a supervisor that could not start; exit code 1, one line, nothing left."""
    started = Up(data, *parts, port=port, env=env)
    assert started.code() == 1
    assert started.complaint.startswith("village: ")
    assert started.complaint.count("\n") == 1
    assert "Traceback" not in started.said
    return started.complaint.removeprefix("village: ").strip()
