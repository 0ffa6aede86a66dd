"""What we ask of issuers, through the one guarded way out."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from app.identity.party.errors import IssuerAway, IssuerBroken
from app.identity.party.issuers import Issuer, may_be_asked
from app.kit.http import BadStatus, FetchError, Garbled, Http, Posted, Refused, TooBig

SECONDS: Final = 8.0
"""A person waits for it."""
BYTES: Final = 500_000

_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[frozenset[str], Http]]" = WeakKeyDictionary()


def client(issuer: Issuer) -> Http:
    """This event loop's client for the issuer."""
    mine = _clients.setdefault(asyncio.get_running_loop(), {})
    allowed = issuer.private_hosts
    if allowed not in mine:
        mine[allowed] = Http(private_hosts=allowed).impatient()
    return mine[allowed]


async def close() -> None:
    """Close this event loop's clients."""
    for one in _clients.pop(asyncio.get_running_loop(), {}).values():
        await one.aclose()


async def json_of(issuer: Issuer, url: str) -> dict[str, Any]:
    """A JSON object; raises `IssuerAway`, `IssuerBroken`."""
    if not may_be_asked(url, issuer.private_hosts):
        raise IssuerBroken("metadata")
    try:
        fetched = await client(issuer).get(url, accept="application/json", total_seconds=SECONDS, body_bytes=BYTES)
    except (Refused, TooBig, Garbled) as error:
        raise IssuerBroken("metadata") from error
    except BadStatus as error:
        raise (IssuerAway() if error.answer >= 500 else IssuerBroken("metadata")) from error
    except FetchError as error:
        raise IssuerAway from error
    try:
        return msgspec.json.decode(fetched.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IssuerBroken("metadata") from error


async def post(issuer: Issuer, url: str, form: Mapping[str, str], authorization: str = "") -> Posted:
    """Send a form; raises `IssuerAway`, `IssuerBroken`."""
    if not may_be_asked(url, issuer.private_hosts):
        raise IssuerBroken("metadata")
    try:
        answer = await client(issuer).post(url, form, authorization=authorization, total_seconds=SECONDS)
    except (Refused, TooBig, Garbled) as error:
        raise IssuerBroken("answer") from error
    except FetchError as error:
        raise IssuerAway from error
    if answer.status >= 500:
        raise IssuerAway
    return answer
