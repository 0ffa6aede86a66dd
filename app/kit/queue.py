"""The queue between those who ask for work and the workers: dramatiq on Redis.

Light on purpose: the scheduler imports this and the tick, and nothing of the villages.
"""

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, AsyncIO, Callbacks, Pipelines, Retries, ShutdownNotifications, TimeLimit
from periodiq import PeriodiqMiddleware

from app.settings import settings

TICK_SKIP_SECONDS = 50
"""A tick that waited longer in the queue than this is dropped: the next one finds the same work."""


def _broker() -> RedisBroker:
    return RedisBroker(  # type: ignore[no-untyped-call] # dramatiq's constructor has no types
        url=settings().redis_url or "redis://127.0.0.1:6379/0",
        namespace="village:jobs",
        middleware=[
            AgeLimit(),
            TimeLimit(time_limit=10 * 60 * 1000),
            ShutdownNotifications(notify_shutdown=True),
            Callbacks(),
            Pipelines(),
            Retries(max_retries=5, min_backoff=5_000, max_backoff=3_600_000),
            AsyncIO(),
            PeriodiqMiddleware(skip_delay=TICK_SKIP_SECONDS),
        ],
    )


broker = _broker()
dramatiq.set_broker(broker)
