"""The copy of a person's data in words: sections and labels a person understands, in their language."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from babel.dates import format_datetime

from app.identity.privacy import Copy
from app.kit import i18n
from app.kit.i18n import Lazy
from app.kit.i18n import lazy as _

SECTIONS: Final[dict[str, Lazy]] = {
    "account": _("Your account"),
    "sign_in_methods": _("Passkeys and authenticator apps"),
    "other_providers": _("Accounts elsewhere that you sign in with"),
    "sessions": _("Where you are signed in"),
    "applications": _("Applications that act for you"),
    "links": _("Links that were sent to you"),
    "roles": _("Your roles"),
    "invitations": _("Invitations to you"),
    "consents": _("What you agreed to"),
    "mails": _("E-mails to you"),
    "record": _("What you did and what was done to your account"),
}
LABELS: Final[dict[str, Lazy]] = {
    "sub": _("Number of the account"),
    "email": _("E-mail address"),
    "email_verified_at": _("Confirmed"),
    "name": _("Name"),
    "locale": _("Language"),
    "state": _("State"),
    "created_at": _("Made"),
    "changed_at": _("Changed"),
    "closes_at": _("Will be erased"),
    "has_password": _("Has a password"),
    "kind": _("Kind"),
    "used_at": _("Last used"),
    "issuer": _("Provider of the sign-in"),
    "subject": _("Number there"),
    "host": _("Address"),
    "device": _("Device"),
    "methods": _("Proof"),
    "signed_in_at": _("Signed in"),
    "seen_at": _("Last seen"),
    "expires_at": _("Valid until"),
    "client_id": _("Short name"),
    "scope": _("May see"),
    "revoked_at": _("Ended"),
    "purpose": _("Purpose"),
    "village": _("Village"),
    "role": _("Role"),
    "provider": _("Provider"),
    "area": _("Area"),
    "accepted_at": _("Accepted"),
    "withdrawn_at": _("Withdrawn"),
    "document": _("Document"),
    "version": _("Version"),
    "given_at": _("Agreed"),
    "recipient": _("Recipient"),
    "sent_at": _("Sent"),
    "at": _("Time"),
    "action": _("Action"),
    "target": _("Concerns"),
    "detail": _("Details"),
    "id": _("Number"),
    "title": _("Title"),
}


VALUES: Final[dict[tuple[str, str], Lazy]] = {
    ("state", "active"): _("active"),
    ("state", "closing"): _("is being closed"),
    ("kind", "issuer"): _("on the platform"),
    ("kind", "village"): _("in a village"),
    ("kind", "passkey"): _("Passkey"),
    ("kind", "totp"): _("Authenticator app"),
    ("role", "owner"): _("Owner"),
    ("role", "editor"): _("Editor"),
    ("role", "moderator"): _("Moderator"),
    ("role", "provider"): _("Provider"),
    ("role", "operator"): _("Operator of the platform"),
    ("role", "state"): _("State or district staff"),
}
"""Words for values that are short names, by label."""


class Section(msgspec.Struct, frozen=True):
    """A part of the copy: its title and its entries as pairs of label and text."""

    title: str
    entries: list[list[tuple[str, str]]]


def sections(copy: Copy, zone: ZoneInfo) -> Iterator[Section]:
    """The whole copy: the platform's parts, then each village; empty parts are named too, for nothing is hidden."""
    for part, rows in copy.platform.items():
        yield Section(str(SECTIONS[part]), [_entry(row, zone) for row in rows])
    for slug, tables in copy.villages.items():
        for table, rows in tables.items():
            yield Section(f"{slug}: {table}", [_entry(row, zone) for row in rows])


def _entry(row: dict[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    told = ((key, _value(key, value, zone)) for key, value in row.items())
    return [(str(LABELS.get(key, key)), text) for key, text in told if text]


def _value(key: str, value: Any, zone: ZoneInfo) -> str:
    known = VALUES.get((key, value)) if isinstance(value, str) else None
    return _text(value, zone) if known is None else str(known)


def _text(value: Any, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return i18n.gettext_("yes") if value else i18n.gettext_("no")
    if isinstance(value, datetime):
        return str(format_datetime(value, "medium", tzinfo=zone, locale=i18n.language()))
    if isinstance(value, list):
        return ", ".join(_text(one, zone) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{LABELS.get(key, key)}: {_value(key, one, zone)}" for key, one in value.items())
    return str(value)
