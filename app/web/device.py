"""Whose a device is at the moment: a mark that says nothing, so that nobody sends what somebody else typed."""

import hashlib
from typing import Final

from app.identity.person import current_person

_SHORT: Final = 16


def owner() -> str:
    """The mark of whoever asks, the same with each sign-in; empty for nobody."""
    person = current_person()
    return hashlib.sha256(f"owner {person.sub}".encode()).hexdigest()[:_SHORT] if person is not None else ""
