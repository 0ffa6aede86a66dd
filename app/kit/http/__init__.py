"""Outgoing HTTP: the one guarded way out of the platform; nothing else opens a connection to a stranger."""

from app.kit.http.answer import Cursor, Fetched, Posted
from app.kit.http.client import Http
from app.kit.http.errors import (
    BadStatus,
    Busy,
    FetchError,
    Garbled,
    Refused,
    Reset,
    Resting,
    TooBig,
    TooSlow,
    Unreachable,
)
from app.kit.network import forbidden

__all__ = [
    "BadStatus",
    "Busy",
    "Cursor",
    "FetchError",
    "Fetched",
    "Garbled",
    "Http",
    "Posted",
    "Refused",
    "Reset",
    "Resting",
    "TooBig",
    "TooSlow",
    "Unreachable",
    "forbidden",
]
