"""A request as somebody else's protocol wants it: a body of bytes and header fields of one's own, sent once."""

import asyncio
from collections.abc import AsyncIterable, Mapping
from typing import Final

import httpcore2
import msgspec

from app.kit.http import body, headers
from app.kit.http.client import CONNECT_SECONDS, Http
from app.kit.http.errors import Refused, TooSlow, Unreachable
from app.kit.http.guard import checked
from app.kit.network import forbidden

TOTAL_SECONDS: Final = 20.0
ANSWER_BYTES: Final = 20_000
"""What is read of an answer; a protocol like Web Push says everything in the head."""


class Answered(msgspec.Struct, frozen=True):
    """The head of an answer, whatever its status."""

    status: int
    retry_after: int | None = None
    """Seconds that the server asks us to wait."""


class RawHttp(Http):
    """The guarded client for addresses that people bring along: by https only, but for hosts that are allowed."""

    def vet(self, url: str) -> str:
        """`host:port` of an address that may be asked, as far as one sees without asking; raises `Refused`."""
        target = checked(url, self._allowed)
        port = target.port or (443 if target.scheme == "https" else 80)
        address = f"{target.raw_host.decode('ascii')}:{port}"
        if target.scheme != "https" and address not in self._allowed:
            raise Refused("scheme")
        return address

    async def put(self, url: str, content: bytes, fields: Mapping[str, str]) -> Answered:
        """POST `content` once and read the head of the answer, also an error's; follows no redirect.

        Raises a `FetchError`, `Resting` for a host that did not answer several times.
        """
        if reason := forbidden.get():
            raise RuntimeError(f"no outgoing HTTP here: {reason}")
        address = self.vet(url)
        target = checked(url, self._allowed)
        host, _, port = address.rpartition(":")
        request = httpcore2.Request(
            "POST",
            httpcore2.URL(scheme=target.raw_scheme, host=host.encode(), port=int(port), target=target.raw_path),
            headers=[
                (b"Host", target.netloc),
                (b"User-Agent", self._user_agent),
                (b"Accept-Encoding", b"identity"),
                (b"Content-Length", b"%d" % len(content)),
                *((name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()),
            ],
            content=content,
            extensions={"timeout": {"connect": CONNECT_SECONDS}},
        )
        self._breaker.check(address)
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answered = await self._send(request, host, _head)
        except TimeoutError as error:
            self._breaker.failed(address)
            raise TooSlow(TOTAL_SECONDS) from error
        except Unreachable:
            self._breaker.failed(address)
            raise
        self._breaker.worked(address)
        return answered


async def _head(response: httpcore2.Response) -> Answered:
    fields = headers.read(list(response.headers))
    content = response.stream
    assert isinstance(content, AsyncIterable)  # noqa: S101  # httpcore2 types both worlds as one
    # Read to its end the connection is free for the next request; a long answer costs a new one.
    await body.read(content, fields.get("content-encoding", ""), ANSWER_BYTES)
    return Answered(response.status, headers.retry_after(fields))
