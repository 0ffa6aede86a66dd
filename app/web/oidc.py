"""The doors of the OpenID provider, on the platform's host."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from app.identity import sessions
from app.identity.provider import codes, keys, logout, metadata, tokens
from app.identity.provider.desk import Answer, Pairs
from app.identity.sessions import Session, current_session
from app.kit.errors import InvalidInput, NotFound, NotSignedIn
from app.web.access import PUBLIC
from app.web.account import forms
from app.web.respond import JSON

Asking = Request[Any, Any, Any]

MOST_FIELDS: Final = 50
FORM_BYTES: Final = 64_000
PUBLIC_SECONDS: Final = 300
"""How long others may keep the discovery document and the keys; a new key is published a day before it signs."""
_FORM: Final = "application/x-www-form-urlencoded"
_CONSENT: Final = "/identity/consent"
_END: Final = "/identity/end-session"


@get(
    [
        "/identity/.well-known/openid-configuration",
        "/.well-known/openid-configuration/identity",
        "/.well-known/oauth-authorization-server/identity",
    ],
    access=PUBLIC,
    include_in_schema=False,
)
async def discovery() -> Response[bytes]:
    """The discovery document; RFC 8414 puts the issuer's path at the end of the address."""
    return _document(metadata.discovery())


@get("/identity/jwks", access=PUBLIC, include_in_schema=False)
async def jwks() -> Response[bytes]:
    """The public keys."""
    return _document(await keys.jwks())


@get("/identity/authorize", access=PUBLIC, include_in_schema=False)
async def authorize(request: Asking) -> Response[Any]:
    """Begin a sign-in for a client."""
    pairs = _pairs(request.url.query)
    return await _next(request, await codes.authorize(pairs, current_session()))


@post("/identity/authorize", access=PUBLIC, include_in_schema=False)
async def authorize_by_form(request: Asking) -> Response[Any]:
    """The same with the parameters in a form (OpenID Connect Core 3.1.2.1): asked for again by GET.

    A form of another site comes without our cookie; the GET that follows brings it.
    """
    await _form(request)
    body = (await request.body()).decode("ascii", "replace")
    return forms.go(f"{codes.AUTHORIZE}?{quote(body, safe='%&=+')}")


@post("/identity/consent", access=PUBLIC, include_in_schema=False)
async def consent(request: Asking) -> Response[Any]:
    """What the person said on the consent page."""
    form = await forms.submitted(request)
    session = current_session()
    if session is None:
        raise NotSignedIn("Please sign in.")
    address = urlsplit(form.goes_to)
    if address.path != codes.AUTHORIZE:
        raise NotFound
    step = await codes.authorize(_pairs(address.query), session, agreed=form.text("answer") == "yes")
    return await _next(request, step)


@post("/identity/token", access=PUBLIC, include_in_schema=False)
async def token(request: Asking) -> Response[bytes]:
    """Codes, refresh tokens and client credentials become tokens."""
    return _answer(await tokens.exchange(await _form(request), _authorization(request)))


@get("/identity/userinfo", access=PUBLIC, include_in_schema=False)
async def userinfo(request: Asking) -> Response[bytes]:
    """Whom an access token speaks of."""
    return _answer(await tokens.userinfo(_authorization(request)))


@post("/identity/userinfo", access=PUBLIC, include_in_schema=False)
async def userinfo_by_post(request: Asking) -> Response[bytes]:
    """As above; the token still stands in the header."""
    return _answer(await tokens.userinfo(_authorization(request)))


@post("/identity/revoke", access=PUBLIC, include_in_schema=False)
async def revoke(request: Asking) -> Response[bytes]:
    """Take a token back."""
    return _answer(await tokens.revoke(await _form(request), _authorization(request)))


@post("/identity/introspect", access=PUBLIC, include_in_schema=False)
async def introspect(request: Asking) -> Response[bytes]:
    """Whether a token holds."""
    return _answer(await tokens.introspect(await _form(request), _authorization(request)))


@get("/identity/end-session", access=PUBLIC, include_in_schema=False)
async def end_session(request: Asking) -> Response[Any]:
    """Sign out everywhere, asked for by a client or by the person."""
    return await _end_session(request, _pairs(request.url.query), confirmed=False)


@post("/identity/end-session", access=PUBLIC, include_in_schema=False)
async def end_session_by_form(request: Asking) -> Response[Any]:
    """The same by form, or the person's yes to our question."""
    pairs = await _form(request)
    fields = dict(pairs)
    confirmed = fields.get("answer") == "yes"
    if confirmed:
        forms.prove(request, fields.get("_csrf", ""))
    return await _end_session(request, pairs, confirmed=confirmed)


OIDC_ROUTES: Sequence[ControllerRouterHandler] = (
    discovery,
    jwks,
    authorize,
    authorize_by_form,
    consent,
    token,
    userinfo,
    userinfo_by_post,
    revoke,
    introspect,
    end_session,
    end_session_by_form,
)


async def _next(request: Asking, step: codes.Step) -> Response[Any]:
    if isinstance(step, codes.GoTo):
        return forms.go(step.location)
    if isinstance(step, codes.SignInFirst):
        again = "again=yes&" if step.again else ""
        return forms.go(f"/identity/sign-in?{again}next={quote(step.goes_to, safe='/')}")
    session = current_session()
    return forms.show(
        request,
        "consent",
        goes_to=step.goes_to,
        client=step.client.name,
        email=session.email if session else "",
        scopes=step.scopes,
        action=_CONSENT,
    )


async def _end_session(request: Asking, pairs: Pairs, *, confirmed: bool) -> Response[Any]:
    session = current_session()
    fields = {name: value for name, value in pairs if value and value.isprintable()}
    wish = await logout.read(fields, session)
    if not wish.sure and not confirmed:
        return _ask(request, fields, wish, session)
    if wish.sid:
        await logout.end(wish.sid, wish.sub)
    gone = [forms.host_cookie(sessions.COOKIE, "", 0)]
    if wish.location:
        return forms.go(wish.location, gone)
    sessions.set_session(None)
    return forms.private(forms.show(request, "signed-out"), gone)


def _ask(request: Asking, fields: dict[str, str], wish: logout.Wish, session: Session | None) -> Response[Any]:
    """A request without proof might be a trick: the person decides."""
    repeated = {name: fields[name] for name in ("id_token_hint", "post_logout_redirect_uri", "state") if name in fields}
    response = forms.show(request, "sign-out", action=_END, repeated=repeated, email=session.email if session else "")
    if wish.location:
        there = urlsplit(wish.location)
        policy = response.headers["content-security-policy"]
        response.headers["content-security-policy"] = policy.replace(
            "form-action 'self'", f"form-action 'self' {there.scheme}://{there.netloc}"
        )
    return response


def _pairs(query: str) -> Pairs:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InvalidInput("The address can't be read.") from error


async def _form(request: Asking) -> Pairs:
    """The fields of a form; one that can't be read is empty, and Authlib says what is missing."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind != _FORM or len(body) > FORM_BYTES:
        return []
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return []


def _authorization(request: Asking) -> str:
    return request.headers.get("authorization", "")


def _answer(answer: Answer) -> Response[bytes]:
    """An answer to a program, kept by nobody."""
    body = answer.body if isinstance(answer.body, dict) else dict(answer.body or [])
    headers = {name.lower(): value for name, value in answer.headers}
    headers.pop("content-type", None)
    return Response(
        msgspec.json.encode(body),
        status_code=answer.status,
        media_type=JSON,
        headers={"cache-control": "no-store", **headers},
    )


def _document(content: dict[str, Any]) -> Response[bytes]:
    """A document for everybody, also for pages of other sites."""
    headers = {"cache-control": f"public, max-age={PUBLIC_SECONDS}", "access-control-allow-origin": "*"}
    return Response(msgspec.json.encode(content), media_type=JSON, headers=headers)
