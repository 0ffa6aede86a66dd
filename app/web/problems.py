"""Errors at the edge: problem+json (RFC 9457) for programs, a page that helps for people, never a stack trace."""

import logging
import secrets
import socket
from typing import Any, Final

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.kit.errors import InvalidInput, TooMany, VillageError
from app.kit.i18n import gettext_ as _
from app.web.render import render

log = logging.getLogger(__name__)

API_PREFIXES = ("/api/", "/graphql", "/open311/")
AWAY: Final = (
    ConnectionError,
    TimeoutError,
    socket.gaierror,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
)
"""The database ends, starts, is full or can't be reached: it passes, and is no defect of a page."""
RETRY_AFTER_SECONDS: Final = 30


def _titles() -> dict[int, str]:
    return {
        400: _("This request can't be read"),
        401: _("Please sign in"),
        403: _("You may not do this"),
        404: _("This page does not exist"),
        405: _("This does not work here"),
        409: _("This does not fit what is there"),
        413: _("This is too large"),
        415: _("This kind of content is not accepted"),
        422: _("Something in it is not right"),
        429: _("Too many requests"),
        500: _("Something went wrong"),
        503: _("Not available just now"),
    }


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457."""

    title: str
    status: int
    detail: str = ""
    code: str = ""
    instance: str = ""
    errors: dict[str, str] = {}


def wants_json(path: str, accept: str) -> bool:
    """Whether a program asks."""
    if path.startswith(API_PREFIXES) or path.endswith((".json", ".rss", ".atom", ".ics", ".geojson")):
        return True
    return "json" in accept and "text/html" not in accept


def answer(status: int, code: str, detail: str, *, path: str, accept: str, **more: Any) -> Response[Any]:
    """The error as the reader can use it."""
    number: str = more.get("number", "")
    headers: dict[str, str] = more.get("headers", {})
    title = _titles().get(status, _("Something went wrong"))
    if wants_json(path, accept):
        problem = Problem(title, status, detail, code, f"urn:error:{number}" if number else "", more.get("fields", {}))
        return Response(
            msgspec.json.encode(problem), status_code=status, media_type="application/problem+json", headers=headers
        )
    text = render(
        "error.html", status=status, detail=detail, number=number, unknown_host=more.get("unknown_host", False)
    )
    return Response(text, status_code=status, media_type="text/html", headers=headers)


def on_village_error(request: Request[Any, Any, Any], error: VillageError) -> Response[Any]:
    """An expected refusal."""
    headers = {"retry-after": str(error.retry_after)} if isinstance(error, TooMany) else {}
    text = _(error.detail)
    fields = {key: _(value) for key, value in error.fields.items()} if isinstance(error, InvalidInput) else {}
    return answer(
        error.status,
        error.code,
        text % error.params if error.params else text,
        path=request.url.path,
        accept=request.headers.get("accept", ""),
        fields=fields,
        headers=headers,
    )


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What Litestar itself refuses: unknown paths, wrong methods, parameters that can't be read."""
    status = 422 if status_of(error) == 400 else status_of(error)
    if status >= 500:
        return on_crash(request, error)
    details = {422: _("Check what you entered in the address or the form, and try again.")}
    allow = (error.headers or {}).get("Allow") or (error.headers or {}).get("allow")
    return answer(
        status,
        {404: "not-found", 405: "method-not-allowed", 422: "invalid-input"}.get(status, "refused"),
        details.get(status, ""),
        path=request.url.path,
        accept=request.headers.get("accept", ""),
        fields=_parameter_errors(error),
        headers={"allow": allow} if allow else {},
    )


def status_of(error: HTTPException) -> int:
    """The status of a Litestar error."""
    return int(error.status_code)


def on_unstorable(request: Request[Any, Any, Any], _error: Exception) -> Response[Any]:
    """A character that no text of the database can hold: NUL, or half of a pair (PostgreSQL, "Character Types")."""
    return answer(
        422,
        "invalid-input",
        _("What you entered contains a character that can't be read. Type it anew instead of copying it."),
        path=request.url.path,
        accept=request.headers.get("accept", ""),
    )


def _parameter_errors(error: HTTPException) -> dict[str, str]:
    """Which parameter could not be read; never its type's Python name."""
    extra = error.extra if isinstance(error.extra, list) else []
    return {
        str(one["key"]): _("This value can't be read here.")
        for one in extra
        if isinstance(one, dict) and one.get("key")
    }


def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A defect: the log has the trace, the reader a number to name. A database that is away is told without one."""
    number = secrets.token_hex(4)
    if isinstance(error, AWAY):
        log.error("error %s on %s %s: the database is away: %s", number, request.method, request.url.path, error)
        return unavailable(request.url.path, request.headers.get("accept", ""), number)
    log.error("error %s on %s %s", number, request.method, request.url.path, exc_info=error)
    return answer(
        500,
        "internal",
        _("Nothing you entered was lost on our side. Please try again in a few minutes."),
        path=request.url.path,
        accept=request.headers.get("accept", ""),
        number=number,
    )


def unavailable(path: str, accept: str, number: str) -> Response[Any]:
    """What everything rests on is away for a moment."""
    return answer(
        503,
        "unavailable",
        _("The village can't be reached just now. Nothing was lost. Please try again in a few minutes."),
        path=path,
        accept=accept,
        number=number,
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )
