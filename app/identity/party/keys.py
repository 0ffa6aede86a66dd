"""Keys of issuers: fetched once, kept for an hour, and again when a token names one that is not known yet."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import Key

Fetch = Callable[[], Awaitable[Iterable[Mapping[str, Any]]]]
"""Asks for the public keys as JWKs (RFC 7517)."""

KEEP_SECONDS: Final = 3600
AGAIN_SECONDS: Final = 30
"""A key nobody knows makes us ask again, but not more often than this: tokens may be made up."""
MOST_KEYS: Final = 50
RSA_BITS: Final = 2048
"""A shorter key counts for nothing (RFC 7518, section 3.3)."""


class KeyRing:
    """The keys of one issuer."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._keys: list[Key] = []
        self._at = float("-inf")
        self._lock = asyncio.Lock()
        self.fetches = 0

    async def candidates(self, kid: str, alg: str) -> list[Key]:
        """Keys that may have signed under this name and algorithm; empty for an unknown one."""
        if time.monotonic() - self._at > KEEP_SECONDS:
            await self._ask(KEEP_SECONDS)
        found = self._fitting(kid, alg)
        if not found and time.monotonic() - self._at > AGAIN_SECONDS:
            await self._ask(AGAIN_SECONDS)
            found = self._fitting(kid, alg)
        return found

    async def _ask(self, older_than_seconds: float) -> None:
        async with self._lock:
            if time.monotonic() - self._at <= older_than_seconds:
                return  # somebody else has just asked
            try:
                told = await self._fetch()
            except Exception:
                if not self._keys:
                    raise
                # What was valid a moment ago is better than nothing; asked again in a while.
                self._at = time.monotonic() - KEEP_SECONDS + AGAIN_SECONDS
                return
            self.fetches += 1
            self._keys = list(_readable(told))
            self._at = time.monotonic()

    def _fitting(self, kid: str, alg: str) -> list[Key]:
        kinds = [key for key in self._keys if key.key_type == _kty(alg) and key.get("alg", alg) == alg]
        if kid:
            return [key for key in kinds if key.kid == kid]
        return kinds if len(kinds) == 1 else []


def _readable(told: Iterable[Any]) -> Iterable[Key]:
    """Public keys for signatures; a strange one loses only itself."""
    for number, one in enumerate(told):
        if number >= MOST_KEYS or not isinstance(one, Mapping) or one.get("use", "sig") != "sig":
            continue
        if one.get("kty") not in ("RSA", "EC", "OKP") or (one["kty"] == "RSA" and _bits(one.get("n")) < RSA_BITS):
            continue
        try:
            yield jwk.import_key(dict(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue


def _bits(modulus: Any) -> int:
    """Length of an RSA key."""
    try:
        return int.from_bytes(base64.urlsafe_b64decode(modulus + "==")).bit_length()
    except (ValueError, TypeError):
        return 0


def _kty(alg: str) -> str:
    """Key type that an algorithm goes with (RFC 7518, RFC 8037)."""
    return "RSA" if alg[:2] in ("RS", "PS") else "EC" if alg[:2] == "ES" else "OKP"
