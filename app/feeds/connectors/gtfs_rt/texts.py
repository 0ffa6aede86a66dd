"""Texts of a protocol buffer: one that is no UTF-8 comes as bytes."""

from typing import Any


def text(value: Any) -> str:
    """As far as it can be read, without what no database takes."""
    said = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return said.replace("\0", "")
