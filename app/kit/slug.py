"""Short names in addresses: `/news/17-bruecke-gesperrt`, `?provider=rathaus`."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from app.kit.search import spelled_out

LONGEST: Final = 60

_GAP: Final = re.compile(r"[^a-z0-9]+")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NUMBERED: Final = re.compile(r"([1-9][0-9]{0,18})(?:-(.*))?", re.ASCII | re.DOTALL)
_LARGEST_ID: Final = 2**63 - 1


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """Lower-case ASCII words with hyphens, umlauts spelled out, at most 60 characters; may be empty."""
    plain = spelled_out(unicodedata.normalize("NFC", text[:200]))
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    whole = _GAP.sub("-", plain).strip("-")
    if len(whole) <= LONGEST:
        return whole
    cut = whole[: LONGEST + 1].rpartition("-")[0]
    return cut if len(cut) > LONGEST // 2 else whole[:LONGEST].rstrip("-")


def numbered(id_: int, title: str) -> str:
    """`17-bruecke-gesperrt`, or `17` when nothing of the title is left."""
    readable = slug(title)
    return f"{id_}-{readable}" if readable else str(id_)


def is_slug(text: str) -> bool:
    """Whether `text` can be a short name of ours: `a-z`, `0-9` and hyphens, at most 63 characters."""
    return _SLUG.fullmatch(text) is not None


def number_of(name: str) -> int | None:
    """The id at the beginning of `17-bruecke-gesperrt` or `17`; None for anything else."""
    found = _NUMBERED.fullmatch(name)
    number = int(found[1]) if found else 0
    return number if 0 < number <= _LARGEST_ID else None
