"""A code becomes an ID token, and that becomes what we know about somebody."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from app.identity.party import claims as rules
from app.identity.party import outgoing
from app.identity.party.claims import Claims
from app.identity.party.errors import IssuerBroken, SignInRefused
from app.identity.party.pending import Pending
from app.identity.party.provider import Provider
from app.identity.provider import tokens

ID_TOKEN_KINDS = ("", "jwt")


class _Granted(msgspec.Struct, frozen=True):
    """The token endpoint's answer (OpenID Connect Core 3.1.3.3)."""

    id_token: str
    access_token: str = ""
    token_type: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who the issuer says it is."""

    claims: Claims
    id_token: str


async def redeem(provider: Provider, pending: Pending, code: str, redirect_uri: str) -> SignedIn:
    """Exchange the code and believe nothing unchecked; raises `SignInRefused`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": pending.verifier,
    }
    granted = await (_at_ours(provider, form) if provider.issuer.own else _at_theirs(provider, form))
    claims = await rules.signed(granted.id_token, provider.ring, algorithms=provider.algorithms, kinds=ID_TOKEN_KINDS)
    issuer = provider.issuer
    rules.check_id_token(claims, issuer=issuer.url, client_id=issuer.client_id, nonce=pending.nonce)
    rules.check_access_hash(claims, rules.header_of(granted.id_token)["alg"], granted.access_token)
    if not issuer.own and not claims.get("email") and provider.userinfo and granted.access_token:
        claims |= await _told(provider, granted.access_token, claims["sub"])
    return SignedIn(claims=claims, id_token=granted.id_token)


async def _at_ours(provider: Provider, form: Mapping[str, str]) -> _Granted:
    answer = await tokens.exchange([*form.items(), ("client_id", provider.issuer.client_id)])
    if answer.status != 200:
        told = answer.body.get("error") if isinstance(answer.body, dict) else ""
        raise SignInRefused("code") if told == "invalid_grant" else IssuerBroken("refused")
    return msgspec.convert(answer.body, _Granted)


async def _at_theirs(provider: Provider, form: Mapping[str, str]) -> _Granted:
    issuer, methods = provider.issuer, provider.auth_methods
    sent, authorization = {**form, "client_id": issuer.client_id}, ""
    if issuer.client_secret and "client_secret_basic" not in methods and "client_secret_post" in methods:
        sent["client_secret"] = issuer.client_secret
    elif issuer.client_secret:
        pair = f"{quote(issuer.client_id, safe='')}:{quote(issuer.client_secret, safe='')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    answer = await outgoing.post(issuer, provider.token, sent, authorization)
    told = _object(answer.body)
    if answer.status != 200:
        error = told.get("error")
        if error == "invalid_grant":
            raise SignInRefused("code")
        raise IssuerBroken("client" if error in ("invalid_client", "unauthorized_client") else "refused")
    try:
        granted = msgspec.convert(told, _Granted)
    except msgspec.ValidationError as error:
        raise IssuerBroken("answer") from error
    if granted.token_type and granted.token_type.lower() != "bearer":
        raise IssuerBroken("answer")
    return granted


async def _told(provider: Provider, access_token: str, subject: str) -> Claims:
    """Name and e-mail from the userinfo endpoint; only of the same subject (OpenID Connect Core 5.3.2)."""
    answer = await outgoing.post(provider.issuer, provider.userinfo, {}, f"Bearer {access_token}")
    told = _object(answer.body) if answer.status == 200 else {}
    if told and told.get("sub") != subject:
        raise SignInRefused("sub")
    return {name: told[name] for name in ("name", "email", "email_verified", "locale") if name in told}


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IssuerBroken("answer") from error
