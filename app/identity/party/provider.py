"""What an issuer says of itself: our own from our own code, a foreign one by its discovery document."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from app.identity.party import outgoing
from app.identity.party.claims import ALGORITHMS
from app.identity.party.errors import IssuerBroken
from app.identity.party.issuers import Issuer
from app.identity.party.keys import KeyRing
from app.identity.provider import keys as own_keys
from app.identity.provider.metadata import discovery

KEEP_SECONDS: Final = 3600
WELL_KNOWN: Final = "/.well-known/openid-configuration"


class _Document(msgspec.Struct, frozen=True):
    """The part of OpenID Connect Discovery 1.0 that we read."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    id_token_signing_alg_values_supported: tuple[str, ...] = ("RS256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send a browser, where to ask, and whose signature to believe."""

    issuer: Issuer
    authorize: str
    token: str
    userinfo: str
    end_session: str
    algorithms: frozenset[str]
    auth_methods: tuple[str, ...]
    tells_issuer: bool
    """It names itself in its answers (RFC 9207), so an answer without its name is not its own."""
    ring: KeyRing
    read_at: float


_known: dict[str, Provider] = {}
_asking: dict[str, asyncio.Lock] = {}


async def of(issuer: Issuer) -> Provider:
    """The issuer's provider, remembered for an hour; raises `IssuerAway`, `IssuerBroken`."""
    known = _fresh(issuer)
    if known is not None:
        return known
    async with _asking.setdefault(issuer.url, asyncio.Lock()):
        known = _fresh(issuer)
        if known is not None:
            return known  # somebody else has just asked
        told = discovery() if issuer.own else await outgoing.json_of(issuer, issuer.url.rstrip("/") + WELL_KNOWN)
        last = _known.get(issuer.url)
        made = _provider(issuer, told, last.ring if last is not None and last.issuer == issuer else None)
        _known[issuer.url] = made
        return made


def _fresh(issuer: Issuer) -> Provider | None:
    known = _known.get(issuer.url)
    held = known is not None and known.issuer == issuer and time.monotonic() - known.read_at < KEEP_SECONDS
    return known if held else None


def forget() -> None:
    """Forget what was read, e.g. after the settings changed."""
    _known.clear()
    _asking.clear()


def _provider(issuer: Issuer, told: Mapping[str, Any], ring: KeyRing | None) -> Provider:
    try:
        document = msgspec.convert(told, _Document)
    except msgspec.ValidationError as error:
        raise IssuerBroken("metadata") from error
    # Discovery 1.0, section 4.3: or somebody else's document would speak for this issuer.
    if document.issuer != issuer.url:
        raise IssuerBroken("metadata")
    for address in (document.authorization_endpoint, document.end_session_endpoint):
        if address and not address.startswith(("https://", "http://")):
            raise IssuerBroken("metadata")

    async def fetch() -> Iterable[Mapping[str, Any]]:
        told = await own_keys.jwks() if issuer.own else await outgoing.json_of(issuer, document.jwks_uri)
        listed = told.get("keys")
        if not isinstance(listed, list):
            raise IssuerBroken("metadata")
        return listed

    return Provider(
        issuer=issuer,
        authorize=document.authorization_endpoint,
        token=document.token_endpoint,
        userinfo=document.userinfo_endpoint,
        end_session=document.end_session_endpoint,
        algorithms=ALGORITHMS.intersection(document.id_token_signing_alg_values_supported),
        auth_methods=document.token_endpoint_auth_methods_supported,
        tells_issuer=document.authorization_response_iss_parameter_supported,
        ring=ring or KeyRing(fetch),
        read_at=time.monotonic(),
    )
