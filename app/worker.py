"""`python -m app.worker`: does what the others asked for. One process, a few threads, one event loop for async jobs."""

import asyncio
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from app.capabilities import CAPABILITIES
from app.identity.provider import logout
from app.kit import logs
from app.kit.memory import give_back
from app.kit.queue import broker
from app.notify import mail, telling
from app.platform import feed_care, feeds, regions, tick
from app.platform.discovery import search
from app.tenancy import cells, registry, signals
from app.tenancy.jobs import JOBS

log = logging.getLogger(__name__)

THREADS = 4
"""Jobs at the same time; while one waits for the network its thread only sleeps."""
IDLE_POLL_MILLISECONDS = 1000
STOP_WITHIN_MILLISECONDS = 3_000
"""For the jobs under way; what is not done then is done again by the next worker."""
END_WITHIN_SECONDS = 4.5


class Loop(Middleware):
    """What lives on the event loop: the ear for changes, the pools, the outgoing client."""

    def __init__(self) -> None:
        self._ear: asyncio.Task[None] | None = None

    def after_worker_boot(self, _broker: Broker, _worker: Worker) -> None:
        """Begin to listen: a town that moved or went must not be remembered."""
        self._run(self._listen())

    def after_worker_shutdown(self, _broker: Broker, _worker: Worker) -> None:
        """Close what is open; the loop itself ends after this."""
        self._run(self._close())

    @staticmethod
    def _run(work: Any) -> None:
        thread = get_event_loop_thread()
        if thread is not None:
            thread.run_coroutine(work)

    async def _listen(self) -> None:
        self._ear = asyncio.get_running_loop().create_task(signals.listen(heard, line))

    async def _close(self) -> None:
        if self._ear is not None:
            self._ear.cancel()
            await asyncio.gather(self._ear, return_exceptions=True)
        await feeds.close()
        await cells.close()


def heard(change: signals.Changed) -> None:
    """A town changed its place, its state or its look."""
    if change.what == "hosts":
        registry.forget(change.tenant)
        cells.forget()


def line(_up: bool) -> None:  # noqa: FBT001 - as `signals.listen` calls it
    """What was said while the line was down is not known."""
    registry.forget()


def main() -> int:
    """Work until SIGTERM or SIGINT; the exit code."""
    logs.configure()
    asked = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    broker.add_middleware(Loop())
    worker = Worker(broker, worker_threads=THREADS, worker_timeout=IDLE_POLL_MILLISECONDS)
    worker.start()
    log.info("%d jobs of %d capabilities", len(broker.actors), len(CAPABILITIES))
    give_back()
    asked.wait()
    # A job that does not let go in time is given up: its message is still in the queue.
    watchdog = threading.Timer(END_WITHIN_SECONDS, os._exit, (0,))
    watchdog.daemon = True
    watchdog.start()
    worker.stop(timeout=STOP_WITHIN_MILLISECONDS)
    broker.close()
    return 0


__all__ = ["JOBS", "feed_care", "logout", "mail", "main", "regions", "search", "telling", "tick"]

if __name__ == "__main__":
    sys.exit(main())
