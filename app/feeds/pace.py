"""When a feed is asked again: as its editor, its publisher and its history say, never all at the same moment."""

import hashlib
from datetime import datetime, timedelta

DAY_SECONDS = 24 * 3600
LONGEST_RETRY_AFTER = 2 * DAY_SECONDS
FULL_FETCH_DAYS = 7
"""Validators are believed this long: then a full answer is asked for, because servers lie."""


def interval(
    every: int, *, asked: tuple[int | None, ...] = (), changed_at: datetime | None = None, now: datetime
) -> int:
    """Seconds until the next run after a success.

    `every` is the editor's minimum; `asked` what the publisher wants (ttl, max-age, Retry-After). A source that has
    not changed for weeks is asked up to four times less often.
    """
    seconds = float(max(every, *(one or 0 for one in asked), 60))
    if changed_at is not None:
        weeks = (now - changed_at) / timedelta(days=7)
        seconds *= 1 + max(0.0, min(3.0, weeks))
    return int(min(seconds, DAY_SECONDS))


def after_failure(every: int, failures: int, retry_after: int = 0) -> int:
    """Seconds until the next run after the `failures`-th failure in a row: doubles up to a day."""
    backed_off: int = min(max(every, 300) << min(failures - 1, 10), DAY_SECONDS)
    return max(backed_off, min(retry_after, LONGEST_RETRY_AFTER))


def spread(seconds: int, key: str) -> int:
    """`seconds` moved by up to a tenth either way, the same way for the same feed."""
    share = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=2).digest(), "big") / 65535
    return int(seconds * (0.9 + share / 5))
