"""The names that a town gives itself, in the reader's language: which one is shown is decided here and nowhere else.

A category, a provider or a heading of the menu has a German name and may have an English one. Whoever reads English
gets the English name; where there is none, the German one, which pages mark as German (`{{ name|marked }}`).
"""

from typing import Final, Self

import msgspec
from markupsafe import Markup

from app.kit import i18n

GERMAN: Final = "de"


class Told(str):
    """A text that is not in the reader's language, and which one it is in (BCP 47)."""

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, text: str, lang: str) -> Self:
        """`text` in the language `lang`."""
        made = super().__new__(cls, text)
        made.lang = lang
        return made


def told(german: str, english: str = "") -> str:
    """The name for the reader, a `Told` where there is none in the reader's language."""
    if not german or i18n.language() == GERMAN:
        return german
    return english or Told(german, GERMAN)


def marked(text: str) -> str:
    """The template filter: a `Told` says its language, everything else stays as it is."""
    if isinstance(text, Told):
        return Markup('<span lang="{}">{}</span>').format(text.lang, str(text))
    return text


class Named(msgspec.Struct, frozen=True, gc=False):
    """A category or a provider, as an entry names it."""

    slug: str
    name: str
    """German."""
    name_en: str = ""
    """English; empty where the town gave none."""

    @property
    def told(self) -> str:
        """The name for the reader."""
        return told(self.name, self.name_en)
