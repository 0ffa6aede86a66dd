"""Tokens nobody guesses, and texts only this deployment can read.

Every key is derived from the deployment's secret (HKDF-SHA-256, RFC 5869) for one purpose, so that what was
sealed for one thing is noise for every other.
"""

import base64
import binascii
import hashlib
import os
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.kit.errors import VillageError
from app.settings import settings

_NONCE_BYTES = 12


class NotSealedHere(VillageError):
    """The text was sealed for another purpose, by another deployment, or was changed on the way."""

    status = 422
    code = "not-sealed-here"


def token() -> str:
    """256 random bits, safe in an address (43 characters)."""
    return secrets.token_urlsafe(32)


def hashed(given: str) -> str:
    """SHA-256 as hex: what of a token is kept. Enough without salt, because a token is random."""
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


def derived(purpose: str) -> bytes:
    """The key of 32 bytes for `purpose`; raises `ValueError` while the deployment has no secret."""
    secret = settings().secret_key
    if not secret:
        raise ValueError("VILLAGE_SECRET_KEY is empty: nothing can be derived from it.")
    return _derived(secret, purpose)


def seal(purpose: str, text: str) -> str:
    """Encrypt `text` (AES-256-GCM, nonce first), safe in an address or a cookie."""
    nonce = os.urandom(_NONCE_BYTES)
    return _encoded(nonce + AESGCM(derived(purpose)).encrypt(nonce, text.encode(), purpose.encode()))


def unseal(purpose: str, text: str) -> str:
    """What `seal` was given; raises `NotSealedHere` for anything else."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        return AESGCM(derived(purpose)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        if not settings().secret_key:
            raise
        raise NotSealedHere("This was not made here, or it was changed.") from error


@lru_cache(maxsize=64)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"village " + purpose.encode()).derive(secret.encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
