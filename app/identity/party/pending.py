"""Sign-ins that have begun: kept sealed in the browser that began them, so that no other can end them."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Final

import msgspec

from app.identity import secret
from app.kit import clock
from app.kit.errors import VillageError

COOKIE: Final = "__Host-signin"
LASTS: Final = timedelta(minutes=10)
MOST: Final = 4
"""Tabs in which a sign-in may be under way at once."""
_PURPOSE: Final = "sign-in under way"
_LONGEST_NEXT: Final = 700
"""Four of them fit into a cookie."""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in under way."""

    state: str
    nonce: str
    verifier: str
    """PKCE (RFC 7636)."""
    issuer: str
    goes_to: str
    """Path on this host."""
    host: str
    until: int
    link_to: int = 0
    """The account that was signed in when a staff issuer was asked; 0 for none."""

    @property
    def challenge(self) -> str:
        """PKCE's `code_challenge` by S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def begin(issuer: str, host: str, goes_to: str, link_to: int = 0) -> Pending:
    """A new one, with values nobody can guess."""
    return Pending(
        state=secret.token(),
        nonce=secret.token(),
        verifier=secret.token(),
        issuer=issuer,
        goes_to=goes_to if len(goes_to) <= _LONGEST_NEXT else "/",
        host=host,
        until=int((clock.now() + LASTS).timestamp()),
        link_to=link_to,
    )


def read(cookie: str, host: str) -> list[Pending]:
    """What the browser keeps for this host, the newest first, without what is over."""
    if not cookie:
        return []
    try:
        kept = msgspec.json.decode(secret.unseal(_PURPOSE, cookie), type=list[Pending])
    except (VillageError, msgspec.DecodeError):
        return []
    now = clock.now().timestamp()
    return [one for one in kept if one.until > now and one.host == host]


def sealed(kept: list[Pending]) -> str:
    """The cookie's value."""
    return secret.seal(_PURPOSE, msgspec.json.encode(kept[:MOST]).decode()) if kept else ""


def taken(kept: list[Pending], state: str) -> Pending | None:
    """The one that an answer belongs to."""
    return next((one for one in kept if hmac.compare_digest(one.state.encode(), state.encode())), None)
