"""The migrations as they lie in `migrations/`: plain SQL, one linear history each for `shared`, towns and regions.

A town's or region's migration names no schema: it is played inside the schema of its turn, as the role that owns it.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

MIGRATIONS = Path(__file__).parents[2] / "migrations"

_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class HistoryError(ValueError):
    """The folder of migrations is not one linear history; the text names the file."""


class Migration(msgspec.Struct, frozen=True):
    """One step of the history."""

    id: str
    """File stem, e.g. `0003_events`; ids sort as they are applied."""
    sql: str
    checksum: str


def read(folder: Path) -> tuple[Migration, ...]:
    """The history in a folder, in order; raises `HistoryError`."""
    found: list[Migration] = []
    for number, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise HistoryError(f"{path}: a migration is named like 0007_what_it_does.sql.")
        if int(match[1]) != number:
            raise HistoryError(f"{path}: number {number:04d} is expected here; the history has no gaps and no forks.")
        sql = path.read_text(encoding="utf-8")
        found.append(Migration(path.stem, sql, hashlib.sha256(sql.encode()).hexdigest()[:16]))
    return tuple(found)


@cache
def shared_history() -> tuple[Migration, ...]:
    """What makes the schema `shared`."""
    return read(MIGRATIONS / "shared")


@cache
def tenant_history() -> tuple[Migration, ...]:
    """What makes a tenant's schema."""
    return read(MIGRATIONS / "tenant")


@cache
def region_history() -> tuple[Migration, ...]:
    """What makes a region's schema."""
    return read(MIGRATIONS / "region")


LEDGER = """CREATE TABLE IF NOT EXISTS migration (
    id text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


def entry(migration: Migration) -> str:
    """The statement that writes a migration into the ledger."""
    return f"INSERT INTO migration (id, checksum) VALUES ('{migration.id}', '{migration.checksum}');\n"  # noqa: S608 - from our own files, the name checked above


def as_one_text(history: Sequence[Migration]) -> str:
    """All steps with their ledger entries as one text: what a new tenant's schema is made of in one round trip."""
    return LEDGER + "".join(f"{step.sql}\n{entry(step)}" for step in history)
