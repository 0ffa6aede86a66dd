"""Forms of the platform's host act once too: their keys and answers lie in Redis for a few minutes.

Accounts have no transaction of the request, so a key is taken before the work and freed when it fails. A process that
dies in between leaves a key that is free again after half a minute. While Redis is away, forms act as if they had no
key. An answer that begins a session is kept for a minute only, sealed like all others.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

import redis.exceptions

from app.identity import sessions
from app.kit.errors import Conflict, VillageError
from app.tenancy import signals
from app.web import csrf, idempotency, plain
from app.web.asked import Asked
from app.web.idempotency import Kept, Receive, Reused, Sent, Taking

KEEP_SECONDS: Final = 600
SESSION_SECONDS: Final = 60
BUSY_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.05
_BROWSER: Final = (sessions.COOKIE, "__Host-form")
"""By which a browser is known, session or none: a form that renews its session still comes from the same one."""


async def once(
    app: Callable[[Any, Any, Any], Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Receive,
    answer: Taking,
) -> None:
    """Let the application answer, or give the answer that it gave to the same form."""
    asked = Asked(scope["headers"])
    browser = "" if scope["path"] in csrf.OWN_PROOF else _browser(asked.cookie)
    sent: Sent | None = None
    kept: Kept | None = None
    try:
        if browser:
            sent, receive = await idempotency.read(scope, receive, browser)
        if sent is not None:
            kept = await _begun(sent)
    except VillageError as error:
        answer.status, answer.headers, answer.body = plain.refused(error, scope["path"], asked)
        return
    except (redis.exceptions.RedisError, OSError):
        sent = None
    if kept is not None:
        answer.status, answer.headers, answer.body = kept.status, list(kept.headers), kept.body
        return
    if sent is None:
        await app(scope, receive, answer)
        return
    sealed = ""
    try:
        await app(scope, receive, answer)
        sealed = idempotency.closed(sent, answer) if answer.status < 400 else ""
    finally:
        await _end(sent, sealed, SESSION_SECONDS if idempotency.sets_cookie(answer, sessions.COOKIE) else KEEP_SECONDS)


async def _begun(sent: Sent) -> Kept | None:
    """The answer that was given already; None when this is the first arrival, which now has the key."""
    line, mark = signals.speaker(), f"{sent.fingerprint} "
    for _ in range(int(BUSY_SECONDS / _LOOK_SECONDS)):
        if await line.set(_key(sent), mark, nx=True, ex=BUSY_SECONDS):
            return None
        there = await line.get(_key(sent))
        if there is None:
            continue
        told = there.decode() if isinstance(there, bytes) else there
        fingerprint, _sep, sealed = told.partition(" ")
        if fingerprint != sent.fingerprint:
            if not sent.by_form:
                raise Reused(idempotency.REUSED)
            await line.set(_key(sent), mark, ex=BUSY_SECONDS)
            return None
        if sealed:
            return idempotency.opened(sent, sealed)
        await asyncio.sleep(_LOOK_SECONDS)
    raise Conflict(
        "This was sent a moment ago and is still being done. Please wait a little, then load the page again."
    )


async def _end(sent: Sent, sealed: str, seconds: int) -> None:
    """Keep the answer, or free the key when there is none to be kept."""
    try:
        if sealed:
            await signals.speaker().set(_key(sent), f"{sent.fingerprint} {sealed}", ex=seconds)
        else:
            await signals.speaker().delete(_key(sent))
    except (redis.exceptions.RedisError, OSError):
        # It frees itself.
        return


def _browser(cookies: bytes) -> str:
    """What tells this browser from others; empty for one without a cookie of ours, whose forms are refused anyway."""
    try:
        found = SimpleCookie(cookies.decode("latin-1"))
    except CookieError:
        return ""
    return next((found[name].value for name in _BROWSER if name in found and found[name].value), "")


def _key(sent: Sent) -> str:
    return f"identity:sent:{sent.key_hash}"
