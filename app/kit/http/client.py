"""The one way out: fetches a URL within limits, politely, and only from where it may."""

import asyncio
import copy
import importlib.metadata
import random
import ssl
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Final, Self, TypeVar
from urllib.parse import urlencode

import httpcore2
import httpx2
import msgspec

from app.kit.http import body, download, headers
from app.kit.http.answer import Cursor, Fetched, Posted, answered
from app.kit.http.certificate import context_with
from app.kit.http.errors import BadStatus, FetchError, Garbled, Refused, Reset, TooBig, TooSlow, Unreachable
from app.kit.http.guard import Guard, Resolve, checked, resolve_by_system
from app.kit.http.hosts import PLACES, PLACES_AT_PRIVATE, Breaker, Places
from app.kit.http.wanted import Wanted, origin_of
from app.kit.network import forbidden
from app.settings import settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

CONNECT_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 30.0
LONGEST_TOTAL_SECONDS: Final = 120.0
BODY_BYTES: Final = 15_000_000
POST_BODY_BYTES: Final = 200_000
MOST_REDIRECTS: Final = 5
PAUSES: Final = (10.0, 30.0, 90.0)
"""Seconds between the attempts of a background job, plus up to a fifth."""
_AGAIN: Final = frozenset({429, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEPALIVE_SECONDS: Final = 15.0
_WAIT_SECONDS: Final = 120.0
"""For a place at the host; a person waits less."""
_WAIT_IMPATIENT_SECONDS: Final = 20.0


_Answer = TypeVar("_Answer")


NOTHING_KNOWN: Final = Cursor()


class Http:
    """Guarded client; one per process and event loop, `async with Http() as http:`.

    `resolve` and `connect` stand in for the system's resolver and the TCP connection in tests; both lie behind the
    guard's check, so that what they see is what would have gone out.
    """

    def __init__(
        self,
        *,
        redis: "Redis | None" = None,
        private_hosts: frozenset[str] | None = None,
        resolve: Resolve = resolve_by_system,
        connect: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        breaker: Breaker | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._allowed = settings().feed_private_hosts if private_hosts is None else private_hosts
        self._guard = Guard(self._allowed, resolve, connect)
        self._pool = self._pool_with(tls or _default_tls())
        self._partners: dict[str, httpcore2.AsyncConnectionPool] = {}
        self._places = Places(redis)
        self._breaker = breaker or Breaker()
        self._sleep = sleep
        self._patient = True
        self._user_agent = user_agent()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._places.aclose()
        for pool in (self._pool, *self._partners.values()):
            await pool.aclose()

    def _pool_with(self, tls: ssl.SSLContext) -> httpcore2.AsyncConnectionPool:
        return httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=100,
            max_keepalive_connections=40,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            network_backend=self._guard,
        )

    async def _pool_for(self, certificate: str) -> httpcore2.AsyncConnectionPool:
        """The connections that show this certificate: never shared with those that show none."""
        if certificate not in self._partners:
            tls = await asyncio.to_thread(context_with, certificate)
            self._partners.setdefault(certificate, self._pool_with(tls))
        return self._partners[certificate]

    def impatient(self) -> Self:
        """The same client for a run that a person waits for: it never sleeps between attempts."""
        twin = copy.copy(self)
        twin._patient = False  # noqa: SLF001  # our own twin
        return twin

    async def get(
        self,
        url: str,
        cursor: Cursor = NOTHING_KNOWN,
        *,
        accept: str = "*/*",
        total_seconds: float = TOTAL_SECONDS,
        body_bytes: int = BODY_BYTES,
        headers: Mapping[str, str] | None = None,
        certificate: str = "",
    ) -> Fetched:
        """Fetch `url`, conditionally when `cursor` knows validators; raises a `FetchError`.

        `total_seconds` (at most 120) covers one attempt with all its redirects; `body_bytes` is the limit both as
        sent and unpacked. `headers` (a key, a language) and `certificate` (see `certificate.py`; raises
        `BadCertificate`) go to the origin of `url` alone, never to another one that it redirects to.
        """
        wanted = Wanted(cursor, accept, min(total_seconds, LONGEST_TOTAL_SECONDS), body_bytes)
        wanted.fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in (headers or {}).items()]
        wanted.certificate = certificate
        return await self._attempts(url, wanted)

    async def download(
        self,
        url: str,
        cursor: Cursor = NOTHING_KNOWN,
        *,
        accept: str = "*/*",
        total_seconds: float = download.TOTAL_SECONDS,
        file_bytes: int = download.BYTES,
        packed: bool = False,
        certificate: str = "",
    ) -> Fetched:
        """Fetch what is too large for memory as `get` does, into a file of its own: the answer's `path`.

        `packed`: it is text, which may be packed on the way.
        """
        wanted = Wanted(cursor, accept, total_seconds, file_bytes)
        wanted.packed, wanted.certificate = packed, certificate
        path = wanted.path = await asyncio.to_thread(download.fresh, settings().data / "downloads")
        fetched = None
        try:
            fetched = await self._attempts(url, wanted)
        finally:
            if fetched is None or fetched.path is None:
                path.unlink(missing_ok=True)
        return fetched

    async def _attempts(self, url: str, wanted: Wanted) -> Fetched:
        if reason := forbidden.get():
            raise RuntimeError(f"no outgoing HTTP here: {reason}")
        target = checked(url, self._allowed)
        wanted.origin = origin_of(target)
        pauses = PAUSES if self._patient else (0.0,)
        for pause in pauses:
            try:
                return await self._follow(target, wanted)
            except (Reset, BadStatus) as error:
                seconds = self._pause_after(error, pause)
                if seconds is None:
                    raise
            if seconds:
                await self._sleep(seconds)
        return await self._follow(target, wanted)

    async def post(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        authorization: str = "",
        total_seconds: float = 10.0,
        body_bytes: int = POST_BODY_BYTES,
    ) -> Posted:
        """Send a form once and read the answer, also an error's; raises a `FetchError`. Follows no redirect."""
        if reason := forbidden.get():
            raise RuntimeError(f"no outgoing HTTP here: {reason}")
        target = checked(url, self._allowed)
        host = target.raw_host.decode("ascii")
        port = target.port or (443 if target.scheme == "https" else 80)
        sent = urlencode(form).encode("ascii")
        fields = [
            (b"Host", target.netloc),
            (b"User-Agent", self._user_agent),
            (b"Accept", b"application/json"),
            (b"Accept-Encoding", body.ACCEPT_ENCODING.encode("ascii")),
            (b"Content-Type", b"application/x-www-form-urlencoded"),
            (b"Content-Length", b"%d" % len(sent)),
        ]
        if authorization:
            fields.append((b"Authorization", authorization.encode("latin-1")))
        request = httpcore2.Request(
            "POST",
            httpcore2.URL(scheme=target.raw_scheme, host=host.encode(), port=port, target=target.raw_path),
            headers=fields,
            content=sent,
            extensions={"timeout": {"connect": CONNECT_SECONDS}},
        )
        try:
            async with asyncio.timeout(min(total_seconds, LONGEST_TOTAL_SECONDS)):
                return await self._send(request, host, lambda response: _posted(response, body_bytes))
        except TimeoutError as error:
            raise TooSlow(total_seconds) from error

    def _pause_after(self, error: FetchError, pause: float) -> float | None:
        """Seconds until the next attempt, None when there is none."""
        if isinstance(error, BadStatus):
            if not self._patient or error.answer not in _AGAIN:
                return None
            asked = error.retry_after or 0
            if asked > PAUSES[-1]:
                return None  # the schedule waits better than a job does
            pause = max(pause, asked)
        return pause * (1 + random.random() / 5)  # noqa: S311  # jitter, no secret

    async def _follow(self, target: httpx2.URL, wanted: Wanted) -> Fetched:
        left = wanted.total_seconds
        for _ in range(MOST_REDIRECTS + 1):
            host = target.raw_host.decode("ascii")
            port = target.port or (443 if target.scheme == "https" else 80)
            address = f"{host}:{port}"
            key, places = (address, PLACES_AT_PRIVATE) if address in self._allowed else (host, PLACES)
            self._breaker.check(address)
            async with self._places.at(key, places, _WAIT_SECONDS if self._patient else _WAIT_IMPATIENT_SECONDS):
                started = monotonic()
                try:
                    async with asyncio.timeout(left):
                        answer = await self._ask(target, host, port, wanted)
                except TimeoutError as error:
                    raise TooSlow(wanted.total_seconds) from error
                except Unreachable:
                    self._breaker.failed(address)
                    raise
                except (BadStatus, Garbled, TooBig):
                    self._breaker.worked(address)  # it answers, if not well
                    raise
                self._breaker.worked(address)
                left = max(0.01, left - (monotonic() - started))
            if isinstance(answer, Fetched):
                return answer
            target = self._next_hop(target, answer)
        raise Refused("redirects")

    def _next_hop(self, target: httpx2.URL, location: str) -> httpx2.URL:
        try:
            onwards = target.join(location)
        except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
            raise Refused("url", url=location) from error
        onwards = checked(onwards, self._allowed)
        if target.scheme == "https" and onwards.scheme == "http":
            raise Refused("downgrade")
        return onwards

    async def _ask(self, target: httpx2.URL, host: str, port: int, wanted: Wanted) -> "Fetched | str":
        """The answer, or the Location of a redirect."""
        request = httpcore2.Request(
            "GET",
            httpcore2.URL(scheme=target.raw_scheme, host=host.encode(), port=port, target=target.raw_path),
            headers=self._headers(target, wanted),
            extensions={
                "timeout": {"connect": CONNECT_SECONDS} | ({"read": download.SILENCE_SECONDS} if wanted.path else {})
            },
        )
        known = wanted.certificate and wanted.origin == origin_of(target)
        pool = await self._pool_for(wanted.certificate) if known else self._pool
        try:
            return await self._send(request, host, lambda response: self._read(response, target, host, wanted), pool)
        except httpcore2.ReadTimeout as error:
            raise TooSlow(wanted.total_seconds) from error

    async def _send(
        self,
        request: httpcore2.Request,
        host: str,
        read: Callable[[httpcore2.Response], Awaitable[_Answer]],
        pool: httpcore2.AsyncConnectionPool | None = None,
    ) -> _Answer:
        """Send a request and read its answer; the library's errors become ours."""
        try:
            response = await (pool or self._pool).handle_async_request(request)
            try:
                return await read(response)
            finally:
                await response.aclose()
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise Unreachable("tls", host) from error  # the guard speaks for TCP, so this is the handshake
        except ssl.SSLError as error:
            raise Unreachable("partner", host) from error  # TLS 1.3 says so only after the handshake
        except (httpcore2.ReadError, httpcore2.WriteError) as error:
            raise Reset(host) from error
        except httpcore2.RemoteProtocolError as error:
            if "disconnected" in str(error) or "closed connection" in str(error):
                raise Reset(host) from error
            raise Garbled(host) from error
        except (httpcore2.ProtocolError, body.BadEncoding) as error:
            raise Garbled(host) from error

    def _headers(self, target: httpx2.URL, wanted: Wanted) -> list[tuple[bytes, bytes]]:
        fields = [
            (b"Host", target.netloc),
            (b"User-Agent", self._user_agent),
            (b"Accept", wanted.accept.encode("ascii")),
            (b"Accept-Encoding", body.ACCEPT_ENCODING.encode("ascii") if wanted.packed else b"identity"),
        ]
        if wanted.validators:
            fields += wanted.validators
        if wanted.fields and wanted.origin == origin_of(target):
            own = {name.lower() for name, _ in wanted.fields}
            fields = [field for field in fields if field[0].lower() not in own] + wanted.fields
        return fields

    async def _read(
        self, response: httpcore2.Response, target: httpx2.URL, host: str, wanted: Wanted
    ) -> "Fetched | str":
        fields = headers.read(list(response.headers))
        content = response.stream
        assert isinstance(content, AsyncIterable)  # noqa: S101  # httpcore2 types both worlds as one
        if response.status == 304 and wanted.validators:
            # A 304 has no body; reading its end makes the connection free for the next request.
            async for _ in content:
                pass
            return answered(fields, str(target), wanted.cursor, b"")
        if response.status in _REDIRECTS and "location" in fields:
            return fields["location"]
        if not 200 <= response.status < 300:
            raise BadStatus(host, response.status, headers.retry_after(fields))
        if (length := fields.get("content-length", "")).isdigit() and int(length[:15]) > wanted.body_bytes:
            raise TooBig(wanted.body_bytes)
        encoding = fields.get("content-encoding", "")
        if wanted.path is not None:
            digest = await download.write(content, encoding, wanted.path, wanted.body_bytes, packed=wanted.packed)
            return msgspec.structs.replace(answered(fields, str(target), None, b""), path=wanted.path, digest=digest)
        whole, _ = await body.read(content, encoding, wanted.body_bytes)
        return answered(fields, str(target), None, whole)


async def _posted(response: httpcore2.Response, body_bytes: int) -> Posted:
    fields = headers.read(list(response.headers))
    content = response.stream
    assert isinstance(content, AsyncIterable)  # noqa: S101  # httpcore2 types both worlds as one
    whole, _ = await body.read(content, fields.get("content-encoding", ""), body_bytes)
    return Posted(status=response.status, body=whole, content_type=headers.content_type(fields)[0])


@cache
def _default_tls() -> ssl.SSLContext:
    """The system's certificates, read once: that takes longer than a fetch."""
    return ssl.create_default_context()


def user_agent() -> bytes:
    """Who we say we are: version, and a page that tells what the robot does."""
    try:
        version = importlib.metadata.version("smart-village")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    return f"SmartVillage/{version} (+{settings().origin}/bot)".encode("ascii", "ignore")
