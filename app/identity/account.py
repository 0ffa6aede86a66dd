"""One account as the database keeps it, and how it is found."""

from typing import Final, Literal

import asyncpg
import msgspec

from app.identity.address import BadAddress, normalised
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.tenancy import control
from app.tenancy.pool import Connection

State = Literal["active", "closing", "closed"]

_SELECT: Final = "SELECT id, sub, email, name, locale, email_verified_at, state, password_hash FROM account WHERE "


class AddressTaken(Conflict):
    """The address belongs to an account. Only for the command line: a stranger is never told."""

    code = "address-taken"


class NoAccount(NotFound):
    """There is no such account (any more)."""

    code = "no-account"


class WeakPassword(InvalidInput):
    """The new password is too weak; why stands at the field `password`."""

    code = "weak-password"


class WrongPassword(InvalidInput):
    """The present password, asked for before a new one is set, is another."""

    code = "wrong-password"


class NoConsent(InvalidInput):
    """Nobody is registered without having agreed to the privacy notice."""

    code = "no-consent"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person's account."""

    id: int
    sub: str
    """OpenID subject: random, never used again."""
    email: str
    name: str
    locale: str
    verified: bool
    """The address was confirmed by a link."""
    state: State
    has_password: bool


async def by_id(account_id: int) -> Account | None:
    """The account with this number, in whatever state."""
    async with control() as connection:
        return await found(connection, account_id)


async def by_sub(sub: str) -> Account | None:
    """The account with this OpenID subject."""
    async with control() as connection:
        return _account(await connection.fetchrow(_SELECT + "sub = $1", sub))


async def by_email(email: str) -> Account | None:
    """The account of an address, however it is written; None also for what is no address."""
    try:
        key = normalised(email)
    except BadAddress:
        return None
    async with control() as connection:
        return await found_by_key(connection, key)


async def found(connection: Connection, account_id: int) -> Account | None:
    """As `by_id`, on this connection."""
    return _account(await connection.fetchrow(_SELECT + "id = $1", account_id))


async def found_by_key(connection: Connection, key: str) -> Account | None:
    """The account of a normalised address."""
    return _account(await connection.fetchrow(_SELECT + "email_key = $1", key))


async def existing(connection: Connection, account_id: int) -> Account:
    """An account that is not closed; raises `NoAccount`."""
    account = await found(connection, account_id)
    if account is None or account.state == "closed":
        raise NoAccount("There is no such account.")
    return account


def _account(row: asyncpg.Record | None) -> Account | None:
    if row is None:
        return None
    return Account(
        id=row["id"],
        sub=row["sub"],
        email=row["email"],
        name=row["name"],
        locale=row["locale"],
        verified=row["email_verified_at"] is not None,
        state=row["state"],
        has_password=bool(row["password_hash"]),
    )
