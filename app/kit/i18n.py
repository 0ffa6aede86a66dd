"""Texts in the reader's language: English msgids in code, catalogues in `app/locale/<locale>/<part>.po`."""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent.parent / "locale"
LOCALES = ("de", "en", "de-simple")
DEFAULT_LOCALE = "de"

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """The compiled catalogue; `de-simple` falls back to `de`, everything to the msgid."""
    merged = Catalog(locale=locale.partition("-")[0])
    for path in sorted((CATALOGUES / locale).glob("*.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    if locale == "de-simple":
        translations.add_fallback(catalogue("de"))
    return translations


def locale() -> str:
    """The reader's locale, one of `LOCALES`."""
    return _locale.get()


def language() -> str:
    """The BCP 47 language for `lang=` and Babel: `de` or `en`."""
    return _locale.get().partition("-")[0]


@contextmanager
def reading_in(name: str) -> Iterator[None]:
    """Translate into `name` inside the block; an unknown locale means German."""
    token = _locale.set(name if name in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def negotiate(accept_language: str) -> str:
    """The best of our locales for an Accept-Language header (RFC 9110, section 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.lower().split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        try:
            quality = float(rest.partition("q=")[2] or 1)
        except ValueError:
            continue
        wanted.append((-quality, tag))
    for _, tag in sorted(wanted, key=lambda pair: pair[0]):
        if tag in LOCALES:
            return tag
        if tag.partition("-")[0] in LOCALES:
            return tag.partition("-")[0]
    return DEFAULT_LOCALE


def gettext_(message: str) -> str:
    """Translate `message` now."""
    return catalogue(_locale.get()).gettext(message) if message else ""


def ngettext_(singular: str, plural: str, number: int) -> str:
    """Translate with the plural form for `number`."""
    return catalogue(_locale.get()).ngettext(singular, plural, number)


class Lazy:
    """A text that is translated when it is shown: for module-level titles."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext_(self.message)

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(gettext_(self.message)))


def lazy(message: str) -> Lazy:
    """Mark `message` for the catalogue and translate it when it is shown."""
    return Lazy(message)
