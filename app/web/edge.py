"""The first code a request meets: whose host, a kept answer, or the tenant's scope around the application.

Reads get a scope without a transaction. Anything else gets exactly one transaction, committed here and only
when the answer is below 400; nothing is sent before that.
"""

import asyncio
import contextlib
import gzip
import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import structlog

from app.identity.party import outgoing
from app.kit import i18n
from app.kit.errors import VillageError
from app.settings import settings
from app.tenancy import signals, tenant, transaction
from app.tenancy.errors import UnknownTenant
from app.web import asker, band, csrf, health, idempotency, idempotency_issuer, mine, plain, typed
from app.web.asked import Asked
from app.web.cache import Answer, AnswerCache
from app.web.hosts import Hosts, Town, platform_site
from app.web.site import Site, on_site
from app.web.static import shipped
from app.web.theme import css_for

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SAFE = ("GET", "HEAD", "OPTIONS")
OWN_TRANSACTION = ("/sign-in/backchannel",)
"""Unsafe, but it may have to ask an issuer for its keys first; it writes no town's table."""
LONGEST_QUERY_KEPT = 300
PACK_FROM_BYTES = 600

SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (
        b"content-security-policy",
        (
            b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self';"
            b" frame-ancestors 'self'"
        ),
    ),
    (b"permissions-policy", b"camera=(), microphone=(), payment=(), usb=()"),
]


class _RolledBack(Exception):
    """Ends the transaction without a commit."""


class Buffered:
    """Takes an application's answer, so that it leaves only after the commit."""

    __slots__ = ("body", "headers", "status")

    def __init__(self) -> None:
        self.status = 500
        self.headers: Headers = []
        self.body = b""

    async def __call__(self, message: dict[str, Any]) -> None:
        """An ASGI `send`."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


class Edge:
    """The ASGI application that granian serves."""

    def __init__(self, village: Application, platform: Application, hosts: Hosts, warn: band.Warn) -> None:
        self._village = village
        self._warn = warn
        self._platform = platform
        self._hosts = hosts
        self._assets = shipped()
        self._listener: asyncio.Task[None] | None = None
        self.cache = AnswerCache()
        self.counts = health.Counts()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        asked = Asked(scope["headers"])
        path: str = scope["path"]
        if path.startswith("/health/") or path == "/metrics":
            await health.answer(self, scope, asked.host, send)
            return
        if path.startswith("/static/"):
            await self._assets(scope, receive, send)
            return
        with typed.kept(scope["headers"]):
            try:
                if asked.host == settings().domain:
                    await self._serve(None, platform_site(), self._platform, scope, receive, send, asked)
                    return
                town = await self._hosts.town(asked.host)
                if town is None:
                    await plain.unknown_host(asked.locale(), send)
                    return
                await self._serve(town, town.site, self._village, scope, receive, send, asked)
            except UnknownTenant:
                await plain.unknown_host(asked.locale(), send)
            except Exception as error:  # noqa: BLE001 - the last net: a person gets a page, the log the trace
                await plain.failed(error, scope, asked.locale(), send)

    async def _serve(
        self,
        town: Town | None,
        site: Site,
        app: Application,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
        asked: Asked,
    ) -> None:
        """A kept answer, or a new one."""
        locale = asked.locale()
        method: str = scope["method"]
        path: str = scope["path"]
        query: bytes = scope["query_string"]
        reads = method in ("GET", "HEAD")
        drawer = site.slug or "/"
        kind = "part" if asked.fragment else "json" if b"text/html" not in asked.accept else "html"
        key = (path, query.decode("latin-1"), locale, kind)
        told = asker.is_told(asked, path)
        own = mine.read(asked.cookie)
        if reads:
            kept = None if told or own else self.cache.get(drawer, key)
            if kept is not None:
                self.counts.kept += 1
                await _send(kept, method, asked, send)
                return
            if b"lang=" in query and await self._choose_language(path, query, send):
                return
            if await self._file(town, site, path, asked, send):
                return
        epoch = self.cache.epoch(drawer)
        answer = Buffered()
        if method == "HEAD":
            # The same head as a GET would get (RFC 9110, section 9.3.2); the body stays here.
            scope["method"] = "GET"
        scope["state"] = {**scope.get("state", {}), "town": town, "capabilities": town.capabilities if town else ()}
        who: asker.Asker | None = None
        with (
            i18n.reading_in(locale),
            on_site(site, path, query.decode("latin-1")),
            structlog.contextvars.bound_contextvars(host=asked.host),
        ):
            try:
                if told:
                    who = await asker.find(asked, path, site.slug)
                    kept = self.cache.get(drawer, key) if who is None and own is None and reads else None
                    if kept is not None:
                        self.counts.kept += 1
                        await _send(kept, method, asked, send)
                        return
                if who is not None and who.session is not None and method not in SAFE:
                    origin = settings().origin_of(asked.host)
                    receive = await csrf.checked(scope, receive, token=who.session.csrf, origin=origin)
            except VillageError as error:
                answer.status, answer.headers, answer.body = plain.refused(error, path, asked)
            else:
                self.counts.made += 1
                with asker.known(who), mine.chosen_by(own):
                    await self._run(town, app, scope, receive, answer, shows=reads and kind == "html")
        personal = own is not None or (told and (who is not None or answer.status == 401))
        finished = finish(answer, site, private=personal)
        if reads and answer.status == 200 and len(query) <= LONGEST_QUERY_KEPT and _may_be_kept(finished.headers):
            self.cache.put(drawer, key, finished, epoch)
        await _send(finished, method, asked, send)

    async def _run(
        self,
        town: Town | None,
        app: Application,
        scope: MutableMapping[str, Any],
        receive: Receive,
        answer: Buffered,
        *,
        shows: bool,
    ) -> None:
        """Call the application in the tenant's scope; `shows`: a page for people, with the warnings over it."""
        if town is None:
            if scope["method"] in SAFE:
                await app(scope, receive, answer)
            else:
                await idempotency_issuer.once(app, scope, receive, answer)
            return
        async with tenant(town.place.slug):
            if scope["method"] in SAFE or scope["path"] in OWN_TRANSACTION:
                with band.standing(await self._warn(town.capabilities) if shows else ()):
                    await app(scope, receive, answer)
                return
            with contextlib.suppress(_RolledBack):
                async with transaction():
                    await idempotency.once(app, scope, receive, answer)
                    if answer.status >= 400:
                        raise _RolledBack

    async def _file(self, town: Town | None, site: Site, path: str, asked: Asked, send: Send) -> bool:
        """The town's style sheet and pictures."""
        found: tuple[int, Any, bytes] | None = None
        if path == "/theme.css":
            body = css_for(site).encode()
            headers = [(b"content-type", b"text/css; charset=utf-8"), (b"cache-control", b"public, max-age=86400")]
            found = (200, [*headers, (b"content-length", str(len(body)).encode())], body)
        elif town is not None and path.startswith("/town/"):
            found = self._assets.town(town.place.slug, path[6:], asked.if_none_match.decode("latin-1"))
        if found is None:
            return False
        await send({"type": "http.response.start", "status": found[0], "headers": list(found[1])})
        await send({"type": "http.response.body", "body": found[2]})
        return True

    @staticmethod
    async def _choose_language(path: str, query: bytes, send: Send) -> bool:
        """`?lang=en` is remembered in a cookie, and the address gets rid of it."""
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
        chosen = next((value for name, value in pairs if name == "lang" and value in i18n.LOCALES), "")
        if not chosen:
            return False
        rest = urlencode([(name, value) for name, value in pairs if name != "lang"])
        target = "/" + path.lstrip("/\\") + (f"?{rest}" if rest else "")
        cookie = f"lang={chosen}; Path=/; Max-Age=31536000; SameSite=Lax"
        headers = [
            (b"location", target.encode("latin-1", "replace")),
            (b"set-cookie", cookie.encode()),
            (b"cache-control", b"no-store"),
            (b"content-length", b"0"),
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return True

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.listen()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def listen(self) -> None:
        """Follow the signals; answers are kept from the moment the line is up."""
        self._listener = asyncio.get_running_loop().create_task(signals.listen(self._heard, self._line))

    async def stop(self) -> None:
        """Stop following, close the pools."""
        from app.tenancy import cells

        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await outgoing.close()
        await cells.close()

    def _heard(self, change: signals.Changed) -> None:
        if change.what == "hosts":
            self._hosts.forget(change.tenant)
            self.cache.empty("/")
        self.cache.empty(change.tenant)

    def _line(self, up: bool) -> None:  # noqa: FBT001 - a state
        self.cache.enabled = up
        self.cache.empty_all()
        self._hosts.forget()


@cache
def _security(kind: str, origin: str) -> Headers:
    """The headers for a site; a village's sign-out is a form that ends on the platform's host."""
    if kind == "platform":
        return SECURITY
    wider = b"form-action 'self' " + origin.encode()
    return [(name, value.replace(b"form-action 'self'", wider)) for name, value in SECURITY]


def _may_be_kept(headers: Headers) -> bool:
    return not any(
        name == b"set-cookie" or (name == b"cache-control" and (b"no-store" in value or b"private" in value))
        for name, value in headers
    )


def finish(answer: Buffered, site: Site, *, private: bool = False) -> Answer:
    """ETag and security headers; what is `private` is kept by nobody, but for immutable files."""
    if private and not any(
        name.lower() == b"cache-control" and b"immutable" in value for name, value in answer.headers
    ):
        answer.headers = [pair for pair in answer.headers if pair[0].lower() != b"cache-control"]
        answer.headers.append((b"cache-control", b"private, no-store"))
    given = {name.lower(): value for name, value in answer.headers}
    kind = given.get(b"content-type", b"")
    base = [(name, value) for name, value in answer.headers if name.lower() not in (b"content-length", b"vary")]
    base += [pair for pair in _security(site.kind, settings().origin) if pair[0] not in given]
    if b"cache-control" not in given:
        base.append((b"cache-control", b"no-cache" if answer.status == 200 else b"no-store"))
    base.append((b"vary", b"Accept-Language, Accept-Encoding, Cookie, Accept, HX-Request"))
    etag = b""
    if answer.status == 200:
        etag = (
            b'"' + hashlib.blake2b(answer.body, digest_size=12, key=site.host.encode()[:64]).hexdigest().encode() + b'"'
        )
        base.append((b"etag", etag))
    finished = Answer(answer.status, [*base, (b"content-length", str(len(answer.body)).encode())], answer.body, etag)
    finished.packable = len(answer.body) >= PACK_FROM_BYTES and (b"text/" in kind or b"json" in kind or b"xml" in kind)
    if etag:
        finished.unchanged_headers = [
            pair for pair in base if pair[0] in (b"etag", b"cache-control", b"vary", b"last-modified")
        ]
    return finished


def pack(answer: Answer) -> None:
    """Pack the body for this client and those after it."""
    answer.packed = gzip.compress(answer.body, 5, mtime=0)
    answer.packed_headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
    answer.packed_headers += [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(len(answer.packed)).encode()),
    ]


async def _send(answer: Answer, method: str, asked: Asked, send: Send) -> None:
    status, headers, body = answer.status, answer.headers, answer.body
    if answer.etag and asked.if_none_match and _matches(asked.if_none_match, answer.etag):
        status, headers, body = 304, answer.unchanged_headers, b""
    elif answer.packable and asked.packs:
        if not answer.packed:
            pack(answer)
        headers, body = answer.packed_headers, answer.packed
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def _matches(if_none_match: bytes, etag: bytes) -> bool:
    """RFC 9110, section 13.1.2: weak comparison."""
    return if_none_match.strip() == b"*" or any(
        part.strip().removeprefix(b"W/") == etag for part in if_none_match.split(b",")
    )
