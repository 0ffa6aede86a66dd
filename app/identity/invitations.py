"""Roles by invitation: a link goes to an e-mail address, and whoever owns that address accepts it, once.

Nothing here tells the inviter whether the address has an account. The link alone gives nothing: the account that
accepts must have confirmed the very address that was invited, so a forwarded mail opens no door.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from app.identity import address, audit, memberships, outbox, secret
from app.identity.person import Role
from app.kit import clock, i18n
from app.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from app.settings import settings
from app.tenancy import control, control_transaction
from app.tenancy.pool import Connection
from app.tenancy.registry import place_of

VALID_FOR: Final = timedelta(days=7)
MOST_PENDING: Final = 100
"""Open invitations of a village."""
MOST_AN_HOUR: Final = 30
"""New invitations of a village: its letter box is no cannon."""


class NoInvitation(NotFound):
    """Unknown, expired, withdrawn, or accepted by somebody else; the text is one for all."""


class AnotherAddress(Forbidden):
    """The account that wants to accept has not confirmed the invited address."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An open or past invitation."""

    handle: str
    """SHA-256 of the link's token: names the invitation and opens nothing."""
    tenant: str
    email: str
    role: Role
    provider: str
    invited_by: int | None
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None

    @property
    def expired(self) -> bool:
        """Whether it is too late to accept."""
        return clock.now() >= self.expires_at


_COLUMNS = (
    "SELECT token_hash AS handle, tenant, email, role, provider, invited_by, created_at, expires_at, accepted_at"
    " FROM invitation"
)
_OPEN = "accepted_at IS NULL AND withdrawn_at IS NULL"


async def invite(slug: str, email: str, role: Role, *, provider: str = "", by: int | None = None) -> None:
    """Send an invitation; an open one for the same address and role is replaced by it, and the mail goes out again.

    `by` is the account that invites; None for the command line. Raises `InvalidInput`, `Conflict` (has that role),
    `TooMany`.
    """
    recipient = address.spelt(email)
    if role not in memberships.VILLAGE_ROLES:
        raise InvalidInput("There is no such role.", fields={"role": "Choose one of the roles."})
    await memberships.check(slug, role, provider=provider)
    place = await place_of(slug)
    key, now, token = address.normalised(email), clock.now(), secret.token()
    async with control_transaction(), control() as connection:
        await connection.fetchval("SELECT 1 FROM tenant WHERE slug = $1 FOR NO KEY UPDATE", slug)
        if await _has_it(connection, key, slug, role, provider):
            raise Conflict("This person has this role already.")
        await connection.execute(
            f"UPDATE invitation SET withdrawn_at = $5 WHERE tenant = $1 AND email = $2 AND role = $3"  # noqa: S608 - a constant
            f" AND provider = $4 AND {_OPEN}",
            slug,
            key,
            role,
            provider,
            now,
        )
        await _not_too_many(connection, slug, by)
        await connection.execute(
            "INSERT INTO invitation (token_hash, tenant, email, role, provider, invited_by, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            secret.hashed(token),
            slug,
            key,
            role,
            provider,
            by,
            now,
            now + VALID_FOR,
        )
        inviter = await connection.fetchval("SELECT name FROM account WHERE id = $1", by) if by else ""
        link = f"{settings().origin_of(place.host or f'{slug}.{settings().domain}')}/invitation?token={token}"
        context = {"link": link, "town": place.name, "role": str(role), "until": (now + VALID_FOR).isoformat()}
        if inviter:
            context["inviter"] = inviter
        await outbox.put(connection, recipient, "invitation", i18n.language(), slug, context)
        detail = {"role": role} | ({"provider": provider} if provider else {})
        await audit.record("members.invited", tenant=slug, target=secret.hashed(token)[:12], detail=detail)


async def invite_first_owner(slug: str, email: str) -> bool:
    """Invite the owner of a new village; safe to repeat. False if there is an invitation or an owner already."""
    async with control() as connection:
        there = await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM invitation WHERE tenant = $1 AND role = 'owner')"
            " OR EXISTS (SELECT 1 FROM membership WHERE tenant = $1 AND role = 'owner')",
            slug,
        )
    if there:
        return False
    await invite(slug, email, "owner")
    return True


async def pending(slug: str) -> list[Invitation]:
    """What was neither accepted nor withdrawn, latest first; expired ones too, so that one sees why nobody came."""
    async with control() as connection:
        rows = await connection.fetch(
            f"{_COLUMNS} WHERE tenant = $1 AND {_OPEN} ORDER BY created_at DESC, token_hash", slug
        )
    return [msgspec.convert(dict(row), Invitation) for row in rows]


async def withdraw(handle: str, slug: str) -> None:
    """Make a link worthless; raises `NoInvitation` (also for another village's)."""
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            f"UPDATE invitation SET withdrawn_at = $3 WHERE token_hash = $1 AND tenant = $2 AND {_OPEN}"  # noqa: S608 - a constant
            " RETURNING role",
            handle,
            slug,
            clock.now(),
        )
        if row is None:
            raise _none()
        await audit.record("members.uninvited", tenant=slug, target=handle[:12], detail={"role": row["role"]})


async def look(token: str, slug: str) -> Invitation:
    """The invitation behind a link, to show it before it is accepted; raises `NoInvitation`.

    An accepted one is given too (`accepted_at`): whoever follows the link again is told so.
    """
    async with control() as connection:
        row = await connection.fetchrow(
            f"{_COLUMNS} WHERE token_hash = $1 AND tenant = $2 AND withdrawn_at IS NULL", secret.hashed(token), slug
        )
    if row is None:
        raise _none()
    found = msgspec.convert(dict(row), Invitation)
    if found.accepted_at is None and found.expired:
        raise _none()
    return found


async def accept(token: str, slug: str, account_id: int) -> Invitation:
    """Take the role. A second tab of the same account gets the same answer, anybody else `NoInvitation`.

    Raises `NoInvitation`, `AnotherAddress`.
    """
    async with control() as connection:
        confirmed = await connection.fetchval(
            "SELECT email_key FROM account WHERE id = $1 AND state = 'active' AND email_verified_at IS NOT NULL",
            account_id,
        )
    found = await look(token, slug)
    if confirmed != found.email:
        if found.accepted_at is not None:
            raise _none()
        raise AnotherAddress("This invitation went to another e-mail address. Sign in with the account of that one.")
    async with control_transaction(), control() as connection:
        taken = await connection.fetchval(
            "UPDATE invitation SET accepted_at = $2 WHERE token_hash = $1 AND accepted_at IS NULL"
            " AND withdrawn_at IS NULL AND expires_at > $2 RETURNING 1",
            found.handle,
            clock.now(),
        )
        if taken is not None:
            by = found.invited_by
            await memberships.grant(account_id, slug, found.role, provider=found.provider, by=by)
        elif not await _has_it(connection, found.email, slug, found.role, found.provider):
            raise _none()
    return found


async def _has_it(connection: Connection, key: str, slug: str, role: Role, provider: str) -> bool:
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id"
            " WHERE a.email_key = $1 AND a.state = 'active' AND m.tenant = $2 AND m.role = $3 AND m.provider = $4)",
            key,
            slug,
            role,
            provider,
        )
    )


async def _not_too_many(connection: Connection, slug: str, by: int | None) -> None:
    row = await connection.fetchrow(
        f"SELECT count(*) FILTER (WHERE {_OPEN} AND expires_at > $2) AS pending,"  # noqa: S608 - a constant
        " count(*) FILTER (WHERE created_at > $3) AS fresh FROM invitation WHERE tenant = $1",
        slug,
        clock.now(),
        clock.now() - timedelta(hours=1),
    )
    if row is not None and by is not None and (row["pending"] >= MOST_PENDING or row["fresh"] >= MOST_AN_HOUR):
        raise TooMany("This village has sent very many invitations. Wait an hour, or withdraw some.", retry_after=3600)


def _none() -> NoInvitation:
    return NoInvitation("This invitation is not valid any more. Ask for a new one.")
