"""Several answers as one body, for sources that need more than one request.

A connector's `fetch` packs what it got, its `parse` unpacks it: so a run still is one body, which can be kept, hashed
and parsed again. The same answers give the same bytes.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from app.feeds.failures import Stop
from app.kit.http import Fetched

BUNDLE: Final = "application/vnd.village.bundle+json"
"""Media type of a packed body."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of several."""

    name: str
    """What it is to the connector, e.g. `dashboard` or `detail`."""
    url: str
    body: bytes
    content_type: str = ""


def pack(parts: Sequence[Part]) -> bytes:
    """All parts as one body."""
    return msgspec.json.encode(parts)


def unpack(body: bytes) -> list[Part]:
    """The parts of a body; raises `Stop` when it is none."""
    try:
        return msgspec.json.decode(body, type=list[Part])
    except msgspec.DecodeError as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error


def named(parts: Sequence[Part], name: str) -> Iterator[Part]:
    """The parts of that name."""
    return (part for part in parts if part.name == name)


def part_of(name: str, fetched: Fetched) -> Part:
    """An answer as a part."""
    return Part(name=name, url=fetched.url, body=fetched.body, content_type=fetched.content_type)


def bundled(parts: Sequence[Part], first: Fetched) -> Fetched:
    """One answer out of many; validators and pace are those of `first`, which tells whether anything changed."""
    return Fetched(
        status="new",
        url=first.url,
        body=pack(parts),
        content_type=BUNDLE,
        etag=first.etag,
        last_modified=first.last_modified,
        max_age=first.max_age,
        retry_after=first.retry_after,
    )
