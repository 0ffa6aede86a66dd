"""What the header fields of an answer say (RFC 9110, RFC 9111)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from app.kit import clock

LONGEST_RETRY_AFTER: Final = 2 * 86_400
"""Seconds; what a server asks for beyond two days is cut."""
LONGEST_MAX_AGE: Final = 366 * 86_400
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NEVER_FRESH: Final = re.compile(r"(?:^|[,\s])(?:no-store|no-cache)\b", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)

Headers = dict[str, str]
"""Lower-case names; of a repeated field the values joined by commas."""


def read(raw: list[tuple[bytes, bytes]]) -> Headers:
    """Header fields as httpcore2 gives them."""
    headers: Headers = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def content_type(headers: Headers) -> tuple[str, str]:
    """Media type and charset, both lower-case and possibly empty."""
    value = headers.get("content-type", "")
    charset = _CHARSET.search(value)
    return value.partition(";")[0].strip().lower(), charset.group(1).lower() if charset else ""


def http_date(value: str) -> datetime | None:
    """An HTTP date, aware; None when it can't be read."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def retry_after(headers: Headers) -> int | None:
    """Seconds that the server asks us to wait, as a number or until a date, at most two days."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LONGEST_RETRY_AFTER)
    if value and (moment := http_date(value)):
        return max(0, min(round((moment - clock.now()).total_seconds()), LONGEST_RETRY_AFTER))
    return None


def max_age(headers: Headers) -> int | None:
    """Seconds that the answer stays fresh, from Cache-Control or Expires; None when nothing is said."""
    control = headers.get("cache-control", "")
    if _NEVER_FRESH.search(control):
        return 0
    if found := _MAX_AGE.search(control):
        return min(int(found.group(1)), LONGEST_MAX_AGE)
    if (expires := http_date(headers.get("expires", ""))) is None:
        return None
    served = http_date(headers.get("date", "")) or clock.now()
    return max(0, min(round((expires - served).total_seconds()), LONGEST_MAX_AGE))
