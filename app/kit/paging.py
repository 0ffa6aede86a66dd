"""Lists by cursor: `{"items": […], "next": cursor|null}`."""

import base64
import binascii
from typing import TypeVar

import msgspec

from app.kit.errors import InvalidInput

_T = TypeVar("_T")

MOST = 100
"""Items that one page may have."""


def encode(*key: object) -> str:
    """An opaque cursor for the sort key of the last item shown."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def decode(cursor: str, type_: type[_T]) -> _T:
    """The sort key of a cursor as `type_` (a tuple); raises `InvalidInput`."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=type_)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidInput("This page marker is not valid. Start again at the first page.") from error
