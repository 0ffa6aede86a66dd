"""One process of the platform: its output, its end, and how long to wait before it is started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.up import folder, gate, process

LOG_BYTES = 10_000_000
LONGEST_LINE = 65536
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
FOR_EYES_ONLY = "\x1e"
"""A line that begins with it is shown at the terminal and written into no log: a password."""


class Backoff:
    """Pauses between starts: 0.5 s, doubled up to 30 s, and from the beginning after a steady minute."""

    def __init__(self) -> None:
        self.failures = 0
        self.due = 0.0
        self._began = 0.0

    def began(self) -> None:
        """The process was started just now."""
        self._began = time.monotonic()
        self.due = 0.0

    def failed(self) -> float:
        """The process has ended; returns the pause in seconds until it is due again."""
        if time.monotonic() - self._began > STEADY_SECONDS:
            self.failures = 0
        pause = min(LONGEST_PAUSE, 0.5 * 2.0**self.failures)
        self.failures = min(self.failures + 1, 20)
        self.due = time.monotonic() + pause
        return pause


def say(name: str, text: str) -> None:
    """One line for the person at the terminal; a terminal that is gone is no reason to fall over."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{name:>9} | {text}\n")
        sys.stdout.flush()


class Child:
    """A process with a log file; its lines go to the terminal under its name, unless it is a quiet one."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], data: Path, *, quiet: bool = False
    ) -> None:
        self.name = name
        self.quiet = quiet
        self.command = tuple(command)
        self.env = dict(env)
        self.data = data
        self.process: subprocess.Popen[bytes] | None = None
        self.backoff = Backoff()
        self.last_line = ""
        self._log: IO[bytes] | None = None
        self._logged = 0
        self._rest = b""
        self._gate: int | None = None

    def start(self, *, gated: bool = False) -> None:
        """Start it; a gated one waits until `open_gate()`."""
        env = self.env
        passed: tuple[int, ...] = ()
        if gated:
            inner, self._gate = os.pipe()
            env, passed = self.env | {gate.VARIABLE: str(inner)}, (inner,)
        if self._log is None:
            self._log = folder.log_file(self.data, self.name)
        self.last_line = ""
        try:
            self.process = process.launch(
                self.command,
                ends_with=signal.SIGTERM,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=passed,
            )
        finally:
            for descriptor in passed:
                os.close(descriptor)
        os.set_blocking(self.output.fileno(), False)
        self.backoff.began()

    @property
    def output(self) -> IO[bytes]:
        """The pipe it writes to."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self.process.stdout

    def open_gate(self) -> None:
        """Let a gated start go on."""
        if self._gate is not None:
            with suppress(BrokenPipeError):
                os.write(self._gate, gate.OPEN)
            os.close(self._gate)
            self._gate = None

    def running(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.poll() is None

    def read(self) -> bool:
        """Pass its output on; False when there will be no more."""
        try:
            piece = os.read(self.output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return True
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE or (not piece and self._rest):
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._line(line)
        return bool(piece)

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        private = text.startswith(FOR_EYES_ONLY)
        if text.strip() and not private:
            self.last_line = text.strip()
        if not self.quiet:
            say(self.name, text.removeprefix(FOR_EYES_ONLY))
        if private:
            return
        # A full disk costs the log, not the platform.
        with suppress(OSError):
            if self._logged > LOG_BYTES and self._log is not None:
                self._log.close()
                self._log = folder.log_file(self.data, self.name)
                self._logged = 0
            if self._log is not None:
                self._logged += self._log.write(line + b"\n")

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        if self.running() and self.process is not None:
            self.process.terminate()

    def finish(self) -> None:
        """End what is left of it and close everything."""
        if self.process is not None:
            process.end_group(self.process)
            while self.read():
                pass
            self.output.close()
            self.process = None
        if self._gate is not None:
            os.close(self._gate)
            self._gate = None

    def close(self) -> None:
        """Finish, and close the log."""
        self.finish()
        if self._log is not None:
            self._log.close()
            self._log = None
