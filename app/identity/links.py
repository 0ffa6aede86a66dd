"""Links that work once: a random token in a mail, its SHA-256 in the database.

A link does nothing when it is opened (mail scanners do that), only when its page is sent off.
"""

from datetime import timedelta
from typing import Final, Literal

import asyncpg
import msgspec

from app.identity import secret
from app.kit import clock
from app.kit.errors import NotFound
from app.settings import settings
from app.tenancy import control
from app.tenancy.pool import Connection

Purpose = Literal["register", "confirm", "reset", "email"]

PAGES: Final[dict[Purpose, str]] = {
    "register": "/identity/confirm",
    "confirm": "/identity/confirm",
    "reset": "/identity/reset",
    "email": "/identity/confirm-email",
}
HOURS: Final[dict[Purpose, int]] = {"register": 48, "confirm": 48, "reset": 1, "email": 24}
"""How long a link works."""

_SEALED: Final = "link"


class BadLink(NotFound):
    """The link was used, has expired or never was one."""

    code = "bad-link"

    def __init__(self) -> None:
        super().__init__("This link is no longer valid. Please ask for a new one.")


class Link(msgspec.Struct, frozen=True):
    """What a link stands for. `fresh` is False when it was followed before."""

    purpose: str
    account_id: int | None
    email: str
    payload: str
    fresh: bool


async def make(
    connection: Connection, purpose: Purpose, *, account_id: int | None = None, email: str = "", payload: str = ""
) -> str:
    """A new link, as a whole address; `payload` is kept encrypted."""
    token = secret.token()
    now = clock.now()
    await connection.execute(
        """INSERT INTO one_time_token (token_hash, purpose, account_id, email, payload, created_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        secret.hashed(token),
        purpose,
        account_id,
        email,
        secret.seal(_SEALED, payload) if payload else "",
        now,
        now + timedelta(hours=HOURS[purpose]),
    )
    return f"{settings().origin}{PAGES[purpose]}?token={token}"


async def follow(connection: Connection, token: str, *purposes: Purpose) -> Link:
    """Use a link, once: of two at the same moment the second waits and is told that it isn't fresh.

    Raises `BadLink`.
    """
    row = await connection.fetchrow(
        """UPDATE one_time_token SET used_at = $3
           WHERE token_hash = $1 AND purpose = ANY($2::text[]) AND used_at IS NULL AND expires_at > $3
           RETURNING purpose, account_id, email, payload""",
        secret.hashed(token),
        list(purposes),
        clock.now(),
    )
    return _link(row, fresh=True) if row else await look(connection, token, *purposes)


async def look(connection: Connection, token: str, *purposes: Purpose) -> Link:
    """What a link stands for, without using it; raises `BadLink`."""
    row = await connection.fetchrow(
        """SELECT purpose, account_id, email, payload, used_at FROM one_time_token
           WHERE token_hash = $1 AND purpose = ANY($2::text[]) AND expires_at > $3""",
        secret.hashed(token),
        list(purposes),
        clock.now(),
    )
    if row is None:
        raise BadLink
    return _link(row, fresh=row["used_at"] is None)


async def void(connection: Connection, account_id: int, *purposes: Purpose) -> None:
    """Make unused links of an account worthless."""
    await connection.execute(
        "DELETE FROM one_time_token WHERE account_id = $1 AND purpose = ANY($2::text[]) AND used_at IS NULL",
        account_id,
        list(purposes),
    )


async def sweep() -> None:
    """Erase what has expired: with it go the addresses of those who never confirmed."""
    async with control() as connection:
        await connection.execute("DELETE FROM one_time_token WHERE expires_at < $1", clock.now())


def _link(row: asyncpg.Record, *, fresh: bool) -> Link:
    payload = secret.unseal(_SEALED, row["payload"]) if row["payload"] else ""
    return Link(row["purpose"], row["account_id"], row["email"], payload, fresh)
