"""Who asks: a person with an account and what they may do in this village, or nobody."""

from contextvars import ContextVar
from typing import Final, Literal

import msgspec

Role = Literal["owner", "editor", "moderator", "provider", "operator", "state"]


STRONG_ROLES: Final[frozenset[Role]] = frozenset({"owner", "operator", "state"})
"""Roles that need a passkey or a second factor."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An account as one request knows it. Made by `identity.sessions` once a request, never cached longer."""

    account_id: int
    sub: str
    """OpenID subject."""
    name: str
    email: str
    locale: str = "de"
    roles: frozenset[Role] = frozenset()
    """Roles in the village of this request (on the platform's host: the platform's own roles) that count now."""
    sleeping: frozenset[Role] = frozenset()
    """Roles that are there and count only after a sign-in with a passkey or a second factor."""
    providers: frozenset[str] = frozenset()
    """Slugs of the providers a provider role publishes for."""
    area: str = ""
    """AGS prefix a state role may see figures of."""
    strong: bool = False
    """Signed in with a passkey or a second factor."""
    session_hash: str = ""
    csrf: str = ""
    """The token every unsafe form of this session carries."""

    def __post_init__(self) -> None:
        # Here and not at the guard: whoever looks at `roles`, for whatever, sees none that does not count.
        if not self.strong:
            msgspec.structs.force_setattr(self, "sleeping", self.sleeping | (self.roles & STRONG_ROLES))
            msgspec.structs.force_setattr(self, "roles", self.roles - STRONG_ROLES)


_person: ContextVar[Person | None] = ContextVar("person", default=None)


def current_person() -> Person | None:
    """Who asks, or None."""
    return _person.get()


def set_person(person: Person | None) -> None:
    """Say who asks; the edge calls it once, before the application."""
    _person.set(person)
