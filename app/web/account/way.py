"""Where somebody goes after a form of the account: only ever a path of this host, usually back to a village."""

import re
from urllib.parse import parse_qsl, quote, urlsplit

from app.settings import settings
from app.tenancy.errors import UnknownTenant
from app.tenancy.registry import place_of
from app.web.edge import SECURITY

HOME = "/identity/account"
AUTHORIZE = "/identity/authorize"
TENANT_CLIENT = "village:"
"""Before the slug in the client id of a village."""

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,3999}")
"""Visible ASCII without backslashes: what a browser reads as a path of the same host and nothing else."""
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?")
_POLICY = next(value.decode() for name, value in SECURITY if name == b"content-security-policy")


def safe(raw: str) -> str:
    """`raw` when it is a path of this host, the account page otherwise."""
    return raw if _PATH.fullmatch(raw) else HOME


def with_next(path: str, goes_to: str) -> str:
    """`path` that remembers where to go afterwards."""
    joint = "&" if "?" in path else "?"
    return path if goes_to == HOME else f"{path}{joint}next={quote(goes_to, safe='/')}"


def _asked(goes_to: str) -> dict[str, str]:
    """What an application asks for in an authorization request; empty for any other way."""
    parts = urlsplit(goes_to)
    return dict(parse_qsl(parts.query, max_num_fields=50)) if parts.path == AUTHORIZE else {}


def login_hint(goes_to: str) -> str:
    """The address that an application expects (OpenID Connect Core 3.1.2.1)."""
    return _asked(goes_to).get("login_hint", "")[:254]


async def place_name(goes_to: str) -> str:
    """The village that somebody comes from, e.g. `Bad Belzig`, or nothing."""
    client = _asked(goes_to).get("client_id", "")
    if not client.startswith(TENANT_CLIENT):
        return ""
    try:
        return (await place_of(client.removeprefix(TENANT_CLIENT)[:63])).name
    except UnknownTenant:
        return ""


def policy(goes_to: str) -> str:
    """The content security policy of a page whose form may end on the host of an application.

    Browsers hold `form-action` against every redirect that follows a form. The provider checks the address itself.
    """
    address = urlsplit(_asked(goes_to).get("redirect_uri", ""))
    origin = f"{address.scheme}://{address.netloc.lower()}"
    if not _ORIGIN.fullmatch(origin) or origin == settings().origin:
        return _POLICY
    return _POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
