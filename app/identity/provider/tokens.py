"""The token endpoint and those around it: exchange, refresh, userinfo, revocation, introspection; and verifying."""

import base64
import binascii
import logging
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped, unused-ignore]
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
)

from app.identity import secret
from app.identity.provider import clients, keys, ledger
from app.identity.provider.desk import Answer, Asked, Desk, Pairs
from app.identity.provider.known import Known
from app.identity.provider.metadata import audience_of, issuer
from app.kit import clock
from app.kit.errors import NotSignedIn
from app.tenancy import control, control_transaction

log = logging.getLogger(__name__)

JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache"))
LONGEST_VALUE: Final = 4_000
SKEW_SECONDS: Final = 60
_ASCII_ONLY: Final = frozenset(
    "client_id response_type response_mode redirect_uri scope grant_type prompt code code_challenge"
    " code_challenge_method code_verifier refresh_token token token_type_hint max_age post_logout_redirect_uri".split()
)
"""Authlib repeats some of these in its errors, which take few characters (RFC 6749, section 5.2)."""


class BadToken(NotSignedIn):
    """The access token is not ours, not for this place, or over."""

    code = "bad-token"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says."""

    sub: str
    """The person's subject, or the client's id when it acts on its own behalf."""
    client_id: str
    scopes: frozenset[str]
    sid: str
    """The sign-in it comes from; empty for a client on its own behalf."""
    amr: tuple[str, ...]
    jti: str

    @property
    def personal(self) -> bool:
        """Whether it speaks of a person."""
        return self.sub != self.client_id


async def verify(token: str, tenant: str = "") -> Claims:
    """What a valid access token for this village (without one: for the issuer) says; raises `BadToken`.

    No question to the database: a token that was taken back is valid until it ends, ten minutes at most.
    """
    found = await keys.read(token)
    if found is None:
        raise BadToken("The access token is not valid.")
    header, claims = found
    audiences = claims.get("aud")
    now = clock.now().timestamp()
    right = (
        header.get("typ") == "at+jwt"
        and claims.get("iss") == issuer()
        and isinstance(audiences, list)
        and audience_of(tenant) in audiences
        and isinstance(claims.get("exp"), int)
        and claims["exp"] > now
        and claims.get("iat", 0) <= now + SKEW_SECONDS
    )
    if not right:
        raise BadToken("The access token is not valid.")
    return Claims(
        sub=claims["sub"],
        client_id=claims["client_id"],
        scopes=frozenset(claims.get("scope", "").split()),
        sid=claims.get("sid", ""),
        amr=tuple(claims.get("amr", ())),
        jti=claims["jti"],
    )


async def exchange(pairs: Pairs, authorization: str = "") -> Answer:
    """The token endpoint: `pairs` is the form, `authorization` that header."""
    try:
        form, headers = sound(pairs), _basic(authorization, pairs)
    except OAuth2Error as error:
        return refusal(error)
    known = Known(key=await keys.signing(), client=await _client(form, headers))
    async with control_transaction(), control() as connection:
        if code := form.get("code"):
            await ledger.read_code(connection, code, known)
        elif refresh := form.get("refresh_token"):
            await ledger.read_token(connection, secret.hashed(refresh), known)
        answer: Answer = Desk(known).create_token_response(Asked("POST", list(form.items()), headers))
        await ledger.write(connection, known)
    if known.stolen_family and known.client:
        log.warning("%s showed a code or refresh token a second time: its tokens are revoked", known.client.client_id)
    return answer


async def revoke(pairs: Pairs, authorization: str = "") -> Answer:
    """The revocation endpoint (RFC 7009)."""
    return await _about_a_token("revocation", pairs, authorization)


async def introspect(pairs: Pairs, authorization: str = "") -> Answer:
    """The introspection endpoint (RFC 7662)."""
    return await _about_a_token("introspection", pairs, authorization)


async def userinfo(authorization: str) -> Answer:
    """The userinfo endpoint: what the scopes of this access token let its client know."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return _challenge(401, "")
    try:
        claims = await verify(token.strip())
    except BadToken:
        return _challenge(401, "invalid_token")
    if "openid" not in claims.scopes:
        return _challenge(403, "insufficient_scope")
    known = Known()
    async with control_transaction(), control() as connection:
        await ledger.read_token(connection, secret.hashed(claims.jti), known)
    if known.token is None or known.token.is_revoked() or known.holder is None:
        return _challenge(401, "invalid_token")
    return Answer(200, known.holder.claims(known.token.scope), JSON)


def sound(pairs: Pairs) -> dict[str, str]:
    """The parameters, each at most once and without control characters; raises Authlib's `InvalidRequestError`.

    What has no value counts as left out (RFC 6749, section 3.1).
    """
    given = [(name, value) for name, value in pairs if value]
    fields = dict(given)
    if len(fields) != len(given):
        raise InvalidRequestError("A parameter stands there more than once.")
    for name, value in given:
        if len(value) > LONGEST_VALUE or not (value.isprintable() and name.isprintable()):
            raise InvalidRequestError("A parameter is too long or holds control characters.")
        if name in _ASCII_ONLY and not (value.isascii() and '"' not in value and "\\" not in value):
            raise InvalidRequestError("A parameter holds characters that it can not have.")
    return fields


def refusal(error: Exception) -> Answer:
    """One of Authlib's errors as an answer to a program."""
    return Answer(*error())  # type: ignore[operator] # Authlib's errors are called to become an answer


async def _about_a_token(door: str, pairs: Pairs, authorization: str) -> Answer:
    try:
        form, headers = sound(pairs), _basic(authorization, pairs)
    except OAuth2Error as error:
        return refusal(error)
    known = Known(client=await _client(form, headers))
    token = form.get("token", "")
    found = await keys.read(token) if token.count(".") == 2 else None
    name = found[1].get("jti", "") if found and found[0].get("typ") == "at+jwt" else token
    async with control_transaction(), control() as connection:
        if name:
            await ledger.read_token(connection, secret.hashed(name), known)
        answer: Answer = Desk(known).create_endpoint_response(door, Asked("POST", list(form.items()), headers))
        if known.token_revoked and known.token:
            await ledger.revoke(connection, known.token)
    return answer


async def _client(form: dict[str, str], headers: dict[str, str]) -> clients.Client | None:
    """The client that says it asks; whether it is true is Authlib's to find out."""
    named = _user_of(headers["Authorization"])[0] if headers else form.get("client_id", "")
    return await clients.by_id(named) if named else None


def _basic(authorization: str, pairs: Pairs) -> dict[str, str]:
    """The header for Authlib; raises its `InvalidClientError` for one that can't be read, before Authlib stumbles."""
    if not authorization:
        return {}
    try:
        user, password = _user_of(authorization)
    except (ValueError, binascii.Error) as error:
        raise InvalidClientError("The header can not be read.", status_code=401) from error
    if not user.isprintable() or not password.isprintable():
        raise InvalidClientError("The header can not be read.", status_code=401)
    if any(name == "client_secret" for name, _value in pairs):
        raise InvalidRequestError("More than one way to authenticate.")
    return {"Authorization": authorization}


def _user_of(authorization: str) -> tuple[str, str]:
    kind, _, packed = authorization.partition(" ")
    if kind.lower() != "basic":
        raise ValueError(kind)
    user, colon, password = base64.b64decode(packed.strip(), validate=True).decode("utf-8").partition(":")
    if not colon:
        raise ValueError("no password")
    return unquote_plus(user), unquote_plus(password)


def _challenge(status: int, error: str) -> Answer:
    """RFC 6750, section 3."""
    said = f'Bearer realm="{issuer()}"' + (f', error="{error}"' if error else "")
    body: dict[str, Any] = {"error": error} if error else {}
    return Answer(status, body, [*JSON, ("WWW-Authenticate", said)])


def names(scopes: Sequence[str]) -> str:
    """Scopes as one text, in a fixed order: what a consent was given to."""
    return " ".join(sorted(set(scopes)))
