"""What the tests about telling people share: subscribers, announcements, and a run of the job."""

from datetime import datetime
from typing import Any

import msgspec

from app.notify import subscribers, telling
from app.notify.announce import Message, announce
from app.notify.subscribers import Choices, Endpoint
from app.tenancy import control, current, tenant, transaction
from tests.push_service import Browser

TOWN = "bad-belzig"


async def subscribe(*browsers: Browser, sub: str = "", slug: str = TOWN, **chosen: Any) -> int:
    """A subscriber with devices, who wants warnings and news and is never quiet unless told."""
    values: dict[str, Any] = {"categories": ("warning", "news"), "quiet_from": 0, "quiet_until": 0} | chosen
    async with tenant(slug), transaction():
        number = await subscribers.save(Choices(**values), known=None, account_sub=sub)
        for browser in browsers:
            told = browser.fields
            endpoint = Endpoint(told["endpoint"], told["p256dh"], told["auth"], "Firefox, Android")
            await subscribers.add_device(number, sub, endpoint)
    return number


async def say(key: str, slug: str = TOWN, **values: Any) -> bool:
    """Announce something in a transaction of its own."""
    told: dict[str, Any] = {"category": "news", "title": f"Titel {key}", "text": "Text", "href": "/news/1"} | values
    async with tenant(slug), transaction():
        return await announce(Message(key=key, **told))


async def tell(slug: str = TOWN) -> int:
    """What a worker does; to how many lines."""
    return msgspec.convert(await telling.tell.function(slug), int)


async def lines(slug: str = TOWN) -> list[tuple[str, str, datetime | None]]:
    """Key, way and due time of every line."""
    async with tenant(slug):
        rows = await current().fetch(
            "SELECT a.key, d.way, d.due_at FROM delivery d JOIN announcement a ON a.id = d.announcement_id"
            " ORDER BY d.id"
        )
    return [(row["key"], row["way"], row["due_at"]) for row in rows]


async def count(table: str, slug: str = TOWN) -> int:
    """How many rows there are."""
    async with tenant(slug):
        return int(await current().fetchval(f"SELECT count(*) FROM {table}"))


async def due_at(slug: str = TOWN) -> datetime | None:
    """When the tick looks at the town next."""
    async with control() as connection:
        found: datetime | None = await connection.fetchval("SELECT due_at FROM notify_due WHERE tenant = $1", slug)
    return found


async def sweep() -> None:
    """Nobody wants to be told anything, nothing is on its way."""
    for slug in (TOWN, "wiesenburg-mark"):
        async with tenant(slug), transaction():
            await current().fetch("DELETE FROM subscriber")
            await current().fetch("DELETE FROM announcement")
    async with control() as connection:
        await connection.execute("DELETE FROM notify_due")
