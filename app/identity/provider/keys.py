"""The provider's signing keys: made here, changed by themselves, known to the world by their public halves.

A key signs for 30 days. Its successor is published a day before it takes over, so that a client which keeps the list
of keys for a while knows it by then; the old one stays in the list until the last token it signed has ended.
"""

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from app.identity import secret
from app.identity.provider.metadata import ALGORITHM
from app.kit import clock
from app.tenancy import control, control_transaction

log = logging.getLogger(__name__)

SIGNS: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=1)
"""How long before it signs a key is published."""
VERIFIES_AFTER: Final = timedelta(days=1)
"""Longer than any token lives, with room for wrong clocks."""
REMEMBERED: Final = timedelta(days=100)
"""ID tokens that are shown at sign-out are as old as a session can be."""
BITS: Final = 2048
_PURPOSE: Final = "oidc key"
_LOCK: Final = 0x5356_0D1C
_KEPT_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 5.0
"""A token with a key nobody knows makes us look into the database, but not with every request."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key and when it does what."""

    kid: str
    rsa: RSAKey
    """With its private half, unless the deployment's secret has changed since."""
    created_at: datetime
    signs_until: datetime
    verifies_until: datetime


class _Kept:
    """The list as this process last read it."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.read_at = float("-inf")
        self.parsed: dict[str, RSAKey] = {}


_kept = _Kept()


async def signing() -> RSAKey:
    """The key that signs now; makes one, and its successor in time."""
    now = clock.now()
    keys = await _list()
    if not _signers(keys, now) or _newest_ends(keys) - now < AHEAD:
        await _grow()
        keys = await _list(0.0)
    return _signers(keys, now)[0].rsa


async def jwks() -> dict[str, Any]:
    """The public keys whose tokens are valid, as a JWK set (RFC 7517)."""
    await signing()
    now = clock.now()
    return {"keys": [one.rsa.as_dict(private=False) for one in await _list() if one.verifies_until > now]}


async def read(token: str, *, ended_too: bool = False) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims of a token that we signed; None for anything else. Times and audience are not looked at.

    With `ended_too` also keys count that are no longer published: for ID tokens shown at sign-out.
    """
    now = clock.now()
    if len(token) > 10_000 or not token.isascii() or token.count(".") != 2:
        return None
    for age in (_KEPT_SECONDS, _ASK_AGAIN_SECONDS):
        known = [one.rsa for one in await _list(age) if ended_too or one.verifies_until > now]
        if not known:
            continue
        try:
            found = jwt.decode(token, KeySet(list(known)), algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError):
            # Another key than those we know, perhaps a new one; or nothing of ours at all.
            continue
        return (found.header, found.claims) if "kid" in found.header else None
    return None


def _signers(keys: list[Key], now: datetime) -> list[Key]:
    return [one for one in keys if one.signs_until > now and one.rsa.is_private]


def _newest_ends(keys: list[Key]) -> datetime:
    return max((one.signs_until for one in keys if one.rsa.is_private), default=clock.now())


async def _list(at_most_old_seconds: float = _KEPT_SECONDS) -> list[Key]:
    """All keys, the oldest first."""
    if time.monotonic() - _kept.read_at < at_most_old_seconds:
        return _kept.keys
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT kid, private_jwk, public_jwk::text AS public_jwk, created_at, signs_until, verifies_until
               FROM oidc_key ORDER BY signs_until, kid"""
        )
    _kept.keys = [
        Key(
            kid=row["kid"],
            rsa=_parsed(row["kid"], row["private_jwk"], row["public_jwk"]),
            created_at=row["created_at"],
            signs_until=row["signs_until"],
            verifies_until=row["verifies_until"],
        )
        for row in rows
    ]
    _kept.read_at = time.monotonic()
    return _kept.keys


def _parsed(kid: str, private: str, public: str) -> RSAKey:
    if kid not in _kept.parsed:
        try:
            text = secret.unseal(_PURPOSE, private)
        except secret.NotSealedHere:
            log.warning("the key %s was sealed with another secret; it can verify but not sign", kid)
            text = public
        _kept.parsed[kid] = RSAKey.import_key(msgspec.json.decode(text))
    return _kept.parsed[kid]


async def _grow() -> None:
    """Make the next key, once for all processes."""
    made = await asyncio.to_thread(_made)
    now = clock.now()
    async with control_transaction(), control() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        keys = await _list(0.0)
        ends = _newest_ends(keys)
        if ends - now >= AHEAD:
            return
        signs_until = max(ends, now) + SIGNS
        await connection.execute(
            """INSERT INTO oidc_key (kid, private_jwk, public_jwk, created_at, signs_until, verifies_until)
               VALUES ($1, $2, $3::jsonb, $4, $5, $6)""",
            made.kid,
            secret.seal(_PURPOSE, msgspec.json.encode(made.as_dict(private=True)).decode()),
            msgspec.json.encode(made.as_dict(private=False)).decode(),
            now,
            signs_until,
            signs_until + VERIFIES_AFTER,
        )
        await connection.execute("DELETE FROM oidc_key WHERE verifies_until < $1", now - REMEMBERED)


def _made() -> RSAKey:
    return RSAKey.generate_key(BITS, {"use": "sig", "alg": ALGORITHM}, private=True, auto_kid=True)
