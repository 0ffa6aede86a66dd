"""Two sources tell of the same storm at the same moment."""

import asyncio

from app.capabilities.notices import feed
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.capabilities.notices.given import NOON, OID, SLUG, Warner, listed, warning
from tests.factories import feed_item_id
from tests.village import Village


async def test_what_two_sources_bring_at_the_same_moment_is_one_warning(village: Village) -> None:
    copy = warning(f"dwd.{OID}.MUL", same_as=(OID,), title="Sturm, wiederholt")
    own = warning(f"{OID}.MUL", same_as=(OID,), title="Sturm")
    nina, service = Warner(), Warner(title="Wetterdienst")
    with clock.at(NOON):
        await nina.sends()
        under_way = asyncio.Event()

        async def second() -> None:
            await under_way.wait()
            await service.sends(own)

        other = asyncio.create_task(second())
        async with tenant(SLUG), transaction():
            assert nina.source is not None
            await feed.store(nina.source, [(await feed_item_id(nina.source, copy.external_id), copy)])
            under_way.set()
            # Long enough to come past, if nothing keeps it.
            await asyncio.sleep(0.3)
        await other

        assert [one["title"] for one in await listed(village)] == ["Sturm"]
