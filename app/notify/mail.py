"""The outbox on its way: due mails are claimed, worded, handed over, and tried again when that didn't work.

A mail is claimed by one worker only (SKIP LOCKED). Killed between handing over and noting it, a worker leaves a
mail that is sent twice, with the same Message-ID. Without a mail server nothing is tried: mails wait to be looked at
(`app.web.mailbox`).
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Final

import dramatiq
import msgspec

from app.identity.outbox import DELIVER, opened
from app.kit import clock
from app.kit.errors import VillageError
from app.kit.queue import broker
from app.notify.letters import Letter, write
from app.notify.smtp import Delayed, Line, NotDelivered, Rejected, Server, Unreachable, server_of
from app.notify.templates import Sender, deliverable, message
from app.settings import InvalidSetting, settings
from app.tenancy import control
from app.tenancy.errors import UnknownTenant
from app.tenancy.registry import place_of
from app.web.site import Theme

log = logging.getLogger(__name__)

CLAIM: Final = timedelta(minutes=10)
"""A worker that is silent for longer is taken for lost."""
AT_ONCE: Final = 50
STOP_WITHIN_SECONDS: Final = 2
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=4)
"""For a mail that the server does not want yet."""
LONGEST_OUTAGE_WAIT: Final = timedelta(minutes=10)
"""For a server that does not answer: asking costs one connection for all mails, and people wait for theirs."""
GIVE_UP: Final = timedelta(days=2)
"""What could not be delivered by then is no longer true: links have run out."""
KEEP: Final = timedelta(days=30)
"""How long it is remembered that a mail was sent; its text is forgotten at once."""


class Row(msgspec.Struct, frozen=True):
    """A mail as it lies in the outbox."""

    id: int
    tenant: str
    recipient: str
    kind: str
    locale: str
    content: str
    tries: int
    created_at: datetime


def wait_after(tries: int, reason: NotDelivered) -> timedelta:
    """How long to wait after so many attempts that failed: 1, 2, 4, 8 … minutes, up to a limit."""
    most = LONGEST_OUTAGE_WAIT if isinstance(reason, Unreachable) else LONGEST_WAIT
    return min(FIRST_WAIT * (1 << min(max(tries, 1) - 1, 20)), most)


async def deliver() -> int:
    """Hand over what is due; how many mails left. Nothing happens without `VILLAGE_SMTP_URL`."""
    if not settings().smtp_url:
        return 0
    server = server_of(settings().smtp_url)
    sent = 0
    while rows := await claim():
        went, on = await _hand_over(rows, server)
        sent += went
        if not on:
            break
    return sent


async def claim() -> list[Row]:
    """The next due mails, each given to one asker only."""
    now = clock.now()
    async with control() as connection:
        rows = await connection.fetch(
            # Materialized: a subquery may be asked again for other rows than those that were counted.
            """WITH next AS MATERIALIZED (
                   SELECT id FROM mail WHERE sent_at IS NULL AND given_up_at IS NULL AND next_at <= $1
                       AND (claimed_until IS NULL OR claimed_until < $1)
                   ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
               UPDATE mail SET claimed_until = $2, tries = tries + 1 FROM next WHERE mail.id = next.id
               RETURNING mail.id, tenant, recipient, kind, locale, content, tries, created_at""",
            now,
            now + CLAIM,
            AT_ONCE,
        )
    return sorted((Row(**dict(row)) for row in rows), key=lambda row: row.id)


async def _hand_over(rows: Sequence[Row], server: Server) -> tuple[int, bool]:
    """Give the rows to the server, over one line; how many left, and whether it is worth going on."""
    line, sent = Line(server), 0
    try:
        await asyncio.to_thread(line.open)
        for place, row in enumerate(rows):
            try:
                sent += await _to_its_end(_one(row, line, server))
            except Unreachable as reason:
                await _postpone(rows[place:], reason)
                return sent, False
            except asyncio.CancelledError:
                await _let_go(rows[place + 1 :])
                raise
    except Unreachable as reason:
        await _postpone(rows, reason)
        return 0, False
    finally:
        await asyncio.to_thread(line.close)
    return sent, True


async def _one(row: Row, line: Line, server: Server) -> bool:
    """Word and send one mail, and note what came of it; raises `Unreachable`."""
    if row.created_at < clock.now() - GIVE_UP:
        await _give_up(row, "nobody took it for two days")
        return False
    try:
        made = await compose(row, by=server.sender)
        to = deliverable(row.recipient)
    except (VillageError, ValueError, KeyError) as error:
        # Another secret than then, or a defect of ours: trying again would not help.
        await _give_up(row, f"can't be written: {type(error).__name__}")
        return False
    try:
        await asyncio.to_thread(line.send, made, to)
    except (Rejected, ValueError) as reason:
        await _give_up(row, str(reason) if isinstance(reason, Rejected) else f"can't be sent: {type(reason).__name__}")
        return False
    except Delayed as reason:
        await _postpone([row], reason)
        return False
    async with control() as connection:
        await connection.execute(
            "UPDATE mail SET sent_at = $2, content = '', problem = '', claimed_until = NULL WHERE id = $1",
            row.id,
            clock.now(),
        )
    return True


async def _to_its_end(one: Coroutine[Any, Any, bool]) -> bool:
    """What was handed over is also noted, although the worker is asked to stop meanwhile."""
    task = asyncio.ensure_future(one)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=STOP_WITHIN_SECONDS)
        raise


async def _let_go(rows: Sequence[Row]) -> None:
    """Leave claimed mails to the next worker at once."""
    async with control() as connection:
        await connection.execute(
            "UPDATE mail SET claimed_until = NULL, tries = tries - 1 WHERE id = ANY($1::bigint[])",
            [row.id for row in rows],
        )


async def _give_up(row: Row, reason: str) -> None:
    log.warning("mail %d (%s) is given up after %d tries", row.id, row.kind, row.tries)
    async with control() as connection:
        await connection.execute(
            "UPDATE mail SET given_up_at = $2, content = '', problem = $3, claimed_until = NULL WHERE id = $1",
            row.id,
            clock.now(),
            reason,
        )


async def _postpone(rows: Sequence[Row], reason: NotDelivered) -> None:
    """Try again later, until that has no sense any more."""
    # What a server says of one mail may name its recipient: that stays on the row.
    log.warning("%d mails wait: %s", len(rows), reason if isinstance(reason, Unreachable) else type(reason).__name__)
    now = clock.now()
    async with control() as connection:
        await connection.executemany(
            """UPDATE mail SET claimed_until = NULL, problem = $2, next_at = $3,
                   given_up_at = CASE WHEN created_at < $4 THEN $5::timestamptz END,
                   content = CASE WHEN created_at < $4 THEN '' ELSE content END WHERE id = $1""",
            [(row.id, str(reason), now + wait_after(row.tries, reason), now - GIVE_UP, now) for row in rows],
        )


async def compose(row: Row, *, by: str) -> EmailMessage:
    """The message of a row, from the address `by`."""
    return message(
        letter_of(row), await sender_of(row.tenant), to=row.recipient, by=by, number=row.id, locale=row.locale
    )


def letter_of(row: Row) -> Letter:
    """The words of a row; raises `NotSealedHere` and `KeyError`."""
    return write(row.kind, row.locale, opened(row.content))


async def sender_of(slug: str) -> Sender:
    """The town in whose name a mail is sent, or the platform."""
    if slug:
        try:
            place = await place_of(slug)
        except UnknownTenant:
            log.info("the town %s of a mail is gone", slug)
        else:
            theme = msgspec.convert(place.site.get("theme", {}), Theme)
            return Sender(place.name, settings().origin_of(place.host), theme)
    return Sender(origin=settings().origin)


@dramatiq.actor(actor_name=DELIVER, queue_name="default", broker=broker, max_retries=0)
async def deliver_mail() -> None:
    """Sent with every mail and by the tick; what fails is tried again by the rows, not by the queue."""
    try:
        await deliver()
    except InvalidSetting as problem:
        log.error("no mail leaves: %s", problem)  # noqa: TRY400 - the text says all, a trace nothing


async def enqueue_due() -> bool:
    """Send the job when a mail is due; whether one was."""
    if not settings().smtp_url:
        return False
    async with control() as connection:
        due = await connection.fetchval(
            """SELECT EXISTS (SELECT FROM mail WHERE sent_at IS NULL AND given_up_at IS NULL AND next_at <= $1
                   AND (claimed_until IS NULL OR claimed_until < $1))""",
            clock.now(),
        )
    if due:
        await asyncio.to_thread(deliver_mail.send)
    return bool(due)


async def forget_old() -> None:
    """Forget what was sent or given up a month ago, and what waited for a mail server that never came."""
    async with control() as connection:
        await connection.execute("DELETE FROM mail WHERE created_at < $1", clock.now() - KEEP)
