"""From a letter to a message (RFC 5322, MIME): the same words as text and as HTML, no picture and nothing from afar."""

import hashlib
import hmac
import textwrap
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Final

import idna
import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.identity.secret import derived
from app.kit import clock, i18n
from app.kit.i18n import gettext_ as _
from app.notify.letters import Letter, one_line
from app.web.site import Theme
from app.web.theme import Palette, palettes

WIDTH: Final = 72
"""Columns of the text part."""
PLATFORM: Final = "Smart Village"


class Sender(msgspec.Struct, frozen=True):
    """In whose name a mail is sent."""

    name: str = PLATFORM
    """The town's name, or the platform's."""
    origin: str = ""
    """Where its pages are."""
    theme: Theme = Theme()


def plain(letter: Letter, sender: Sender) -> str:
    """The text part; links stand on lines of their own and are never broken."""
    blocks = [letter.greeting, *letter.before]
    paragraphs = [_wrapped(block) for block in blocks]
    if letter.link:
        paragraphs.append(f"{letter.label}:\n{letter.link}")
    paragraphs += [_wrapped(block) for block in letter.after]
    if letter.off:
        paragraphs.append(f"{_off()}:\n{letter.off}")
    foot = "\n".join(line for line in (sender.name, sender.origin, _wrapped(_closing())) if line)
    # `-- ` with its blank begins a signature, which programs show smaller.
    return "\n\n".join([*paragraphs, f"-- \n{foot}"]) + "\n"


def html(letter: Letter, sender: Sender, locale: str) -> str:
    """The HTML part, in the town's colour."""
    return _page().render(
        letter=letter,
        sender=sender,
        closing=_closing(),
        off=_off(),
        aside=_("The button does not work? Then copy this address into your browser:"),
        language=locale.partition("-")[0],
        colours=_colours(sender.theme),
    )


def message(letter: Letter, sender: Sender, *, to: str, by: str, number: int, locale: str) -> EmailMessage:
    """The whole message from the address `by` to the address `to`.

    `number` is the row's: a message that is sent a second time after a crash has the same Message-ID.
    """
    with i18n.reading_in(locale):
        made = EmailMessage(policy=SMTP)
        by_name, _at, by_domain = by.rpartition("@")
        made["From"] = Address(display_name=one_line(sender.name), username=by_name, addr_spec=None, domain=by_domain)
        made["To"] = deliverable(to)
        made["Subject"] = one_line(letter.subject)
        made["Date"] = format_datetime(clock.now())
        made["Message-ID"] = f"<{_mark(number)}@{by_domain}>"
        # Nobody's absence note shall answer (RFC 3834; the second is Exchange's word for it).
        made["Auto-Submitted"] = "auto-generated"
        made["X-Auto-Response-Suppress"] = "All"
        if letter.off:
            # Mail programs show a button for it (RFC 2369, RFC 8058).
            made["List-Unsubscribe"] = f"<{letter.off}>"
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        made.set_content(plain(letter, sender), cte="quoted-printable")
        made.add_alternative(html(letter, sender, locale), subtype="html", cte="quoted-printable")
        # Last: content that is set takes every Content-… header with it.
        made["Content-Language"] = locale.partition("-")[0]
    return made


def deliverable(address: str) -> str:
    """The address with its domain as servers write it (RFC 5891); raises `UnicodeError` for a domain that is none."""
    name, _at, domain = address.rpartition("@")
    return f"{name}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def _closing() -> str:
    return _("This mail was written by the platform itself. Please do not answer it.")


def _off() -> str:
    return _("No more such mails")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _mark(number: int) -> str:
    return hmac.new(derived("message id"), str(number).encode(), hashlib.sha256).hexdigest()[:32]


@cache
def _colours(theme: Theme) -> Palette:
    return palettes(theme)[0]


@cache
def _page() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("letter.html")
