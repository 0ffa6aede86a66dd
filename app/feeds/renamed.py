"""A source that gives everything new ids: an item that says the same as one that vanished is that one."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.feeds.items import Item, hashes_as

MOST_PAIRS: Final = 250_000
"""Comparisons of one answer; where all were renamed in their order each needs one."""
MANY: Final = 4
"""So many unknown items at once of a window, and most of it, look like new ids: its old ones are compared."""


def renamed(fresh: Sequence[Item], vanished: Mapping[str, str]) -> dict[str, str]:
    """New id → old id; `vanished` are content hashes by id. Everything but the id must be the same."""
    left = dict(vanished)
    found: dict[str, str] = {}
    tried = 0
    for item in fresh:
        if not left or tried > MOST_PAIRS:
            break
        hash_as = hashes_as(item)
        for old, digest in left.items():
            tried += 1
            if hash_as(old) == digest:
                found[item.external_id] = old
                del left[old]
                break
    return found


def looks_renamed(*, fresh: int, whole: int) -> bool:
    """Whether so much of a window is unknown that its ids may be new."""
    return fresh >= MANY and fresh * 2 > whole
