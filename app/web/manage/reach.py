"""What a person may touch: everything of the town, or only what belongs to their providers."""

from typing import Final

import msgspec

from app.identity.person import Person, Role, current_person
from app.kit.errors import Forbidden, InvalidInput, NotSignedIn
from app.kit.i18n import lazy as _
from app.tenancy import current

TOWN: Final = "town"
"""What a selection sends for the town itself."""
WHOLE_TOWN: Final[frozenset[Role]] = frozenset({"owner", "editor"})
"""Roles that aren't bound to a provider."""

_NO_PROVIDER: Final = _("Nobody has said yet for whom you publish. Please ask an owner of this village.")
_CHOOSE: Final = _("Please choose for whom you publish.")


class Reach(msgspec.Struct, frozen=True):
    """Of one person in the current village, as the database says it now."""

    whole: bool
    providers: tuple[tuple[int, str], ...]
    """Id and name of each provider that may be chosen, by name."""

    @property
    def ids(self) -> list[int]:
        """The providers' ids."""
        return [id_ for id_, _name in self.providers]

    def holds(self, provider_id: int | None) -> bool:
        """Whether a row of this provider (None: the town's own) may be touched."""
        return self.whole or (provider_id is not None and provider_id in self.ids)

    def chosen(self, text: str) -> int | None:
        """The provider that a form names, None for the town itself; raises `InvalidInput`, `Forbidden`."""
        if not self.whole and not self.providers:
            raise Forbidden(_NO_PROVIDER.message)
        if not text and not self.whole and len(self.providers) == 1:
            return self.providers[0][0]
        if self.whole and text in ("", TOWN):
            return None
        if text.isascii() and text.isdigit() and int(text) in self.ids:
            return int(text)
        raise InvalidInput(_CHOOSE.message, {"provider": _CHOOSE.message})


def somebody() -> Person:
    """Who asks; raises `NotSignedIn`. For handlers whose access has been checked."""
    person = current_person()
    if person is None:
        raise NotSignedIn("Please sign in.")
    return person


async def reach() -> Reach:
    """What the person who asks may touch."""
    person = somebody()
    whole = bool(person.roles & WHOLE_TOWN)
    rows = await current().fetch(
        "SELECT id, name FROM provider WHERE withdrawn_at IS NULL AND ($1 OR slug = ANY ($2)) ORDER BY name",
        [whole, sorted(person.providers)],
    )
    return Reach(whole, tuple((row["id"], row["name"]) for row in rows))
