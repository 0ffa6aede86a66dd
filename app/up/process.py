"""Starting a program through the launcher, ending it in steps, and ending what a killed run left."""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from app.up.folder import CannotStart

LAUNCHER = Path(__file__).with_name("launcher.py")
SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""The embedded servers see nothing of the caller's environment; it may hold secrets."""


class Account(msgspec.Struct, frozen=True):
    """The user an embedded server runs as."""

    uid: int
    gid: int


def account(data: Path) -> Account | None:
    """Whom the servers run as: None is the present user, as root somebody else. Raises `CannotStart`."""
    home = data / "postgres"
    owner = home.stat().st_uid if home.is_dir() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise CannotStart(
                f"{home} belongs to user {owner}; start as that user or choose another folder with --data."
            )
        return None
    candidates: list[str | int] = [owner] if owner else []
    for candidate in [*candidates, "postgres", "nobody"]:
        with suppress(KeyError):
            entry = pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
            if entry.pw_uid != 0:
                return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart("Postgres does not run as root, and there is no user postgres or nobody; start as another user.")


def command(
    program: Sequence[str], *, ends_with: signal.Signals, user: Account | None = None, reach: Sequence[Path] = ()
) -> list[str]:
    """The command line that starts `program` (absolute path first) through the launcher."""
    line = [sys.executable, "-I", "-S", str(LAUNCHER), "--parent", str(os.getpid()), "--signal", str(int(ends_with))]
    if user is not None:
        line += ["--uid", str(user.uid), "--gid", str(user.gid)]
        for path in reach:
            line += ["--reach", str(path)]
    return [*line, "--", *program]


def launch(
    program: Sequence[str],
    *,
    ends_with: signal.Signals,
    user: Account | None = None,
    reach: Sequence[Path] = (),
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start `program` in a session of its own; it gets `ends_with` when the calling thread ends.

    Call it from a thread that lives as long as the program shall, best the main thread: the kernel
    watches the thread that started a process, not the whole program.
    """
    line = command(program, ends_with=ends_with, user=user, reach=reach)
    return subprocess.Popen(
        line, env=dict(SERVER_ENVIRONMENT if env is None else env), start_new_session=True, **options
    )


def end(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal and wait its seconds, until the process is gone; SIGKILL for the group comes last."""
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL for whatever is left of the session that `process` led."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_leftovers(folder: Path, program: str, number: signal.Signals, patience: float = 8) -> None:
    """End the `program` processes that a killed run left in `folder`; the caller holds the folder's lock.

    A process is known by its executable and its working folder, never by a number in a file that may
    belong to somebody else by now.
    """
    deadline = time.monotonic() + patience
    told: set[int] = set()
    while left := _working_in(folder, program):
        late = time.monotonic() > deadline
        for pid in left:
            if late or (pid not in told and _parent_of(pid) not in left):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL if late else number)
            told.add(pid)
        if time.monotonic() > deadline + 2:
            raise CannotStart(
                f"A {program} of an earlier run still works in {folder} and can't be ended; end it first."
            )
        time.sleep(0.05)


def _working_in(folder: Path, program: str) -> set[int]:
    found = set()
    if sys.platform != "linux":
        return found
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                executable = Path(entry, "exe").readlink().name.removesuffix(" (deleted)")
                if executable == program and Path(entry, "cwd").readlink() == folder:
                    found.add(int(entry.name))
    return found


def _parent_of(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(status.rpartition(")")[2].split()[1])
    return 0
