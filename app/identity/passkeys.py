"""Passkeys (WebAuthn level 2): made and used at the platform's host only, always with the person verified.

A challenge is good once and for five minutes; Redis keeps its SHA-256.
"""

import json
import struct
from typing import Any, Final

import msgspec
import redis.exceptions
import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.identity import secret
from app.identity.accounts import Account
from app.identity.address import tidy
from app.identity.signin import BadSignIn, Proven
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, NotFound, Unavailable
from app.settings import settings
from app.tenancy import control, control_transaction, signals

LASTS_SECONDS: Final = 300
MOST: Final = 20
"""Passkeys of one account."""
_LONGEST: Final = 50_000
_NAME: Final = "Smart Village"
_BAD_INPUT: Final = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
"""What the library raises for what no authenticator sends; CBOR from strangers goes wrong in many ways."""


class BadPasskey(InvalidInput):
    """The new passkey could not be checked."""

    code = "bad-passkey"


class TooManyPasskeys(Conflict):
    """The account has `MOST` already."""

    code = "too-many-passkeys"


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey as its owner sees it. Times are ISO 8601, `used_at` is empty for one that was never used."""

    id: int
    name: str
    created_at: str
    used_at: str


async def registration_options(account: Account, rp_id: str = "") -> str:
    """What `navigator.credentials.create()` takes, as JSON with base64url; `rp_id` is the platform's host."""
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT external_id FROM credential WHERE account_id = $1 AND kind = 'passkey'", account.id
        )
    if len(rows) >= MOST:
        raise TooManyPasskeys("Your account has 20 passkeys. Please remove one first.")
    options = webauthn.generate_registration_options(
        rp_id=rp_id or settings().domain,
        rp_name=_NAME,
        user_id=account.sub.encode(),
        user_name=account.email,
        user_display_name=account.name or account.email,
        timeout=LASTS_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(row["external_id"])) for row in rows],
    )
    await _keep(options.challenge, f"register {account.id}")
    return options_to_json(options)


async def register(account: Account, credential: str, name: str = "", rp_id: str = "", origin: str = "") -> None:
    """Keep a new passkey; `credential` is the browser's answer as JSON. Raises `BadPasskey`, `TooManyPasskeys`."""
    shown = tidy(name)
    try:
        sent = _read(credential)
        challenge = await _spend(sent, f"register {account.id}")
        made = webauthn.verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=rp_id or settings().domain,
            expected_origin=origin or settings().origin,
            require_user_verification=True,
        )
    except _BAD_INPUT as error:
        raise BadPasskey("The passkey could not be set up. Please try again.") from error
    async with control_transaction(), control() as connection:
        await connection.execute("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", account.id)
        count = await connection.fetchval(
            "SELECT count(*) FROM credential WHERE account_id = $1 AND kind = 'passkey'", account.id
        )
        if count >= MOST:
            raise TooManyPasskeys("Your account has 20 passkeys. Please remove one first.")
        kept = await connection.fetchval(
            """INSERT INTO credential (account_id, kind, external_id, public_key, sign_count, name, created_at)
               VALUES ($1, 'passkey', $2, $3, $4, $5, $6) ON CONFLICT (external_id) DO NOTHING RETURNING 1""",
            account.id,
            bytes_to_base64url(made.credential_id),
            made.credential_public_key,
            made.sign_count,
            shown,
            clock.now(),
        )
        if not kept:
            raise BadPasskey("This passkey is in use already.")


async def authentication_options(rp_id: str = "", account_id: int | None = None) -> str:
    """What `navigator.credentials.get()` takes, as JSON; with an account (as a second factor) only its passkeys."""
    allowed: list[PublicKeyCredentialDescriptor] = []
    if account_id is not None:
        async with control() as connection:
            rows = await connection.fetch(
                "SELECT external_id FROM credential WHERE account_id = $1 AND kind = 'passkey'", account_id
            )
        allowed = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row["external_id"])) for row in rows]
    options = webauthn.generate_authentication_options(
        rp_id=rp_id or settings().domain,
        timeout=LASTS_SECONDS * 1000,
        allow_credentials=allowed,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    await _keep(options.challenge, "authenticate")
    return options_to_json(options)


async def authenticate(credential: str, rp_id: str = "", origin: str = "", account_id: int | None = None) -> Proven:
    """Whose passkey answered; with `account_id` it must be that account's. Raises `BadSignIn`.

    A passkey is two factors by itself: something one has, and a finger, face or PIN.
    """
    try:
        sent = _read(credential)
        challenge = await _spend(sent, "authenticate")
        return await _proven(sent, challenge, rp_id, origin, account_id)
    except _BAD_INPUT as error:
        raise BadSignIn("The passkey was not accepted. Please try again, or use your password.") from error


async def listing(account_id: int) -> list[Passkey]:
    """The account's passkeys, the oldest first."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT id, name, created_at, used_at FROM credential
               WHERE account_id = $1 AND kind = 'passkey' ORDER BY id""",
            account_id,
        )
    return [
        Passkey(
            id=row["id"],
            name=row["name"],
            created_at=row["created_at"].isoformat(),
            used_at=row["used_at"].isoformat() if row["used_at"] else "",
        )
        for row in rows
    ]


async def remove(account_id: int, passkey_id: int) -> None:
    """Forget a passkey of this account; raises `NotFound`."""
    async with control() as connection:
        gone = await connection.fetchval(
            "DELETE FROM credential WHERE id = $1 AND account_id = $2 AND kind = 'passkey' RETURNING 1",
            passkey_id,
            account_id,
        )
    if not gone:
        raise NotFound("There is no such passkey.")


async def _proven(sent: dict[str, Any], challenge: bytes, rp_id: str, origin: str, account_id: int | None) -> Proven:
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            """SELECT c.id, c.account_id, c.public_key, c.sign_count, a.sub FROM credential c
               JOIN account a ON a.id = c.account_id
               WHERE c.external_id = $1 AND c.kind = 'passkey' AND a.state <> 'closed'
                 AND a.email_verified_at IS NOT NULL FOR UPDATE OF c""",
            str(sent["id"])[:2000].replace("\0", ""),
        )
        if row is None or (account_id is not None and row["account_id"] != account_id):
            raise ValueError("unknown passkey")
        handle = sent["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != row["sub"].encode():
            raise ValueError("another person's handle")
        done = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=rp_id or settings().domain,
            expected_origin=origin or settings().origin,
            credential_public_key=row["public_key"],
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
        await connection.execute(
            "UPDATE credential SET sign_count = $2, used_at = $3 WHERE id = $1",
            row["id"],
            done.new_sign_count,
            clock.now(),
        )
    return Proven(account_id=row["account_id"], amr=("pop", "mfa"))


def _read(credential: str) -> dict[str, Any]:
    if len(credential) > _LONGEST:
        raise ValueError("too long for a passkey's answer")
    sent = json.loads(credential)
    if not isinstance(sent, dict) or not isinstance(sent.get("response"), dict):
        raise TypeError("no credential")
    return sent


def _place(challenge: bytes) -> str:
    return f"identity:challenge:{secret.hashed(bytes_to_base64url(challenge))}"


async def _keep(challenge: bytes, purpose: str) -> None:
    try:
        await signals.speaker().set(_place(challenge), purpose, ex=LASTS_SECONDS)
    except (redis.exceptions.RedisError, OSError) as error:
        raise Unavailable("Signing in is not possible for a moment. Please try again soon.") from error


async def _spend(sent: dict[str, Any], purpose: str) -> bytes:
    """The challenge that was answered; raises `ValueError` unless we gave it out for this, and not yet spent it."""
    challenge = parse_client_data_json(base64url_to_bytes(sent["response"]["clientDataJSON"])).challenge
    try:
        kept = await signals.speaker().getdel(_place(challenge))
    except (redis.exceptions.RedisError, OSError) as error:
        raise Unavailable("Signing in is not possible for a moment. Please try again soon.") from error
    if kept != purpose.encode():
        raise ValueError("no such challenge")
    return challenge
