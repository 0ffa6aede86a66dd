"""Politeness towards a host, and patience with one that fails."""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import AsyncIterator
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from app.kit.http.errors import Busy, Resting

if TYPE_CHECKING:
    from redis.asyncio import Redis

PLACES: Final = 2
"""Requests under way per host, over all processes and villages."""
PLACES_AT_PRIVATE: Final = 16
_LEASE_SECONDS: Final = 150
"""Longer than any request: what a killed process held is free again after this."""
_LINGER_SECONDS: Final = 0.2
"""A place is kept that long for the next request of this process, which then asks nobody."""
_TENURE_SECONDS: Final = 5.0
"""After this a place goes back, so that other processes get their turn."""
_POLL_SECONDS: Final = 0.1

_TAKE: Final = """
local t = redis.call('TIME')
local now = t[1] + t[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class _Place:
    __slots__ = ("since", "token")

    def __init__(self) -> None:
        self.token = uuid.uuid4().hex
        self.since = monotonic()


class _Host:
    __slots__ = ("free", "taken", "waiting")

    def __init__(self) -> None:
        self.taken = 0
        self.free: deque[_Place] = deque()
        self.waiting: deque[asyncio.Future[None]] = deque()


class Places:
    """Hands out places at hosts; counts in Redis when there is one, else in this process.

    When Redis fails, this process counts alone: politeness is worth less than the news.
    """

    def __init__(self, redis: "Redis | None" = None) -> None:
        self._redis: Any = redis
        self._take: Any = redis.register_script(_TAKE) if redis is not None else None
        self._hosts: dict[str, _Host] = {}
        self._returning: set[asyncio.Future[Any]] = set()

    @contextlib.asynccontextmanager
    async def at(self, host: str, places: int, wait_seconds: float) -> AsyncIterator[None]:
        """Hold a place at `host` inside the block; raises `Busy` when none came free in time."""
        place = await self._acquire(host, places, wait_seconds)
        try:
            yield
        finally:
            self._release(host, place)

    async def aclose(self) -> None:
        """Give back what lingers."""
        for host, state in list(self._hosts.items()):
            while state.free:
                self._give_back(host, state, state.free.popleft())
        if self._returning:
            await asyncio.gather(*self._returning, return_exceptions=True)

    async def _acquire(self, host: str, places: int, wait_seconds: float) -> _Place:
        deadline = monotonic() + wait_seconds
        while True:
            # Looked up anew each round: a host that nobody holds is forgotten.
            state = self._hosts.setdefault(host, _Host())
            if place := await self._try(host, state, places):
                return place
            if monotonic() >= deadline:
                self._forget(host, state)
                raise Busy(host)
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            state.waiting.append(waiter)
            try:
                await asyncio.wait((waiter,), timeout=_POLL_SECONDS)
            finally:
                if not waiter.done():
                    state.waiting.remove(waiter)

    async def _try(self, host: str, state: _Host, places: int) -> _Place | None:
        if state.free:
            return state.free.pop()
        if state.taken >= places:
            return None
        place = _Place()
        state.taken += 1
        if self._redis is None:
            return place
        granted = False
        try:
            granted = bool(await self._take(keys=[_key(host)], args=[places, place.token, _LEASE_SECONDS]))
        except Exception:  # noqa: BLE001  # any trouble with Redis: see the class
            granted = True
        finally:
            if not granted:
                state.taken -= 1
        return place if granted else None

    def _release(self, host: str, place: _Place) -> None:
        state = self._hosts[host]
        if self._redis is None or monotonic() - place.since > _TENURE_SECONDS:
            self._give_back(host, state, place)
        else:
            state.free.append(place)
            asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._linger_ends, host, state, place)
        while state.waiting:
            waiter = state.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                break

    def _linger_ends(self, host: str, state: _Host, place: _Place) -> None:
        if place in state.free:
            state.free.remove(place)
            self._give_back(host, state, place)

    def _give_back(self, host: str, state: _Host, place: _Place) -> None:
        state.taken -= 1
        self._forget(host, state)
        if self._redis is not None:
            task = asyncio.ensure_future(self._redis.zrem(_key(host), place.token))
            self._returning.add(task)
            task.add_done_callback(self._returned)

    def _returned(self, task: "asyncio.Future[Any]") -> None:
        self._returning.discard(task)
        if not task.cancelled():
            task.exception()  # seen: the lease ends by itself

    def _forget(self, host: str, state: _Host) -> None:
        if not state.taken and not state.waiting and self._hosts.get(host) is state:
            del self._hosts[host]


def _key(host: str) -> str:
    return f"http:places:{host}"


class Breaker:
    """Stops asking a host that failed `failures` times in a row.

    It opens for `rest_seconds`, then lets one request through; each further failure doubles the rest up to an hour,
    a success closes it.
    """

    longest_rest_seconds: Final = 3_600.0
    _most_hosts: Final = 10_000

    def __init__(self, failures: int = 5, rest_seconds: float = 60.0) -> None:
        self._failures = failures
        self._rest_seconds = rest_seconds
        self._hosts: dict[str, tuple[int, float]] = {}

    def check(self, host: str) -> None:
        """Raise `Resting` while the host rests; the first one after the rest is the one to try."""
        count, until = self._hosts.get(host, (0, 0.0))
        if count < self._failures:
            return
        now = monotonic()
        if now < until:
            raise Resting(host, max(1, round(until - now)))
        self._hosts[host] = (count, now + self._rest_seconds)

    def failed(self, host: str) -> None:
        count = self._hosts.pop(host, (0, 0.0))[0] + 1
        while len(self._hosts) >= self._most_hosts:
            del self._hosts[next(iter(self._hosts))]
        rest = min(self._rest_seconds * 2.0 ** min(max(0, count - self._failures), 20), self.longest_rest_seconds)
        self._hosts[host] = (count, monotonic() + rest)

    def worked(self, host: str) -> None:
        self._hosts.pop(host, None)
