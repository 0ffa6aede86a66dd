"""What the lists of the desk share: chips by state, parts of a list, the states of what becomes public."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.kit import clock
from app.kit.i18n import Lazy, lazy
from app.web.cards import Chip
from app.web.site import path_with

PUBLISHING: Final = {
    "draft": lazy("Drafts"),
    "waiting": lazy("Waiting"),
    "public": lazy("Public"),
    "withdrawn": lazy("Taken back"),
}
"""States of what is written here, or comes from a source, and becomes public now or later."""
_FARTHEST: Final = 100_000


def state_of(published_at: datetime | None, *, withdrawn: bool) -> str:
    """Which of `PUBLISHING` it is."""
    if withdrawn:
        return "withdrawn"
    if published_at is None:
        return "draft"
    return "waiting" if published_at > clock.now() else "public"


def chips(states: Mapping[str, Lazy], chosen: str, counts: Mapping[str, int], *, frees: bool = False) -> list[Chip]:
    """One for each state with how many there are; with `frees` the chosen one leads back to all."""
    return [
        Chip(
            label=str(label),
            href=path_with(only=None if frees and name == chosen else name, skip=None),
            count=counts.get(name, 0),
            chosen=name == chosen,
        )
        for name, label in states.items()
    ]


def skipped(skip: int) -> int:
    """How many entries an address leaves out, within reason."""
    return min(max(skip, 0), _FARTHEST)


def next_href(found: Sequence[Any], skip: int, at_once: int) -> str:
    """The following part's address, when one entry more than is shown was found; else empty."""
    return path_with(skip=skip + at_once) if len(found) > at_once else ""
