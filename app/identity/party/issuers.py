"""Whom a village trusts to say who somebody is: the deployment's issuer for everyone, a second one for its staff."""

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from app.identity.party.errors import IssuerBroken
from app.identity.provider.metadata import issuer as our_issuer
from app.settings import named_secret, settings
from app.tenancy import current
from app.tenancy.village import setting

VILLAGE: Final = "village:"
"""Before the slug in the client id of a village at our own issuer."""
PLATFORM: Final = "platform"
SETTING: Final = "oidc"
"""The town's setting: `{"issuer": URL, "client_id": …, "client_secret": "env:NAME", "title": …}`."""
SECRETS: Final = "VILLAGE_OIDC_SECRET_"
"""A town can name the one variable that is called after it, e.g. `VILLAGE_OIDC_SECRET_BAD_BELZIG`, and no other."""


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID provider, and who we are to it."""

    url: str
    client_id: str
    client_secret: str = ""
    own: bool = False
    """The deployment's own provider."""
    trusted: bool = True
    """Chosen by the operator: it may say which account an e-mail address belongs to."""
    title: str = ""
    """What people call it; empty for the deployment's."""

    def __repr__(self) -> str:
        return f"Issuer({self.url!r})"

    @property
    def session_issuer(self) -> str:
        """As `Session.issuer` names it: empty for our own."""
        return "" if self.own else self.url

    @property
    def private_hosts(self) -> frozenset[str]:
        """`host:port` that may be asked although it is not public: the operator's own choice only."""
        return settings().feed_private_hosts | ({address_of(self.url)} if self.trusted else frozenset())


class _Told(msgspec.Struct, frozen=True):
    issuer: str
    client_id: str
    client_secret: str = ""
    title: str = ""


def deployment(slug: str) -> Issuer:
    """The issuer for everyone, as the village `slug` asks it (the platform's host when empty)."""
    chosen = settings()
    if not chosen.oidc_issuer:
        return Issuer(url=our_issuer(), client_id=VILLAGE + slug if slug else PLATFORM, own=True)
    return Issuer(
        url=chosen.oidc_issuer,
        client_id=chosen.oidc_client_id,
        client_secret=chosen.oidc_client_secret,
    )


async def of_staff() -> Issuer | None:
    """The current town's additional issuer; None when it has none. Raises `IssuerBroken` for one that can't be used."""
    told = await setting(SETTING)
    # The next step asks the network: the connection is for others meanwhile.
    await current().close()
    return staff_issuer(told, current().slug) if told else None


def staff_issuer(told: Any, slug: str) -> Issuer:
    """Read the setting; raises `IssuerBroken`."""
    try:
        one = msgspec.convert(told, _Told)
    except msgspec.ValidationError as error:
        raise IssuerBroken("metadata") from error
    chosen = settings()
    taken = one.issuer in (our_issuer(), chosen.oidc_issuer)
    if taken or not one.issuer or not one.client_id or not may_be_asked(one.issuer, chosen.feed_private_hosts):
        raise IssuerBroken("metadata")
    return Issuer(
        url=one.issuer,
        client_id=one.client_id,
        client_secret=_secret(one.client_secret, slug),
        trusted=False,
        title=one.title[:80],
    )


def _secret(reference: str, slug: str) -> str:
    if not reference:
        return ""
    name = reference.removeprefix("env:")
    # Whoever writes the setting also says where the secret is sent: no other variable may be named.
    if name == reference or name != SECRETS + slug.replace("-", "_").upper():
        raise IssuerBroken("client")
    return named_secret(name)


def address_of(url: str) -> str:
    """`host:port` of an address, empty for one that has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname else ""


def may_be_asked(url: str, private_hosts: frozenset[str]) -> bool:
    """Whether secrets and tokens may travel there: TLS, or a neighbour that the operator named."""
    return url.startswith("https://") or (url.startswith("http://") and address_of(url) in private_hosts)
