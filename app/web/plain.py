"""Answers that need no application: an unknown host, and the last net under everything."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.kit import i18n
from app.kit.errors import VillageError
from app.kit.i18n import gettext_ as _
from app.web.asked import Asked
from app.web.hosts import platform_site
from app.web.problems import AWAY, RETRY_AFTER_SECONDS, answer
from app.web.site import on_site

log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


async def unknown_host(locale: str, send: Send) -> None:
    """One and the same answer for a host nobody has and for a town that is suspended."""
    with i18n.reading_in(locale), on_site(platform_site()):
        made = answer(
            404,
            "unknown-host",
            _("There is no village at this address. Please check the address, or ask your town hall."),
            path="/",
            accept="text/html",
            unknown_host=True,
        )
        await _send(made.status_code, made.content, "text/html", send)


def refused(error: VillageError, path: str, asked: Asked) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body for what the edge itself refuses; inside `on_site`."""
    made = answer(
        error.status,
        error.code,
        _(error.detail) % error.params if error.params else _(error.detail),
        path=path,
        accept=asked.accept.decode("latin-1"),
    )
    body = made.content.encode() if isinstance(made.content, str) else bytes(made.content)
    headers = [(b"content-type", f"{made.media_type or 'text/html'}; charset=utf-8".encode())]
    if error.status == 401:
        headers.append((b"www-authenticate", f'Bearer error="{error.code}"'.encode()))
    return error.status, headers, body


async def failed(error: Exception, scope: Mapping[str, Any], locale: str, send: Send) -> None:
    """Whatever went wrong outside the application: above all a database that is away."""
    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
    away = isinstance(error, AWAY)
    number = secrets.token_hex(4)
    log.error("error %s on %s %s", number, scope["method"], scope["path"], exc_info=None if away else error)
    if away:
        log.error("the database can't be reached: %s", error)
    with i18n.reading_in(locale), on_site(platform_site()):
        made = answer(
            error.status if isinstance(error, VillageError) else 503 if away else 500,
            "unavailable" if away else "internal",
            _("The village can't be reached just now. Nothing was lost. Please try again in a few minutes."),
            path=scope["path"],
            accept=accept,
            number=number,
        )
        await _send(made.status_code, made.content, made.media_type or "text/html", send)


async def _send(status: int | None, content: Any, media_type: str, send: Send) -> None:
    body = content.encode() if isinstance(content, str) else content
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if status == 503:
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
    await send({"type": "http.response.start", "status": status or 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
