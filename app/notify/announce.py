"""Telling people something: `await announce(Message(...))` in the transaction that makes it true.

    await announce(Message(key=f"warning:{one.id}", category="warning", urgency="now", title=one.title,
                           text=one.advice, href=f"/notices/{one.id}", expires_at=one.ends_at))

After the commit everybody who asked for it is told, by push or mail and in the inbox; the same key never twice.
"""

import logging
from datetime import datetime
from typing import Final, Literal, get_args

import msgspec

from app.kit import clock
from app.notify import due
from app.tenancy import current

log = logging.getLogger(__name__)

Category = Literal["warning", "waste", "news", "events", "mobility", "reports", "neighbours", "town"]
Urgency = Literal["now", "today", "later"]

RANKS: Final[dict[str, int]] = {"now": 0, "today": 1, "later": 2}
"""As the tables keep urgency: the smaller, the sooner."""
LONGEST_KEY: Final = 200
LONGEST_TITLE: Final = 160
LONGEST_TEXT: Final = 600
"""What a push message and a lock screen hold; the page behind `href` tells the rest."""
LONGEST_HREF: Final = 500


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people are told."""

    key: str
    """What it is, for ever: `warning:12`, `waste:2026-11-23:hauptstrasse`. What has this key was told."""
    category: Category
    title: str
    """One line that can stand alone, e.g. "Morgen: Restmüll"."""
    text: str = ""
    """Plain text; too long a one is cut."""
    href: str = "/"
    """Where it leads: a path of the town's host."""
    urgency: Urgency = "later"
    """`now` may wake people who allow it; `today` and `later` wait for the end of the quiet hours."""
    street: str = ""
    """Key of the area that it concerns; only who chose this area is told."""
    stops: tuple[str, ...] = ()
    """Keys of stops; who chose stops is told only if one of them is among these. Empty: wherever one gets on."""
    provider_id: int | None = None
    """Who publishes it; who follows them is told, whatever categories they chose."""
    geo: tuple[float, float] | None = None
    """Latitude and longitude (WGS 84). Who wants only what is near is told only then; warnings go to everybody."""
    expires_at: datetime | None = None
    """After this nobody is told any more."""
    account_sub: str = ""
    """For this person only, e.g. a match: it lies in the inbox, and is sent when the person wants the category."""


async def announce(message: Message) -> bool:
    """Tell those who asked for it, after the commit; False when its key was told before or it is over.

    Inside a tenant's transaction. Raises `ValueError` for a message that can't be told as it is.
    """
    _check(message)
    now = clock.now()
    if message.expires_at is not None and message.expires_at <= now:
        return False
    scope = current()
    lat, lon = message.geo or (None, None)
    rows = await scope.fetch(
        """INSERT INTO announcement (key, category, title, body, href, urgency, street, provider_id, lat, lon,
               account_sub, created_at, expires_at, stops)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (key) DO NOTHING RETURNING id""",
        [
            message.key,
            message.category,
            shortened(message.title, LONGEST_TITLE),
            shortened(message.text, LONGEST_TEXT),
            message.href,
            RANKS[message.urgency],
            message.street,
            message.provider_id,
            lat,
            lon,
            message.account_sub,
            now,
            message.expires_at,
            list(message.stops),
        ],
    )
    if not rows:
        return False
    await due.soon(scope)
    return True


def shortened(text: str, longest: int) -> str:
    """The text on one line, cut at a word when it is too long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return (head.rpartition(" ")[0] if " " in head[longest // 2 :] else head).rstrip(" ,;:–-") + "…"


def _check(message: Message) -> None:
    if not message.key or len(message.key) > LONGEST_KEY:
        raise ValueError(f"a message needs a key of 1 to {LONGEST_KEY} characters")
    if message.category not in get_args(Category):
        raise ValueError(f"there is no category {message.category!r}")
    if not message.title.strip():
        raise ValueError("a message needs a title")
    if not message.href.startswith("/") or message.href[:2] in ("//", "/\\") or len(message.href) > LONGEST_HREF:
        raise ValueError("a message leads to a path of the town's host")
    if message.expires_at is not None and message.expires_at.tzinfo is None:
        raise ValueError("expires_at without a time zone")
