"""A process that gives a region's feed to its towns one after the other, slowly, until somebody kills it."""

import asyncio
import sys

from app.feeds import regional_delivery
from app.feeds.report import Taker, Takers
from app.platform import feeds


def slow(takers: Takers, seconds: float) -> Takers:
    """The same takers, each of which sleeps before its transaction can be committed, and says where it is."""

    def slowed(taker: Taker) -> Taker:
        async def store(source: object, items: object) -> None:
            await taker.store(source, items)
            sys.stdout.write("stored\n")
            sys.stdout.flush()
            await asyncio.sleep(seconds)

        return Taker(store, taker.withdraw)

    return {kind: slowed(taker) for kind, taker in takers.items()}


async def main() -> None:
    """`python -m tests.feeds.region.killed REGION FEED TOWN…`."""
    regional_delivery.AT_ONCE = 1  # type: ignore[misc] # so that one town is done while the next one is under way
    region, feed, *towns = sys.argv[1:]
    await regional_delivery.deliver(region, feed, towns, slow(feeds.takers(), 0.5))


if __name__ == "__main__":
    asyncio.run(main())
