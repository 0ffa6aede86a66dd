"""The job that tells a town's people what is due: found in a transaction, sent outside of it, noted in another.

A line is claimed by one worker only (SKIP LOCKED). Killed between sending and noting it, a worker leaves a push that is
sent again under the same tag, where it replaces itself unseen, and a mail that the outbox knows already.
"""

import asyncio
import itertools
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.kit import clock
from app.kit.http.raw import RawHttp
from app.notify import due
from app.notify.letter_box import mailed
from app.notify.parcels import Due, Parcel, Receiver, packed
from app.notify.push import Device, Result, send
from app.notify.spread import spread
from app.notify.vapid import Vapid, vapid
from app.tenancy import current, tenant, transaction
from app.tenancy.jobs import job
from app.tenancy.registry import SERVED, Place, place_of
from app.web import idempotency

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Lines of one claim."""
LINES: Final = 16
"""Pushes under way at the same time."""
CLAIM: Final = timedelta(minutes=10)
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=2)
GIVE_UP: Final = timedelta(days=1)
"""What no push service took within a day is left to the mail or the inbox."""
KEEP: Final = timedelta(days=60)
"""How long the inbox holds a message."""
MOST_IN_INBOX: Final = 200
"""Messages of one person; the oldest leave."""

_CLAIMED: Final = """
WITH next AS MATERIALIZED (
    SELECT id FROM delivery WHERE due_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1)
    ORDER BY rank, due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE delivery SET claimed_until = $2, tries = delivery.tries + 1 FROM next, announcement a
WHERE delivery.id = next.id AND a.id = delivery.announcement_id
RETURNING delivery.id, delivery.subscriber_id, delivery.rank, delivery.tries, delivery.reached, a.key, a.title, a.body,
    a.href, a.expires_at, delivery.created_at"""
_CROWDED: Final = """
DELETE FROM delivery USING (
    SELECT id, row_number() OVER (PARTITION BY account_sub ORDER BY id DESC) AS place FROM delivery
    WHERE account_sub <> '' AND due_at IS NULL) AS numbered
WHERE numbered.id = delivery.id AND numbered.place > $1"""
_RECEIVERS: Final = """
SELECT s.id, s.account_sub, s.locale, s.mail, d.id AS device_id, d.endpoint, d.p256dh, d.auth, d.created_at
FROM subscriber s LEFT JOIN push_device d ON d.subscriber_id = s.id
WHERE s.id = ANY ($1::bigint[]) ORDER BY s.id, d.id"""


@job(own_scope=True)
async def tell(slug: str) -> int:
    """Tell what is due in a town; to how many lines something was done."""
    place = await place_of(slug)
    if place.state not in SERVED:
        return 0
    taken_until = await due.taken(slug)
    zone = ZoneInfo(place.site.get("zone", "Europe/Berlin"))
    async with tenant(slug):
        await spread(zone)
    count = 0
    async with RawHttp() as http:
        while lines := await _claim(slug):
            await _deliver(place, lines, http)
            count += len(lines)
    async with tenant(slug) as scope:
        next_at = await scope.fetchval(
            "SELECT min(greatest(due_at, claimed_until)) FROM delivery WHERE due_at IS NOT NULL"
        )
    await due.done(slug, taken_until, next_at)
    return count


@job()
async def forget_old() -> None:
    """Every night: forget what was told two months ago, what no inbox holds, and owners that have no device left."""
    await current().fetch("DELETE FROM announcement WHERE created_at < $1", [clock.now() - KEEP])
    await current().fetch(_CROWDED, [MOST_IN_INBOX])
    await idempotency.forget_old()
    await current().fetch(
        "DELETE FROM subscriber s WHERE account_sub = ''"
        " AND NOT EXISTS (SELECT FROM push_device d WHERE d.subscriber_id = s.id)"
    )


async def _claim(slug: str) -> list[Due]:
    """The next due lines, the most urgent first, each given to one asker only."""
    now = clock.now()
    async with tenant(slug) as scope, transaction():
        rows = await scope.fetch(_CLAIMED, [now, now + CLAIM, AT_ONCE])
    lines = [Due(**{**dict(row), "reached": tuple(row["reached"])}) for row in rows]
    return sorted(lines, key=lambda line: (line.rank, line.id))


async def _deliver(place: Place, lines: Sequence[Due], http: RawHttp) -> None:
    now = clock.now()
    late = [line for line in lines if line.expires_at is not None and line.expires_at <= now]
    receivers = await _receivers(place.slug, {line.subscriber_id for line in lines})
    parcels = packed([line for line in lines if line not in late], receivers, place.name)
    key = await vapid()
    gate = asyncio.Semaphore(LINES)
    results: list[dict[int, Result]] = []
    for _rank, equal in itertools.groupby(parcels, key=lambda parcel: parcel.rank):
        # One rank after the other: two pushes under way at once arrive in any order.
        results += await asyncio.gather(*(_pushed(http, key, parcel, gate) for parcel in equal))
    ends: list[tuple[datetime | None, str, list[int], int]] = [(None, "", list(line.reached), line.id) for line in late]
    for parcel, found in zip(parcels, results, strict=True):
        ends += await _ended(place, parcel, found)
    gone = [number for found in results for number, result in found.items() if result.outcome == "gone"]
    await _note(place.slug, ends, gone)


async def _receivers(slug: str, numbers: set[int]) -> dict[int, Receiver]:
    async with tenant(slug) as scope:
        rows = await scope.fetch(_RECEIVERS, [list(numbers)])
    devices: dict[int, list[Device]] = {}
    for row in rows:
        own = devices.setdefault(row["id"], [])
        if row["device_id"] is not None:
            own.append(Device(row["device_id"], row["endpoint"], row["p256dh"], row["auth"], row["created_at"]))
    return {
        row["id"]: Receiver(row["id"], row["account_sub"], row["locale"], row["mail"], tuple(devices[row["id"]]))
        for row in rows
    }


async def _pushed(http: RawHttp, key: Vapid, parcel: Parcel, gate: asyncio.Semaphore) -> dict[int, Result]:
    """What each device's service said."""
    found: dict[int, Result] = {}
    for device in parcel.devices:
        async with gate:
            found[device.id] = await send(http, key, device, parcel.push, parcel.rank, parcel.until)
    return found


async def _ended(
    place: Place, parcel: Parcel, found: dict[int, Result]
) -> list[tuple[datetime | None, str, list[int], int]]:
    """For each line of a parcel: when it is due again, the way it went, which devices have it, and its number.

    A mail is written only when no device took it, so that nobody is told the same twice.
    """
    taken = [number for number, result in found.items() if result.outcome == "taken"]
    waits = [result.wait_seconds for result in found.values() if result.outcome == "later"]
    now = clock.now()
    again: datetime | None = None
    if waits and now - parcel.lines[0].created_at < GIVE_UP:
        tries = max(line.tries for line in parcel.lines)
        wait = min(FIRST_WAIT * (1 << min(max(tries, 1) - 1, 20)), LONGEST_WAIT)
        again = now + max(wait, timedelta(seconds=max(waits)))
        again = again if parcel.until is None or again < parcel.until else None
    way = "push" if taken or parcel.begun else ""
    if not way and again is None and parcel.to.mail and await mailed(place, parcel):
        way = "mail"
    return [(again, way, [*line.reached, *taken], line.id) for line in parcel.lines]


async def _note(slug: str, ends: list[tuple[datetime | None, str, list[int], int]], gone: list[int]) -> None:
    async with tenant(slug) as scope, transaction():
        await scope.executemany(
            "UPDATE delivery SET due_at = $1, way = $2, reached = $3, claimed_until = NULL WHERE id = $4", ends
        )
        if gone:
            log.info("%d devices of %s are gone", len(gone), slug)
            rows = await scope.fetch(
                "DELETE FROM push_device WHERE id = ANY ($1::bigint[]) RETURNING subscriber_id", [gone]
            )
            await scope.fetch(
                "DELETE FROM subscriber s WHERE s.id = ANY ($1::bigint[]) AND s.account_sub = ''"
                " AND NOT EXISTS (SELECT FROM push_device d WHERE d.subscriber_id = s.id)",
                [[row["subscriber_id"] for row in rows]],
            )
