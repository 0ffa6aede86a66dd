"""What a run of a feed did, as `village feeds sync --json` prints it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from app.kit.capability import Capability

Status = Literal["ok", "unchanged", "failed"]


class FeedReport(msgspec.Struct, kw_only=True):
    """One feed's run."""

    name: str
    status: Status = "ok"
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    errors: list[str] = []
    """In the clerk's language: what could not be taken, or why the run failed and what to do."""


class Taker(msgspec.Struct, frozen=True):
    """The capability functions that take one kind of item."""

    store: Any
    """`async (Source, [(feed item id, item), …]) -> None`; repeatable."""
    withdraw: Any
    """`async ([feed item id, …]) -> None`."""


Takers = Mapping[type, Taker]


def takers_of(capabilities: tuple[Capability, ...]) -> Takers:
    """Who takes which kind of item."""
    return {kind: Taker(store, one.withdraws[kind]) for one in capabilities for kind, store in one.accepts.items()}
