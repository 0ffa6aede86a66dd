"""What changed, told to every process: a web process empties its cache of that town, and nothing is polled.

Signals go over Redis' publish/subscribe. Who listens in the same process hears them at once: what a clerk published
is on the page that is asked for next. Whoever listens knows when the line was down and forgets everything then.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Literal
from weakref import WeakKeyDictionary

import msgspec
import redis.asyncio
import redis.exceptions

from app.settings import settings

CHANNEL = "village:changed"
What = Literal["content", "hosts"]

log = logging.getLogger(__name__)

_speakers: "WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis]" = WeakKeyDictionary()


class Changed(msgspec.Struct, frozen=True):
    """`tenant` changed: its `content`, or its `hosts` (also state, name, look)."""

    tenant: str
    what: What


_here: list[Callable[[Changed], None]] = []
"""Who listens in this process."""


def client(*, patience_seconds: float = 2) -> redis.asyncio.Redis:
    """A Redis client of the current event loop; the caller closes it."""
    return redis.asyncio.from_url(
        settings().redis_url, socket_timeout=patience_seconds, socket_connect_timeout=patience_seconds
    )


def speaker() -> redis.asyncio.Redis:
    """This event loop's client for short questions, closed with the pools; making one costs more than a question."""
    loop = asyncio.get_running_loop()
    made = _speakers.get(loop)
    if made is None:
        made = _speakers[loop] = client()
    return made


async def changed(slug: str, what: What = "content") -> None:
    """Tell every process; when Redis is away nobody caches, so nothing is lost."""
    _tell_here(Changed(slug, what))
    try:
        await speaker().publish(CHANNEL, msgspec.json.encode(Changed(slug, what)))
    except (redis.exceptions.RedisError, OSError) as error:
        log.warning("nobody could be told that %s changed: %s", slug, error)


async def changed_everywhere(slugs: Sequence[str]) -> None:
    """Tell every process that the content of many towns changed: what their region holds for them."""
    for slug in slugs:
        _tell_here(Changed(slug, "content"))
    try:
        async with speaker().pipeline(transaction=False) as line:
            for slug in slugs:
                line.publish(CHANNEL, msgspec.json.encode(Changed(slug, "content")))
            await line.execute()
    except (redis.exceptions.RedisError, OSError) as error:
        log.warning("nobody could be told that %d towns changed: %s", len(slugs), error)


def _tell_here(change: Changed) -> None:
    for heard in _here:
        heard(change)


async def close() -> None:
    """Close this event loop's client."""
    made = _speakers.pop(asyncio.get_running_loop(), None)
    if made is not None:
        await made.aclose()


async def listen(heard: Callable[[Changed], None], line: Callable[[bool], None]) -> None:
    """Call `heard` for each signal and `line` when the line comes up or goes down; runs until cancelled."""
    _here.append(heard)
    try:
        await _listen(heard, line)
    finally:
        _here.remove(heard)


async def _listen(heard: Callable[[Changed], None], line: Callable[[bool], None]) -> None:
    while True:
        ear = redis.asyncio.from_url(settings().redis_url, socket_connect_timeout=2, health_check_interval=15)
        try:
            async with ear.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                async for message in channel.listen():
                    if message["type"] == "subscribe":
                        line(True)
                    elif message["type"] == "message":
                        with contextlib.suppress(msgspec.DecodeError):
                            heard(msgspec.json.decode(message["data"], type=Changed))
        except (redis.exceptions.RedisError, OSError) as error:
            log.warning("the line for changes is down: %s", error)
        finally:
            line(False)
            with contextlib.suppress(Exception):
                await ear.aclose()
        await asyncio.sleep(1)
