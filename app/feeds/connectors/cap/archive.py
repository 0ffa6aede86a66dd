"""Documents out of an archive, within limits: nothing is unpacked further than it is allowed to be large."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from app.feeds.connector import Stop

MOST_DOCUMENTS: Final = 5_000
DOCUMENT_BYTES: Final = 8_000_000
TOTAL_BYTES: Final = 150_000_000


def documents(body: bytes) -> Iterator[tuple[str, bytes | None]]:
    """Name and content of each XML document; None instead of one that is damaged or too large.

    Raises `Stop` when the bytes are no archive, one of something else, or one that unpacks to more than we take. One
    that is empty says that there are no warnings.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
        listed = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise Stop("The archive is damaged or incomplete.", code="damaged") from error
    if len(listed) > MOST_DOCUMENTS:
        raise Stop("The archive holds more documents than is plausible.", code="too-big")
    left = TOTAL_BYTES
    wanted = [info for info in listed if info.filename.lower().endswith(".xml")]
    if listed and not wanted:
        raise Stop("The file is no warning in the format CAP. Check the address.", code="no-feed")
    with archive:
        for info in wanted:
            content = _content(archive, info)
            left -= len(content or b"")
            if left < 0:
                raise Stop("The archive unpacks to more than is plausible.", code="too-big")
            yield info.filename.rpartition("/")[2][:200], content


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """What is written about sizes may be a lie: only as much is read as we take."""
    if info.flag_bits & 0x1:
        return None  # encrypted
    try:
        with archive.open(info) as document:
            content = document.read(DOCUMENT_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError):
        return None
    return content if len(content) <= DOCUMENT_BYTES else None
