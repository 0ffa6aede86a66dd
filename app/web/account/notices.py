"""What the next page says after something was done: a fixed text for a fixed word in the address."""

from app.kit.i18n import gettext_ as _

_TEXTS = {
    "confirmed": "Your e-mail address is confirmed. Sign in now.",
    "new-password": "Your new password is set. Sign in with it now.",
    "signed-out": "You are signed out, here and in every village.",
    "too-late": "That took too long. Please sign in again.",
    "name": "Your name is saved.",
    "email": "We have sent a link to the new address. The change is made when you open it.",
    "email-changed": "Your e-mail address is changed.",
    "password": "Your password is changed. Your other devices are signed out.",
    "passkey": "The passkey is set up. From now on you can sign in with it.",
    "passkey-removed": "The passkey is removed.",
    "totp": "The authenticator app is set up. From now on we ask for a code when you sign in.",
    "totp-removed": "The authenticator app is removed.",
    "device": "The device is signed out.",
    "devices": "All other devices are signed out.",
    "kept": "Your account stays. Nothing was deleted.",
    "consent": "Your choice is saved.",
}


def text(word: str) -> str:
    """The text for `word` in the reader's language, empty for an unknown one."""
    return _(_TEXTS[word]) if word in _TEXTS else ""
