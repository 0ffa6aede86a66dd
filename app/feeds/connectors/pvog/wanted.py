"""Which of a town's services are taken: its own, and those that most people come for.

A state lists thousands for each town, most of them for trades and authorities. What is wanted is said by a LeiKa key
(14 digits) or by the words of a name, because the keys of the states' own variants differ.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from app.feeds.connectors.pvog.answers import listed, text

MOST_WANTED: Final = (
    "Personalausweis",
    "Reisepass",
    "Wohnsitz anmelden",
    "Wohnsitz ummelden",
    "Wohnsitz abmelden",
    "Meldebescheinigung",
    "Führungszeugnis",
    "Beglaubigung",
    "Geburtsurkunde",
    "Sterbeurkunde",
    "Eheschließung",
    "Kinderreisepass",
    "Elterngeld",
    "Kindergeld",
    "Kindertagesbetreuung",
    "Schulanmeldung",
    "Wohngeld",
    "Wohnberechtigungsschein",
    "Hundesteuer",
    "Grundsteuer",
    "Gewerbe anmelden",
    "Gewerbe abmelden",
    "Fahrerlaubnis",
    "Kraftfahrzeug zulassen",
    "Bewohnerparkausweis",
    "Schwerbehindertenausweis",
    "Baugenehmigung",
    "Sperrmüll",
    "Fundsachen",
    "Briefwahl",
)
"""What the citizens' offices of small towns are asked for most."""

_LEIKA: Final = re.compile(r"\d{14}")
_WORD: Final = re.compile(r"\w+")
_STEM: Final = 5
"""`anmelden` and `Anmeldung` begin alike."""


def is_key(wish: str) -> bool:
    """Whether a wish is a LeiKa key."""
    return _LEIKA.fullmatch(wish) is not None


def fits(wish: str, name: str) -> bool:
    """Whether each word of the wish stands in the name, in this form or another."""
    words = name.casefold()
    return all(word[: max(_STEM, len(word) - 2)] in words for word in _WORD.findall(wish.casefold()))


def is_local(entry: dict[str, Any], ars: str) -> bool:
    """Whether the town itself offers it: its own key is named, not only that of the state or the federation."""
    return ars in listed(entry, "ars", "arsList", "regionalKeys")


def chosen(
    entries: Sequence[dict[str, Any]], wishes: Sequence[str], ars: str, each: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """The entries to take (local ones first, then at most `each` for a wish), and the wishes nothing was found for."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if is_local(entry, ars):
            found.setdefault(text(entry, "id"), entry)
    missing = []
    for wish in wishes:
        fitting = [entry for entry in entries if not is_key(wish) and fits(wish, text(entry, "name", "title"))]
        # The shortest name is the general one: "Personalausweis", not "Personalausweis für Seeleute ausstellen".
        fitting.sort(key=lambda entry: (not is_local(entry, ars), len(text(entry, "name", "title")), text(entry, "id")))
        for entry in fitting[:each]:
            found.setdefault(text(entry, "id"), entry)
        if not fitting:
            missing.append(wish)
    return [entry for id_, entry in found.items() if id_], missing
