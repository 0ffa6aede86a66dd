"""The key that makes a form act once, however often its button is pressed; see `app.web.idempotency`."""

import secrets
from typing import Final

from markupsafe import Markup

FIELD: Final = "_once"
"""The form field; in a form with files it stands before them."""


def fresh_key() -> str:
    """A key for a page that nobody keeps and nobody else gets."""
    return secrets.token_urlsafe(18)


def field() -> Markup:
    """The field for a form, as `once()` in templates: for pages of one person, never for what is kept for all."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, fresh_key())
