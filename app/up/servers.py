"""Postgres and Valkey: our embedded pair, or whichever servers this deployment already has."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

import msgspec

from app.settings import Settings
from app.up import folder, process
from app.up.folder import CannotStart, Held, Run

READY_WITHIN = 30.0
"""Seconds; a start after a crash may have to replay 512 MB of log."""
PATIENCE = 15.0
"""Seconds a command waits for another one that is just starting or ending the servers."""


class Server(Protocol):
    """One embedded server."""

    name: str
    process: subprocess.Popen[bytes] | None

    def start(self, log: IO[bytes]) -> None:
        """Start it without waiting."""

    def ready(self) -> bool:
        """Whether it answers."""

    def ask_to_stop(self) -> None:
        """Tell it to end, without waiting."""

    def stop(self) -> None:
        """End it; returns when it is gone."""


class Servers:
    """The embedded servers of a data folder while they run; whoever made it holds the folder's lock."""

    def __init__(self, data: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        # Here and not above: with both addresses given neither package need be installed.
        from app.up.postgres import Postgres
        from app.up.valkey import Valkey

        self.data = data
        user = process.account(data)
        known, self._fresh = folder.credentials(data)
        self.postgres = Postgres(data, known, user) if postgres else None
        self.valkey = Valkey(data, known, user) if valkey else None

    @property
    def database_url(self) -> str:
        """DSN of the embedded Postgres; empty when it is not ours."""
        return self.postgres.url if self.postgres else ""

    @property
    def redis_url(self) -> str:
        """URL of the embedded Valkey; empty when it is not ours."""
        return self.valkey.url if self.valkey else ""

    @property
    def all(self) -> list[Server]:
        """Those that run here, in the order in which they end."""
        return [server for server in (self.valkey, self.postgres) if server is not None]

    def start(self, give_up: Callable[[], bool] = lambda: False) -> None:
        """Make what is missing and start; returns when both answer or `give_up()`. Raises `CannotStart`."""
        try:
            if self.valkey:
                self.valkey.make()
                self.begin(self.valkey)
            if self.postgres:
                self.postgres.make(fresh_password=self._fresh)
                self.begin(self.postgres)
            for server in self.all:
                self.wait(server, give_up)
        except OSError as problem:
            self.stop()
            raise CannotStart(
                f"The embedded servers can't start in {self.data}: {problem.strerror or problem}; "
                "look at the folder's owner and free space."
            ) from problem
        except BaseException:
            self.stop()
            raise

    def begin(self, server: Server) -> None:
        """Start one server with a new log."""
        with folder.log_file(self.data, server.name) as log:
            server.start(log)

    def wait(self, server: Server, give_up: Callable[[], bool] = lambda: False) -> None:
        """Wait until a server answers; raises `CannotStart` with its own words when it has ended."""
        deadline = time.monotonic() + READY_WITHIN
        while not server.ready() and not give_up():
            ended = server.process is None or server.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise CannotStart(
                    f"The embedded {server.name.title()} "
                    f"{'has ended' if ended else f'does not answer within {READY_WITHIN:.0f} seconds'}: "
                    f"{last_words(self.data / 'log' / f'{server.name}.log')}"
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """End both; returns when they are gone, after 5 seconds at most."""
        for server in self.all:
            server.ask_to_stop()
        for server in self.all:
            server.stop()


def last_words(log: Path) -> str:
    """The line of a log that says most about an end."""
    with suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-50:]
        for line in reversed(lines):
            if any(word in line for word in ("FATAL", "PANIC", "rror", "Failed", "can't")):
                return line.strip()
        if lines:
            return lines[-1].strip()
    return f"see {log}"


class Started(Servers):
    """Servers that hold their folder's lock themselves, until `stop()`."""

    def __init__(self, data: Path) -> None:
        data = folder.prepare(data)
        self._lock = folder.locked(data / "lock", f"{os.getpid()} command")
        try:
            self._lock.__enter__()
        except Held as holder:
            raise held(data, holder) from None
        try:
            super().__init__(data)
            self.start()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise

    def stop(self) -> None:
        """End both and free the folder."""
        super().stop()
        self._lock.__exit__(None, None, None)


def start(data: Path) -> Servers:
    """Start both embedded servers in `data`; the caller calls `stop()`. Raises `CannotStart`.

    They end with the thread that called this, so call it from the main thread.
    """
    return Started(data)


@contextmanager
def reach(settings: Settings) -> Iterator[Settings]:
    """Settings with the addresses of living servers, for the block.

    They come from the environment; or from the `village up` (or another command) that runs on the
    same data folder; or are started here for the block, in which case the end waits for the other
    commands that use them. Raises `CannotStart`.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    data = folder.prepare(settings.data)
    deadline = time.monotonic() + PATIENCE
    while True:
        with folder.shared(data / "users"):
            if run := folder.living_run(data):
                yield _filled(settings, data, run.database_url, run.redis_url)
                return
        try:
            with folder.locked(data / "lock", f"{os.getpid()} command"):
                yield from _own(settings, data)
            return
        except Held as holder:
            if time.monotonic() > deadline:
                raise held(data, holder) from None
            time.sleep(0.05)


def _own(settings: Settings, data: Path) -> Iterator[Settings]:
    servers = Servers(data, postgres=not settings.database_url, valkey=not settings.redis_url)
    servers.start()
    filled = _filled(settings, data, servers.database_url, servers.redis_url)
    try:
        folder.write_run(data, Run(os.getpid(), 0, filled.database_url, filled.redis_url))
        yield filled
    finally:
        # Not before the last command that found them in run.json has finished with them.
        with folder.locked(data / "users", "", patience=float("inf")):
            folder.forget_run(data)
            servers.stop()


def _filled(settings: Settings, data: Path, database_url: str, redis_url: str) -> Settings:
    return msgspec.structs.replace(
        settings,
        data=data,
        database_url=settings.database_url or database_url,
        redis_url=settings.redis_url or redis_url,
        secret_key=settings.secret_key or folder.secret(data),
    )


def held(data: Path, holder: Held) -> CannotStart:
    """The sentence for a folder that somebody else holds."""
    pid, _, kind = holder.note.partition(" ")
    what = "`village up`" if kind == "up" else "village command"
    return CannotStart(
        f"Another {what} (process {pid or 'unknown'}) uses the data folder {data}; "
        "wait for its end, stop it, or choose another folder with --data."
    )
