"""One push to one browser (RFC 8030): sent through the guarded client, because its address came from outside."""

import hashlib
import logging
from datetime import datetime
from typing import Final, Literal

import msgspec

from app.kit import clock
from app.kit.http import FetchError, Refused
from app.kit.http.raw import RawHttp
from app.notify.encryption import LONGEST_BYTES, NotKeys, b64, encrypted
from app.notify.vapid import Vapid

log = logging.getLogger(__name__)

Outcome = Literal["taken", "gone", "later", "never"]
URGENCIES: Final = ("high", "normal", "low")
"""By rank; a phone with an empty battery lets only `high` through."""
LONGEST_SECONDS: Final = (24 * 3600, 24 * 3600, 3 * 24 * 3600)
"""By rank: how long a push service keeps it for a device that is switched off."""
_GONE: Final = frozenset({404, 410})
_REFUSES_US: Final = frozenset({401, 403})


class Device(msgspec.Struct, frozen=True):
    """A browser that takes pushes."""

    id: int
    endpoint: str
    p256dh: str
    auth: str
    created_at: datetime


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser is told; the service worker shows it."""

    title: str
    body: str
    href: str
    tag: str
    """The same thing has the same tag: shown again it takes the place of the first."""
    urgent: bool = False
    """It stays until somebody has seen it."""


class Result(msgspec.Struct, frozen=True):
    """What came of it."""

    outcome: Outcome
    wait_seconds: int = 0
    """What the push service asks for."""


async def send(http: RawHttp, vapid: Vapid, device: Device, push: Push, rank: int, until: datetime | None) -> Result:
    """Hand a push to the browser's service. Never raises for what the service or the address does wrong."""
    lasts = LONGEST_SECONDS[rank]
    if until is not None:
        lasts = min(lasts, max(0, int((until - clock.now()).total_seconds())))
    try:
        body = encrypted(_fitting(push), device.p256dh, device.auth)
        answer = await http.put(
            device.endpoint,
            body,
            {
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(lasts),
                "Urgency": URGENCIES[rank],
                # What the service still holds of the same thing is replaced.
                "Topic": b64(hashlib.sha256(push.tag.encode()).digest()[:24]),
                "Authorization": vapid.authorization(device.endpoint),
            },
        )
    except (NotKeys, Refused):
        return Result("gone")
    except FetchError as error:
        return Result("later", int(getattr(error, "retry_after", 0) or 0))
    return _judged(answer.status, answer.retry_after or 0, older=device.created_at < vapid.created_at)


def _judged(status: int, wait: int, *, older: bool) -> Result:
    if 200 <= status < 300:
        return Result("taken")
    if status in _GONE or (status in _REFUSES_US and older):
        return Result("gone")
    if status == 429 or status >= 500:
        return Result("later", wait)
    log.warning("a push service answers %d", status)
    return Result("never")


def _fitting(push: Push) -> bytes:
    """The push as JSON, its text cut until it fits."""
    body = push.body
    while len(told := msgspec.json.encode(msgspec.structs.replace(push, body=body))) > LONGEST_BYTES:
        body = body[: len(body) * 3 // 4]
    return told
