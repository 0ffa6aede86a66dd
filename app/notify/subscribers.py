"""Subscribers of a town: what each wants to be told, and the devices that it is told on. Inside a transaction."""
# ruff: noqa: S608 - the texts are built of constants once; every value is a parameter

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from app.kit import clock
from app.kit.errors import NotFound
from app.notify import due
from app.notify.encryption import keys_of
from app.tenancy import current

MOST_DEVICES: Final = 10
"""Of one subscriber; the oldest makes room."""
MOST_CHOSEN: Final = 50
"""Of streets, of stops and of providers."""
LONGEST_ENDPOINT: Final = 1_500

_FIELDS: Final = (
    "categories, providers, streets, stops, urgency, lat, lon, within_km, quiet_from, quiet_until, wake, mail, locale"
)


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to be told, when, and how."""

    categories: tuple[str, ...] = ()
    providers: tuple[int, ...] = ()
    streets: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    """Keys of stops; none: disturbances everywhere in the town."""
    urgency: int = 2
    """The least urgent rank that is told, see `announce.RANKS`."""
    lat: float | None = None
    lon: float | None = None
    within_km: int = 0
    """Around the place; 0 is everywhere."""
    quiet_from: int = 22
    """Local hours; the same twice is never."""
    quiet_until: int = 7
    wake: bool = True
    """Urgent warnings may come in the quiet hours too."""
    mail: bool = False
    locale: str = "de"


class Subscriber(msgspec.Struct, frozen=True):
    """Somebody who is told things: an account, or a device without one."""

    id: int
    account_sub: str
    choices: Choices


class Endpoint(msgspec.Struct, frozen=True):
    """A browser's push subscription, as the browser gives it."""

    url: str
    p256dh: str
    auth: str
    device: str = ""
    """What a person recognises of it, e.g. `Firefox, Android`."""


class Listed(msgspec.Struct, frozen=True):
    """A device in the list of its owner."""

    id: int
    device: str
    created_at: datetime


async def of_account(sub: str) -> Subscriber | None:
    """The subscriber of an account in the current town."""
    rows = await current().fetch(f"SELECT id, account_sub, {_FIELDS} FROM subscriber WHERE account_sub = $1", [sub])
    return _subscriber(rows)


async def of_device(number: int) -> Subscriber | None:
    """The subscriber without an account that a device remembers."""
    rows = await current().fetch(
        f"SELECT id, account_sub, {_FIELDS} FROM subscriber WHERE id = $1 AND account_sub = ''", [number]
    )
    return _subscriber(rows)


async def of_endpoint(url: str) -> Subscriber | None:
    """The subscriber that a push subscription belongs to."""
    rows = await current().fetch(
        f"SELECT id, account_sub, {_FIELDS} FROM subscriber"
        " WHERE id = (SELECT subscriber_id FROM push_device WHERE endpoint = $1)",
        [url],
    )
    return _subscriber(rows)


def _subscriber(rows: list[asyncpg.Record]) -> Subscriber | None:
    if not rows:
        return None
    told: dict[str, Any] = dict(rows[0])
    number, sub = told.pop("id"), told.pop("account_sub")
    return Subscriber(number, sub, msgspec.convert(told, Choices, from_attributes=False))


async def save(chosen: Choices, *, known: Subscriber | None, account_sub: str = "") -> int:
    """Keep what somebody chose, for the known subscriber or a new one; its id."""
    values: list[Any] = [
        list(chosen.categories),
        list(chosen.providers)[:MOST_CHOSEN],
        list(chosen.streets)[:MOST_CHOSEN],
        list(chosen.stops)[:MOST_CHOSEN],
        chosen.urgency,
        chosen.lat,
        chosen.lon,
        chosen.within_km,
        chosen.quiet_from,
        chosen.quiet_until,
        chosen.wake,
        chosen.mail,
        chosen.locale,
        clock.now(),
    ]
    if known is None:
        rows = await current().fetch(
            f"INSERT INTO subscriber ({_FIELDS}, changed_at, account_sub)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [*values, account_sub],
        )
        if not rows:
            # The same person saved in another window in the same moment: the later one counts.
            return await save(chosen, known=await of_account(account_sub), account_sub=account_sub)
    else:
        rows = await current().fetch(
            f"UPDATE subscriber SET ({_FIELDS}, changed_at)"
            " = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) WHERE id = $15 RETURNING id",
            [*values, known.id],
        )
    return int(rows[0]["id"])


async def add_device(subscriber_id: int, account_sub: str, endpoint: Endpoint) -> None:
    """Tell a subscriber on this browser too; one that belonged to somebody else changes hands.

    Raises `NotKeys`. Whoever knows an endpoint has it from the browser: it is as secret as a password.
    """
    keys_of(endpoint.p256dh, endpoint.auth)
    before = await of_endpoint(endpoint.url)
    await current().fetch(
        """INSERT INTO push_device (subscriber_id, account_sub, endpoint, p256dh, auth, device, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (endpoint) DO UPDATE SET
               subscriber_id = excluded.subscriber_id, account_sub = excluded.account_sub, p256dh = excluded.p256dh,
               auth = excluded.auth, device = excluded.device, created_at = excluded.created_at""",
        [
            subscriber_id,
            account_sub,
            endpoint.url,
            endpoint.p256dh,
            endpoint.auth,
            endpoint.device,
            clock.now(),
        ],
    )
    await current().fetch(
        "DELETE FROM push_device WHERE subscriber_id = $1 AND id NOT IN"
        " (SELECT id FROM push_device WHERE subscriber_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)",
        [subscriber_id, MOST_DEVICES],
    )
    if before is not None and before.id != subscriber_id:
        await forget_empty([before.id])


async def replace_device(old: str, endpoint: Endpoint) -> bool:
    """The browser gave a subscription a new address; False when nobody knows the old one. Raises `NotKeys`."""
    owner = await of_endpoint(old)
    if owner is None:
        return False
    await current().fetch("DELETE FROM push_device WHERE endpoint = $1", [old])
    await add_device(owner.id, owner.account_sub, endpoint)
    return True


async def take_over(device_owner: Subscriber, number: int, account_sub: str) -> None:
    """Somebody signed in on a device that spoke for itself: from now on it is the account's."""
    await current().fetch(
        "UPDATE push_device SET subscriber_id = $2, account_sub = $3 WHERE subscriber_id = $1",
        [device_owner.id, number, account_sub],
    )
    await forget_empty([device_owner.id])


async def devices_of(subscriber_id: int) -> list[Listed]:
    """The devices of a subscriber, the newest first."""
    rows = await current().fetch(
        "SELECT id, device, created_at FROM push_device WHERE subscriber_id = $1 ORDER BY created_at DESC, id DESC",
        [subscriber_id],
    )
    return [Listed(row["id"], row["device"], row["created_at"]) for row in rows]


async def remove_device(subscriber_id: int, number: int) -> None:
    """Tell nothing on this device any more; raises `NotFound`."""
    gone = await current().fetch(
        "DELETE FROM push_device WHERE id = $1 AND subscriber_id = $2 RETURNING id", [number, subscriber_id]
    )
    if not gone:
        raise NotFound("There is no such device.")
    await forget_empty([subscriber_id])


async def forget_empty(numbers: Sequence[int]) -> None:
    """Forget subscribers without account and without device."""
    await current().fetch(
        "DELETE FROM subscriber s WHERE s.id = ANY ($1::bigint[]) AND s.account_sub = ''"
        " AND NOT EXISTS (SELECT FROM push_device d WHERE d.subscriber_id = s.id)",
        [list(numbers)],
    )


async def stop(one: Subscriber) -> None:
    """Tell nothing any more, on no device and not by mail; an account keeps its inbox."""
    await current().fetch("DELETE FROM push_device WHERE subscriber_id = $1", [one.id])
    await forget_empty([one.id])
    await current().fetch(
        "UPDATE subscriber SET categories = '{}', providers = '{}', streets = '{}', stops = '{}', mail = false,"
        " changed_at = $2 WHERE id = $1",
        [one.id, clock.now()],
    )
    await current().fetch("UPDATE delivery SET due_at = NULL WHERE subscriber_id = $1 AND due_at IS NOT NULL", [one.id])


async def stop_mails(subscriber_id: int) -> None:
    """No mails any more; the devices are told as before."""
    await current().fetch(
        "UPDATE subscriber SET mail = false, changed_at = $2 WHERE id = $1", [subscriber_id, clock.now()]
    )


async def try_out(one: Subscriber, title: str, text: str) -> bool:
    """Send somebody a message to see that it works, at most one a minute; False for one too many."""
    now = clock.now()
    rows = await current().fetch(
        """INSERT INTO announcement (key, category, title, body, href, urgency, account_sub, created_at, told_at)
           VALUES ($1, 'town', $2, $3, '/notifications', 0, $4, $5, $5) ON CONFLICT (key) DO NOTHING RETURNING id""",
        [f"test:{one.id}:{int(now.timestamp()) // 60}", title, text, one.account_sub, now],
    )
    if not rows:
        return False
    await current().fetch(
        "INSERT INTO delivery (announcement_id, subscriber_id, account_sub, rank, due_at, created_at)"
        " VALUES ($1, $2, $3, 0, $4, $4)",
        [rows[0]["id"], one.id, one.account_sub, now],
    )
    await due.soon(current())
    return True
