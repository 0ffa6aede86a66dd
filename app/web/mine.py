"""What a reader chose on this device: the street for the bins, stops, what is put aside, cards that are hidden.

It lives in a cookie and nowhere else, because a street is somebody's address: nothing of it is stored here, and no
account is needed. Whoever carries one gets pages made for them, which nobody keeps.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import msgspec
from litestar.datastructures import Cookie

COOKIE: Final = "mine"
YEAR_SECONDS: Final = 31_536_000
LONGEST_BYTES: Final = 3_500
"""Browsers keep 4,096 bytes with name and attributes."""
MOST_SAVED: Final = 80
MOST_STOPS: Final = 5
_MARK: Final = COOKIE.encode() + b"="


class Mine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reader's choices; unknown ones of an older or newer version are ignored."""

    street: str = ""
    """Key of the area whose bins matter."""
    stops: tuple[str, ...] = ()
    """Ids of stops whose departures stand on the start page, the first one first."""
    saved: tuple[str, ...] = ()
    """Put aside, newest first, as `capability:id`, e.g. `events:12`."""
    hidden: tuple[str, ...] = ()
    """Names of capabilities whose card the start page leaves out."""

    @property
    def chosen(self) -> bool:
        """Whether anything is chosen."""
        return self != NOTHING

    def ids_of(self, capability: str) -> list[int]:
        """What is put aside of one capability."""
        pairs = (one.partition(":") for one in self.saved)
        return [int(number) for name, _, number in pairs if name == capability and number.isdigit()]

    def has(self, capability: str, number: int) -> bool:
        """Whether it is put aside."""
        return f"{capability}:{number}" in self.saved


NOTHING: Final = Mine()
_mine: ContextVar[Mine] = ContextVar("mine", default=NOTHING)


def mine() -> Mine:
    """The choices of whoever asks; nothing chosen outside of a request."""
    return _mine.get()


def read(cookie: bytes) -> Mine | None:
    """The choices in a `Cookie` header; None when there are none, and when they can't be read."""
    if _MARK not in cookie:
        return None
    for part in cookie.split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name == COOKIE.encode() and len(value) <= LONGEST_BYTES:
            try:
                raw = base64.urlsafe_b64decode(value + b"=" * (-len(value) % 4))
                found = msgspec.json.decode(raw, type=Mine)
            except (binascii.Error, ValueError, msgspec.DecodeError):
                continue
            return found if found != NOTHING else None
    return None


def cookie_of(chosen: Mine, *, secure: bool) -> Cookie:
    """The cookie that keeps the choices for a year; it is dropped when nothing is chosen. Scripts may not read it."""
    chosen = msgspec.structs.replace(chosen, saved=chosen.saved[:MOST_SAVED], stops=chosen.stops[:MOST_STOPS])
    value = _packed(chosen)
    while len(value) > LONGEST_BYTES and chosen.saved:
        chosen = msgspec.structs.replace(chosen, saved=chosen.saved[:-1])
        value = _packed(chosen)
    return Cookie(
        key=COOKIE,
        value=value if chosen != NOTHING else "",
        path="/",
        max_age=YEAR_SECONDS if chosen != NOTHING else 0,
        httponly=True,
        secure=secure,
        samesite="lax",
    )


def _packed(chosen: Mine) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(chosen)).rstrip(b"=").decode("ascii")


@contextmanager
def chosen_by(found: Mine | None) -> Iterator[None]:
    """Let `mine()` tell of these choices inside the block."""
    if found is None:
        yield
        return
    token = _mine.set(found)
    try:
        yield
    finally:
        _mine.reset(token)
