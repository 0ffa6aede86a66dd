"""Codes of an authenticator app: TOTP (RFC 6238), six digits, 30 seconds, SHA-1, as every app knows them."""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from app.identity import limits, secret
from app.identity.accounts import Account
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput
from app.tenancy import control, control_transaction

STEP_SECONDS: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_DRIFT_STEPS: Final = 1
"""A clock may be half a minute wrong, either way."""
_SEALED: Final = "totp secret"
_OFFER: Final = "totp offer"
_ISSUER: Final = "Smart Village"


class WrongCode(InvalidInput):
    """The code is not the one of this moment, or was used already."""

    code = "wrong-code"

    def __init__(self) -> None:
        text = "This code is not right. Please enter the code that the app shows now."
        super().__init__(text, fields={"code": "This code is not right. Please enter the code that the app shows now."})


class AlreadyEnrolled(Conflict):
    """The account has an authenticator app; it must be removed first."""

    code = "already-enrolled"


class Offer(msgspec.Struct, frozen=True):
    """A secret that is not yet in use: what the person enters in the app, and what the form sends back."""

    secret: str
    """Base32, in groups of four."""
    uri: str
    """`otpauth://…` for a QR code or a link on the phone itself."""
    sealed: str
    """Goes through the form as it is; only this account can use it."""


def offer(account: Account) -> Offer:
    """A new secret for the account to try."""
    plain = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return _offer(account, plain, secret.seal(_OFFER, f"{account.id} {plain}"))


def offered(account: Account, sealed: str) -> Offer:
    """The same offer again, after a mistyped code; raises `NotSealedHere` for another account's."""
    return _offer(account, _opened(account.id, sealed), sealed)


async def enrol(account_id: int, sealed: str, code: str) -> None:
    """Take an offered secret into use once the app has shown a right code for it.

    Raises `WrongCode`, `AlreadyEnrolled`, `NotSealedHere`, `TooMany`.
    """
    plain = _opened(account_id, sealed)
    await limits.attempt(("totp-enrol", str(account_id), limits.SECOND))
    step = matching(plain, code, clock.now())
    if step is None:
        raise WrongCode
    await limits.clear("totp-enrol", str(account_id))
    async with control_transaction(), control() as connection:
        # The account's row is the lock: two tabs make one enrolment.
        await connection.execute("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", account_id)
        if await connection.fetchval("SELECT 1 FROM credential WHERE account_id = $1 AND kind = 'totp'", account_id):
            raise AlreadyEnrolled("Your account has an authenticator app already.")
        await connection.execute(
            """INSERT INTO credential (account_id, kind, external_id, secret, sign_count, created_at)
               VALUES ($1, 'totp', $2, $3, $4, $5)""",
            account_id,
            secret.token(),
            secret.seal(_SEALED, plain),
            step,
            clock.now(),
        )


async def enrolled(account_id: int) -> bool:
    """Whether the account has an authenticator app."""
    async with control() as connection:
        found = await connection.fetchval(
            "SELECT 1 FROM credential WHERE account_id = $1 AND kind = 'totp'", account_id
        )
    return bool(found)


async def check(account_id: int, code: str) -> bool:
    """Whether it is the code of now; each is good once, also for two requests at the same moment.

    Counts nothing: `signin.second_by_totp` does.
    """
    async with control() as connection:
        row = await connection.fetchrow(
            "SELECT id, secret FROM credential WHERE account_id = $1 AND kind = 'totp'", account_id
        )
        if row is None:
            return False
        step = matching(secret.unseal(_SEALED, row["secret"]), code, clock.now())
        used = step is not None and await connection.fetchval(
            "UPDATE credential SET sign_count = $2, used_at = $3 WHERE id = $1 AND sign_count < $2 RETURNING 1",
            row["id"],
            step,
            clock.now(),
        )
    return bool(used)


async def remove(account_id: int) -> None:
    """Do without the authenticator app from now on."""
    async with control() as connection:
        await connection.execute("DELETE FROM credential WHERE account_id = $1 AND kind = 'totp'", account_id)


def matching(plain: str, code: str, moment: datetime) -> int | None:
    """The time step whose code this is, or None; `plain` is the secret in base32."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    now = int(moment.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - _DRIFT_STEPS, now + _DRIFT_STEPS + 1):
        if hmac.compare_digest(code_of(plain, step), digits):
            found = step
    return found


def code_of(plain: str, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(plain), struct.pack(">Q", step), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def _offer(account: Account, plain: str, sealed: str) -> Offer:
    label = quote(f"{_ISSUER}:{account.email}")
    query = urlencode({"secret": plain, "issuer": _ISSUER}, quote_via=quote)
    shown = " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    return Offer(shown, f"otpauth://totp/{label}?{query}", sealed)


def _opened(account_id: int, sealed: str) -> str:
    whose, _, plain = secret.unseal(_OFFER, sealed).partition(" ")
    if whose != str(account_id):
        raise secret.NotSealedHere("This was not made here, or it was changed.")
    return plain
