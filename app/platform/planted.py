"""What a town remembers of its folder: light to load, since most starts find that nothing changed."""

import hashlib
from typing import Any, Final

import msgspec

from app.tenancy.definition_shape import TenantDefinition
from app.tenancy.village import setting

FOLDER = "folder"
"""Key of the setting."""
PLANTED: Final = 2
"""Raised when more of a folder is planted than before: each town then reads its folder once more. 2: English names."""


class Kept(msgspec.Struct, frozen=True):
    """What was planted last."""

    fingerprint: str = ""
    rows: dict[str, dict[str, str]] = {}
    """By table and key: a hash of the columns that the folder gives."""
    site: dict[str, Any] = {}
    name: str = ""
    facts: dict[str, Any] = {}


def fingerprint(definition: TenantDefinition) -> str:
    """A hash of all that a definition says, and of how much of it is planted."""
    return hashlib.sha256(msgspec.json.encode((PLANTED, definition), order="sorted")).hexdigest()


async def kept() -> Kept:
    """What was planted last in the current town."""
    return msgspec.convert(await setting(FOLDER, {}), Kept)
