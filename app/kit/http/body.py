"""Reads a body within limits: bytes as sent, bytes unpacked and their ratio are counted while they stream.

We ask for gzip and deflate only and unpack them here, in pieces, so that a bomb stops at the limit instead of in
memory. Brotli is not asked for: a server that sends it regardless breaks HTTP and is told so.
"""

import zlib
from collections.abc import AsyncIterable
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
    unpacker = _unpacker(encoding)
    body = bytearray()
    sent = 0
    async for chunk in chunks:
        sent += len(chunk)
        if sent > limit:
            raise TooBig(limit)
        if unpacker is None:
            body += chunk
        else:
            unpacker.feed(chunk, body, sent, limit)
    if unpacker is not None and sent:
        unpacker.finish(body, sent, limit)
    return bytes(body), sent


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

    def feed(self, chunk: bytes, body: bytearray, sent: int, limit: int) -> None:
        data = chunk
        while data:
            self._take(self._piece(data), body, sent, limit)
            data = self._rest()

    def _take(self, piece: bytes, body: bytearray, sent: int, limit: int) -> None:
        body += piece
        if len(body) > limit or (len(body) > _RATIO_COUNTS_FROM and len(body) > sent * MOST_RATIO):
            raise TooBig(limit)

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

    def finish(self, body: bytearray, sent: int, limit: int) -> None:
        # What zlib still holds although it has read everything.
        while not self._inflate.eof and (piece := self._piece(b"")):
            self._take(piece, body, sent, limit)
        if not self._inflate.eof:
            raise BadEncoding("the packed body ends too early")
