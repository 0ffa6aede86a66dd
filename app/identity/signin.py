"""Proving who one is: the password, then a second factor where the account has one."""

from typing import Final

import msgspec

from app.identity import limits, passwords, secret, totp
from app.identity.address import BadAddress, normalised
from app.identity.limits import TooMany
from app.identity.rights import STRONG_ROLES
from app.kit import clock
from app.kit.errors import InvalidInput
from app.tenancy import control

__all__ = ["BadSignIn", "Proven", "TooMany", "by_password", "second_by_totp"]

_STRONG: Final = sorted(STRONG_ROLES)
_FIND: Final = """
    SELECT a.id, a.password_hash, a.email_verified_at IS NOT NULL AND a.state <> 'closed' AS open,
        EXISTS (SELECT FROM credential c WHERE c.account_id = a.id AND c.kind = 'totp') AS app,
        EXISTS (SELECT FROM credential c WHERE c.account_id = a.id AND c.kind = 'passkey')
            AND EXISTS (SELECT FROM membership m WHERE m.account_id = a.id AND m.role = ANY($2::text[])) AS must
    FROM account a WHERE a.email_key = $1
    """


class BadSignIn(InvalidInput):
    """It wasn't proved; one text whatever the reason is."""

    code = "bad-sign-in"


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose owner has proved something."""

    account_id: int
    amr: tuple[str, ...]
    """How (RFC 8176): `pwd`; `otp`, `mfa`; `pop`, `mfa` for a passkey."""
    needs_second: bool = False
    """A code of the authenticator app or a passkey has to follow."""


async def by_password(email: str, password: str, address: str) -> Proven:
    """Check a password; `address` is the network address of who asks.

    A second factor is needed if the account has an authenticator app, or a passkey and one of `STRONG_ROLES`.
    Raises `BadSignIn` (after the same time for unknown addresses), `TooMany`, `Unavailable`.
    """
    try:
        key = normalised(email)
    except BadAddress:
        key = secret.hashed(email)
    place = limits.network(address)
    await limits.attempt(("sign-in", key, limits.ACCOUNT), ("sign-in-from", place, limits.ADDRESS))
    async with control() as connection:
        row = await connection.fetchrow(_FIND, key, _STRONG)
    matches = await passwords.verify(row["password_hash"] if row else "", password)
    if row is None or not matches or not row["open"]:
        raise BadSignIn("The e-mail address or the password is not right, or the address is not confirmed yet.")
    needs_second = row["app"] or row["must"]
    await limits.clear("sign-in", key)
    await limits.give_back("sign-in-from", place)
    if passwords.outdated(row["password_hash"]):
        await _renew(row["id"], row["password_hash"], password)
    return Proven(account_id=row["id"], amr=("pwd",), needs_second=needs_second)


async def second_by_totp(account_id: int, code: str, address: str) -> Proven:
    """Check a code of the authenticator app; raises `BadSignIn`, `TooMany`, `Unavailable`."""
    who, place = str(account_id), limits.network(address)
    await limits.attempt(("second", who, limits.SECOND), ("sign-in-from", place, limits.ADDRESS))
    if not await totp.check(account_id, code):
        raise BadSignIn("This code is not right. Please enter the code that the app shows now.")
    await limits.clear("second", who)
    await limits.give_back("sign-in-from", place)
    return Proven(account_id=account_id, amr=("otp", "mfa"))


async def _renew(account_id: int, old: str, password: str) -> None:
    """Hash again with today's parameters, unless the password was changed meanwhile."""
    new = await passwords.hash_(password)
    async with control() as connection:
        await connection.execute(
            "UPDATE account SET password_hash = $3, changed_at = $4 WHERE id = $1 AND password_hash = $2",
            account_id,
            old,
            new,
            clock.now(),
        )
