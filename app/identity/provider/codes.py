"""The authorization endpoint: whether a client gets a code, what must happen before, and the code's exchange."""

import hmac
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error  # type: ignore[import-untyped, unused-ignore]
from authlib.oauth2.rfc9101.errors import (  # type: ignore[import-untyped, unused-ignore]
    RequestNotSupportedError,
    RequestUriNotSupportedError,
)
from authlib.oidc.core.errors import ConsentRequiredError  # type: ignore[import-untyped, unused-ignore]

from app.identity import secret
from app.identity.provider import clients, ledger, tokens
from app.identity.provider.clients import Client
from app.identity.provider.desk import Answer, Asked, Desk, Pairs
from app.identity.provider.known import Known, SignIn
from app.identity.provider.metadata import issuer
from app.identity.sessions import Session
from app.kit import clock
from app.kit.errors import InvalidInput, VillageError
from app.tenancy import control, control_transaction

AUTHORIZE: Final = "/identity/authorize"
ACCOUNT: Final = "/identity/account"
PROOF: Final = "proof"
"""Our own parameter on the way to the sign-in page and back: since when the person must have signed in."""
LONGEST_QUERY: Final = 3_000
_PURPOSE: Final = "oidc sign in again"
_AGAIN: Final = frozenset({"login", "select_account"})


class NotAnswerable(InvalidInput):
    """The request names no application, or no address of it, that we could send the person back to."""

    code = "not-answerable"


class RedeemRefused(VillageError):
    """The code was not exchanged; `error` is RFC 6749's word for why."""

    status = 422
    code = "code-refused"

    def __init__(self, error: str) -> None:
        super().__init__("The sign-in could not be completed.", error=error)
        self.error = error


class GoTo(msgspec.Struct, frozen=True):
    """Send the browser there: back to the client, with a code or an error."""

    location: str


class SignInFirst(msgspec.Struct, frozen=True):
    """Let the person sign in, then come back."""

    goes_to: str
    """Path and query of the request as it is to be made again."""
    again: bool
    """Although they are signed in."""


class AskFirst(msgspec.Struct, frozen=True):
    """Ask the person whether the client may know what it wants to."""

    client: Client
    scopes: tuple[str, ...]
    goes_to: str


class Redeemed(msgspec.Struct, frozen=True):
    """What a code was worth."""

    access_token: str
    scope: str
    expires_in: int
    """Seconds."""
    id_token: str = ""
    refresh_token: str = ""


Step = GoTo | SignInFirst | AskFirst


async def authorize(pairs: Pairs, session: Session | None, *, agreed: bool | None = None) -> Step:
    """What comes next for an authorization request of the person with this session at the issuer.

    `agreed` is what the person has just said on the consent page. Raises `NotAnswerable`.
    """
    try:
        data = tokens.sound(pairs)
    except OAuth2Error as error:
        raise NotAnswerable(_UNREADABLE) from error
    proof = data.pop(PROOF, "")
    asked = Asked("GET", list(data.items()))
    query = urlencode(asked.payload.data)
    if len(query) > LONGEST_QUERY:
        raise NotAnswerable(_UNREADABLE)
    client = await clients.by_id(data.get("client_id", ""))
    if client is None or not client.check_redirect_uri(data.get("redirect_uri", "")):
        # Never a redirect to an address that nobody registered: the person stays here and is told.
        raise NotAnswerable("The application that sent you here is not registered with us, or not with this address.")
    known = Known(client=client)
    desk = Desk(known)
    again = session is not None and _must_prove_again(data, session) and not _proved(proof, query, session)
    if session is not None and not again:
        known.holder = await ledger.holder_of(session.account_id)
        known.sign_in = SignIn(sid=session.sid, amr=session.amr, at=session.signed_in_at)
    try:
        _refuse_what_we_do_not_offer(data)
        grant = desk.get_consent_grant(asked, known.holder)
        if session is None or known.holder is None:
            return SignInFirst(f"{AUTHORIZE}?{query}{_new_proof(query) if again or _asks(data) else ''}", again)
        if not known.holder.usable and "none" not in data.get("prompt", "").split():
            # An account in its grace period: there the person reads why, and may change their mind.
            return GoTo(ACCOUNT)
        if agreed is None and await _must_ask(client, session.account_id, data, asked.scope):
            return AskFirst(client, tuple(asked.scope.split()), f"{AUTHORIZE}?{urlencode({**data, **_kept(proof)})}")
    except OAuth2Error as error:
        error.redirect_uri, error.state = data["redirect_uri"], data.get("state")
        return GoTo(add_params_to_uri(tokens.refusal(error).location, {"iss": issuer()}))
    granted = known.holder if agreed is not False and known.holder.usable else None
    answer: Answer = desk.create_authorization_response(asked, grant_user=granted, grant=grant)
    if known.new_code:
        async with control_transaction(), control() as connection:
            if agreed:
                await _remember_consent(client, session.account_id, asked.scope)
            await ledger.add_code(
                connection,
                known,
                redirect_uri=data["redirect_uri"],
                nonce=data.get("nonce", ""),
                challenge=data["code_challenge"],
            )
    return GoTo(answer.location)


async def redeem(
    *, client_id: str, code: str, redirect_uri: str, code_verifier: str, client_secret: str = ""
) -> Redeemed:
    """Exchange a code inside this process, by the same rules as over HTTP; raises `RedeemRefused`.

    Not in a control transaction of yours: a code shown twice revokes its tokens, also when you roll back.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "client_secret": client_secret,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    answer = await tokens.exchange(list(form.items()))
    body = dict(answer.body)
    if answer.status != 200:
        raise RedeemRefused(str(body.get("error", "")))
    return msgspec.convert(body, Redeemed)


_UNREADABLE: Final = "The application that sent you here asked in a way that we can't read."


def _refuse_what_we_do_not_offer(data: dict[str, Any]) -> None:
    if "request" in data:
        raise RequestNotSupportedError
    if "request_uri" in data:
        raise RequestUriNotSupportedError
    if data.get("response_mode", "query") != "query":
        raise InvalidRequestError("The 'response_mode' must be query")
    if not data.get("max_age", "0").isdecimal():
        raise InvalidRequestError("The 'max_age' must be a number of seconds")


def _asks(data: dict[str, str]) -> bool:
    """Whether the client wants to see the person sign in anew."""
    return bool(_AGAIN & set(data.get("prompt", "").split())) or "max_age" in data


def _must_prove_again(data: dict[str, str], session: Session) -> bool:
    if _AGAIN & set(data.get("prompt", "").split()):
        return True
    oldest = data.get("max_age", "")
    return oldest[:9].isdecimal() and clock.now() - session.signed_in_at > timedelta(seconds=int(oldest[:9]))


def _new_proof(query: str) -> str:
    text = f"{clock.now().timestamp()} {secret.hashed(query)}"
    return "&" + urlencode({PROOF: secret.seal(_PURPOSE, text)})


def _proved(proof: str, query: str, session: Session) -> bool:
    """Whether the person signed in after this very request had sent them to."""
    try:
        since, _, asked = secret.unseal(_PURPOSE, proof).partition(" ")
    except secret.NotSealedHere:
        return False
    return hmac.compare_digest(asked, secret.hashed(query)) and session.signed_in_at.timestamp() >= float(since)


def _kept(proof: str) -> dict[str, str]:
    return {PROOF: proof} if proof else {}


async def _must_ask(client: Client, account_id: int, data: dict[str, str], scope: str) -> bool:
    """Whether the person is to be asked; raises Authlib's `ConsentRequiredError` where nobody may be."""
    if client.first_party:
        return False
    prompts = data.get("prompt", "").split()
    if "consent" not in prompts and await _has_agreed(client, account_id, scope):
        return False
    if "none" in prompts:
        raise ConsentRequiredError
    return True


async def _has_agreed(client: Client, account_id: int, scope: str) -> bool:
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT version FROM consent WHERE account_id = $1 AND document = $2 AND withdrawn_at IS NULL",
            account_id,
            f"client:{client.client_id}",
        )
    given = {one for row in rows for one in row["version"].split()}
    return set(scope.split()) <= given


async def _remember_consent(client: Client, account_id: int, scope: str) -> None:
    async with control() as connection:
        await connection.execute(
            "INSERT INTO consent (account_id, document, version, given_at) VALUES ($1, $2, $3, $4)",
            account_id,
            f"client:{client.client_id}",
            tokens.names(scope.split()),
            clock.now(),
        )
