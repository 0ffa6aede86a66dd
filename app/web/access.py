"""Who may use a route. Every route says so with `access=…`; one that doesn't, doesn't start.

    PUBLIC               anyone
    SIGNED_IN            whoever has an account, whatever their role
    role("news.write")   whoever's role has this action in the table of `app.identity.rights`, in the village of the
                         host that was asked; a strong role only after a strong sign-in

Whether a person may touch one certain row is asked by the query that finds it: it answers 404.
"""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.identity import rights
from app.identity.person import Person, current_person
from app.kit.errors import Forbidden, NotFound, NotSignedIn
from app.settings import settings
from app.web.problems import API_PREFIXES, on_village_error, wants_json
from app.web.respond import page
from app.web.site import current_site, current_visit


class Access(msgspec.Struct, frozen=True):
    """A demand on the person who asks."""

    name: str
    right: str = ""
    """The action that `role` demands."""


PUBLIC = Access("public")
"""Anyone, also without an account."""
SIGNED_IN = Access("signed-in")
"""Whoever has an account."""


def role(action: str) -> Access:
    """Whoever's role has this action; raises `KeyError` for one that the table does not have."""
    rights.TABLE[action]
    return Access("role", action)


class SignInFirst(NotSignedIn):
    """Nobody is signed in; a page leads to the sign-in and back."""


class MissingRight(Forbidden):
    """None of the person's roles has the action here."""


class NeedsSecondFactor(Forbidden):
    """The role is there, but the sign-in was not strong enough for it."""

    code = "needs-second-factor"


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one guard of the application: reads `access` and `capability` of the route.

    A coroutine although it waits for nothing: Litestar would send a plain function through a thread at each request.
    """
    if "\0" in connection.scope["path"]:
        # No address of ours has one, and the database takes none.
        raise NotFound("There is no such page.")
    capability = handler.opt.get("capability")
    if capability and capability not in connection.scope["state"].get("capabilities", ()):
        raise NotFound("This village does not offer this.")
    if connection.scope["path"].startswith("/api/schema"):
        return
    access = handler.opt.get("access")
    if access == PUBLIC:
        return
    allow(current_person(), access if isinstance(access, Access) else role("platform.operate"))


def allow(person: Person | None, access: Access) -> None:
    """Raise `SignInFirst`, `MissingRight` or `NeedsSecondFactor` unless the person meets the demand.

    For what is no route of Litestar too: GraphQL fields, a mounted application.
    """
    if access == PUBLIC:
        return
    if person is None:
        raise SignInFirst("Please sign in.")
    if access == SIGNED_IN or rights.may(person, access.right):
        return
    if rights.needs_factor(person, access.right):
        raise NeedsSecondFactor(
            "Your role needs a second proof that it is you. Set up a passkey or an authenticator app in your account,"
            " then sign in with it."
        )
    raise MissingRight("You have no right for this here. An owner of this village can give it to you.")


def sign_in_address(path: str, query: str = "", *, anew: bool = False) -> str:
    """Where one signs in to come back to `path`, which is always one of the same host.

    With `anew` who is signed in already is asked for the proof again.
    """
    there = "/" + path.lstrip("/\\") + (f"?{query}" if query else "")
    start = "/sign-in"
    if current_site().kind == "platform":
        start = "/sign-in/start" if settings().oidc_issuer else "/identity/sign-in"
    return f"{start}?{'prompt=login&' if anew else ''}next={quote(there, safe='/')}"


def on_sign_in_first(request: Request[Any, Any, Any], error: SignInFirst) -> Response[Any]:
    """A person who wants to read a page is led to the sign-in; everything else gets a 401."""
    # A browser that goes to an address says so, also when it is that of a file.
    person = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(API_PREFIXES)
    if not person or "hx-request" in request.headers or request.method not in ("GET", "HEAD"):
        answer = on_village_error(request, error)
        answer.headers["www-authenticate"] = f'Bearer realm="{current_site().host}"'
        return answer
    # The address as it was asked: inside a mount the request knows only the rest of it.
    address = sign_in_address(current_visit().path, request.url.query)
    return Response(None, status_code=303, headers={"location": address, "cache-control": "no-store"})


def on_needs_second_factor(request: Request[Any, Any, Any], error: NeedsSecondFactor) -> Response[Any]:
    """A person is told what to do now; a programme gets the 403."""
    if wants_json(request.url.path, request.headers.get("accept", "")):
        return on_village_error(request, error)
    again = current_visit().path if request.method == "GET" else "/"
    return page("needs-factor.html", status=403, account=account_address(), again=sign_in_address(again, anew=True))


def account_address() -> str:
    """The account page on the platform's host."""
    return f"{settings().origin}/identity/account"
