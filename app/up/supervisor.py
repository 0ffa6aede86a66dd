"""`village up`: checks, starts, watches and ends everything.

It imports nothing of the platform itself, so that the process that stays is a small one. Nothing is
asked of a pid file: who holds the folder's lock is alive, and what is started dies with its starter.
"""

import errno
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import msgspec

from app.settings import Settings
from app.up import folder
from app.up.child import Backoff, Child, say
from app.up.folder import CannotStart, Held, Run
from app.up.parts import FIRST_ACCOUNTS, PLAN, Plan, environment
from app.up.servers import Server, Servers, held, last_words

FIRST_PAGE_WITHIN = 60.0
TRIES = 3
"""Starts of the web process before its first page that may fail."""


def up(settings: Settings, plan: Plan = PLAN) -> int:
    """Run the platform until Ctrl-C or SIGTERM; the exit code. Says in one sentence why it can't start."""
    began = time.monotonic()
    try:
        data = folder.prepare(settings.data)
        with Requests.heard() as asked, _folder_held(data):
            return Supervisor(msgspec.structs.replace(settings, data=data), plan, asked).run(began)
    except CannotStart as problem:
        sys.stderr.write(f"village: {problem}\n")
    except OSError as problem:
        sys.stderr.write(f"village: It can't start because of the system: {problem}.\n")
    return 1


class Requests:
    """Counts the requests to end: Ctrl-C, SIGTERM, a closed terminal."""

    def __init__(self) -> None:
        self.count = 0
        self.bell, self._rope = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        """Readable after each signal, so that a wait for output ends at once."""

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of the signals."""
        self.count += 1

    def __call__(self) -> int:
        return self.count

    @classmethod
    @contextmanager
    def heard(cls) -> "Iterator[Requests]":
        """Listen for the block."""
        requests = cls()
        before = {
            number: signal.signal(number, requests.note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        signal.set_wakeup_fd(requests._rope, warn_on_full_buffer=False)
        try:
            yield requests
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(requests.bell)
            os.close(requests._rope)


@contextmanager
def _folder_held(data: Path) -> Iterator[None]:
    """Hold the folder; a command on its way out is waited for, another `village up` is not."""
    patience = time.monotonic() + 15
    while True:
        lock = folder.locked(data / "lock", f"{os.getpid()} up", patience=0.5)
        try:
            lock.__enter__()
            break
        except Held as holder:
            if holder.note.endswith(" up") or time.monotonic() > patience:
                raise held(data, holder) from None
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


class Supervisor:
    """One run: the servers it started, the platform's processes, and the loop that watches them."""

    def __init__(self, settings: Settings, plan: Plan, asked: Requests) -> None:
        self.settings = settings
        self.data = settings.data
        self.plan = plan
        self.asked = asked
        self.servers: Servers | None = None
        self.children: list[Child] = []
        self._server_backoff: dict[str, Backoff] = {}
        self._gate_open = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(asked.bell, selectors.EVENT_READ, None)

    def run(self, began: float) -> int:
        """From the first check to the last process; 0 when it was asked to end."""
        try:
            self._start()
            if not self.asked():
                self._greet(time.monotonic() - began)
            self._watch(until=lambda: False)
        finally:
            self._end()
        return 0

    def _start(self) -> None:
        given = self.settings
        self._port_is_free()
        if given.database_url or given.redis_url:
            self._task("check", self.plan.check, environment(given))
        if self.asked():
            return
        if not (given.database_url and given.redis_url):
            self.servers = Servers(self.data, postgres=not given.database_url, valkey=not given.redis_url)
        self.settings = msgspec.structs.replace(
            given,
            database_url=given.database_url or (self.servers.database_url if self.servers else ""),
            redis_url=given.redis_url or (self.servers.redis_url if self.servers else ""),
            secret_key=given.secret_key or folder.secret(self.data),
        )
        env = environment(self.settings)
        self.children = [Child(part.name, part.command, env, self.data) for part in self.plan.parts]
        for part, child in zip(self.plan.parts, self.children, strict=True):
            if part.early:
                self._begin(child, gated=True)
        if self.servers:
            self.servers.start(give_up=lambda: bool(self.asked()))
        self._task("prepare", self.plan.prepare, env if given.database_url else env | {FIRST_ACCOUNTS: "1"})
        if self.asked():
            return
        folder.write_run(self.data, Run(os.getpid(), given.port, self.settings.database_url, self.settings.redis_url))
        self._gate_open = True
        for child in self.children:
            child.open_gate()
            if child.process is None:
                self._begin(child)
        self._wait_for_first_page()

    def _port_is_free(self) -> None:
        bind, port = self.settings.bind, self.settings.port
        problem = folder.port_problem(bind, port)
        if problem is None:
            return
        match problem.errno:
            case errno.EADDRINUSE:
                text = f"Port {port} is in use; stop the program that listens there or choose another with --port."
            case errno.EACCES:
                text = f"Port {port} needs more rights than user {os.geteuid()} has; choose one from 1024 with --port."
            case _:
                text = f"Nothing can listen on {bind} port {port} ({problem.strerror}); correct VILLAGE_BIND or --port."
        raise CannotStart(text)

    def _task(self, name: str, command: tuple[str, ...], env: dict[str, str]) -> None:
        """Run something to its end; its last line is the reason when it fails."""
        task = Child(name, command, env, self.data, quiet=name == "check")
        try:
            self._begin(task)
            self._watch(until=lambda: not task.running())
            if task.running():
                return
            code = task.process.returncode if task.process else 0
            self._forget(task)
            if code:
                raise CannotStart(task.last_line or f"{name} ended with {code}; look into {self.data / 'log'}.")
        finally:
            self._forget(task)
            task.close()

    def _wait_for_first_page(self) -> None:
        web, deadline = self.children[0], time.monotonic() + FIRST_PAGE_WITHIN
        while not self.asked():
            if web.running() and answers(self.settings):
                return
            if web.backoff.failures >= TRIES:
                raise CannotStart(f"The web process could not start: {web.last_line or f'see {self.data}/log/web.log'}")
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The web process gave no page within {FIRST_PAGE_WITHIN:.0f} seconds; "
                    f"look into {self.data / 'log' / 'web.log'}."
                )
            pause = time.monotonic() + 0.05
            self._watch(until=lambda pause=pause: time.monotonic() > pause)  # type: ignore[misc]

    def _greet(self, seconds: float) -> None:
        domain = self.settings.domain
        rows = (
            ("Platform", self.settings.origin),
            ("Bad Belzig", self.settings.origin_of(f"bad-belzig.{domain}")),
            ("Data", str(self.data)),
            ("Stop", "Ctrl-C"),
        )
        say("village", f"Smart Village is up ({seconds:.1f} s).")
        for title, text in rows:
            say("village", f"  {title:<11} {text}")

    def _begin(self, child: Child, *, gated: bool = False) -> None:
        child.start(gated=gated)
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def _forget(self, child: Child) -> None:
        if child.process is not None:
            with suppress(KeyError):
                self._selector.unregister(child.output)
            child.finish()

    def _watch(self, until: Callable[[], bool]) -> None:
        """Pass output on and start again what has ended, until the condition or a request to end."""
        while not until() and not self.asked():
            self._read(0.05 if self._soon() else 1)
            for child in self.children:
                self._look_after(child)
            for server in self.servers.all if self.servers else ():
                self._look_after_server(server)

    def _soon(self) -> bool:
        return any(child.backoff.due or not child.running() for child in self.children) or not self.children

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            child: Child | None = key.data
            if child is None:
                os.read(self.asked.bell, 100)
            elif not child.read():
                self._selector.unregister(child.output)

    def _look_after(self, child: Child) -> None:
        if child.process is not None and not child.running():
            code = child.process.returncode
            self._forget(child)
            pause = child.backoff.failed()
            say("village", f"{child.name} has ended ({_how(code)}); it starts again in {pause:g} s.")
        elif child.process is None and child.backoff.due and time.monotonic() >= child.backoff.due:
            self._begin(child, gated=not self._gate_open)

    def _look_after_server(self, server: Server) -> None:
        backoff = self._server_backoff.setdefault(server.name, Backoff())
        if server.process is None or self.servers is None:
            return
        if server.process.poll() is None:
            return
        if not backoff.due:
            pause, code = backoff.failed(), server.process.returncode
            # Somebody else's signal stands in no log; what stands there last is not its reason.
            words = _how(code) if code < 0 else last_words(self.data / "log" / f"{server.name}.log")
            say("village", f"{server.name} has ended ({words}); it starts again in {pause:g} s.")
        elif time.monotonic() >= backoff.due:
            self.servers.begin(server)
            backoff.began()

    def _end(self) -> None:
        """The platform's processes first, then the servers; a second request shortens the wait."""
        folder.forget_run(self.data)
        for child in self.children:
            child.ask_to_stop()
        deadline, requests = time.monotonic() + self.plan.grace, self.asked()
        while any(child.running() for child in self.children):
            if time.monotonic() > deadline or self.asked() > requests:
                break
            self._read(0.05)
        for child in self.children:
            self._forget(child)
            child.close()
        if self.servers:
            self.servers.stop()
        self._selector.close()


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def answers(settings: Settings) -> bool:
    """Whether `/health/ready` says 200 on the platform's host."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is asked of, not bound
    host = everywhere.get(settings.bind, settings.bind)
    request = f"GET /health/ready HTTP/1.1\r\nHost: {settings.domain}:{settings.port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, settings.port), 1) as line:
            line.settimeout(2)
            line.sendall(request.encode())
            said = b""
            while b"\r\n" not in said and (more := line.recv(200)):
                said += more
    except OSError:
        return False
    return said.split(b" ")[1:2] == [b"200"]
