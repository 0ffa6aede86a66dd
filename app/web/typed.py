"""What somebody typed into a form that was refused as a whole: shown beside the refusal, so that nothing is lost.

A desk left open over night is signed out in the morning. Pages of one person are kept by nobody, so browsers don't
bring back their fields; the page that says "please sign in" shows the texts instead, to be copied.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from urllib.parse import parse_qsl

from app.web.site import current_site

_HERE: Final = (b"same-origin", b"none")
_PART: Final = re.compile(
    rb'content-disposition: *form-data; *name="([^"\r\n]*)"\r\n\r\n(.*?)\r\n--', re.IGNORECASE | re.DOTALL
)
"""A field without a file's name (RFC 7578)."""
_MOST: Final = 20
_given: ContextVar[list[bytes] | None] = ContextVar("typed", default=None)


@contextmanager
def kept(headers: Sequence[tuple[bytes, bytes]]) -> Iterator[None]:
    """Remember for one request what its form says; not what another site sends in somebody's name."""
    site = next((value for name, value in headers if name == b"sec-fetch-site"), _HERE[0])
    before = _given.set([] if site in _HERE else None)
    try:
        yield
    finally:
        _given.reset(before)


def note(body: bytes) -> None:
    """Remember a form's body, or its beginning."""
    found = _given.get()
    if found is not None:
        found[:] = [body]


def texts() -> list[str]:
    """Whole sentences of the form that was sent: no marks, numbers or choices; nothing on the host of accounts."""
    found = _given.get()
    if not found or current_site().kind != "tenant":
        return []
    [body] = found
    try:
        pairs = _parts(body) if body.startswith(b"--") else parse_qsl(body.decode("latin-1"), max_num_fields=1_000)
    except ValueError:
        return []
    values = [value.strip() for name, value in pairs if not name.startswith("_")]
    return list(dict.fromkeys(value for value in values if any(sign.isspace() for sign in value)))[:_MOST]


def _parts(body: bytes) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in _PART.findall(body)]
