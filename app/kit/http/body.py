"""Reads a body within limits: bytes as sent, bytes unpacked and their ratio are counted while they stream.

We ask for gzip and deflate only and unpack them here, in pieces, so that a bomb stops at the limit instead of in
memory. Brotli is not asked for: a server that sends it regardless breaks HTTP and is told so.
"""

import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

from app.kit.http.errors import TooBig

ACCEPT_ENCODING: Final = "gzip, deflate"
_PIECE: Final = 256 * 1024
MOST_RATIO: Final = 200
"""Unpacked to packed; a feed reaches about 30, a bomb 1,000."""
_MOST_MEMBERS: Final = 100
_RATIO_COUNTS_FROM: Final = 1024 * 1024


class BadEncoding(ValueError):
    """The Content-Encoding is unknown, doubled or a lie."""


async def read(chunks: AsyncIterable[bytes], encoding: str, limit: int) -> tuple[bytes, int]:
    """The unpacked body and the number of bytes that went over the wire; raises `TooBig` and `BadEncoding`."""
    body = bytearray()
    sent = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal sent
        async for chunk in chunks:
            sent += len(chunk)
            yield chunk

    async for piece in unpacked(counted(), encoding, limit):
        body += piece
    return bytes(body), sent


async def unpacked(chunks: AsyncIterable[bytes], encoding: str, limit: int) -> AsyncIterator[bytes | bytearray]:
    """The unpacked body piece by piece, for what is too large for memory; raises `TooBig` and `BadEncoding`."""
    unpacker = _unpacker(encoding)
    sent = 0
    async for chunk in chunks:
        sent += len(chunk)
        if sent > limit:
            raise TooBig(limit)
        if unpacker is None:
            yield chunk
        else:
            yield unpacker.feed(chunk, sent, limit)
    if unpacker is not None and sent:
        yield unpacker.finish(sent, limit)


def _unpacker(encoding: str) -> "_Unpacker | None":
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return None
    if name in {"gzip", "x-gzip"}:
        return _Unpacker(zlib.MAX_WBITS | 16)
    if name == "deflate":
        return _Unpacker(zlib.MAX_WBITS)
    raise BadEncoding(name)


class _Unpacker:
    def __init__(self, window: int) -> None:
        self._window = window
        self._inflate = zlib.decompressobj(window)
        self._started = False
        self._members = 1
        self._length = 0

    def feed(self, chunk: bytes, sent: int, limit: int) -> bytearray:
        found = bytearray()
        data = chunk
        while data:
            found += self._counted(self._piece(data), sent, limit)
            data = self._rest()
        return found

    def _counted(self, piece: bytes, sent: int, limit: int) -> bytes:
        self._length += len(piece)
        if self._length > limit or (self._length > _RATIO_COUNTS_FROM and self._length > sent * MOST_RATIO):
            raise TooBig(limit)
        return piece

    def _piece(self, data: bytes) -> bytes:
        first, self._started = not self._started, True
        try:
            return self._inflate.decompress(data, _PIECE)
        except zlib.error as error:
            if not first or self._window != zlib.MAX_WBITS:
                raise BadEncoding(str(error)) from error
        # RFC 9110 means zlib by "deflate"; some servers send it bare.
        self._window = -zlib.MAX_WBITS
        self._inflate = zlib.decompressobj(self._window)
        try:
            return self._inflate.decompress(data, _PIECE)
        except zlib.error as error:
            raise BadEncoding(str(error)) from error

    def _rest(self) -> bytes:
        if not self._inflate.eof:
            return self._inflate.unconsumed_tail
        rest = self._inflate.unused_data
        # gzip files may stand one behind the other; bytes that are none (padding) are left.
        if self._window == zlib.MAX_WBITS | 16 and rest.startswith(b"\x1f\x8b"):
            self._members += 1
            if self._members > _MOST_MEMBERS:
                raise BadEncoding("too many packed parts")
            self._inflate = zlib.decompressobj(self._window)
            return rest
        return b""

    def finish(self, sent: int, limit: int) -> bytearray:
        # What zlib still holds although it has read everything.
        found = bytearray()
        while not self._inflate.eof and (piece := self._piece(b"")):
            found += self._counted(piece, sent, limit)
        if not self._inflate.eof:
            raise BadEncoding("the packed body ends too early")
        return found
