"""Signing in and out on a village's host: off to the issuer, back with a session; and what to do when it went wrong.

On the platform's host our own issuer has its own pages; behind a foreign one it is a relying party as the villages are.
"""

import logging
import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from app.identity import sessions
from app.identity.party import flow, issuers, pending
from app.identity.party.errors import IssuerBroken, SignInRefused
from app.identity.party.issuers import Issuer
from app.identity.provider import logout
from app.identity.provider.metadata import issuer as our_issuer
from app.identity.sessions import current_session
from app.settings import settings
from app.web.access import PUBLIC
from app.web.respond import page
from app.web.site import current_site

log = logging.getLogger(__name__)

STAFF: Final = "staff"
_PATH: Final = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")
"""Visible ASCII without backslashes: what every browser reads as a path of the same host."""
_OURS: Final = re.compile(r"/sign-(?:in|out)(?:[/?#]|$)")

Asking = Request[Any, Any, Any]


def safe_next(raw: str) -> str:
    """`raw` when it is a path of this host, the start page otherwise; never back to a sign-in."""
    path = quote(raw, safe="/:?#[]@!$&'()*+,;=%-._~\\")
    return path if _PATH.fullmatch(path) and not _OURS.match(path) else "/"


@get("/sign-in", access=PUBLIC, include_in_schema=False)
async def sign_in(request: Asking) -> Response[Any]:
    """Off to the issuer. `next` is where to go afterwards, `with=staff` the town's own issuer, `prompt=login` anew."""
    goes_to = safe_next(request.query_params.get("next", "/"))
    try:
        wanted = request.query_params.get("with", "")
        staff = await _staff() if wanted != "account" else None
        if staff is not None and wanted != STAFF:
            return _no_store(page("sign-in.html", title=staff.title, next=goes_to))
        issuer = staff or issuers.deployment(current_site().slug)
        return await _off(request, issuer, goes_to)
    except SignInRefused as refused:
        return _refused(refused, goes_to)


@get("/sign-in/start", access=PUBLIC, include_in_schema=False)
async def platform_sign_in(request: Asking) -> Response[Any]:
    """The platform's own pages behind a foreign issuer; behind ours they have a form of their own."""
    goes_to = safe_next(request.query_params.get("next", "/"))
    issuer = issuers.deployment("")
    if issuer.own:
        return _go(f"/identity/sign-in?next={quote(goes_to, safe='/')}")
    try:
        return await _off(request, issuer, goes_to)
    except SignInRefused as refused:
        return _refused(refused, goes_to)


async def _off(request: Asking, issuer: Issuer, goes_to: str) -> Response[Any]:
    host = _host(request)
    session = current_session()
    begun = pending.begin(
        issuer.url, host, goes_to, link_to=session.account_id if session is not None and not issuer.trusted else 0
    )
    address = await flow.begin(issuer, begun, request.query_params.get("prompt", ""))
    kept = [begun, *pending.read(request.cookies.get(pending.COOKIE, ""), host)]
    return _go(address, [_cookie(pending.COOKIE, pending.sealed(kept), int(pending.LASTS.total_seconds()))])


@get(flow.CALLBACK, access=PUBLIC, include_in_schema=False)
async def callback(request: Asking) -> Response[Any]:
    """Back from the issuer."""
    host = _host(request)
    kept = pending.read(request.cookies.get(pending.COOKIE, ""), host)
    asked = {name: request.query_params.get(name, "") for name in ("code", "state", "error")}
    if "iss" in request.query_params:
        asked["iss"] = request.query_params["iss"]
    goes_to = "/"
    try:
        begun = flow.pick(kept, asked)
        kept, goes_to = [one for one in kept if one is not begun], begun.goes_to
        arrived = await flow.finish(
            await _issuer_of(begun.issuer),
            begun,
            asked,
            kind="village" if current_site().slug else "issuer",
            device=sessions.device(request.headers.get("user-agent", "")),
            replaces=request.cookies.get(sessions.COOKIE, ""),
        )
    except SignInRefused as refused:
        if refused.reason in ("no-request", "state") and current_session() is not None:
            # Somebody went back in the browser after the sign-in: they are where they wanted to be.
            return _go("/")
        answer = _refused(refused, goes_to)
        answer.set_cookie(_under_way(kept))
        return answer
    lasts = int(sessions.ABSOLUTE.total_seconds())
    return _go(arrived.goes_to, [_cookie(sessions.COOKIE, arrived.cookie, lasts), _under_way(kept)])


@post("/sign-out", access=PUBLIC, include_in_schema=False, status_code=303)
async def sign_out() -> Response[Any]:
    """Signed out here, then at the issuer, and so in every village."""
    session = current_session()
    if session is None:
        return _go("/", [_cookie(sessions.COOKIE, "", 0)])
    gone = [_cookie(sessions.COOKIE, "", 0)]
    if session.kind == "issuer" and not session.issuer:
        await logout.end(session.sid, session.sub)
        return _go("/", gone)
    await sessions.end(session)
    try:
        issuer = await _issuer_of(session.issuer or our_issuer())
        address = await flow.sign_out_address(issuer, session)
    except SignInRefused as refused:
        log.warning("sign-out at the issuer is not possible: %s", refused.reason)
        address = ""
    if not session.issuer:
        return _go(address or "/", gone)
    # A form may not lead to a foreign host; a page may.
    answer = _no_store(page("signed-out.html", address=address))
    for one in gone:
        answer.set_cookie(one)
    return answer


@post("/sign-in/backchannel", access=PUBLIC, include_in_schema=False, status_code=200)
async def backchannel(request: Asking) -> Response[Any]:
    """An issuer tells that somebody signed out there (OpenID Connect Back-Channel Logout 1.0)."""
    form = await request.form()
    token = form.get("logout_token", "")
    candidates = [issuers.deployment(current_site().slug)]
    try:
        staff = await _staff()
        candidates += [staff] if staff is not None else []
        await flow.told_to_sign_out(candidates, token if isinstance(token, str) else "")
    except SignInRefused as refused:
        log.info("a logout token was refused: %s", refused.reason)
        body = b'{"error": "invalid_request"}'
        return _no_store(Response(body, status_code=400, media_type="application/json"))
    return _no_store(Response(b"", status_code=200))


@get("/account", access=PUBLIC, include_in_schema=False)
async def account() -> Response[Any]:
    """The account lies on the platform's host, one for all villages."""
    return _go(f"{settings().origin}/identity/account")


async def _staff() -> Issuer | None:
    return await issuers.of_staff() if current_site().slug else None


async def _issuer_of(url: str) -> Issuer:
    """The one that a sign-in began with; raises `SignInRefused` when the village does not trust it any more."""
    everyone = issuers.deployment(current_site().slug)
    if everyone.url == url:
        return everyone
    staff = await _staff()
    if staff is None or staff.url != url:
        raise IssuerBroken("metadata")
    return staff


def _refused(refused: SignInRefused, goes_to: str) -> Response[Any]:
    """The page that helps."""
    log.info("a sign-in was refused: %s", refused.reason)
    text = refused.detail
    return _no_store(
        page("sign-in-failed.html", status=refused.status, detail=text, reason=refused.reason, next=goes_to)
    )


def _host(request: Asking) -> str:
    return request.headers.get("host", "").partition(":")[0].rstrip(".").lower()


def _under_way(kept: list[pending.Pending]) -> Cookie:
    return _cookie(pending.COOKIE, pending.sealed(kept), int(pending.LASTS.total_seconds()) if kept else 0)


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    return Cookie(key=name, value=value, path="/", max_age=seconds, secure=True, httponly=True, samesite="lax")


def _go(address: str, cookies: Sequence[Cookie] = ()) -> Response[Any]:
    headers = {"location": address, "cache-control": "no-store"}
    return Response(None, status_code=303, headers=headers, cookies=list(cookies))


def _no_store(answer: Response[Any]) -> Response[Any]:
    answer.headers["cache-control"] = "no-store"
    return answer


SIGNIN_ROUTES: Sequence[ControllerRouterHandler] = (sign_in, callback, sign_out, backchannel, account)
"""For a village's host."""
PLATFORM_SIGNIN_ROUTES: Sequence[ControllerRouterHandler] = (platform_sign_in, callback, sign_out)
"""For the platform's."""
