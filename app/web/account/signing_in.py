"""Signing in with a password, the second factor, signing out."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import Parameter, QueryParameter
from litestar.types import ControllerRouterHandler

from app.identity import sessions, signin, totp
from app.identity.person import current_person
from app.identity.provider import logout
from app.identity.sessions import current_session
from app.identity.signin import BadSignIn
from app.kit.errors import TooMany
from app.kit.i18n import gettext_ as _
from app.kit.i18n import ngettext_
from app.settings import settings
from app.web.access import PUBLIC
from app.web.account import notices, way
from app.web.account.arrival import SECOND_COOKIE, address_of, arrive, half_way, let_in
from app.web.account.forms import Asking, go, host_cookie, said, show, submitted

Next = Annotated[str, QueryParameter(name="next", max_length=8000)]
Word = Annotated[str, Parameter(max_length=40)]


def waiting(error: TooMany) -> str:
    """How long to wait, in words."""
    seconds = max(error.retry_after, 1)
    if seconds < 120:
        return ngettext_("Please wait %(num)s second.", "Please wait %(num)s seconds.", seconds) % {"num": seconds}
    minutes = -(-seconds // 60)
    return ngettext_("Please wait %(num)s minute.", "Please wait %(num)s minutes.", minutes) % {"num": minutes}


async def _form(request: Asking, goes_to: str, *, status: int = 200, **more: Any) -> Response[str]:
    given: dict[str, Any] = {"email": "", "errors": {}, "wait": "", "refused": "", "done": "", "again": False} | more
    village = await way.place_name(goes_to)
    return show(request, "sign-in", status=status, goes_to=goes_to, village=village, **given)


@get("/identity/sign-in", access=PUBLIC, include_in_schema=False)
async def sign_in_form(request: Asking, next_path: Next = "", done: Word = "", again: Word = "") -> Response[Any]:
    """Ask for e-mail and password; whoever is signed in and comes for the account goes straight there."""
    goes_to = way.safe(next_path)
    if settings().oidc_issuer:
        # The operator's own issuer asks: there are no passwords here.
        return go(f"/sign-in/start?next={quote(goes_to, safe='/')}")
    person = current_person()
    # An application that sends somebody here wants them to prove it again, even with a session.
    if person is not None and not again and not goes_to.startswith(way.AUTHORIZE):
        return go(goes_to)
    email = person.email if person else way.login_hint(goes_to)
    return await _form(request, goes_to, email=email, done=notices.text(done), again=person is not None)


@post("/identity/sign-in", access=PUBLIC, include_in_schema=False)
async def sign_in(request: Asking) -> Response[Any]:
    """Check e-mail and password. One answer for every wrong pair."""
    form = await submitted(request)
    email, password = form.text("email"), form.secret("password")
    errors = {}
    if not email:
        errors["email"] = _("Enter your e-mail address.")
    if not password:
        errors["password"] = _("Enter your password.")
    if errors:
        return await _form(request, form.goes_to, status=422, email=email, errors=errors)
    try:
        proven = await signin.by_password(email, password, address_of(request))
    except TooMany as error:
        answer = await _form(request, form.goes_to, status=429, email=email, wait=waiting(error))
        answer.headers["retry-after"] = str(error.retry_after)
        return answer
    except BadSignIn as error:
        return await _form(request, form.goes_to, status=422, email=email, refused=said(error))
    return await arrive(request, proven, form.goes_to)


@get("/identity/second-factor", access=PUBLIC, include_in_schema=False)
async def second_form(request: Asking, next_path: Next = "") -> Response[Any]:
    """Ask for the code of the authenticator app, or for a passkey."""
    goes_to = way.safe(next_path)
    half = half_way(request)
    if half is None:
        return go(way.with_next("/identity/sign-in", goes_to))
    return show(request, "second-factor", goes_to=goes_to, app=await totp.enrolled(half[0]), errors={}, wait="")


@post("/identity/second-factor", access=PUBLIC, include_in_schema=False)
async def second(request: Asking) -> Response[Any]:
    """Check the code."""
    form = await submitted(request)
    half = half_way(request)
    if half is None:
        return go(way.with_next("/identity/sign-in?done=too-late", form.goes_to))
    code = "".join(form.text("code", 20).split())
    errors, wait, status = {}, "", 422
    if not code:
        errors["code"] = _("Enter the six digits that the app shows.")
    else:
        try:
            proven = await signin.second_by_totp(half[0], code, address_of(request))
            return await let_in(request, half[0], (*half[1], *proven.amr), form.goes_to)
        except TooMany as error:
            wait, status = waiting(error), 429
        except BadSignIn as error:
            errors["code"] = said(error)
    return show(request, "second-factor", status=status, goes_to=form.goes_to, app=True, errors=errors, wait=wait)


@post("/identity/sign-out", access=PUBLIC, include_in_schema=False)
async def sign_out(request: Asking) -> Response[Any]:
    """Sign out here and in every village that this sign-in opened."""
    await submitted(request)
    session = current_session()
    if session is not None:
        await logout.end(session.sid, session.sub)
    return go(
        "/identity/sign-in?done=signed-out",
        [host_cookie(sessions.COOKIE, "", 0), host_cookie(SECOND_COOKIE, "", 0)],
    )


@get("/sign-in", access=PUBLIC, include_in_schema=False)
async def to_sign_in(next_path: Next = "") -> Response[Any]:
    """The address that every host has."""
    return go(way.with_next("/identity/sign-in", way.safe(next_path)))


@get("/account", access=PUBLIC, include_in_schema=False)
async def to_account() -> Response[Any]:
    """The address that every host has."""
    return go(way.HOME)


SIGNING_IN: Sequence[ControllerRouterHandler] = (
    sign_in_form,
    sign_in,
    second_form,
    second,
    sign_out,
    to_sign_in,
    to_account,
)
