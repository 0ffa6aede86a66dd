"""What would come from a feed: its first entries through the connector, nothing stored."""

import asyncio
from datetime import date, datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from app.feeds import failures
from app.feeds.asking import WINDOW_AFTER, WINDOW_BEFORE
from app.feeds.connector import Connector, Cursor, Failure, Http, InvalidConfig, ParseContext, Stop
from app.feeds.items import KINDS, Event, Item, Problem
from app.feeds.registry import CONNECTORS
from app.kit import clock
from app.kit.errors import InvalidInput
from app.kit.http import FetchError
from app.kit.richtext import shortened
from app.platform.discovery.shape import Found, Proposal, Shown, key_of
from app.platform.discovery.spending import Sparing, Spent

SHOWN: Final = 3
MOST_READ: Final = 500
"""Entries that are counted; more is told as this many."""
_NAMES: Final = {kind: name for name, kind in KINDS.items()}


async def preview(
    connector: str,
    url: str,
    http: Sparing,
    *,
    found: Found,
    title: str = "",
    page: str = "",
    options: dict[str, Any] | None = None,
) -> Proposal | Failure | None:
    """A proposal with its first entries; why there is none, or `None` when the address holds nothing of that kind.

    Raises `Spent` when nothing may be asked any more.
    """
    code = CONNECTORS.get(connector)
    if code is None:
        return None
    try:
        config = code.configured({"url": url, **(options or {})})
        # It does what a connector asks of the client, with an allowance.
        fetched = await code.fetch(config, cast("Http", http), Cursor())
        items, problems, called = await asyncio.to_thread(_read, code, fetched.body, config, _context(fetched))
    except Spent:
        raise
    except FetchError as error:
        return failures.of(error)
    except (InvalidConfig, InvalidInput) as error:
        return Stop("The feed's settings don't fit: %(problem)s", code="config", problem=str(error))
    except Failure as failure:
        return failure
    if not items and not called:
        return None
    return Proposal(
        key=key_of(connector, url),
        connector=connector,
        url=url,
        options=dict(options or {}),
        title=shortened(called or title or url, 120),
        found=found,
        page=page,
        gives=code.manifest.gives,
        count=len(items),
        items=tuple(_shown(item) for item in items[:SHOWN]),
        problems=problems,
        licence=next((item.licence for item in items if item.licence), code.manifest.licence),
    )


def _context(fetched: Any) -> ParseContext:
    now = clock.now()
    return ParseContext(
        url=fetched.url,
        content_type=fetched.content_type,
        charset=fetched.charset,
        window_start=now - WINDOW_BEFORE,
        window_end=now + WINDOW_AFTER,
        zone=ZoneInfo("Europe/Berlin"),
    )


def _read(code: Connector, body: bytes, config: Any, context: ParseContext) -> tuple[list[Item], int, str]:
    """The entries, the newest or next first, how many can't be read, and what the source calls itself."""
    items: list[Item] = []
    problems = 0
    for one in code.parse(body, config, context):
        if isinstance(one, Problem):
            problems += 1
        elif isinstance(one, Item):
            items.append(one)
        if len(items) >= MOST_READ:
            break
    return sorted(items, key=_place), problems, next((item.attribution for item in items if item.attribution), "")


def _place(item: Item) -> tuple[bool, float]:
    """Events by their next date, all else the newest first."""
    if isinstance(item, Event):
        shown = _shown(item)
        if shown.at is not None:
            return False, shown.at.timestamp()
        return shown.day is None, float(shown.day.toordinal() * 86_400) if shown.day else 0.0
    return item.published_at is None, -item.published_at.timestamp() if item.published_at else 0.0


def _shown(item: Item) -> Shown:
    at: datetime | None = item.published_at
    day: date | None = None
    if item.published_day_only and item.published_at is not None:
        at, day = None, item.published_at.date()
    if isinstance(item, Event):
        first = item.occurrences[0] if item.occurrences else None
        at = first.starts_at if first else None
        day = first.first_day if first else None
    kind = _NAMES.get(type(item), "")
    return Shown(kind=kind, title=shortened(item.title, 160), at=at, day=day, url=item.url)
