"""A bounded load of GET requests over kept-alive connections on loopback, from a process of its own.

python -m tests.bench.load PORT SECONDS CONNECTIONS HOST/PATH…
"""

import asyncio
import sys
import time
from typing import cast

import uvloop


class Reader(asyncio.Protocol):
    """Sends the next request when the answer to the last one is complete."""

    def __init__(self, requests: list[bytes], counts: list[int]) -> None:
        self.requests = requests
        self.counts = counts
        self.turn = 0
        self.buffer = b""
        self.wanted = 0
        self.transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.WriteTransport, though they write.
        self.transport = cast("asyncio.WriteTransport", transport)
        self.ask()

    def ask(self) -> None:
        self.transport.write(self.requests[self.turn % len(self.requests)])
        self.turn += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.wanted:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if not head.startswith(b"http/1.1 200"):
                self.counts[1] += 1
            self.wanted = end + 4 + length
        if len(self.buffer) >= self.wanted:
            self.buffer = self.buffer[self.wanted :]
            self.wanted = 0
            self.counts[0] += 1
            self.ask()


async def measure(port: int, seconds: float, connections: int, targets: list[str]) -> None:
    """Print requests a second, and how many answers were not 200."""
    requests = []
    for target in targets:
        host, _, path = target.partition("/")
        requests.append(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode())
    counts = [0, 0]
    loop = asyncio.get_running_loop()
    readers = [Reader([*requests[turn:], *requests[:turn]], counts) for turn in range(connections)]
    for reader in readers:
        await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.sleep(0.5)
    counted, began = counts[0], time.perf_counter()
    await asyncio.sleep(seconds)
    print((counts[0] - counted) / (time.perf_counter() - began), counts[1])
    for reader in readers:
        reader.transport.close()


if __name__ == "__main__":
    uvloop.run(measure(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
