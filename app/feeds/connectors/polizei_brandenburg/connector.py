"""News of the police of Brandenburg (`/ipa_api/news/version/1`), all or those of one district.

What the list has no longer is withdrawn. So that the end of its window is not taken for a withdrawal and the other way
round, our own window is shorter than the list: a release leaves after `days` because it is old, and before that only
because the police took it back. A list that ends earlier says so.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem
from app.feeds.connectors.polizei_brandenburg.answer import moment, read
from app.feeds.connectors.polizei_brandenburg.districts import KEYS, number_of
from app.feeds.connectors.polizei_brandenburg.release import article_of, district_of
from app.feeds.items import Article, Problem

ACCEPT: Final = "application/json"
INTERFACE: Final = "news"
MOST: Final = 2_000
_FULL: Final = "The list ends before the days that it should reach back. Raise count, or releases vanish too early."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of `…/news/version/1`."""
    district: str = ""
    """Name or number of a district; empty: all, each for its own towns."""
    count: int = 300
    """How many releases are asked for."""
    days: int = 14
    """How long a release stays that the police does not take back."""
    attribution: str = "Polizei Brandenburg"
    """Who must be named."""

    def __post_init__(self) -> None:
        """Refuse a district that the police does not know."""
        if self.district and number_of(self.district) is None:
            names = ", ".join(name for _, name in KEYS.values())
            raise ValueError(f"district is one of {names}, or its number with the police, not {self.district!r}")
        if not 1 <= self.count <= MOST:
            raise ValueError(f"count is a number from 1 to {MOST}")
        if not 1 <= self.days <= 90:
            raise ValueError("days is a number from 1 to 90")


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The list."""
    asked: dict[str, int] = {"count": config.count}
    if config.district:
        asked["district"] = number_of(config.district) or 0
    joint = "&" if "?" in config.url else "?"
    return await http.get(f"{config.url}{joint}{urlencode(asked)}", cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Article | Problem]:
    """The releases of the window; raises `Stop` when the bytes are none of the interface."""
    answer = read(body, INTERFACE, context.url)
    records = [one for one in answer.records[:MOST] if isinstance(one, dict)]
    times = [at for one in records if (at := moment(one.get("timestamp"))) is not None]
    latest = answer.at or max(times, default=None)
    since = latest - timedelta(days=config.days) if latest is not None else None
    wanted = number_of(config.district) if config.district else None
    seen: set[str] = set()
    for record in records:
        # The district is looked at here as well, in case that the interface does not heed what it was asked for.
        if (wanted is not None and district_of(record) != wanted) or _old(record, since):
            continue
        try:
            made = article_of(record, config.attribution, context.url or config.url)
        except SkipItem as skipped:
            yield Problem(None, skipped.reason)
            continue
        if made.external_id not in seen:
            seen.add(made.external_id)
            yield made
    if len(records) < len(answer.records[:MOST]):
        yield Problem(None, "An entry of the list is no release.")
    if since is not None and len(records) >= config.count and min(times, default=since) > since:
        yield Problem(None, _FULL)


def _old(record: dict[str, Any], since: datetime | None) -> bool:
    at = moment(record.get("timestamp"))
    return since is not None and at is not None and at < since
