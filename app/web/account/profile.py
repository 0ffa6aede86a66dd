"""The account itself: the overview, name, e-mail address, password."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.identity import accounts, memberships, sessions
from app.identity.accounts import Account
from app.identity.address import LONGEST_NAME
from app.identity.memberships import VillageRole
from app.identity.provider import logout
from app.identity.rights import STRONG_ROLES
from app.kit import clock
from app.kit.errors import InvalidInput, NotSignedIn, TooMany
from app.kit.i18n import gettext_ as _
from app.settings import settings
from app.tenancy import control
from app.web.access import SIGNED_IN
from app.web.account import notices, way
from app.web.account.arrival import begin, is_fresh, prove_again, session_here
from app.web.account.forms import Asking, go, show, submitted
from app.web.account.joining import address_errors, field_errors, password_errors
from app.web.account.signing_in import Word, waiting

ROLE_NAMES = {
    "owner": "Owner",
    "editor": "Editor",
    "moderator": "Moderator",
    "provider": "Provider",
    "operator": "Operator of the platform",
    "state": "State or district staff",
}


async def account_here() -> Account:
    """The account of this request. Raises `NotSignedIn`, also when it was deleted meanwhile."""
    account = await accounts.by_id(session_here().account_id)
    if account is None:
        raise NotSignedIn("Please sign in.")
    return account


def role_name(role: str) -> str:
    """The role in the reader's language."""
    return _(ROLE_NAMES[role]) if role in ROLE_NAMES else role


def villages(roles: Sequence[VillageRole]) -> list[dict[str, str]]:
    """One line for each village: its name, its address and what the person is there."""
    found: dict[str, dict[str, str]] = {}
    for one in roles:
        told = role_name(one.role) + (f" ({one.provider or one.area})" if one.provider or one.area else "")
        line = found.setdefault(
            one.tenant,
            {
                "name": one.name or _("Platform"),
                "href": settings().origin_of(one.host) + "/" if one.host else "",
                "roles": "",
            },
        )
        line["roles"] = f"{line['roles']}, {told}" if line["roles"] else told
    return list(found.values())


@get("/identity/account", access=SIGNED_IN, include_in_schema=False)
async def overview(request: Asking, done: Word = "") -> Response[Any]:
    """Everything about the account on one page; each part leads to where it is changed."""
    session, account = session_here(), await account_here()
    roles = await memberships.villages_of(account.id)
    async with control() as connection:
        kinds = await connection.fetch("SELECT kind FROM credential WHERE account_id = $1", account.id)
        closes_at = await connection.fetchval("SELECT closes_at FROM account WHERE id = $1", account.id)
    held = [row["kind"] for row in kinds]
    must = any(one.role in STRONG_ROLES for one in roles)
    return show(
        request,
        "overview",
        account=account,
        passkeys=held.count("passkey"),
        totp="totp" in held,
        devices=len([one for one in await sessions.listing(account.id) if one.kind == "issuer"]),
        villages=villages(roles),
        done=notices.text(done),
        closes_at=closes_at if account.state == "closing" else None,
        must_secure=must and not held,
        must_prove=must and bool(held) and not session.strong,
    )


@get("/identity/account/name", access=SIGNED_IN, include_in_schema=False)
async def name_form(request: Asking) -> Response[Any]:
    """Ask for the name."""
    return show(request, "name", typed=(await account_here()).name, errors={})


@post("/identity/account/name", access=SIGNED_IN, include_in_schema=False)
async def name(request: Asking) -> Response[Any]:
    """Save the name."""
    form = await submitted(request)
    given, errors = form.text("name", LONGEST_NAME), {}
    if not given:
        errors["name"] = _("Enter your name.")
    else:
        try:
            await accounts.rename(session_here().account_id, given)
            return go(f"{way.HOME}?done=name")
        except InvalidInput as error:
            errors = field_errors(error, "name")
    return show(request, "name", status=422, typed=given, errors=errors)


@get("/identity/account/email", access=SIGNED_IN, include_in_schema=False)
async def email_form(request: Asking) -> Response[Any]:
    """Ask for the new address, of somebody who signed in just now."""
    if not is_fresh(session_here()):
        return prove_again("/identity/account/email")
    return show(request, "email", current=(await account_here()).email, email="", errors={}, wait="")


@post("/identity/account/email", access=SIGNED_IN, include_in_schema=False)
async def email(request: Asking) -> Response[Any]:
    """Send a link to the new address and word to the old one."""
    form = await submitted(request)
    if not is_fresh(session_here()):
        return prove_again("/identity/account/email")
    account = await account_here()
    given, wait = form.text("email"), ""
    errors = address_errors(given)
    if not errors:
        try:
            await accounts.request_email_change(account.id, given)
            return go(f"{way.HOME}?done=email")
        except TooMany as error:
            wait = waiting(error)
        except InvalidInput as error:
            errors = field_errors(error, "email")
    status = 429 if wait else 422
    return show(request, "email", status=status, current=account.email, email=given, errors=errors, wait=wait)


@get("/identity/account/password", access=SIGNED_IN, include_in_schema=False)
async def password_form(request: Asking) -> Response[Any]:
    """Ask for the old and the new password; without an old one for a sign-in just now."""
    account = await account_here()
    if not account.has_password and not is_fresh(session_here()):
        return prove_again("/identity/account/password")
    return show(request, "password", account=account, errors={}, wait="")


@post("/identity/account/password", access=SIGNED_IN, include_in_schema=False)
async def password(request: Asking) -> Response[Any]:
    """Change the password; every other session of the account ends."""
    form = await submitted(request)
    session, account = session_here(), await account_here()
    if not account.has_password and not is_fresh(session):
        return prove_again("/identity/account/password")
    old, new, wait = form.secret("old"), form.secret("password"), ""
    errors = password_errors(new, form.secret("again"), account.email)
    if account.has_password and not old:
        errors = {"old": _("Enter your present password.")} | errors
    if not errors:
        try:
            await accounts.change_password(account.id, old, new)
        except TooMany as error:
            wait = waiting(error)
        except InvalidInput as error:
            errors = field_errors(error, "password")
        else:
            await logout.end_account(account.id, account.sub, but=session.sid)
            return go(f"{way.HOME}?done=password", await begin(request, account.id, session.amr))
    status = 429 if wait else 422
    return show(request, "password", status=status, account=account, errors=errors, wait=wait)


@get("/identity/account/devices", access=SIGNED_IN, include_in_schema=False)
async def devices_form(request: Asking, done: Word = "") -> Response[Any]:
    """Where the account is signed in."""
    here = session_here()
    found = await sessions.listing(here.account_id)
    return show(
        request,
        "devices",
        here=here,
        # A village's session comes from one of the issuer's: the person sees their devices, each with its villages.
        devices=[one for one in found if one.kind == "issuer"],
        hosts={
            one.sid: sorted({village.host for village in found if village.sid == one.sid and village.kind == "village"})
            for one in found
        },
        other=[one for one in found if one.kind == "village" and one.issuer],
        done=notices.text(done),
        now=clock.now(),
    )


@post("/identity/account/devices", access=SIGNED_IN, include_in_schema=False)
async def devices(request: Asking) -> Response[Any]:
    """Sign one device out, or all others; with it go its villages."""
    form = await submitted(request)
    here = session_here()
    found = await sessions.listing(here.account_id)
    if form.text("which") == "others":
        for sid in {one.sid for one in found if one.sid != here.sid}:
            await _end(sid, found)
        return go("/identity/account/devices?done=devices")
    chosen = [one for one in found if one.id_hash == form.text("which", 64)]
    for one in chosen:
        await _end(one.sid, found)
    if any(one.sid == here.sid for one in chosen):
        return go("/identity/sign-in?done=signed-out")
    return go("/identity/account/devices?done=device")


async def _end(sid: str, found: Sequence[sessions.Session]) -> None:
    """End a sign-in at our issuer with all its villages and applications, or one that came from a foreign issuer."""
    for issuer in {one.issuer for one in found if one.sid == sid}:
        if issuer:
            await sessions.end_sid(sid, issuer)
        else:
            await logout.end(sid, found[0].sub)


PROFILE: Sequence[ControllerRouterHandler] = (
    overview,
    name_form,
    name,
    email_form,
    email,
    password_form,
    password,
    devices_form,
    devices,
)
