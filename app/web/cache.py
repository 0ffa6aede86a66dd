"""Finished answers, kept per town in the web process, emptied by whoever writes.

A town's answers lie in a drawer of their own: a key can't be built that opens another town's. While the line
to Redis is down nothing is kept, because nobody could say that it is out of date.
"""

import time
from collections import OrderedDict

import msgspec

MOST_BYTES = 64 * 1024 * 1024
KEEP_SECONDS = 60
"""Pages say "in two hours": no answer is shown longer than this."""


class Answer(msgspec.Struct, gc=False):
    """A finished answer, ready to be sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: bytes
    packable: bool = False
    """Text that is worth packing; done when the first client wants it."""
    packed: bytes = b""
    """The body as gzip, once somebody wanted it."""
    packed_headers: list[tuple[bytes, bytes]] = []
    unchanged_headers: list[tuple[bytes, bytes]] = []
    until: float = 0.0


class AnswerCache:
    """Least recently used answers of all towns, within `MOST_BYTES`."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._drawers: dict[str, OrderedDict[tuple[str, ...], Answer]] = {}
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._bytes = 0
        self._most = most_bytes
        self._epochs: dict[str, int] = {}
        self._epoch = 0
        self.enabled = False

    def epoch(self, slug: str) -> tuple[int, int]:
        """Changes when the town's answers are thrown away: an answer begun before must not be kept after."""
        return self._epoch, self._epochs.get(slug, 0)

    def get(self, slug: str, key: tuple[str, ...]) -> Answer | None:
        """The answer, unless it is too old."""
        drawer = self._drawers.get(slug)
        if drawer is None:
            return None
        answer = drawer.get(key)
        if answer is None:
            return None
        if answer.until < time.monotonic():
            self._drop(slug, key)
            return None
        drawer.move_to_end(key)
        self._turns.move_to_end(slug)
        return answer

    def put(self, slug: str, key: tuple[str, ...], answer: Answer, epoch: tuple[int, int]) -> None:
        """Keep an answer that was begun in `epoch`."""
        if not self.enabled or epoch != self.epoch(slug):
            return
        answer.until = time.monotonic() + KEEP_SECONDS
        drawer = self._drawers.setdefault(slug, OrderedDict())
        if key in drawer:
            self._drop(slug, key)
            drawer = self._drawers.setdefault(slug, OrderedDict())
        drawer[key] = answer
        self._turns[slug] = None
        self._bytes += _size(answer)
        while self._bytes > self._most and self._turns:
            oldest = next(iter(self._turns))
            self._drop(oldest, next(iter(self._drawers[oldest])))

    def empty(self, slug: str) -> None:
        """Throw a town's answers away."""
        self._epochs[slug] = self._epochs.get(slug, 0) + 1
        for key in list(self._drawers.get(slug, ())):
            self._drop(slug, key)

    def empty_all(self) -> None:
        """Throw everything away."""
        self._epoch += 1
        self._drawers.clear()
        self._turns.clear()
        self._bytes = 0

    def _drop(self, slug: str, key: tuple[str, ...]) -> None:
        drawer = self._drawers[slug]
        self._bytes -= _size(drawer.pop(key))
        if not drawer:
            del self._drawers[slug]
            del self._turns[slug]


def _size(answer: Answer) -> int:
    # Packed text is about a quarter; counted from the start, because it may come later.
    return len(answer.body) + len(answer.body) // 4 + 1500
