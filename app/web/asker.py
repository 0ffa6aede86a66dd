"""Who asks: the person behind a session's cookie, or behind a bearer token for the API.

A cookie is looked up with each request, so that a session which was ended or a role which was taken away is gone now.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from app.identity import sessions
from app.identity.party import bearer
from app.identity.person import Person, set_person
from app.identity.sessions import Session
from app.web.asked import Asked

SESSION_MARK = sessions.COOKIE.encode() + b"="


class Asker(msgspec.Struct, frozen=True):
    """A person, and by which session; a bearer token has none."""

    person: Person
    session: Session | None = None


def is_told(asked: Asked, path: str) -> bool:
    """Whether the request says who asks; nobody looks further at the others."""
    if asked.pocket:
        return False
    return SESSION_MARK in asked.cookie or (bool(asked.authorization) and path.startswith("/api/"))


async def find(asked: Asked, path: str, slug: str) -> Asker | None:
    """Who asks in the village `slug`, or on the platform's host when it is empty.

    Raises `party.errors.BadToken` for a bearer token that does not hold; a session that does not hold is nobody.
    """
    if path.startswith("/api/") and asked.authorization[:7].lower() == b"bearer ":
        speaker = await bearer.person(asked.authorization[7:].decode("latin-1").strip(), slug)
        return Asker(speaker) if speaker is not None else None
    value = sessions.cookie_value(asked.cookie)
    kind: sessions.Kind = "village" if slug else "issuer"
    session = await sessions.find(value, asked.host, kind=kind, tenant=slug) if value else None
    if session is None:
        return None
    person = Person(
        account_id=session.account_id,
        sub=session.sub,
        name=session.name,
        email=session.email,
        locale=session.locale,
        roles=frozenset(role for role, _, _ in session.held),
        providers=frozenset(provider for role, provider, _ in session.held if role == "provider"),
        area=next((area for role, _, area in session.held if role == "state"), ""),
        strong=session.strong,
        session_hash=session.id_hash,
        csrf=session.csrf,
    )
    return Asker(person, session)


@contextmanager
def known(asker: Asker | None) -> Iterator[None]:
    """Let `current_person()` and `current_session()` tell of it inside the block."""
    if asker is None:
        yield
        return
    set_person(asker.person)
    sessions.set_session(asker.session)
    try:
        yield
    finally:
        set_person(None)
        sessions.set_session(None)
