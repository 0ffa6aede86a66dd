"""Text as search and order compare it: `Café Schön` and `cafe schoen` are the same."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from app.kit.search import spelled_out

LONGEST: Final = 600


def folded(text: str) -> str:
    """Small letters, umlauts spelled out, other accents left off, single blanks."""
    plain = spelled_out(unicodedata.normalize("NFC", text[:LONGEST]))
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in parts if not unicodedata.combining(sign))
    return " ".join(plain.split())


def sort_name(title: str) -> str:
    """What a title is sorted by; a title of signs alone stays itself."""
    found = "".join(sign if sign.isalnum() or sign == " " else " " for sign in folded(title)).strip()
    return (" ".join(found.split()) or folded(title))[:200]


def words(parts: Iterable[str]) -> str:
    """What a search looks through."""
    return folded(" ".join(part for part in parts if part))
