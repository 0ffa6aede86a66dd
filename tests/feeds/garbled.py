"""Recordings with something broken in them, the same each time: odd values in JSON, odd bytes in everything else."""

import io
import json
import random
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from app.feeds.bundle import pack, unpack
from app.feeds.connector import Stop

OF_EACH: Final = 60
"""Broken ones of a recording, or of a part of it."""
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, -1, 10**30, 1.5, float("nan"), "", "\0", "\ud800x", "x" * 3_000, "NaN", "²", "http://[::1"),
    *("2026-99-99T00:00:00Z", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00"),
    *([], {}, [[]], [None], {"a": []}, ["x", 1, None]),
)  # fmt: skip
BYTES: Final = (
    *(b"\0", b"<", b"&#x0;", b"&x;", b";", b":", b",", b'"', b"-", b"\n", b"\xff\xfe", b"NaN", b"inf", b"9999"),
    *(b"99999999999999999999", b"99:99:99", b"00000000", b"\xc2\xb2"),
)


def bodies(recording: Path) -> Iterator[bytes]:
    """The recording, broken in many ways: as it is, part by part, and inside its archive."""
    chance = random.Random(recording.name)  # noqa: S311  # the same mishaps each time
    body = recording.read_bytes()
    try:
        parts = unpack(body)
    except Stop:
        parts = []
    for place, part in enumerate(parts):
        for broken in _broken(part.body, chance, OF_EACH // len(parts) + 10):
            yield pack([*parts[:place], msgspec.structs.replace(part, body=broken), *parts[place + 1 :]])
        yield pack([*parts[:place], *parts[place + 1 :]])
    if not parts:
        yield from _broken(body, chance, OF_EACH)
    if body.startswith(b"PK"):
        yield from _repacked(body, chance)


def _repacked(body: bytes, chance: random.Random) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, content in files.items():
        for broken in _broken(content, chance, OF_EACH // len(files) + 10):
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                for other, kept in files.items():
                    archive.writestr(other, broken if other == name else kept)
            yield packed.getvalue()


def _broken(body: bytes, chance: random.Random, count: int) -> Iterator[bytes]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict | list):
        places = list(_places(document))
        for _ in range(count):
            yield _written(_put(document, chance.choice(places), chance.choice(VALUES)))
        return
    for _ in range(count if body else 0):
        yield _scratched(body, chance)


def _scratched(body: bytes, chance: random.Random) -> bytes:
    scratched = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        place = chance.randrange(len(scratched) + 1)
        what = chance.random()
        if what < 0.5:
            scratched[place : place + 1] = bytes([chance.randrange(256)])
        elif what < 0.75:
            del scratched[place : place + chance.randrange(1, 9)]
        else:
            scratched[place:place] = chance.choice(BYTES)
    return bytes(scratched)


def _places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield from _places(value, (*way, key))


def _put(node: Any, way: Sequence[Any], value: Any) -> Any:
    """A copy of the document with this value at this place."""
    if not way:
        return value
    first, *rest = way
    if isinstance(node, dict):
        return node | {first: _put(node[first], rest, value)}
    return [*node[:first], _put(node[first], rest, value), *node[first + 1 :]]


def _written(document: Any) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode()
