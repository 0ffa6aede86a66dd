"""Passkeys and the authenticator app: set up, used and removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import segno
from litestar import Response, get, post
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from app.identity import passkeys, totp
from app.identity.address import LONGEST_NAME
from app.identity.secret import NotSealedHere
from app.identity.totp import Offer, WrongCode
from app.kit.errors import InvalidInput, TooMany
from app.web.access import PUBLIC, SIGNED_IN
from app.web.account import notices, way
from app.web.account.arrival import begin, half_way, is_fresh, prove_again, session_here, stronger
from app.web.account.forms import Asking, go, private, prove, said, show, submitted
from app.web.account.profile import account_here
from app.web.account.signing_in import Word, waiting

PASSKEYS = "/identity/account/passkeys"
APP = "/identity/account/app"
_SCALE = 4


class _Answer(msgspec.Struct):
    """What the script sends: the browser's answer untouched, and what belongs to the page."""

    credential: msgspec.Raw
    name: str = ""
    goes_to: str = msgspec.field(default="", name="next")


async def _answered(request: Asking) -> _Answer:
    """What the script sent; raises `StaleForm`, `InvalidInput`."""
    prove(request, request.headers.get("x-csrf-token", ""))
    try:
        return msgspec.json.decode(await request.body(), type=_Answer)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput("The answer of the passkey can't be read.") from error


def _json(value: str | bytes) -> Response[Any]:
    return private(Response(value, media_type="application/json", status_code=200))


def _onward(response: Response[Any]) -> Response[Any]:
    """A redirect as the script needs it: it goes there itself, with the cookies set."""
    answer = _json(msgspec.json.encode({"location": response.headers["location"]}))
    answer.cookies = response.cookies
    return answer


# --- signing in with a passkey, alone or as the second factor


@post("/identity/passkey/options", access=PUBLIC, include_in_schema=False)
async def options(request: Asking) -> Response[Any]:
    """A challenge for any passkey, or for those of the account that owes its second factor."""
    prove(request, request.headers.get("x-csrf-token", ""))
    half = half_way(request)
    return _json(await passkeys.authentication_options(account_id=half[0] if half else None))


@post("/identity/passkey", access=PUBLIC, include_in_schema=False)
async def sign_in_by_passkey(request: Asking) -> Response[Any]:
    """Check the passkey and begin a session."""
    answer = await _answered(request)
    half = half_way(request)
    proven = await passkeys.authenticate(bytes(answer.credential).decode(), account_id=half[0] if half else None)
    amr = (*(half[1] if half else ()), *proven.amr)
    return _onward(go(way.safe(answer.goes_to), await begin(request, proven.account_id, amr)))


# --- the account's own passkeys


@get(PASSKEYS, access=SIGNED_IN, include_in_schema=False)
async def passkeys_page(request: Asking, done: Word = "") -> Response[Any]:
    """Which there are; a new one can be set up by somebody who signed in just now."""
    session = session_here()
    if not is_fresh(session):
        return prove_again(PASSKEYS)
    held = [
        (one, datetime.fromisoformat(one.created_at), datetime.fromisoformat(one.used_at) if one.used_at else None)
        for one in await passkeys.listing(session.account_id)
    ]
    return show(request, "passkeys", passkeys=held, device=session.device, done=notices.text(done))


@post(f"{PASSKEYS}/options", access=SIGNED_IN, include_in_schema=False)
async def registration_options(request: Asking) -> Response[Any]:
    """A challenge for a new passkey."""
    prove(request, request.headers.get("x-csrf-token", ""))
    if not is_fresh(session_here()):
        return _onward(prove_again(PASSKEYS))
    return _json(await passkeys.registration_options(await account_here()))


@post(PASSKEYS, access=SIGNED_IN, include_in_schema=False)
async def add_passkey(request: Asking) -> Response[Any]:
    """Keep the new passkey; the session goes on as a strong one."""
    answer = await _answered(request)
    session = session_here()
    if not is_fresh(session):
        return _onward(prove_again(PASSKEYS))
    await passkeys.register(await account_here(), bytes(answer.credential).decode(), answer.name[:LONGEST_NAME])
    return _onward(go(f"{PASSKEYS}?done=passkey", await stronger(request, session, "pop")))


@post(f"{PASSKEYS}/remove", access=SIGNED_IN, include_in_schema=False)
async def remove_passkey(request: Asking) -> Response[Any]:
    """Forget one."""
    form = await submitted(request)
    session = session_here()
    if not is_fresh(session):
        return prove_again(PASSKEYS)
    number = form.text("which", 18)
    await passkeys.remove(session.account_id, int(number) if number.isascii() and number.isdigit() else 0)
    return go(f"{PASSKEYS}?done=passkey-removed")


# --- the authenticator app


def _qr(uri: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004): black on white whatever the page's colours are."""
    return Markup(segno.make(uri, error="m").svg_inline(scale=_SCALE, border=3, light="#fff", omitsize=True))  # noqa: S704 - drawn from numbers, holds no text


def _offer(request: Asking, offer: Offer, *, status: int = 200, wait: str = "", error: str = "") -> Response[Any]:
    errors = {"code": error} if error else {}
    return show(request, "app", status=status, offer=offer, qr=_qr(offer.uri), errors=errors, wait=wait)


@get(APP, access=SIGNED_IN, include_in_schema=False)
async def app_page(request: Asking, done: Word = "") -> Response[Any]:
    """A new secret to enter in the app, or that there is one."""
    session = session_here()
    if not is_fresh(session):
        return prove_again(APP)
    if await totp.enrolled(session.account_id):
        return show(request, "app-there", done=notices.text(done))
    return _offer(request, totp.offer(await account_here()))


@post(APP, access=SIGNED_IN, include_in_schema=False)
async def add_app(request: Asking) -> Response[Any]:
    """Check the first code; the session goes on as a strong one."""
    form = await submitted(request)
    session, account = session_here(), await account_here()
    if not is_fresh(session):
        return prove_again(APP)
    sealed = form.text("offer", 2000)
    try:
        offer = totp.offered(account, sealed)
    except NotSealedHere:
        return go(APP)
    try:
        await totp.enrol(account.id, sealed, form.text("code", 20))
    except TooMany as error:
        return _offer(request, offer, status=429, wait=waiting(error))
    except WrongCode as error:
        return _offer(request, offer, status=422, error=said(error))
    return go(f"{APP}?done=totp", await stronger(request, session, "otp"))


@post(f"{APP}/remove", access=SIGNED_IN, include_in_schema=False)
async def remove_app(request: Asking) -> Response[Any]:
    """Do without."""
    await submitted(request)
    session = session_here()
    if not is_fresh(session):
        return prove_again(APP)
    await totp.remove(session.account_id)
    return go(f"{way.HOME}?done=totp-removed")


FACTORS: Sequence[ControllerRouterHandler] = (
    options,
    sign_in_by_passkey,
    passkeys_page,
    registration_options,
    add_passkey,
    remove_passkey,
    app_page,
    add_app,
    remove_app,
)
