"""Two questions of one town at the same time: on two connections if there are enough, and nobody waits for ever."""

import asyncio
import contextlib

from app.tenancy import beside, current, tenant, transaction
from app.tenancy.cells import RUNTIME_CONNECTIONS, runtime_pool
from app.tenancy.registry import place_of
from tests.village import Village

WHO = "SELECT pg_backend_pid() AS pid, current_user AS who, current_schema() AS town"


async def test_the_second_connection_sees_the_same_town_only(belzig: Village) -> None:
    async with tenant("bad-belzig") as first:
        [one] = await first.fetch(WHO)
        async with beside():
            [other] = await current().fetch(WHO)
        [again] = await current().fetch(WHO)

    assert one["pid"] == again["pid"] != other["pid"]
    assert (one["who"], one["town"]) == (other["who"], other["town"])


async def test_inside_a_transaction_everybody_sees_what_it_wrote(belzig: Village) -> None:
    async with tenant("bad-belzig") as first, transaction(), beside() as other:
        assert other is first


async def test_with_few_connections_left_there_is_one_for_each(belzig: Village) -> None:
    place = await place_of("bad-belzig")
    pool = await runtime_pool(place.cell)
    async with contextlib.AsyncExitStack() as others:
        for _ in range(RUNTIME_CONNECTIONS // 2):
            await others.enter_async_context(pool.connection(place.key))
        async with tenant("bad-belzig") as first, beside() as other:
            assert other is first


async def test_a_hundred_searches_at_once_all_end(belzig: Village) -> None:
    async def search() -> int:
        async with tenant("bad-belzig") as first, beside() as other:
            both = await asyncio.gather(first.fetch("SELECT pg_sleep(0.01)"), other.fetch("SELECT pg_sleep(0.01)"))
            return len(both)

    async with asyncio.timeout(30):
        assert await asyncio.gather(*(search() for _ in range(100))) == [2] * 100
