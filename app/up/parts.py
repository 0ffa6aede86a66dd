"""The platform's own processes: what `village up` starts, in which order, and what they are told."""

import os
import sys
from pathlib import Path

import msgspec

from app.settings import Settings


class Part(msgspec.Struct, frozen=True):
    """One process that is started, watched and started again."""

    name: str
    command: tuple[str, ...]
    early: bool = False
    """Loads its modules while the servers start and waits at the gate (`app.up.gate`)."""


class Plan(msgspec.Struct, frozen=True):
    """All that runs besides the servers; tests put stand-ins in its place."""

    check: tuple[str, ...]
    """Looks whether the given addresses work; runs only when one was given."""
    prepare: tuple[str, ...]
    """Migrates and makes the first town; its last line is the reason when it fails."""
    parts: tuple[Part, ...]
    """In the order in which they are told to end; the first one answers the first page."""
    grace: float = 4.0
    """Seconds they have to end; with the five of the servers all is over within ten."""


FIRST_ACCOUNTS = "VILLAGE_FIRST_ACCOUNTS"
"""Tells the preparation that the database is the embedded default: it may make first accounts and print them."""


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)


PLAN = Plan(
    check=_module("app.up.check"),
    prepare=_module("app.up.prepare"),
    parts=(
        Part("web", _module("app.up.web"), early=True),
        Part("scheduler", _module("app.up.scheduler")),
        Part("worker", _module("app.worker")),
    ),
)

ROOT = Path(__file__).parent.parent.parent


def environment(settings: Settings) -> dict[str, str]:
    """The caller's environment with every setting filled in, and thrift with memory."""
    env = dict(os.environ)
    for field in msgspec.structs.fields(settings):
        value = getattr(settings, field.name)
        name = field.name.upper() if field.name.endswith(("base_url", "redis_url")) else f"VILLAGE_{field.name.upper()}"
        env[name] = ",".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    # One heap per process instead of eight per core: none of them allocates from many threads.
    env.setdefault("MALLOC_ARENA_MAX", "2")
    # Lines arrive when they are written; a log without its last words helps nobody.
    env.setdefault("PYTHONUNBUFFERED", "1")
    # Found wherever `village` is called from, also without an installed package.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), env.get("PYTHONPATH", ""))))
    return env
