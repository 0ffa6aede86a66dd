"""Reads tokens that issuers signed: first the signature, then every claim that says for whom, from whom and when.

OpenID Connect Core 1.0, section 3.1.3.7, and Back-Channel Logout 1.0, section 2.6.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection
from typing import Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, deserialize_compact

from app.identity.party.errors import SignInRefused
from app.identity.party.keys import KeyRing
from app.kit import clock

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures that only the issuer can make: neither `none` nor a secret that both sides know."""
SKEW_SECONDS: Final = 60
LONGEST: Final = 20_000
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"

Claims = dict[str, Any]


async def signed(
    token: str, ring: KeyRing, *, algorithms: Collection[str] = ALGORITHMS, kinds: Collection[str]
) -> Claims:
    """The claims of a token whose signature holds; raises `SignInRefused`.

    `kinds` are the allowed values of the header's `typ`, lower-case: one sort of token is not taken for another.
    """
    header = header_of(token)
    alg, kid, kind = header.get("alg"), header.get("kid", ""), header.get("typ", "")
    if not isinstance(alg, str) or alg not in ALGORITHMS or alg not in algorithms:
        raise SignInRefused("alg")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in kinds:
        raise SignInRefused("kind")
    candidates = await ring.candidates(kid if isinstance(kid, str) else "", alg)
    if not candidates:
        raise SignInRefused("key")
    for key in candidates:
        try:
            payload = deserialize_compact(
                token, key, registry=JWSRegistry(algorithms=[alg], strict_check_header=False)
            ).payload
            return msgspec.json.decode(payload or b"", type=dict[str, Any])
        except (JoseError, ValueError, TypeError):
            continue
    raise SignInRefused("signature")


def header_of(token: str) -> Claims:
    """The unverified header of a JWS in compact form."""
    return _part(token, 0)


def issuer_of(token: str) -> str:
    """The unverified `iss`, only to choose whose keys are asked."""
    told = _part(token, 1).get("iss")
    return told if isinstance(told, str) else ""


def _part(token: str, place: int) -> Claims:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > LONGEST:
        raise SignInRefused("token")
    try:
        raw = base64.urlsafe_b64decode(parts[place].encode("ascii") + b"==")
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (binascii.Error, ValueError) as error:
        raise SignInRefused("token") from error


def check_addressed(claims: Claims, *, issuer: str, audience: str) -> None:
    """From whom, for whom: `iss`, `aud`, `azp`."""
    if claims.get("iss") != issuer:
        raise SignInRefused("iss")
    told = claims.get("aud")
    audiences = told if isinstance(told, list) else [told]
    if audience not in audiences:
        raise SignInRefused("aud")
    azp = claims.get("azp")
    if (azp is not None or len(audiences) > 1) and azp != audience:
        raise SignInRefused("azp")


def check_times(claims: Claims) -> None:
    """Not expired, not from the future, within `SKEW_SECONDS`: `exp`, `nbf`, `iat`."""
    now = clock.now().timestamp()
    if now >= _time(claims, "exp") + SKEW_SECONDS:
        raise SignInRefused("expired")
    if now < _time(claims, "iat") - SKEW_SECONDS or ("nbf" in claims and now < _time(claims, "nbf") - SKEW_SECONDS):
        raise SignInRefused("too-early")


def _time(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise SignInRefused("token")
    return value


def check_id_token(claims: Claims, *, issuer: str, client_id: str, nonce: str) -> None:
    """Everything an ID token must say; raises `SignInRefused`."""
    check_addressed(claims, issuer=issuer, audience=client_id)
    check_times(claims)
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise SignInRefused("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isascii():
        raise SignInRefused("sub")


def check_access_hash(claims: Claims, alg: str, access_token: str) -> None:
    """`at_hash`, where it is told, binds the access token to the ID token."""
    told = claims.get("at_hash")
    if told is None or not access_token or alg in ("EdDSA", "Ed25519"):
        return
    digest = hashlib.new(f"sha{alg[2:]}", access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), half.encode()):
        raise SignInRefused("hash")


def check_logout_token(claims: Claims, *, issuer: str, client_id: str) -> None:
    """Everything a logout token must say; raises `SignInRefused`."""
    check_addressed(claims, issuer=issuer, audience=client_id)
    check_times(claims)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in claims:
        raise SignInRefused("kind")
    if not any(isinstance(claims.get(name), str) and claims[name] for name in ("sid", "sub")):
        raise SignInRefused("sub")
