"""What an account was told in a town: the inbox, whatever else was sent by push or mail."""

from datetime import datetime

import msgspec

from app.kit import clock
from app.tenancy import current

AT_ONCE = 30


class Told(msgspec.Struct, frozen=True):
    """A message in the inbox."""

    id: int
    category: str
    title: str
    text: str
    href: str
    created_at: datetime
    read: bool
    over: bool
    """It has run out: the warning is lifted, the day has passed."""


async def told(sub: str, before: int = 0) -> list[Told]:
    """The newest messages of an account, or those before one of them; one more than `AT_ONCE` when there are more."""
    rows = await current().fetch(
        """SELECT d.id, a.category, a.title, a.body, a.href, d.created_at, d.read_at, a.expires_at
           FROM delivery d JOIN announcement a ON a.id = d.announcement_id
           WHERE d.account_sub = $1 AND ($2 = 0 OR d.id < $2) ORDER BY d.id DESC LIMIT $3""",
        [sub, before, AT_ONCE + 1],
    )
    now = clock.now()
    return [
        Told(
            row["id"],
            row["category"],
            row["title"],
            row["body"],
            row["href"],
            row["created_at"],
            row["read_at"] is not None,
            row["expires_at"] is not None and row["expires_at"] <= now,
        )
        for row in rows
    ]


async def unread(sub: str) -> int:
    """How many messages the person has not seen."""
    return int(
        await current().fetchval("SELECT count(*) FROM delivery WHERE account_sub = $1 AND read_at IS NULL", [sub])
    )


async def seen(sub: str, newest: int) -> None:
    """Everything up to the message `newest` has been seen."""
    await current().fetch(
        "UPDATE delivery SET read_at = $3 WHERE account_sub = $1 AND id <= $2 AND read_at IS NULL",
        [sub, newest, clock.now()],
    )
