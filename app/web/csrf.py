"""Nobody sends a form in another's name: every unsafe request of a session carries its token.

Villages are siblings under one domain, so `SameSite` alone lets one send forms to another. The token decides; what
the browser says about the origin is the second net. Whoever comes with a bearer token has no cookie to be abused.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

from app.kit.errors import Forbidden
from app.web import typed

Receive = Callable[[], Awaitable[dict[str, Any]]]

FIELD: Final = "_csrf"
"""The form field; in a form with files it stands before them."""
HEADERS: Final = (b"x-csrf-token", b"x-csrftoken")
"""The second is what the admin's front-end sends."""
OWN_PROOF: Final = frozenset(
    "/identity/" + name for name in ("authorize", "token", "revoke", "introspect", "userinfo", "end-session")
)
"""Endpoints of the provider that other sites call by their specification; a cookie alone moves nothing there."""
FORM_BYTES: Final = 1_000_000
HEAD_OF_FILES_BYTES: Final = 65_536
"""How far into a form with files the token is looked for."""


class Forged(Forbidden):
    """The request does not carry the token of its session, or comes from another site."""

    code = "csrf"

    def __init__(self) -> None:
        super().__init__("This form is too old or was opened elsewhere. Nothing was changed. Please open it again.")


async def checked(scope: Mapping[str, Any], receive: Receive, *, token: str, origin: str) -> Receive:
    """The `receive` to go on with; raises `Forged`. `origin` is that of the host that was asked."""
    if scope["path"] in OWN_PROOF:
        return receive
    fields: dict[bytes, bytes] = dict(scope["headers"])
    if fields.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
        raise Forged
    if fields.get(b"origin", origin.encode()) != origin.encode():
        raise Forged
    sent = next((fields[name] for name in HEADERS if name in fields), None)
    if sent is not None:
        _compare(sent, token)
        return receive
    kind = fields.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind == b"application/x-www-form-urlencoded":
        replay = Replay(receive)
        _compare(in_form(await replay.read(FORM_BYTES), FIELD), token)
        return replay
    if kind == b"multipart/form-data":
        replay = Replay(receive)
        _compare(in_files(await replay.read(HEAD_OF_FILES_BYTES), FIELD), token)
        return replay
    raise Forged


def _compare(sent: bytes, token: str) -> None:
    if not token or not hmac.compare_digest(sent, token.encode()):
        raise Forged


def in_form(body: bytes, name: str) -> bytes:
    """The value of a field of a form, empty unless it stands there once; raises `Forged` for what is no form."""
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=5_000)
    except ValueError as error:
        raise Forged from error
    found = [value for one, value in pairs if one == name]
    return found[0].encode("utf-8", "replace") if len(found) == 1 else b""


def in_files(head: bytes, name: str) -> bytes:
    """The value of a short field of a form with files, by the beginning of its body."""
    found = _part(name).search(head)
    return found[1] if found else b""


@cache
def _part(name: str) -> re.Pattern[bytes]:
    return re.compile(
        rb'\r\ncontent-disposition: *form-data; *name="?%s"?[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n([!-~]{1,200})\r\n'
        % re.escape(name.encode()),
        re.IGNORECASE,
    )


class Replay:
    """Reads ahead and hands on what was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: list[dict[str, Any]] = []

    async def read(self, most_bytes: int) -> bytes:
        """The first `most_bytes` of the body."""
        body = b""
        more = True
        while more and len(body) < most_bytes:
            message = await self._receive()
            self._kept.append(message)
            body += message.get("body", b"")
            more = message["type"] == "http.request" and message.get("more_body", False)
        typed.note(body[:most_bytes])
        return body[:most_bytes]

    async def __call__(self) -> dict[str, Any]:
        """An ASGI `receive`."""
        return self._kept.pop(0) if self._kept else await self._receive()
