"""Outgoing HTTP: the one guarded way out of the platform; nothing else opens a connection to a stranger."""

from app.kit.http.answer import Cursor, Fetched, Posted
from app.kit.http.certificate import BadCertificate
from app.kit.http.client import Http
from app.kit.http.errors import (
    STAYS_HOME,
    BadStatus,
    Busy,
    FetchError,
    Garbled,
    Refused,
    Reset,
    Resting,
    StaysHome,
    TooBig,
    TooSlow,
    Unreachable,
)
from app.kit.http.guard import stays_home
from app.kit.network import forbidden

__all__ = [
    "STAYS_HOME",
    "BadCertificate",
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
    "StaysHome",
    "TooBig",
    "TooSlow",
    "Unreachable",
    "forbidden",
    "stays_home",
]
