"""What a push carries is readable for the browser only: RFC 8291 on top of RFC 8188 (`aes128gcm`)."""

import base64
import binascii
import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.kit.errors import InvalidInput

RECORD_BYTES: Final = 4096
LONGEST_BYTES: Final = 3_900
"""Of the text: with head, padding mark and tag it stays below the 4096 that every push service takes."""
_AUTH_BYTES: Final = 16


class NotKeys(InvalidInput):
    """These are not the keys of a push subscription."""


def b64(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of `b64`; raises `ValueError`."""
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error


def point(key: EllipticCurvePublicKey) -> bytes:
    """A public key as its 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def keys_of(p256dh: str, auth: str) -> tuple[EllipticCurvePublicKey, bytes]:
    """The browser's public key and its secret; raises `NotKeys`."""
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), unb64(p256dh))
        secret = unb64(auth)
    except ValueError as error:
        raise NotKeys("This device can't be registered: its keys are not valid.") from error
    if len(secret) != _AUTH_BYTES:
        raise NotKeys("This device can't be registered: its keys are not valid.")
    return key, secret


def encrypted(
    text: bytes, p256dh: str, auth: str, *, own: EllipticCurvePrivateKey | None = None, salt: bytes = b""
) -> bytes:
    """The body of a push; raises `NotKeys`. `own` and `salt` are random for each message, given only by tests."""
    key, secret = keys_of(p256dh, auth)
    own = own or generate_private_key(SECP256R1())
    salt = salt or os.urandom(16)
    ours, theirs = point(own.public_key()), point(key)
    shared = _derived(own.exchange(ECDH(), key), secret, b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes((len(ours),)) + ours
    # The mark of the last record; after it there may be zeros, which we leave out.
    return head + AESGCM(content_key).encrypt(nonce, text + b"\x02", None)


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(material)
