"""E-mail addresses and names as people type them: one spelling for each address, no look-alikes, no header lines."""

import re
import unicodedata
from typing import Final

import idna

from app.kit.errors import InvalidInput

LONGEST_NAME: Final = 100
_LONGEST: Final = 254
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")


class BadAddress(InvalidInput):
    """Nobody can be reached at that e-mail address; the text stands at the field `email`."""

    code = "bad-address"

    def __init__(self) -> None:
        text = "Please enter your e-mail address like this: name@example.org."
        super().__init__(text, fields={"email": "Please enter your e-mail address like this: name@example.org."})


class BadName(InvalidInput):
    """The name is too long; the text stands at the field `name`."""

    code = "bad-name"

    def __init__(self) -> None:
        super().__init__(
            "Please use at most 100 characters for the name.",
            fields={"name": "Please use at most 100 characters for the name."},
        )


def spelt(email: str) -> str:
    """The address mail is sent to: NFKC, the part before the @ in ASCII, the host as an IDNA 2008 A-label.

    A letter of another script that looks like a Latin one is refused before the @, and shows as `xn--…` behind it.
    Raises `BadAddress`.
    """
    text = unicodedata.normalize("NFKC", email.strip())
    local, at, host = text.rpartition("@")
    if not at or len(text) > _LONGEST or not _LOCAL.fullmatch(local):
        raise BadAddress
    try:
        # The older IDNA of Python's own codec would send the mail for straße.de to strasse.de.
        domain = idna.encode(host, uts46=True).decode().lower()
    except idna.IDNAError as error:
        raise BadAddress from error
    if "." not in domain or len(local) + 1 + len(domain) > _LONGEST:
        raise BadAddress
    return f"{local}@{domain}"


def normalised(email: str) -> str:
    """The key of an address: `spelt`, in small letters; raises `BadAddress`."""
    return spelt(email).lower()


def tidy(name: str) -> str:
    """A person's name on one line, without control and direction characters; raises `BadName`."""
    if len(name) > 10 * LONGEST_NAME:
        raise BadName
    shown = (" " if char.isspace() else char for char in unicodedata.normalize("NFC", name))
    kept = "".join(char for char in shown if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    text = " ".join(kept.split())
    if len(text) > LONGEST_NAME:
        raise BadName
    return text
