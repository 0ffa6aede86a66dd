"""A sign-in from its beginning in a browser to the session at its end, and what ends it again."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from app.identity import sessions
from app.identity.party import claims as rules
from app.identity.party import exchange, pending, people, provider
from app.identity.party.errors import SignInRefused
from app.identity.party.issuers import Issuer
from app.identity.party.pending import Pending
from app.identity.sessions import Kind, Session
from app.kit import i18n
from app.settings import settings

CALLBACK: Final = "/sign-in/callback"
SCOPE: Final = "openid profile email"
PROMPTS: Final = ("none", "login")
LOGOUT_KINDS: Final = ("", "jwt", "logout+jwt")
_ERRORS: Final = {
    "access_denied": "cancelled",
    "login_required": "cancelled",
    "interaction_required": "cancelled",
    "consent_required": "cancelled",
    "account_selection_required": "cancelled",
    "server_error": "unreachable",
    "temporarily_unavailable": "unreachable",
}


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is signed in."""

    cookie: str
    """Value of the session's cookie."""
    goes_to: str


async def begin(issuer: Issuer, pending_: Pending, prompt: str = "") -> str:
    """The address at the issuer where the browser goes now; raises `SignInRefused`."""
    found = await provider.of(issuer)
    asked = {
        "response_type": "code",
        "client_id": issuer.client_id,
        "redirect_uri": settings().origin_of(pending_.host) + CALLBACK,
        "scope": SCOPE,
        "state": pending_.state,
        "nonce": pending_.nonce,
        "code_challenge": pending_.challenge,
        "code_challenge_method": "S256",
        "ui_locales": i18n.language(),
    }
    if prompt in PROMPTS:
        asked["prompt"] = prompt
    return with_query(found.authorize, asked)


def pick(kept: Sequence[Pending], asked: Mapping[str, str]) -> Pending:
    """The sign-in that an answer belongs to; raises `SignInRefused`."""
    if not kept:
        raise SignInRefused("no-request")
    found = pending.taken(list(kept), asked.get("state", ""))
    if found is None:
        raise SignInRefused("state")
    return found


async def finish(
    issuer: Issuer, begun: Pending, asked: Mapping[str, str], *, kind: Kind, device: str, replaces: str
) -> Arrived:
    """Take the issuer's answer; a new session, or `SignInRefused`."""
    if begun.issuer != issuer.url:
        raise SignInRefused("iss")
    found = await provider.of(issuer)
    # RFC 9207: an answer that another issuer sent to our address (mix-up) carries another name, or none.
    if asked.get("iss", "" if found.tells_issuer else issuer.url) != issuer.url:
        raise SignInRefused("iss")
    if asked.get("error"):
        raise_error(asked["error"])
    if not asked.get("code"):
        raise SignInRefused("code")
    redirect_uri = settings().origin_of(begun.host) + CALLBACK
    signed_in = await exchange.redeem(found, begun, asked["code"], redirect_uri)
    told = signed_in.claims
    account_id = await people.account_of(issuer, told, begun.link_to)
    value = await sessions.start(
        account_id=account_id,
        kind=kind,
        host=begun.host,
        sid=told["sid"] if isinstance(told.get("sid"), str) else "",
        amr=[one for one in _list(told.get("amr")) if isinstance(one, str)][:10],
        device=device,
        id_token=signed_in.id_token,
        issuer=issuer.session_issuer,
        signed_in_at=_time(told.get("auth_time")),
        replaces=replaces,
    )
    return Arrived(cookie=value, goes_to=begun.goes_to)


def raise_error(error: str) -> None:
    """What the issuer told instead of a code (OpenID Connect Core 3.1.2.6)."""
    reason = _ERRORS.get(error, "refused")
    raise SignInRefused(reason)


async def sign_out_address(issuer: Issuer, session: Session) -> str:
    """Where the browser ends the sign-in itself (RP-Initiated Logout 1.0); empty where the issuer has no such place."""
    found = await provider.of(issuer)
    if not found.end_session:
        return ""
    asked = {
        "client_id": issuer.client_id,
        "post_logout_redirect_uri": settings().origin_of(session.host) + "/",
        "ui_locales": i18n.language(),
    }
    if session.id_token:
        asked["id_token_hint"] = session.id_token
    return with_query(found.end_session, asked)


async def told_to_sign_out(candidates: Sequence[Issuer], logout_token: str) -> int:
    """Back-Channel Logout 1.0: end the sessions a logout token names; how many. Raises `SignInRefused`."""
    said = rules.issuer_of(logout_token)
    issuer = next((one for one in candidates if one.url == said), None)
    if issuer is None:
        raise SignInRefused("iss")
    found = await provider.of(issuer)
    told = await rules.signed(logout_token, found.ring, algorithms=found.algorithms, kinds=LOGOUT_KINDS)
    rules.check_logout_token(told, issuer=issuer.url, client_id=issuer.client_id)
    sid = told.get("sid")
    if isinstance(sid, str) and sid:
        return await sessions.end_sid(sid, issuer.session_issuer)
    try:
        account_id = await people.account_of(issuer, told)
    except SignInRefused:
        return 0
    return await sessions.end_of_issuer(account_id, issuer.session_issuer)


def with_query(address: str, asked: Mapping[str, str]) -> str:
    """The address with more parameters."""
    return address + ("&" if "?" in address else "?") + urlencode(asked)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _time(value: object) -> datetime | None:
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and 0 < value < 1e11 else None
