"""What a person may demand (DSGVO Art. 15, 17 and 20): a copy of all that is kept about them, and to be forgotten.

    active → closing (14 days, signed out everywhere, may change their mind) → erased

Erased means: every village is asked first, then the account goes with all that hangs on it. What must stay (the
record of who changed what) keeps a random subject that leads to nobody any more.
"""

import logging
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from app.identity import audit, memberships, outbox, sessions
from app.kit import clock
from app.kit.errors import Conflict, NotFound, Unavailable, VillageError
from app.settings import settings
from app.tenancy import control, control_transaction, personal, tenant, transaction
from app.tenancy.cells import CellUnknown
from app.tenancy.pool import Connection
from app.tenancy.registry import SERVED

log = logging.getLogger(__name__)

GRACE: Final = timedelta(days=14)
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, CellUnknown)

_TOLD: Final[dict[str, str]] = {
    "account": "SELECT sub, email, email_verified_at, name, locale, state, created_at, changed_at, closes_at,"
    " password_hash <> '' AS has_password FROM account WHERE id = $1",
    "sign_in_methods": "SELECT kind, name, created_at, used_at FROM credential WHERE account_id = $1 ORDER BY id",
    "other_providers": "SELECT issuer, subject, created_at FROM foreign_identity WHERE account_id = $1"
    " ORDER BY created_at",
    "sessions": "SELECT kind, host, device, amr AS methods, signed_in_at, seen_at, expires_at FROM session"
    " WHERE account_id = $1 ORDER BY signed_in_at",
    "applications": "SELECT t.client_id, c.name, t.kind, t.scope, t.created_at, t.expires_at, t.revoked_at"
    " FROM oidc_token t JOIN oidc_client c USING (client_id) WHERE t.account_id = $1 ORDER BY t.created_at",
    "links": "SELECT purpose, email, created_at, expires_at, used_at FROM one_time_token WHERE account_id = $1"
    " ORDER BY created_at",
    "roles": "SELECT tenant AS village, role, provider, area, created_at FROM membership WHERE account_id = $1"
    " ORDER BY tenant, role",
    "invitations": "SELECT i.tenant AS village, i.email, i.role, i.provider, i.created_at, i.expires_at,"
    " i.accepted_at, i.withdrawn_at FROM invitation i JOIN account a ON a.email_key = i.email WHERE a.id = $1"
    " ORDER BY i.created_at",
    "consents": "SELECT document, version, given_at, withdrawn_at FROM consent WHERE account_id = $1 ORDER BY given_at",
    "mails": "SELECT m.kind, m.tenant AS village, m.recipient, m.created_at, m.sent_at FROM mail m"
    " JOIN account a ON lower(m.recipient) = a.email_key WHERE a.id = $1 ORDER BY m.created_at",
    "record": "SELECT e.at, e.tenant AS village, e.action, e.target, e.detail::text AS detail FROM audit e"
    " JOIN account a ON e.actor = a.sub OR e.target = a.sub WHERE a.id = $1 ORDER BY e.id",
}
"""Each part of the copy and where it comes from; a contract test asks that no table about accounts is missing."""


class OwnsAlone(Conflict):
    """Villages would be left without an owner."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept about a person, as of `made_at`."""

    made_at: datetime
    platform: dict[str, list[dict[str, Any]]]
    """By part: account, sign_in_methods, sessions, roles, …"""
    villages: dict[str, dict[str, list[dict[str, Any]]]]
    """By village (slug) and table; only villages that know the person."""

    def as_json(self) -> bytes:
        """The copy for programmes (DSGVO Art. 20)."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


async def copy_of(account_id: int) -> Copy:
    """Everything stored about a person, in the control plane and in every village.

    Raises `NotFound`, and `Unavailable` while a village can't be asked: half a copy would look like a whole one.
    """
    platform: dict[str, list[dict[str, Any]]] = {}
    async with control() as connection:
        for part, question in _TOLD.items():
            rows = await connection.fetch(question, account_id)
            platform[part] = [_plain(row) for row in rows]
    if not platform["account"]:
        raise NotFound("There is no such account.")
    sub = platform["account"][0]["sub"]
    villages: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for slug in await _villages():
        try:
            async with tenant(slug):
                known = await personal.told(sub)
        except _AWAY as error:
            log.warning("%s can't be asked for the copy of a person's data: %s", slug, type(error).__name__)
            raise Unavailable("One of the villages can't be reached just now. Try again in a few minutes.") from error
        if known:
            villages[slug] = known
    await audit.record("account.copied", tenant="", actor=sub, target=sub)
    return Copy(made_at=clock.now(), platform=platform, villages=villages)


async def close(account_id: int) -> datetime:
    """Begin the end of an account: signed out everywhere, erased after `GRACE`. Returns when.

    Raises `NotFound`, and `OwnsAlone` for the only owner of a village. Safe to repeat.
    """
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            "SELECT sub, email, name, locale, state, closes_at FROM account WHERE id = $1 AND state <> 'closed'"
            " FOR UPDATE",
            account_id,
        )
        if row is None:
            raise NotFound("There is no such account.")
        if row["state"] == "closing" and row["closes_at"] is not None:
            return msgspec.convert(row["closes_at"], datetime)
        # Of two owners who close their accounts in the same moment, the second waits here and is told.
        await connection.fetch(
            "SELECT 1 FROM tenant WHERE slug IN (SELECT m.tenant FROM membership m WHERE m.account_id = $1"
            " AND m.role = 'owner') ORDER BY slug FOR NO KEY UPDATE",
            account_id,
        )
        if names := await memberships.owned_alone(account_id):
            raise OwnsAlone(
                "You are the only owner of %(villages)s. Make somebody else the owner first.", villages=", ".join(names)
            )
        closes_at = clock.now() + GRACE
        await connection.execute(
            "UPDATE account SET state = 'closing', closes_at = $2, changed_at = $3 WHERE id = $1",
            account_id,
            closes_at,
            clock.now(),
        )
        await _let_go(connection, account_id)
        await outbox.put(
            connection,
            row["email"],
            "account-closing",
            row["locale"],
            "",
            {
                "name": row["name"],
                "closes_on": closes_at.date().isoformat(),
                "link": f"{settings().origin}/identity/sign-in?next=/identity/account",
            },
        )
        await audit.record("account.closing", tenant="", actor=row["sub"], target=row["sub"])
    return closes_at


async def reopen(account_id: int) -> None:
    """The person changed their mind; raises `NotFound` when it is too late."""
    async with control_transaction(), control() as connection:
        sub = await connection.fetchval(
            "UPDATE account SET state = 'active', closes_at = NULL, changed_at = $2"
            " WHERE id = $1 AND state = 'closing' AND closes_at > $2 RETURNING sub",
            account_id,
            clock.now(),
        )
        if sub is None:
            raise NotFound("This account is not being closed, or it is too late to keep it.")
        await audit.record("account.reopened", tenant="", actor=sub, target=sub)


async def erase_due() -> int:
    """Every night: erase the accounts whose grace period is over; how many. One that fails is tried the next night."""
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT id FROM account WHERE state = 'closing' AND closes_at <= $1 ORDER BY id", clock.now()
        )
    done = 0
    for row in rows:
        try:
            done += await erase(row["id"])
        except (*_AWAY, VillageError) as error:
            log.warning("an account could not be erased tonight: %s", type(error).__name__)
    return done


async def erase(account_id: int) -> bool:
    """Forget a person everywhere, the villages first; safe to kill and repeat. False if the account is not due."""
    async with control() as connection:
        sub = await connection.fetchval(
            "SELECT sub FROM account WHERE id = $1 AND state = 'closing' AND closes_at <= $2", account_id, clock.now()
        )
    if sub is None:
        return False
    for slug in await _villages():
        async with tenant(slug), transaction():
            await personal.erase(sub)
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            "SELECT sub, email, email_key, name, locale FROM account WHERE id = $1 AND state = 'closing'"
            " AND closes_at <= $2 FOR UPDATE",
            account_id,
            clock.now(),
        )
        if row is None:
            return False
        await connection.execute("DELETE FROM invitation WHERE email = $1", row["email_key"])
        await connection.execute("DELETE FROM one_time_token WHERE lower(email) = $1", row["email_key"])
        await connection.execute("DELETE FROM mail WHERE lower(recipient) = $1", row["email_key"])
        await connection.execute("UPDATE tenant SET owner_email = '' WHERE lower(owner_email) = $1", row["email_key"])
        await connection.execute("DELETE FROM account WHERE id = $1", account_id)
        # The last mail to this address; it is forgotten like every other once it has left.
        context = {"name": row["name"]} if row["name"] else {}
        await outbox.put(connection, row["email"], "account-closed", row["locale"], "", context)
        await audit.record("account.erased", tenant="", actor="", target=row["sub"])
    return True


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    return {key: msgspec.json.decode(value) if key == "detail" else value for key, value in row.items()}


async def _let_go(connection: Connection, account_id: int) -> None:
    """Signed out everywhere; the page that closes the account tells the applications."""
    await sessions.end_all(account_id)
    await connection.execute(
        "UPDATE oidc_token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL", account_id, clock.now()
    )
    # Used codes stay until the account is erased: they say which applications are to be told.
    await connection.execute("DELETE FROM oidc_code WHERE account_id = $1 AND used_at IS NULL", account_id)
    await connection.execute("DELETE FROM one_time_token WHERE account_id = $1", account_id)


async def _villages() -> list[str]:
    """Every village that has tables, served or not."""
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT slug FROM tenant WHERE state = ANY($1) ORDER BY slug", [*SERVED, "suspended"]
        )
    return [row["slug"] for row in rows]
