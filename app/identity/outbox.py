"""Mails on their way out: a row written together with what they tell of; `app.notify` words and delivers it.

    await outbox.put(connection, "eva@example.org", "reset", "de", context={"link": link})

Called inside the transaction that the mail belongs to: if that is rolled back, nothing leaves.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import asyncpg
import dramatiq
import msgspec

from app.identity.secret import seal, unseal
from app.kit import clock, i18n
from app.kit.errors import InvalidInput
from app.kit.queue import broker
from app.tenancy.pool import Connection

log = logging.getLogger(__name__)

KINDS: Final[dict[str, frozenset[str]]] = {
    "confirm": frozenset({"link"}),
    "known-address": frozenset(),
    "reset": frozenset({"link"}),
    "password-changed": frozenset(),
    "email-change-old": frozenset({"new_email"}),
    "email-change-new": frozenset({"link"}),
    "new-device": frozenset(),
    "invitation": frozenset({"link", "town", "role"}),
    "account-closing": frozenset({"closes_on"}),
    "account-closed": frozenset(),
    "feed-down": frozenset({"town", "feed", "problem", "link"}),
    "feed-up": frozenset({"town", "feed", "link"}),
    "announcement": frozenset({"town", "title", "link", "off"}),
}
"""Every kind of mail and what its text can't do without. Beside that each takes `name` (the person), and

    known-address     link (where a new password is set)
    new-device        device, at, link (the list of sessions)
    invitation        inviter (a name), until
    account-closing   link (where one changes one's mind)
    announcement      text, or line00, line01, … for several at once; off is the address that ends such mails

Links are whole addresses; `at`, `until` and `closes_on` are times or dates as ISO 8601; `role` is one of `Role`.
"""

ASKED_FOR: Final = frozenset({"confirm", "known-address", "reset", "email-change-old", "email-change-new"})
"""Kinds that somebody else may call up for an address."""
MOST_AN_HOUR: Final = 5
"""Of one kind of `ASKED_FOR` to one address: nobody's letter box is filled by a stranger."""

KNOCK_MILLISECONDS: Final = 300
"""The worker is told at once but looks a moment later, when the transaction has been committed.
A mail whose transaction takes longer is found by the next tick."""
DELIVER: Final = "deliver_mail"
"""Name of the job in `app.notify.mail`, which this floor can't import."""

_PURPOSE: Final = "mail"
_LONGEST_ADDRESS: Final = 254
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[^\s@<>()\[\]\\,;:\"]{1,253}")


class NotAnAddress(InvalidInput):
    """No mail can be sent there."""


def is_address(text: str) -> bool:
    """Whether a mail may be addressed to it: one `@`, nothing that could end a header or name a second address."""
    return len(text) <= _LONGEST_ADDRESS and text.isprintable() and _ADDRESS.fullmatch(text) is not None


async def put(
    connection: Connection,
    recipient: str,
    kind: str,
    locale: str = "de",
    tenant: str = "",
    context: Mapping[str, str] | None = None,
    dedupe: str = "",
) -> bool:
    """Write a mail; it leaves when the transaction has been committed. False if it is not sent.

    A second mail with the same `dedupe` is not sent (remembered for `notify.mail.KEEP`), nor are more than
    `MOST_AN_HOUR` of a kind that anyone may call up. Links lie sealed in the database, as they open an account.
    Raises `NotAnAddress`, and `ValueError` for a kind or a context that no text exists for.
    """
    told = dict(context or {})
    if kind not in KINDS or not KINDS[kind] <= told.keys():
        raise ValueError(f"no mail {kind!r} can be written from {sorted(told)}")
    if not is_address(recipient):
        raise NotAnAddress("This is not an e-mail address.")
    now = clock.now()
    number = await connection.fetchval(
        """INSERT INTO mail (tenant, recipient, kind, locale, content, dedupe, created_at, next_at)
           SELECT $1, $2, $3, $4, $5, $6, $7, $7
           WHERE (SELECT count(*) FROM mail WHERE lower(recipient) = lower($2) AND kind = $3 AND created_at > $8) < $9
           ON CONFLICT (dedupe) WHERE dedupe <> '' DO NOTHING RETURNING id""",
        tenant,
        recipient,
        kind,
        locale,
        seal(_PURPOSE, msgspec.json.encode(told).decode()),
        dedupe,
        now,
        now - timedelta(hours=1),
        MOST_AN_HOUR if kind in ASKED_FOR else 1_000_000,
    )
    if number is None:
        return False
    await _knock()
    return True


async def put_to_owners(
    connection: Connection, tenant: str, kind: str, context: Callable[[], Mapping[str, str]], dedupe: str = ""
) -> int:
    """Write a mail to each owner of a village, in the owner's language; to how many.

    `context` is asked once for each, while texts are translated into that language.
    """
    owners = await connection.fetch(
        """SELECT DISTINCT a.id, a.email, a.locale, a.name FROM membership m JOIN account a ON a.id = m.account_id
           WHERE m.tenant = $1 AND m.role = 'owner' AND a.state = 'active' AND a.email_verified_at IS NOT NULL
           ORDER BY a.id""",
        tenant,
    )
    return await _put_to_each(connection, owners, kind, context, tenant, dedupe)


async def put_to_operators(
    connection: Connection, kind: str, context: Callable[[], Mapping[str, str]], dedupe: str = ""
) -> int:
    """Write a mail to each operator of the deployment, as `put_to_owners` does to owners; to how many."""
    operators = await connection.fetch(
        """SELECT DISTINCT a.id, a.email, a.locale, a.name FROM membership m JOIN account a ON a.id = m.account_id
           WHERE m.role = 'operator' AND a.state = 'active' AND a.email_verified_at IS NOT NULL ORDER BY a.id"""
    )
    return await _put_to_each(connection, operators, kind, context, "", dedupe)


async def _put_to_each(
    connection: Connection,
    people: Sequence[asyncpg.Record],
    kind: str,
    context: Callable[[], Mapping[str, str]],
    tenant: str,
    dedupe: str,
) -> int:
    sent = 0
    for person in people:
        with i18n.reading_in(person["locale"]):
            told = {"name": person["name"], **context()}
        own = f"{dedupe} {person['id']}" if dedupe else ""
        sent += await put(connection, person["email"], kind, person["locale"], tenant, told, own)
    return sent


def opened(content: str) -> dict[str, str]:
    """What `put` was given as context; raises `NotSealedHere` when the deployment's secret has changed since."""
    return msgspec.json.decode(unseal(_PURPOSE, content), type=dict[str, str])


async def _knock() -> None:
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name="default", actor_name=DELIVER, args=(), kwargs={}, options={}
    )
    try:
        await asyncio.to_thread(broker.enqueue, message, delay=KNOCK_MILLISECONDS)
    except Exception:
        # The row is what counts: the next tick finds it.
        log.warning("the queue is away, a mail waits for the next tick", exc_info=True)
