"""Forms of the account pages: what was typed, and the proof that it was typed on a page of ours."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response
from litestar.datastructures import Cookie

from app.identity import secret
from app.identity.person import current_person
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, VillageError
from app.kit.i18n import gettext_ as _
from app.settings import settings
from app.web.account import way
from app.web.respond import page

FORM_COOKIE = "__Host-form"
_PURPOSE = "account form"
_LASTS = timedelta(hours=12)
_MOST_FIELDS = 50

Asking = Request[Any, Any, Any]


class StaleForm(Conflict):
    """The form was not made here for this browser, or too long ago."""

    code = "stale-form"


class Form:
    """What was sent: each field once."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def text(self, name: str, longest: int = 254) -> str:
        """A line of text: without control characters and blanks at its ends, cut at `longest` characters."""
        line = "".join(char for char in self._fields.get(name, "")[: 4 * longest] if char.isprintable())
        return " ".join(line.split())[:longest]

    def secret(self, name: str) -> str:
        """A password, exactly as it was typed."""
        return self._fields.get(name, "")

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self._fields.get(name, "") == "yes"

    @property
    def goes_to(self) -> str:
        """Where to go afterwards: a path of this host."""
        return way.safe(self._fields.get("next", ""))


async def submitted(request: Asking) -> Form:
    """What a form sent. Raises `StaleForm` when it is not ours and `InvalidInput` when it can't be read."""
    try:
        body = (await request.body()).decode("utf-8")
        fields = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise InvalidInput("The form can't be read.") from error
    prove(request, fields.get("_csrf", ""))
    return Form(fields)


def prove(request: Asking, given: str) -> None:
    """Raise `StaleForm` unless `given` was made by `token_for` for this browser or belongs to its session."""
    origin = request.headers.get("origin", "")
    person = current_person()
    if origin and origin != settings().origin:
        right = False
    elif person is not None:
        right = hmac.compare_digest(given.encode(), person.csrf.encode())
    else:
        right = _is_ours(given, request.cookies.get(FORM_COOKIE, ""))
    if not right:
        raise StaleForm("This form was open for too long, or it does not come from our page. Nothing was changed.")


def _is_ours(given: str, cookie: str) -> bool:
    try:
        until, _sep, mark = secret.unseal(_PURPOSE, given).partition(" ")
        alive = clock.now().timestamp() < int(until)
    except (VillageError, ValueError):
        return False
    return alive and bool(mark) and hmac.compare_digest(mark.encode(), secret.hashed(cookie).encode())


def token_for(request: Asking) -> tuple[str, Cookie | None]:
    """The proof for a form of this page, and the cookie it needs when the browser has none yet.

    Without a session it is a sealed double submit: the field holds the hash of the cookie, sealed with its end.
    """
    person = current_person()
    if person is not None:
        return person.csrf, None
    value = request.cookies.get(FORM_COOKIE, "")
    fresh = None
    if not value:
        value = secret.token()
        fresh = host_cookie(FORM_COOKIE, value)
    until = int((clock.now() + _LASTS).timestamp())
    return secret.seal(_PURPOSE, f"{until} {secret.hashed(value)}"), fresh


def host_cookie(name: str, value: str, seconds: int | None = None) -> Cookie:
    """A cookie that no other host can set or read; `seconds` of 0 take it away, without them the browser's end does."""
    return Cookie(key=name, value=value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def show(
    request: Asking,
    template: str,
    *,
    status: int = 200,
    goes_to: str = way.HOME,
    cookies: Iterable[Cookie] = (),
    **more: Any,
) -> Response[str]:
    """A page of the account: with the proof for its forms, never kept by anybody."""
    csrf, cookie = token_for(request)
    response = page(f"account/{template}.html", status=status, csrf=csrf, goes_to=goes_to, **more)
    response.headers["content-security-policy"] = way.policy(goes_to)
    return private(response, [*cookies, *([cookie] if cookie else [])])


def private(response: Response[Any], cookies: Iterable[Cookie] = ()) -> Response[Any]:
    """The answer with cookies, kept by nobody."""
    response.headers["cache-control"] = "private, no-store"
    for cookie in cookies:
        response.set_cookie(cookie)
    return response


def go(path: str, cookies: Iterable[Cookie] = ()) -> Response[Any]:
    """On to a path of this host, by GET."""
    return private(Response("", status_code=303, headers={"location": path}, media_type="text/plain"), cookies)


def said(error: VillageError) -> str:
    """The text of a refusal in the reader's language."""
    text = _(error.detail)
    return text % error.params if error.params else text
