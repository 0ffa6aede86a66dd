"""The envelope of the interface `ipa_api`: when it was made, for what, and the entries; and numbers that may be odd."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop, web_page

NO_FEED: Final = "The answer is none of the police's interface. Check the address."
_EARLIEST: Final = 946_684_800
"""2000-01-01 in seconds since 1970."""
_LATEST: Final = 4_102_444_800

Record = dict[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """What came."""

    at: datetime | None
    """When the interface made it."""
    records: list[Any]


def read(body: bytes, interface: str, url: str) -> Answer:
    """The entries of an answer; raises `Stop` when the bytes are none, or one of another interface."""
    text = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), url)
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(NO_FEED, code="no-feed") from error
    records = found.get("data") if isinstance(found, dict) else None
    if not isinstance(records, list) or found.get("interface", interface) != interface:
        raise Stop(NO_FEED, code="no-feed")
    return Answer(moment(found.get("timestamp")), records)


def moment(value: object) -> datetime | None:
    """Seconds since 1970 as a time in UTC; None for anything else."""
    seconds = whole(value, _EARLIEST, _LATEST)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def whole(value: object, least: int, most: int) -> int | None:
    """A whole number within bounds, also when it is written as a text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 15:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None
