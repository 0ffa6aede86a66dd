"""A push service on loopback, and browsers that are registered there: what arrives is decrypted as they would.

with PushService() as service:
    phone = service.browser("phone")
    … the platform sends to phone.endpoint …
    assert phone.shown == [{"title": …}]
"""

import asyncio
import threading
from typing import Any, Self
from urllib.parse import urlencode

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.notify.encryption import b64, point


class Browser:
    """A browser with a push subscription."""

    def __init__(self, name: str, origin: str) -> None:
        self.key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())
        self.auth = bytes(range(16))
        self.endpoint = f"{origin}/push/{name}"
        self.shown: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []
        """What its service answers next; 201 when nothing is left."""
        self.retry_after = 0

    @property
    def fields(self) -> dict[str, str]:
        """As the form of the page sends them."""
        return {"endpoint": self.endpoint, "p256dh": b64(point(self.key.public_key())), "auth": b64(self.auth)}

    def form(self, **chosen: Any) -> str:
        """The whole form with this device."""
        return urlencode(self.fields | chosen, doseq=True)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Decrypt and remember, unless the service is in another mood; the status."""
        status = self.statuses.pop(0) if self.statuses else 201
        if status == 201:
            self.headers.append(headers)
            self.shown.append(msgspec.json.decode(self._opened(body)))
        return status

    def _opened(self, body: bytes) -> bytes:
        salt, length = body[:16], body[20]
        theirs = body[21 : 21 + length]
        shared = self.key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs))
        info = b"WebPush: info\0" + point(self.key.public_key()) + theirs
        base = HKDF(SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(base)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(base)
        return AESGCM(key).decrypt(nonce, body[21 + length :], None).rstrip(b"\0").removesuffix(b"\x02")


class PushService:
    """Answers in a thread with an event loop of its own."""

    def __init__(self) -> None:
        self.browsers: dict[str, Browser] = {}
        self.port = 0
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def host(self) -> str:
        """`host:port`, as the allow list wants it."""
        return f"127.0.0.1:{self.port}"

    def browser(self, name: str) -> Browser:
        """A browser that is registered here."""
        self.browsers[f"/push/{name}"] = made = Browser(name, f"http://{self.host}")
        return made

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                path = head[0].split(" ")[1]
                self.asked.append(path)
                browser = self.browsers.get(path)
                status = browser.take(fields, body) if browser else 404
                later = f"Retry-After: {browser.retry_after}\r\n" if browser and browser.retry_after else ""
                writer.write(f"HTTP/1.1 {status} Answer\r\n{later}Content-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
