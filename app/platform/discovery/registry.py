"""A list of known OParl servers: which of them may be this municipality's."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from app.feeds.connector import Stop
from app.kit.http import Http
from app.tenancy.municipality_search import fold

MOST_BYTES: Final = 5_000_000
_DEEP: Final = 8
_NAMED: Final = ("title", "name", "body", "bodies", "description")
_ADDRESSES: Final = ("url", "oparlURL", "endpoint", "system")


async def servers_of(registry: str, name: str, http: Http) -> list[str]:
    """Addresses of servers that are named like the municipality; raises a `FetchError` or `Stop`."""
    fetched = await http.get(registry, accept="application/json", body_bytes=MOST_BYTES)
    return servers(fetched.body, name)


def servers(body: bytes, name: str) -> list[str]:
    """The servers of the list whose title or body has the name as whole words; raises `Stop` for what is no JSON."""
    try:
        known = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise Stop("The list of OParl servers can't be read.", code="unreadable") from error
    wanted = f" {fold(name)} "
    found: list[str] = []
    for entry in _objects(known, 0):
        address = next((entry[key] for key in _ADDRESSES if isinstance(entry.get(key), str)), "")
        fits = any(wanted in f" {fold(said)} " for said in _names(entry, 0))
        if fits and address.startswith(("http://", "https://")) and address not in found:
            found.append(address)
    return found


def _objects(value: Any, deep: int) -> Iterator[dict[str, Any]]:
    if deep > _DEEP:
        return
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _objects(child, deep + 1)


def _names(value: Any, deep: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:500]
    elif deep < 3 and isinstance(value, dict):
        for key in _NAMED:
            yield from _names(value.get(key), deep + 1)
    elif deep < 3 and isinstance(value, list):
        for child in value:
            yield from _names(child, deep + 1)
