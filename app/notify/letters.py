"""What each kind of mail says. One letter becomes the text and the HTML alike, so that both say the same."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from babel.dates import format_date, format_datetime

from app.identity.outbox import ASKED_FOR
from app.kit import clock, i18n
from app.kit.i18n import gettext_ as _


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail before it is laid out."""

    subject: str
    before: tuple[str, ...]
    """Paragraphs above the button."""
    label: str = ""
    link: str = ""
    after: tuple[str, ...] = ()
    """Paragraphs below the button."""
    greeting: str = ""
    off: str = ""
    """Address that ends mails like this in one tap (RFC 8058)."""


Told = Mapping[str, str]

LONGEST_VALUE: Final = 300
_ADDRESSES: Final = frozenset({"link", "off"})
_LOOKS_LIKE_AN_ADDRESS = re.compile(r"[:/@\\]|\w\.\w")
_LONGEST_NAME = 60
_CLOCK_TIME = {"de": "d. MMMM y, HH:mm 'Uhr'", "en": "d MMMM y, HH:mm"}


def write(kind: str, locale: str, told: Told) -> Letter:
    """The letter in the reader's language; raises `KeyError` for a kind that no text exists for."""
    with i18n.reading_in(locale):
        link = told.get("link", "")
        told = {key: value if key in _ADDRESSES else one_line(value) for key, value in told.items()}
        letter = _LETTERS[kind](told)
        name = told.get("name", "")
        greeting = _("Hello %(name)s,") % {"name": name} if name and _may_greet(kind, name) else _("Hello,")
        # A button leads to a page of ours or is left out.
        safe = link if link.startswith(("https://", "http://")) and not re.search(r"\s", link) else ""
        return msgspec.structs.replace(
            letter, greeting=greeting, link=safe if letter.label else "", label=letter.label if safe else ""
        )


def one_line(value: str) -> str:
    """A value as it may stand in a subject: no line ends, nothing invisible, not endless."""
    squeezed = " ".join("".join(char if char.isprintable() else " " for char in value).split())
    return squeezed if len(squeezed) <= LONGEST_VALUE else squeezed[: LONGEST_VALUE - 1] + "…"


def _may_greet(kind: str, name: str) -> bool:
    """A stranger could register somebody's address under a name that advertises: such a name is left out."""
    return kind not in ASKED_FOR or (len(name) <= _LONGEST_NAME and not _LOOKS_LIKE_AN_ADDRESS.search(name))


def _moment(value: str) -> str:
    """A time or a date (ISO 8601) in words of the reader's language, in the time of Berlin."""
    try:
        if len(value) == len("2026-11-22"):
            return format_date(date.fromisoformat(value), "long", locale=i18n.language())
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(clock.BERLIN)
    return format_datetime(local, _CLOCK_TIME[i18n.language()], locale=i18n.language())


def _confirm(_told: Told) -> Letter:
    return Letter(
        subject=_("Confirm your e-mail address"),
        before=(
            _("You have registered with this address. Confirm that it is yours, and your account is ready."),
            _("You can then sign in with it in every village that takes part."),
        ),
        label=_("Confirm the address"),
        after=(
            _("The link works once and only for a while."),
            _("It was not you? Then you need not do anything. Without your confirmation there is no account."),
        ),
    )


def _known_address(_told: Told) -> Letter:
    return Letter(
        subject=_("You already have an account"),
        before=(
            _("Somebody wanted to register with this address, most likely you."),
            _("The address already has an account. Nothing was changed: sign in as always."),
            _("If you no longer know your password, you can choose a new one."),
        ),
        label=_("Choose a new password"),
        after=(_("It was not you? Then you need not do anything."),),
    )


def _reset(_told: Told) -> Letter:
    return Letter(
        subject=_("Choose a new password"),
        before=(_("Somebody asked for a new password for your account, most likely you."),),
        label=_("Choose a new password"),
        after=(
            _("The link works once and only for a while."),
            _("It was not you? Then you need not do anything. Your password stays as it is."),
        ),
    )


def _password_changed(_told: Told) -> Letter:
    return Letter(
        subject=_("Your password was changed"),
        before=(
            _("The password of your account was changed just now."),
            _("It was not you? Then choose a new password at once and look through your devices."),
        ),
        label=_("To my account"),
    )


def _email_change_old(told: Told) -> Letter:
    return Letter(
        subject=_("Your e-mail address is to be changed"),
        before=(
            _("Your account is to use the address %(new_email)s from now on.") % {"new_email": told["new_email"]},
            _("The change counts as soon as the new address is confirmed."),
            _("It was not you? Then choose a new password at once and look through your devices."),
        ),
        label=_("To my account"),
    )


def _email_change_new(_told: Told) -> Letter:
    return Letter(
        subject=_("Confirm your new e-mail address"),
        before=(_("An account is to use this address from now on. Confirm that it is yours."),),
        label=_("Confirm the address"),
        after=(
            _("The link works once and only for a while."),
            _("It was not you? Then you need not do anything. Without your confirmation nothing changes."),
        ),
    )


def _new_device(told: Told) -> Letter:
    known = (
        _("Device: %(device)s") % {"device": told["device"]} if told.get("device") else "",
        _("Time: %(at)s") % {"at": _moment(told["at"])} if told.get("at") else "",
    )
    return Letter(
        subject=_("New sign-in to your account"),
        before=(
            _("Somebody has signed in to your account on a device that we do not know yet."),
            *(line for line in known if line),
            _("Was it you? Then all is well."),
            _("It was not you? Then sign the device out and choose a new password at once."),
        ),
        label=_("See my devices"),
    )


def _as_role(role: str) -> str:
    match role:
        case "owner":
            return _("You will be in charge there: of the people, the sources and the contents.")
        case "editor":
            return _("You will write and publish news, events and pages there.")
        case "moderator":
            return _("You will look after reports and comments there.")
        case "provider":
            return _("You will publish news and events there for your organisation.")
        case "state":
            return _("You will see the figures of your area there.")
        case _:
            return ""


def _invitation(told: Told) -> Letter:
    if told.get("inviter"):
        invites = _("%(inviter)s invites you to work on the village page of %(town)s.")
    else:
        invites = _("You are invited to work on the village page of %(town)s.")
    until = told.get("until", "")
    ends = (_("The invitation is valid until %(until)s.") % {"until": _moment(until)},) if until else ()
    lines = (invites % {"inviter": "", **told}, _as_role(told["role"]))
    return Letter(
        subject=_("Invitation to %(town)s") % {"town": told["town"]},
        before=tuple(line for line in lines if line),
        label=_("Accept the invitation"),
        after=(*ends, _("You do not expect an invitation? Then you need not do anything.")),
    )


def _account_closing(told: Told) -> Letter:
    return Letter(
        subject=_("Your account will be deleted"),
        before=(
            _("As you wished, your account will be deleted on %(day)s.") % {"day": _moment(told["closes_on"])},
            _("Until then you can change your mind. After that your data can not be brought back."),
        ),
        label=_("Keep my account"),
    )


def _account_closed(_told: Told) -> Letter:
    return Letter(
        subject=_("Your account is deleted"),
        before=(
            _("Your account and what was stored about you are deleted, in all villages."),
            _("Thank you for having been with us."),
        ),
    )


def _feed_down(told: Told) -> Letter:
    return Letter(
        subject=_("%(town)s: the source “%(feed)s” is disturbed") % told,
        before=(
            _("The source “%(feed)s” of %(town)s can not be read at the moment.") % told,
            told["problem"],
            _("What has been taken over so far stays visible. We keep trying and write to you when it works again."),
        ),
        label=_("See the source"),
    )


def _feed_up(told: Told) -> Letter:
    return Letter(
        subject=_("%(town)s: the source “%(feed)s” works again") % told,
        before=(_("The source “%(feed)s” of %(town)s can be read again. You need not do anything.") % told,),
        label=_("See the source"),
    )


def _announcement(told: Told) -> Letter:
    lines = tuple(told[key] for key in sorted(told) if key.startswith("line"))
    return Letter(
        subject=_("%(town)s: %(title)s") % told if not lines else told["title"],
        before=tuple(text for text in (told.get("text", ""), *(f"• {line}" for line in lines)) if text),
        label=_("Read it"),
        after=(_("You get this mail because you asked %(town)s for messages.") % told,),
        off=told["off"],
    )


_LETTERS: Final[dict[str, Callable[[Told], Letter]]] = {
    "confirm": _confirm,
    "known-address": _known_address,
    "reset": _reset,
    "password-changed": _password_changed,
    "email-change-old": _email_change_old,
    "email-change-new": _email_change_new,
    "new-device": _new_device,
    "invitation": _invitation,
    "account-closing": _account_closing,
    "account-closed": _account_closed,
    "feed-down": _feed_down,
    "feed-up": _feed_up,
    "announcement": _announcement,
}
