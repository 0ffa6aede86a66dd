"""Rights as one table: role × action. An action is `<noun>.<verb>`; whoever isn't listed may not."""

from typing import Final

from app.identity.person import STRONG_ROLES, Person, Role

TABLE: Final[dict[str, frozenset[Role]]] = {
    "news.write": frozenset({"owner", "editor", "provider"}),
    "news.publish": frozenset({"owner", "editor", "provider"}),
    "events.write": frozenset({"owner", "editor", "provider"}),
    "events.publish": frozenset({"owner", "editor", "provider"}),
    "notices.write": frozenset({"owner", "editor"}),
    "notices.publish": frozenset({"owner", "editor"}),
    "places.write": frozenset({"owner", "editor", "provider"}),
    "tours.write": frozenset({"owner", "editor"}),
    "townhall.write": frozenset({"owner", "editor"}),
    "pages.write": frozenset({"owner", "editor"}),
    "providers.write": frozenset({"owner", "editor"}),
    "media.write": frozenset({"owner", "editor", "provider"}),
    "feeds.read": frozenset({"owner", "editor"}),
    "feeds.sync": frozenset({"owner", "editor"}),
    "feeds.write": frozenset({"owner"}),
    "waste.write": frozenset({"owner", "editor"}),
    "members.read": frozenset({"owner"}),
    "members.write": frozenset({"owner"}),
    "audit.read": frozenset({"owner"}),
    "village.arrange": frozenset({"owner", "editor"}),
    "admin.enter": frozenset({"owner", "editor", "moderator", "provider"}),
    "reports.moderate": frozenset({"owner", "moderator"}),
    "platform.operate": frozenset({"operator"}),
    "adoption.read": frozenset({"operator", "state"}),
}
"""Provider roles reach only what belongs to their own providers: queries look at `Person.providers`."""

__all__ = ["STRONG_ROLES", "TABLE", "may", "needs_factor"]


def may(person: Person | None, action: str) -> bool:
    """Whether the person may do it in this village. Raises `KeyError` for an action nobody declared."""
    allowed = TABLE[action]
    return person is not None and bool(person.roles & allowed)


def needs_factor(person: Person | None, action: str) -> bool:
    """Whether the person might do it, had they signed in with a passkey or a second factor."""
    return person is not None and not may(person, action) and bool(person.sleeping & TABLE[action])
