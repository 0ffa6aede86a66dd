"""A new account, the confirmation of an address, a forgotten password. No answer tells whether an address is known."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import Parameter, QueryParameter
from litestar.types import ControllerRouterHandler

from app.identity import accounts, passwords
from app.identity.address import LONGEST_NAME, BadAddress, spelt
from app.identity.provider import logout
from app.identity.sessions import current_session
from app.kit.errors import InvalidInput, TooMany, VillageError
from app.kit.i18n import gettext_ as _
from app.kit.i18n import locale
from app.web.access import PUBLIC
from app.web.account import way
from app.web.account.forms import Asking, Form, go, host_cookie, said, show, submitted
from app.web.account.signing_in import Next, waiting

PRIVACY_VERSION = "2026-11-22"
"""Of the text under `/identity/privacy`; it is kept with every consent."""
NEXT_COOKIE = "__Host-next"
NEXT_LASTS_SECONDS = 86_400

Token = Annotated[str, Parameter(max_length=200)]
Purpose = Annotated[str, QueryParameter(name="for", max_length=20)]


def password_errors(password: str, again: str, email: str) -> dict[str, str]:
    """What is wrong with a new password that was typed twice."""
    weak = passwords.weakness(password, email)
    if weak:
        return {"password": _(weak)}
    return {} if password == again else {"again": _("The two passwords are not the same.")}


def address_errors(email: str) -> dict[str, str]:
    """What is wrong with an e-mail address."""
    try:
        spelt(email)
    except BadAddress as error:
        return field_errors(error, "email")
    return {}


def field_errors(error: InvalidInput, field: str) -> dict[str, str]:
    """The refusal of the accounts beside the fields of a form; without a field it stands at `field`."""
    return {name: _(text) for name, text in error.fields.items()} or {field: said(error)}


# --- a new account


@get("/identity/register", access=PUBLIC, include_in_schema=False)
async def register_form(request: Asking, next_path: Next = "") -> Response[Any]:
    """Ask for what a new account needs, and no more."""
    goes_to = way.safe(next_path)
    return await _registering(request, goes_to, {"email": way.login_hint(goes_to)})


async def _registering(
    request: Asking, goes_to: str, values: Mapping[str, str], errors: Mapping[str, str] | None = None, wait: str = ""
) -> Response[Any]:
    status = 429 if wait else 422 if errors else 200
    shown = {"name": "", "email": "", "consent": ""} | dict(values)
    village = await way.place_name(goes_to)
    return show(
        request,
        "register",
        status=status,
        goes_to=goes_to,
        village=village,
        values=shown,
        errors=errors or {},
        wait=wait,
    )


@post("/identity/register", access=PUBLIC, include_in_schema=False)
async def register(request: Asking) -> Response[Any]:
    """Make the account, or tell the owner of the address that it has one; the answer is the same."""
    form = await submitted(request)
    values = {"name": form.text("name", LONGEST_NAME), "email": form.text("email"), "consent": form.text("consent", 3)}
    errors = _registration_errors(form, values)
    if errors:
        return await _registering(request, form.goes_to, values, errors)
    try:
        await accounts.register(values["email"], values["name"], form.secret("password"), locale(), PRIVACY_VERSION)
    except TooMany as error:
        return await _registering(request, form.goes_to, values, wait=waiting(error))
    except InvalidInput as error:
        return await _registering(request, form.goes_to, values, field_errors(error, "email"))
    kept = host_cookie(NEXT_COOKIE, form.goes_to.encode().hex(), NEXT_LASTS_SECONDS)
    return go("/identity/mail-sent?for=register", [kept])


def _registration_errors(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if not values["name"]:
        errors["name"] = _("Enter your name.")
    errors |= address_errors(values["email"])
    errors |= password_errors(form.secret("password"), form.secret("again"), values["email"])
    if not form.ticked("consent"):
        errors["consent"] = _("Without your consent we may not make an account.")
    return errors


@get("/identity/mail-sent", access=PUBLIC, include_in_schema=False)
async def mail_sent(request: Asking, purpose: Purpose = "") -> Response[Any]:
    """Where to look now."""
    return show(request, "mail-sent", purpose=purpose if purpose in {"register", "reset"} else "reset")


# --- confirming an address: the link shows a button, because mail scanners open links


@get("/identity/confirm", access=PUBLIC, include_in_schema=False)
async def confirm_form(request: Asking, token: Token = "") -> Response[Any]:
    """The button behind the link of the first mail."""
    return show(request, "confirm", token=token, action="/identity/confirm", changes=False)


@post("/identity/confirm", access=PUBLIC, include_in_schema=False)
async def confirm(request: Asking) -> Response[Any]:
    """The address is confirmed; sign in, and go on where the registration began."""
    form = await submitted(request)
    try:
        await accounts.confirm(form.text("token"))
    except VillageError as error:
        return _gone(request, error, "confirm")
    goes_to = _remembered(request)
    return go(way.with_next("/identity/sign-in?done=confirmed", goes_to), [host_cookie(NEXT_COOKIE, "", 0)])


@get("/identity/confirm-email", access=PUBLIC, include_in_schema=False)
async def confirm_email_form(request: Asking, token: Token = "") -> Response[Any]:
    """The button behind the link that a new address gets."""
    return show(request, "confirm", token=token, action="/identity/confirm-email", changes=True)


@post("/identity/confirm-email", access=PUBLIC, include_in_schema=False)
async def confirm_email(request: Asking) -> Response[Any]:
    """The account has its new address."""
    form = await submitted(request)
    try:
        await accounts.confirm_email_change(form.text("token"))
    except VillageError as error:
        return _gone(request, error, "email")
    return go(f"{way.HOME}?done=email-changed")


def _gone(request: Asking, error: VillageError, what: str) -> Response[Any]:
    """The link was used before, is too old, or is none."""
    return show(request, "link-gone", status=error.status, what=what, signed_in=current_session() is not None)


def _remembered(request: Asking) -> str:
    try:
        return way.safe(bytes.fromhex(request.cookies.get(NEXT_COOKIE, "")).decode("ascii"))
    except ValueError:
        return way.HOME


# --- a forgotten password


@get("/identity/forgot", access=PUBLIC, include_in_schema=False)
async def forgot_form(request: Asking, next_path: Next = "") -> Response[Any]:
    """Ask for the address."""
    goes_to = way.safe(next_path)
    return show(request, "forgot", goes_to=goes_to, email=way.login_hint(goes_to), errors={}, wait="")


@post("/identity/forgot", access=PUBLIC, include_in_schema=False)
async def forgot(request: Asking) -> Response[Any]:
    """Send a link, if there is an account; the answer is the same."""
    form = await submitted(request)
    email = form.text("email")
    errors, wait = address_errors(email), ""
    if not errors:
        try:
            await accounts.request_reset(email)
            kept = host_cookie(NEXT_COOKIE, form.goes_to.encode().hex(), NEXT_LASTS_SECONDS)
            return go("/identity/mail-sent?for=reset", [kept])
        except TooMany as error:
            wait = waiting(error)
    status = 429 if wait else 422
    return show(request, "forgot", status=status, goes_to=form.goes_to, email=email, errors=errors, wait=wait)


@get("/identity/reset", access=PUBLIC, include_in_schema=False)
async def reset_form(request: Asking, token: Token = "") -> Response[Any]:
    """Ask for the new password."""
    return show(request, "reset", token=token, errors={})


@post("/identity/reset", access=PUBLIC, include_in_schema=False)
async def reset(request: Asking) -> Response[Any]:
    """Set the new password; every session of the account has ended."""
    form = await submitted(request)
    token, password = form.text("token"), form.secret("password")
    errors = password_errors(password, form.secret("again"), "")
    if not errors:
        try:
            account = await accounts.reset(token, password)
        except InvalidInput as error:
            if "password" not in error.fields:
                return _gone(request, error, "reset")
            errors = field_errors(error, "password")
        except VillageError as error:
            return _gone(request, error, "reset")
        else:
            await logout.end_account(account.id, account.sub)
            goes_to = _remembered(request)
            return go(way.with_next("/identity/sign-in?done=new-password", goes_to), [host_cookie(NEXT_COOKIE, "", 0)])
    return show(request, "reset", status=422, token=token, errors=errors)


@get("/identity/privacy", access=PUBLIC, include_in_schema=False)
async def privacy(request: Asking) -> Response[Any]:
    """What the account keeps about a person, why and how long."""
    return show(request, "privacy", version=date.fromisoformat(PRIVACY_VERSION))


JOINING: Sequence[ControllerRouterHandler] = (
    register_form,
    register,
    mail_sent,
    confirm_form,
    confirm,
    confirm_email_form,
    confirm_email,
    forgot_form,
    forgot,
    reset_form,
    reset,
    privacy,
)
