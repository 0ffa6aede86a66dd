"""Who sends a push: the deployment's key pair (VAPID, RFC 8292), made once and kept for ever.

Browsers bind a subscription to the public key. When the deployment's secret was changed, the old private key can't be
read any more: a new pair is made, and devices that are older than it are of no use.
"""

import time
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from app.identity import secret
from app.kit import clock
from app.notify.encryption import b64, point
from app.settings import settings
from app.tenancy import control

_PURPOSE: Final = "vapid key"
_LASTS_SECONDS: Final = 12 * 3600
"""Of a signature; push services take at most 24 hours."""
_KEPT_SECONDS: Final = 300.0
_MOST_KEPT: Final = 256


class Vapid(msgspec.Struct, frozen=True):
    """The key pair."""

    public: str
    """As browsers want it: base64 of the point."""
    private: str
    """PEM (PKCS 8)."""
    created_at: datetime

    def authorization(self, endpoint: str) -> str:
        """The header field for a push service."""
        parts = urlsplit(endpoint)
        hours = int(clock.now().timestamp()) // 3600
        return f"vapid t={_signed(self.private, f'{parts.scheme}://{parts.netloc}', hours)}, k={self.public}"


class _Kept:
    """The pair as this process last read it."""

    def __init__(self) -> None:
        self.pair: Vapid | None = None
        self.read_at = float("-inf")


_kept = _Kept()


async def vapid() -> Vapid:
    """The deployment's key pair; made when there is none that can be read."""
    if _kept.pair is None or time.monotonic() - _kept.read_at > _KEPT_SECONDS:
        _kept.pair = await _read() or await _make()
        _kept.read_at = time.monotonic()
    return _kept.pair


async def _read() -> Vapid | None:
    async with control() as connection:
        row = await connection.fetchrow("SELECT public_key, private_key, created_at FROM vapid_key WHERE id = 1")
    if row is None:
        return None
    try:
        return Vapid(row["public_key"], secret.unseal(_PURPOSE, row["private_key"]), row["created_at"])
    except secret.NotSealedHere:
        async with control() as connection:
            await connection.execute(
                "DELETE FROM vapid_key WHERE id = 1 AND private_key = $1",
                row["private_key"],
            )
        return None


async def _make() -> Vapid:
    made = generate_private_key(SECP256R1())
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    async with control() as connection:
        await connection.execute(
            "INSERT INTO vapid_key (public_key, private_key, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            b64(point(made.public_key())),
            secret.seal(_PURPOSE, private),
            clock.now(),
        )
    # Of two processes that made one, the first one's stays.
    kept = await _read()
    if kept is None:
        raise RuntimeError("the key for push messages can't be kept")
    return kept


@lru_cache(maxsize=_MOST_KEPT)
def _signed(private: str, audience: str, hours: int) -> str:
    """The signature for one push service; the same for an hour, since signing costs more than sending."""
    origin = settings().origin
    contact = origin if origin.startswith("https://") else f"mailto:postmaster@{settings().domain}"
    claims = {"aud": audience, "exp": hours * 3600 + _LASTS_SECONDS, "sub": contact}
    return jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(private), algorithms=["ES256"])
