"""A source of feeds on loopback, a process of its own: `/feed/N` with ETag and 304, `/generation/N` for other items.

python -m tests.bench.source       prints its port and serves until it is ended
"""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import cast

import uvloop

ITEMS = 20


@cache
def document(number: int, generation: int) -> bytes:
    """An RSS feed of 20 items, all other than those of the generation before."""
    moment = datetime(2026, 11, 1, 8, tzinfo=UTC)
    items = "".join(
        f"<item><title>Meldung {generation}-{place} der Quelle {number}</title>"
        f"<link>https://quelle-{number}.example/{generation}/{place}</link>"
        f'<guid isPermaLink="false">{number}-{generation}-{place}</guid>'
        f"<pubDate>{format_datetime(moment + timedelta(hours=place))}</pubDate>"
        f"<description>&lt;p&gt;{'Im Bürgerhaus wird gebaut, der Eingang liegt an der Seite. ' * 4}&lt;/p&gt;"
        "</description></item>"
        for place in range(ITEMS)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Quelle</title>'
        f"<link>https://quelle-{number}.example/</link><description>Quelle</description>{items}</channel></rss>"
    ).encode()


class Origin(asyncio.Protocol):
    """Answers `/feed/N` with ETag and 304, as small as a server can be: it shares the machine with what is measured."""

    generation = 0

    def __init__(self) -> None:
        self.buffer = b""
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.WriteTransport, though they write.
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            number = int(path.rsplit(b"/", 1)[1])
            if path.startswith(b"/generation/"):
                Origin.generation = number
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                continue
            tag = f'"{number}-{self.generation}"'.encode()
            if tag in head:
                self.transport.write(b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\nContent-Length: 0\r\n\r\n")
                continue
            body = document(number, self.generation)
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "
                + tag
                + f"\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Origin, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
