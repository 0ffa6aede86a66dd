"""For machines that watch: `/health/live`, `/health/ready`, and figures for Prometheus on loopback."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import redis.exceptions
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from app.tenancy import cells, signals
from app.web.health_feeds import feed_figures

if TYPE_CHECKING:
    from app.web.edge import Edge

Send = Callable[[dict[str, Any]], Awaitable[None]]

PATIENCE_SECONDS = 2


class Counts(msgspec.Struct):
    """What this process did."""

    kept: int = 0
    """Answers from the cache."""
    made: int = 0
    """Answers that were made."""


async def answer(edge: "Edge", scope: Mapping[str, Any], host: str, send: Send) -> None:
    """Answer `/health/…` on every host, `/metrics` only to this machine."""
    path = scope["path"]
    if path == "/health/live":
        await _json(200, {"status": "ok"}, send)
    elif path == "/health/ready":
        parts = await _parts()
        good = all(value == "ok" for value in parts.values())
        await _json(200 if good else 503, {"status": "ok" if good else "unavailable", **parts}, send)
    elif path == "/metrics" and _is_local(scope):
        await _raw(200, _figures(edge, await feed_figures()), CONTENT_TYPE_PLAIN_0_0_4.encode(), send)
    else:
        await _json(404, {"title": "Not found", "status": 404, "host": host}, send)


def _is_local(scope: Mapping[str, Any]) -> bool:
    forwarded = any(name in (b"x-forwarded-for", b"forwarded", b"via") for name, _ in scope["headers"])
    client = (scope.get("client") or ("", 0))[0]
    return not forwarded and client in ("127.0.0.1", "::1")


async def _parts() -> dict[str, str]:
    async def database() -> str:
        async with cells.control_pool().connection("") as connection:
            await connection.fetchval("SELECT 1 FROM tenant LIMIT 1")
        return "ok"

    async def line() -> str:
        await signals.speaker().ping()
        return "ok"

    parts = {}
    for name, question in (("database", database), ("redis", line)):
        try:
            parts[name] = await asyncio.wait_for(question(), PATIENCE_SECONDS)
        except (OSError, asyncpg.PostgresError, redis.exceptions.RedisError, TimeoutError):
            parts[name] = "unavailable"
    return parts


class _Figures(Collector):
    """The process's counts as Prometheus wants them, and what the control plane knows of feeds."""

    def __init__(self, counts: Counts, feeds: Iterable[Metric]) -> None:
        self._counts = counts
        self._feeds = feeds

    def collect(self) -> Iterable[Metric]:
        """Asked at each scrape."""
        yield from self._feeds
        answers = CounterMetricFamily("village_answers", "Answers by origin.", labels=["origin"])
        answers.add_metric(["kept"], self._counts.kept)
        answers.add_metric(["made"], self._counts.made)
        yield answers


def _figures(edge: "Edge", feeds: Sequence[Metric]) -> bytes:
    """Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(edge.counts, feeds))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


async def _json(status: int, value: object, send: Send) -> None:
    await _raw(status, msgspec.json.encode(value), b"application/json", send)


async def _raw(status: int, body: bytes, kind: bytes, send: Send) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
