"""One real `village up` for the walks, its command line, and plain requests to it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).parent.parent.parent
OURS = ("DATABASE_URL", "REDIS_URL", "VILLAGE_")
"""What the tests around have set and this deployment must not see."""


class Running:
    """A deployment in a folder of its own."""

    def __init__(self, data: Path, port: int, private_hosts: str) -> None:
        self.data = data
        self.port = port
        self.env = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        self.env |= {
            "VILLAGE_DATA": str(data),
            "VILLAGE_PORT": str(port),
            "VILLAGE_FEED_PRIVATE_HOSTS": private_hosts,
            "PYTHONPATH": str(ROOT),
        }
        self.process: subprocess.Popen[str] | None = None
        self.log = Path(tempfile.mkstemp(prefix="village-walks-", suffix=".log")[1])

    def start(self) -> None:
        """Begin, and wait for the line that says it is up."""
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "up"],
                cwd=ROOT, env=self.env, stdout=log, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while "Ctrl-C" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        """All its processes, the first one included."""
        assert self.process
        first = psutil.Process(self.process.pid)
        return [first, *first.children(recursive=True)]

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)

    def end(self) -> None:
        """Stop whatever is left."""
        if self.process and self.process.poll() is None:
            self.interrupt()
        self.log.unlink(missing_ok=True)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """`village WORDS`, started."""
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words],
            cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def village(self, *words: str) -> str:
        """What `village WORDS` prints."""
        return said(self.begin(*words))

    def url(self, slug: str, path: str = "/") -> str:
        """An address in a town; without a slug on the platform's own host."""
        host = f"{slug}.localhost" if slug else "localhost"
        return f"http://{host}:{self.port}{path}"

    def get(self, slug: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
        """Status, header and body of a plain request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": urlsplit(self.url(slug)).netloc})
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()
        finally:
            connection.close()

    def at(self, url: str) -> int:
        """The status of an address of this deployment."""
        parts = urlsplit(url)
        assert parts.port == self.port, url
        slug = (parts.hostname or "").removesuffix("localhost").rstrip(".")
        return self.get(slug, parts.path + (f"?{parts.query}" if parts.query else ""))[0]

    def json(self, slug: str, path: str) -> Any:
        """The answer of the API; it must be a 200."""
        status, _, body = self.get(slug, path)
        assert status == 200, body
        return json.loads(body)


def said(command: subprocess.Popen[str]) -> str:
    """What a command printed; it must have gone well."""
    out, complaint = command.communicate(timeout=60)
    assert command.returncode == 0, complaint
    return out


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
