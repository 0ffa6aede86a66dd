"""A real web server on loopback for tests: answers what a test puts there, and misbehaves where asked to.

with Origin() as origin:
    origin.file("/feed.xml", b"<rss/>", etag='"1"')
    http = Http(private_hosts=frozenset({origin.host}))
    … await http.get(origin.url("/feed.xml")) …
    assert origin.paths == ["/feed.xml"]
"""

import asyncio
import gzip
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]
"""Writes the whole answer; the connection stays open unless the answer closes it."""


class Asked:
    """A request as it arrived; header names are lower-case."""

    def __init__(self, line: str, fields: dict[str, str]) -> None:
        self.method, self.target, _ = line.split(" ", 2)
        self.path = self.target.partition("?")[0]
        self.headers = fields
        self.body = b""


class Origin:
    """Serves from a thread with an event loop of its own, so that synchronous and asynchronous tests can use it."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.under_way = 0
        self.most_under_way = 0
        self.connections = 0
        self._routes: dict[str, Answer] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def host(self) -> str:
        """`host:port`, as the allow list wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [asked.target for asked in self.asked]

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    # Routes

    def route(self, path: str, answer: Answer) -> None:
        self._routes[path] = answer

    def file(self, path: str, content: bytes | Path, content_type: str = "text/xml", **headers: str) -> None:
        """Serve bytes or a file; with `etag` or `last_modified` also 304 when the validator still holds."""
        body = content.read_bytes() if isinstance(content, Path) else content
        fields = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
            same = headers.get("etag") and asked.headers.get("if-none-match") == headers["etag"]
            since = headers.get("last_modified") and asked.headers.get("if-modified-since") == headers["last_modified"]
            if same or since:
                send(writer, 304, b"", fields, length=None)
            else:
                send(writer, 200, body, fields)

        self._routes[path] = answer

    def status(self, path: str, status: int, body: bytes = b"", **headers: str) -> None:
        async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
            send(writer, status, body, {name.replace("_", "-"): value for name, value in headers.items()})

        self._routes[path] = answer

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.status(path, status, location=location)

    def in_turn(self, path: str, *answers: str) -> None:
        """Each request gets the answer of the next path; the last one stays."""
        left = list(answers)

        async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
            await self._routes[left.pop(0) if len(left) > 1 else left[0]](asked, writer)

        self._routes[path] = answer

    def drip(self, path: str, pause_seconds: float = 0.05) -> None:
        """One byte after the other, without an end."""

        async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
            send(writer, 200, b"", {}, length=1_000_000)
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(pause_seconds)

        self._routes[path] = answer

    def stream(self, path: str, total: int, *, announced: bool = False) -> None:
        """`total` bytes, announced by Content-Length or simply sent until the connection closes."""

        async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
            send(writer, 200, b"", {} if announced else {"Connection": "close"}, length=total if announced else None)
            piece = b"<!-- filling --> " * 4_000
            sent = 0
            while sent < total and not writer.is_closing():
                writer.write(piece[: total - sent])
                sent += len(piece)
                await writer.drain()
            writer.close()

        self._routes[path] = answer

    def bomb(self, path: str, total: int = 200_000_000) -> int:
        """A gzip body that unpacks to `total` zero bytes; returns its packed size."""
        piece = gzip.compress(bytes(10_000_000))
        packed = piece * (total // 10_000_000)
        self.file(path, packed, content_encoding="gzip")
        return len(packed)

    def reset(self, path: str, *, after: bytes = b"") -> None:
        """Break the connection off (RST), after some bytes or before the first."""

        async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
            if after:
                writer.write(after)
                await writer.drain()
                await asyncio.sleep(0.02)
            writer.transport.abort()

        self._routes[path] = answer

    # The server

    def _call(self, work: Awaitable["asyncio.Server | None"]) -> asyncio.Server:
        async def run() -> "asyncio.Server | None":
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)  # type: ignore[return-value]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
                asked = Asked(head[0], {name.lower(): value for name, value in fields.items()})
                asked.body = await reader.readexactly(int(asked.headers.get("content-length") or 0))
                self.asked.append(asked)
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                try:
                    await self._routes.get(asked.target, self._routes.get(asked.path, not_found))(asked, writer)
                    await writer.drain()
                finally:
                    self.under_way -= 1
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


async def not_found(_: Asked, writer: asyncio.StreamWriter) -> None:
    send(writer, 404, b"nothing here", {"Content-Type": "text/plain"})


def send(
    writer: asyncio.StreamWriter, status: int, body: bytes, fields: dict[str, str], length: int | None = -1
) -> None:
    """Write head and body; `length` is announced instead of the body's own, None announces nothing."""
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in fields.items())]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
