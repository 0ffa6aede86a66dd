"""Answers too large for memory: streamed into a file within a limit, behind the same guard as every other fetch."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Final

from app.kit import clock
from app.kit.http.body import BadEncoding, unpacked

BYTES: Final = 600_000_000
TOTAL_SECONDS: Final = 900.0
SILENCE_SECONDS: Final = 30.0
"""A server that sends nothing for this long is given up."""
_FORGOTTEN_SECONDS: Final = 86_400
_PREFIX: Final = "download-"


def fresh(folder: Path) -> Path:
    """A new empty file in `folder` that only we may read; what a killed process left there a day ago goes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    oldest = clock.now().timestamp() - _FORGOTTEN_SECONDS
    for path in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=folder)
    os.close(handle)
    return Path(name)


async def write(chunks: AsyncIterable[bytes], encoding: str, path: Path, limit: int, *, packed: bool = False) -> str:
    """Write the body to `path`; the SHA-256 of it in hex. Raises `TooBig`, and `BadEncoding` for a packed body.

    Archives we ask for as they are, so that nothing has to be unpacked on the way. Of text (`packed`) the limit holds
    both as sent and unpacked.
    """
    if not packed and encoding.strip().lower() not in {"", "identity"}:
        raise BadEncoding(encoding)
    digest = hashlib.sha256()
    with path.open("wb") as file:  # the page cache takes it at once
        async for piece in unpacked(chunks, encoding, limit):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()
