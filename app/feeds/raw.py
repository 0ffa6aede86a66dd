"""The last answers of a feed as they came, so that they can be read again after a mistake of ours was mended.

    await raw.keep(raw.town("bad-belzig"), feed.name, fetched)
    await raw.keep(raw.region("vbb"), feed.name, fetched)

Two of each feed, compressed, in a folder of the town (deleted with it) or of the region.
"""

import asyncio
import contextlib
import gzip
import re
import shutil
import zlib
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from app.feeds.connector import Fetched
from app.kit import clock
from app.tenancy import keys

KEPT: Final = 2
MOST_BYTES: Final = 5_000_000
"""Of one answer, compressed; a larger one is not kept."""
MOST_BODY: Final = 60_000_000
"""Of one answer as it came: compressing more costs too much for what it is worth."""
_LEVEL: Final = 1
_STAMP: Final = "%Y%m%dT%H%M%S%f"
_FILE: Final = re.compile(r"\d{8}T\d{12}\.gz")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,100}")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A kept answer."""

    url: str
    content_type: str = ""
    charset: str = ""
    fetched_at: datetime
    body: bytes = b""


def town(slug: str) -> Path:
    """The folder of a town."""
    return keys.raw_folder(slug)


def region(name: str) -> Path:
    """The folder of a region."""
    return keys.region_raw_folder(name)


async def keep(owner: Path, feed: str, fetched: Fetched, *, most: int = KEPT) -> bool:
    """Keep an answer beside those before it, `most` in all; False for one that is too large, empty or lies in a file.

    A full disk costs the copy, never the run.
    """
    if not fetched.body or fetched.path is not None or len(fetched.body) > MOST_BODY:
        return False
    head = Answer(
        url=fetched.url, content_type=fetched.content_type, charset=fetched.charset, fetched_at=clock.now(), body=b""
    )
    try:
        return await asyncio.to_thread(_write, _folder(owner, feed), head, fetched.body, most)
    except OSError:
        return False


async def last(owner: Path, feed: str, back: int = 0) -> Answer | None:
    """The newest kept answer, or the one `back` before it; `None` when there is none that can be read."""
    return await asyncio.to_thread(_read, _folder(owner, feed), back)


def when(owner: Path, feed: str) -> list[datetime]:
    """When the kept answers came, the newest first; by the names of the files."""
    return [datetime.strptime(path.stem, _STAMP).replace(tzinfo=UTC) for path in _files(_folder(owner, feed))]


async def forget(owner: Path, feed: str) -> None:
    """Delete what is kept of a feed, with the feed."""
    await asyncio.to_thread(shutil.rmtree, _folder(owner, feed), ignore_errors=True)


async def tidy(owner: Path, feeds: Collection[str]) -> None:
    """Delete what is kept of feeds that are not there any more."""
    for folder in await asyncio.to_thread(_folders, owner):
        if folder.name not in feeds:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folders(owner: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return [path for path in owner.iterdir() if path.is_dir()]
    return []


def _folder(owner: Path, feed: str) -> Path:
    if not _NAME.fullmatch(feed):
        raise ValueError(f"{feed!r} is no name of a feed")
    return owner / feed


def _files(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return sorted((path for path in folder.iterdir() if _FILE.fullmatch(path.name)), reverse=True)
    return []


def _write(folder: Path, head: Answer, body: bytes, most: int) -> bool:
    packed = gzip.compress(msgspec.json.encode(head) + b"\n" + body, _LEVEL, mtime=0)
    if len(packed) > MOST_BYTES:
        return False
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Microseconds in the name: two runs of a feed never happen at the same one, and names sort by time.
    path = folder / f"{head.fetched_at.strftime(_STAMP)}.gz"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(packed)
    fresh.replace(path)
    for old in _files(folder)[most:]:
        old.unlink(missing_ok=True)
    return True


def _read(folder: Path, back: int) -> Answer | None:
    found = _files(folder)[back : back + 1]
    try:
        head, _, body = gzip.decompress(found[0].read_bytes()).partition(b"\n") if found else (b"", b"", b"")
        return msgspec.structs.replace(msgspec.json.decode(head, type=Answer), body=body) if head else None
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return None  # a copy that was cut off
