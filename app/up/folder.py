"""The data folder: may we write there, who holds it, and what the servers there are called."""

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

LOW_PORT, HIGH_PORT = 15_000, 30_000
"""Below the range from which the kernel takes ports for outgoing connections."""
FIRST_MB, LATER_MB = 150, 20
"""Free space that a first start and a later one need."""


class CannotStart(Exception):
    """Why the platform can't start, as one sentence for the person at the terminal."""


class Credentials(msgspec.Struct):
    """Ports and passwords of the embedded servers; lies in `servers.json`, 0600."""

    postgres_port: int
    postgres_password: str
    valkey_port: int
    valkey_password: str


class Run(msgspec.Struct, frozen=True):
    """A run that serves the folder now; lies in `run.json`, 0600."""

    pid: int
    port: int
    database_url: str
    redis_url: str


class Held(Exception):
    """Another living process holds the lock; `note` is what that one wrote into it."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


def prepare(data: Path) -> Path:
    """Make the folder and prove that it takes files; returns it without symlinks. Raises `CannotStart`."""
    data = data.absolute()
    try:
        data.mkdir(mode=0o755, parents=True, exist_ok=True)
        data = data.resolve()
        needed = LATER_MB if (data / "postgres").is_dir() else FIRST_MB
        probe = data / f".probe-{os.getpid()}"
        try:
            with probe.open("wb") as file:
                file.write(bytes(65536))
                file.flush()
                os.fsync(file.fileno())
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
        disk = os.statvfs(data)
        free = disk.f_bavail * disk.f_frsize // 1_000_000
    except OSError as problem:
        raise CannotStart(_sentence(data, problem)) from problem
    if free < needed:
        raise CannotStart(
            f"The disk of the data folder {data} is full: {free} MB are free and {needed} MB are needed; "
            "make room or choose another folder with --data."
        )
    return data


def _sentence(data: Path, problem: OSError) -> str:
    choose = "choose another folder with --data."
    match problem.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk of the data folder {data} is full; make room or {choose}"
        case errno.EROFS:
            return f"The data folder {data} lies on a read-only disk; make it writable or {choose}"
        case errno.EACCES | errno.EPERM:
            return f"User {os.geteuid()} may not write to the data folder {data}; change its owner or {choose}"
        case errno.EEXIST | errno.ENOTDIR:
            return f"The data folder {data} can't be made because a file is in its place; remove it or {choose}"
        case _:
            return f"The data folder {data} can't be used ({problem.strerror}); {choose}"


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def secret(data: Path) -> str:
    """The deployment's secret key, made at the first call (32 random bytes as hex)."""
    path = data / "secret"
    if path.exists() and (kept := path.read_text(encoding="utf-8").strip()):
        return kept
    made = os.urandom(32).hex()
    write_private(path, made + "\n")
    return made


def credentials(data: Path) -> tuple[Credentials, bool]:
    """Ports and passwords; a kept port is kept while it is free. True when the passwords are new."""
    path = data / "servers.json"
    try:
        known = msgspec.json.decode(path.read_bytes(), type=Credentials)
        fresh = False
    except (FileNotFoundError, msgspec.MsgspecError):
        known = Credentials(0, os.urandom(16).hex(), 0, os.urandom(16).hex())
        fresh = True
    before = msgspec.to_builtins(known)
    known.postgres_port = _free_port(known.postgres_port, taken=0)
    known.valkey_port = _free_port(known.valkey_port, taken=known.postgres_port)
    if fresh or msgspec.to_builtins(known) != before:
        write_private(path, json.dumps(msgspec.to_builtins(known), indent=1) + "\n")
    return known, fresh


def _free_port(wanted: int, *, taken: int) -> int:
    candidates = [wanted] if wanted else []
    candidates += [LOW_PORT + int.from_bytes(os.urandom(4)) % (HIGH_PORT - LOW_PORT) for _ in range(100)]
    for port in candidates:
        if port != taken and port_problem("127.0.0.1", port) is None:
            return port
    raise CannotStart("No free port was found for the embedded servers on 127.0.0.1; end some programs that listen.")


def port_problem(host: str, port: int) -> OSError | None:
    """Why nobody could listen there now; None when it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            return problem
    return None


@contextmanager
def locked(path: Path, note: str, *, patience: float = 0) -> Iterator[None]:
    """Hold the lock of a file for the block; waits up to `patience` seconds, then raises `Held`.

    The kernel frees it when its holder ends, however that happens: a killed run leaves nothing stale.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Held(os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()) from None
                time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, note.encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock of a file together with others; waits while someone holds it alone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock alone."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def write_run(data: Path, run: Run) -> None:
    """Tell other commands where the servers are."""
    write_private(data / "run.json", json.dumps(msgspec.to_builtins(run), indent=1) + "\n")


def living_run(data: Path) -> Run | None:
    """The run that serves this folder now; None when there is none or only a killed one's traces."""
    if not is_held(data / "lock"):
        return None
    try:
        return msgspec.json.decode((data / "run.json").read_bytes(), type=Run)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def forget_run(data: Path) -> None:
    """Remove `run.json`."""
    with suppress(OSError):
        (data / "run.json").unlink(missing_ok=True)


def log_file(data: Path, name: str) -> Any:
    """A new, empty log for `name`, opened for appending bytes; the last one is kept as `.1`."""
    path = data / "log" / f"{name}.log"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab", buffering=0)
