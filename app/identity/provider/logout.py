"""Signing out everywhere: RP-initiated logout at our door, and back-channel logout told to those who took part.

Villages of this deployment end at once, their sessions lie in the same database. Applications elsewhere get a signed
logout token by HTTP, sent by a worker after the commit and repeated while they are away.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Any, Final

import dramatiq
import msgspec
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped, unused-ignore]
from joserfc import jwt
from joserfc.jwk import KeySet

from app.identity import secret, sessions
from app.identity.provider import clients, keys, ledger
from app.identity.provider.clients import Client
from app.identity.provider.metadata import ALGORITHM, issuer
from app.identity.sessions import Session
from app.kit import clock
from app.kit.http import FetchError, Http
from app.kit.queue import broker
from app.tenancy import control, control_transaction

log = logging.getLogger(__name__)

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_LASTS: Final = timedelta(minutes=2)


class StillThere(RuntimeError):
    """An application did not hear that somebody signed out; the worker tries again."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A request to end a session, read and checked."""

    client: Client | None
    """The application that it comes from, when it proved that."""
    sid: str
    """The sign-in to end; empty when there is none."""
    sub: str
    location: str
    """Where the person goes afterwards; empty for our own page."""
    sure: bool
    """Whether it may be done without asking the person."""


async def read(data: dict[str, str], session: Session | None) -> Wish:
    """What a request to the end-session endpoint asks for (OpenID Connect RP-Initiated Logout 1.0).

    A request without a valid `id_token_hint` might come from anywhere: the person is asked, and goes nowhere else.
    """
    claims = await _hint(data.get("id_token_hint", ""))
    client_id = claims.get("aud", "") if claims else ""
    client = await clients.by_id(client_id) if client_id else None
    if client is None or not claims or data.get("client_id", client_id) != client_id:
        return Wish(
            client=None,
            sid=session.sid if session else "",
            sub=session.sub if session else "",
            location="",
            sure=session is None,
        )
    wanted, location = data.get("post_logout_redirect_uri", ""), ""
    if wanted in client.post_logout_uris:
        location = add_params_to_uri(wanted, {"state": data["state"]}) if "state" in data else wanted
    # The browser may be somebody else's by now: what it holds is ended only after asking.
    sure = session is None or session.sub == claims["sub"]
    return Wish(
        client=client,
        sid=(session.sid if session else "") or claims.get("sid", ""),
        sub=claims["sub"],
        location=location,
        sure=sure,
    )


async def end(sid: str, sub: str) -> None:
    """End a sign-in: its sessions here and in every village, its tokens, and tell the applications."""
    async with control_transaction(), control() as connection:
        await sessions.end_sid(sid)
        await ledger.revoke_sign_in(connection, sid)
        told = await clients.to_tell(sid)
    for client in told:
        try:
            await asyncio.to_thread(tell.send, client.client_id, sub, sid)
        except Exception:
            # The person is signed out; an application that hears of it late must not turn that into an error.
            log.exception("%s could not be told of a sign-out", client.client_id)


async def end_account(account_id: int, sub: str, but: str = "") -> None:
    """End every sign-in of an account except the one named `but`: after a new password, or when it closes."""
    async with control() as connection:
        rows = await connection.fetch("SELECT DISTINCT sid FROM oidc_code WHERE account_id = $1", account_id)
        await ledger.revoke_account(connection, account_id)
    open_ones = {one.sid for one in await sessions.listing(account_id)} | {row["sid"] for row in rows}
    for sid in open_ones - {but}:
        await end(sid, sub)


async def logout_token(client_id: str, sub: str, sid: str) -> str:
    """What an application is told (OpenID Connect Back-Channel Logout 1.0, section 2.4)."""
    now = clock.now()
    claims: dict[str, Any] = {
        "iss": issuer(),
        "aud": client_id,
        "sub": sub,
        "sid": sid,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LASTS).timestamp()),
        "jti": secret.token(),
        "events": {EVENT: {}},
    }
    return jwt.encode({"alg": ALGORITHM, "typ": "logout+jwt"}, claims, KeySet([await keys.signing()]))


async def deliver(http: Http, client_id: str, sub: str, sid: str) -> None:
    """Tell one application; raises `StillThere` when it could not be told."""
    client = await clients.by_id(client_id)
    if client is None or not client.backchannel_logout_uri:
        return
    token = await logout_token(client_id, sub, sid)
    try:
        answer = await http.post(client.backchannel_logout_uri, {"logout_token": token})
    except FetchError as error:
        raise StillThere(client_id) from error
    if answer.status not in (200, 204):
        raise StillThere(client_id)


@dramatiq.actor(
    actor_name="identity.tell_of_sign_out", queue_name="default", broker=broker, max_retries=8, min_backoff=10_000
)
async def tell(client_id: str, sub: str, sid: str) -> None:
    """Tell one application of a sign-out; repeated for some hours."""
    async with Http() as http:
        await deliver(http, client_id, sub, sid)


async def _hint(token: str) -> dict[str, Any] | None:
    """The claims of an ID token of ours, also one that has ended."""
    found = await keys.read(token, ended_too=True) if token else None
    if found is None or found[0].get("typ") != "JWT" or found[1].get("iss") != issuer():
        return None
    claims = found[1]
    return claims if isinstance(claims.get("aud"), str) and isinstance(claims.get("sub"), str) else None
