"""The scheduler: sends the periodic jobs when their minute comes, and knows nothing else of the platform.

`periodiq` sleeps between the minutes; SIGTERM and SIGINT end it at once.
"""

import logging
import signal
import sys
import time
from types import FrameType

from periodiq import Scheduler
from redis.exceptions import RedisError

from app.kit.memory import give_back
from app.kit.queue import broker
from app.platform import tick

REDIS_PAUSE_SECONDS = 1.0


def end(_number: int, _frame: FrameType | None) -> None:
    """Nothing is under way here that could be lost: messages are sent in one go."""
    sys.exit(0)


def main() -> int:
    """Schedule until told to end; the exit code."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    # Not the platform's own logging: the two lines a year aren't worth 4 MB.
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    scheduler = Scheduler([actor for actor in broker.actors.values() if "periodic" in actor.options])
    give_back()
    while True:
        try:
            scheduler.schedule()
            scheduler.loop()
        except RedisError as error:
            # The minute is lost, its work is not: the next tick finds all that is due.
            sys.stderr.write(f"Redis is away ({error}); trying again.\n")
            signal.alarm(0)
            time.sleep(REDIS_PAUSE_SECONDS)


__all__ = ["main", "tick"]

if __name__ == "__main__":
    sys.exit(main())
