"""Who has which role where: granted, taken away, handed over. Read anew with every request, so a lost role is lost now.

A village always keeps at least one owner whose account is open; the village's row is the lock that two owners
who leave in the same moment wait for.
"""

import re
from datetime import datetime
from typing import Final, get_args

import msgspec

from app.identity import audit
from app.identity.person import Role
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.tenancy import control, control_transaction, tenant
from app.tenancy.pool import Connection
from app.tenancy.registry import SERVED
from app.tenancy.village import Provider

VILLAGE_ROLES: Final[tuple[Role, ...]] = ("owner", "editor", "moderator", "provider")
PLATFORM_ROLES: Final[tuple[Role, ...]] = ("operator", "state")
_AREA = re.compile(r"(?:0[1-9]|1[0-6])(?:\d|\d{3})?", re.ASCII)
"""AGS prefix of a state (2 digits), a government district (3) or a district (5)."""


class LastOwner(Conflict):
    """A village without an owner could never be administered again."""


class NotAMember(NotFound):
    """There is no such role in this village."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A role of an account in a village (or on the platform)."""

    id: int
    account_id: int
    sub: str
    name: str
    email: str
    role: Role
    provider: str
    area: str
    since: datetime
    secured: bool
    """Has a passkey or an authenticator app: without one a strong role can't be used."""
    closing: bool
    """The account is about to be erased; it may do nothing meanwhile."""


class VillageRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role as its holder sees it."""

    tenant: str
    """Slug; empty for the platform."""
    name: str
    host: str
    role: Role
    provider: str
    area: str
    since: datetime


async def roles_in(account_id: int, tenant: str) -> tuple[frozenset[Role], frozenset[str], str]:
    """Roles, slugs of providers, and AGS prefix of a state role; one query. `tenant` empty: the platform's roles.

    An account that is closing or closed has none.
    """
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT m.role, m.provider, m.area FROM membership m JOIN account a ON a.id = m.account_id"
            " WHERE m.account_id = $1 AND m.tenant = $2 AND a.state = 'active'",
            account_id,
            tenant,
        )
    return (
        frozenset(row["role"] for row in rows),
        frozenset(row["provider"] for row in rows if row["role"] == "provider"),
        next((row["area"] for row in rows if row["role"] == "state"), ""),
    )


async def grant(
    account_id: int, slug: str, role: Role, *, provider: str = "", area: str = "", by: int | None = None
) -> bool:
    """Give a role; False if the account had it. `by` is the account that grants it, None for the command line.

    `slug` is empty for `operator` and `state`; `provider` goes with the role of that name, `area` (AGS prefix of a
    state or district) with `state`, whose earlier area it replaces. Raises `InvalidInput`, `NotFound`.
    """
    await check(slug, role, provider=provider, area=area)
    async with control_transaction(), control() as connection:
        sub = await connection.fetchval("SELECT sub FROM account WHERE id = $1 AND state <> 'closed'", account_id)
        if sub is None:
            raise NotFound("There is no such account.")
        if role == "state":
            await connection.execute(
                "DELETE FROM membership WHERE account_id = $1 AND role = 'state' AND area <> $2", account_id, area
            )
        made = await connection.fetchval(
            "INSERT INTO membership (account_id, tenant, role, provider, area, granted_by, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
            account_id,
            slug,
            role,
            provider,
            area,
            by,
            clock.now(),
        )
        if made is not None:
            detail = {"role": role} | ({"provider": provider} if provider else {}) | ({"area": area} if area else {})
            await audit.record("members.granted", tenant=slug, target=sub, detail=detail)
    return made is not None


async def check(slug: str, role: str, *, provider: str = "", area: str = "") -> None:
    """Refuse a role that can't be: raises `InvalidInput` with the field, `NotFound` for an unknown village."""
    if role not in get_args(Role):
        raise InvalidInput("There is no such role.", fields={"role": "Choose one of the roles."})
    if bool(slug) != (role in VILLAGE_ROLES):
        raise InvalidInput(
            "The roles operator and state belong to the platform, all others to a village.",
            fields={"role": "Choose one of the roles."},
        )
    if bool(provider) != (role == "provider"):
        raise InvalidInput(
            "The role of a provider needs a provider, and no other role has one.",
            fields={"provider": "Choose for whom this person publishes."},
        )
    if bool(area) != (role == "state") or (area and not _AREA.fullmatch(area)):
        raise InvalidInput(
            "The role of the state needs an area: the first 2, 3 or 5 digits of an AGS. No other role has one.",
            fields={"area": "Give the first 2, 3 or 5 digits of an AGS."},
        )
    if not slug:
        return
    async with tenant(slug):
        if provider and not await Provider.exists().where(Provider.slug == provider, Provider.withdrawn_at.is_null()):
            raise InvalidInput(
                "This village has no provider %(provider)s.",
                fields={"provider": "Choose for whom this person publishes."},
                provider=provider[:80],
            )


async def revoke(membership_id: int, slug: str) -> None:
    """Take a role away. Raises `NotAMember` (also for another village's role) and `LastOwner`."""
    async with control_transaction(), control() as connection:
        await _lock(connection, slug)
        row = await connection.fetchrow(
            "DELETE FROM membership WHERE id = $1 AND tenant = $2 RETURNING account_id, role, provider,"
            " (SELECT sub FROM account WHERE id = account_id) AS sub",
            membership_id,
            slug,
        )
        if row is None:
            raise NotAMember("This role does not exist any more.")
        if row["role"] == "owner":
            await _someone_owns(connection, slug)
        detail = {"role": row["role"]} | ({"provider": row["provider"]} if row["provider"] else {})
        await audit.record("members.revoked", tenant=slug, target=row["sub"], detail=detail)


async def leave(account_id: int, slug: str) -> None:
    """Give up every role in a village. Raises `NotAMember` and `LastOwner`."""
    async with control_transaction(), control() as connection:
        await _lock(connection, slug)
        rows = await connection.fetch(
            "DELETE FROM membership WHERE account_id = $1 AND tenant = $2 RETURNING role,"
            " (SELECT sub FROM account WHERE id = account_id) AS sub",
            account_id,
            slug,
        )
        if not rows:
            raise NotAMember("You have no role in this village.")
        if any(row["role"] == "owner" for row in rows):
            await _someone_owns(connection, slug)
        roles = sorted({row["role"] for row in rows})
        await audit.record("members.left", tenant=slug, target=rows[0]["sub"], detail={"roles": roles})


async def hand_over(slug: str, *, giver: int, membership_id: int) -> None:
    """Make another member owner; the giver stays as editor. Raises `NotAMember`, `Conflict`."""
    async with control_transaction(), control() as connection:
        await _lock(connection, slug)
        taker = await connection.fetchrow(
            "SELECT m.account_id, a.sub FROM membership m JOIN account a ON a.id = m.account_id"
            " WHERE m.id = $1 AND m.tenant = $2 AND a.state = 'active'",
            membership_id,
            slug,
        )
        if taker is None:
            raise NotAMember("This role does not exist any more.")
        if taker["account_id"] == giver:
            raise Conflict("You are an owner already.")
        gone = await connection.fetchval(
            "DELETE FROM membership WHERE account_id = $1 AND tenant = $2 AND role = 'owner' RETURNING id", giver, slug
        )
        if gone is None:
            raise NotAMember("You are not an owner of this village any more.")
        await connection.execute(
            "INSERT INTO membership (account_id, tenant, role, granted_by, created_at)"
            " VALUES ($1, $3, 'owner', $2, $4), ($2, $3, 'editor', $2, $4) ON CONFLICT DO NOTHING",
            taker["account_id"],
            giver,
            slug,
            clock.now(),
        )
        await audit.record("members.handed-over", tenant=slug, target=taker["sub"])


async def members(slug: str) -> list[Member]:
    """Everybody with a role in a village (empty: on the platform), owners first."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT m.id, m.account_id, a.sub, a.name, a.email, m.role, m.provider, m.area, m.created_at AS since,
                      EXISTS (SELECT 1 FROM credential c WHERE c.account_id = a.id) AS secured,
                      a.state <> 'active' AS closing
               FROM membership m JOIN account a ON a.id = m.account_id WHERE m.tenant = $1
               ORDER BY array_position(ARRAY['operator', 'state', 'owner', 'editor', 'moderator', 'provider'], m.role),
                        lower(a.name), a.email_key, m.id""",
            slug,
        )
    return [msgspec.convert(dict(row), Member) for row in rows]


async def villages_of(account_id: int) -> list[VillageRole]:
    """Every role of an account: the platform's first, then the villages by name."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT m.tenant, coalesce(t.name, '') AS name, m.role, m.provider, m.area, m.created_at AS since,
                      coalesce((SELECT h.name FROM host h WHERE h.tenant = t.slug ORDER BY h.main DESC, h.name LIMIT 1),
                               '') AS host
               FROM membership m LEFT JOIN tenant t ON t.slug = m.tenant WHERE m.account_id = $1
               ORDER BY m.tenant <> '', lower(t.name), m.role""",
            account_id,
        )
    return [msgspec.convert(dict(row), VillageRole) for row in rows]


async def owned_alone(account_id: int) -> list[str]:
    """Names of the villages that would have no owner without this account."""
    async with control() as connection:
        rows = await connection.fetch(
            """SELECT t.name FROM membership m JOIN tenant t ON t.slug = m.tenant
               WHERE m.account_id = $1 AND m.role = 'owner' AND t.state = ANY($2) AND NOT EXISTS (
                   SELECT 1 FROM membership o JOIN account a ON a.id = o.account_id
                   WHERE o.tenant = m.tenant AND o.role = 'owner' AND o.account_id <> $1 AND a.state = 'active')
               ORDER BY t.name""",
            account_id,
            [*SERVED, "suspended"],
        )
    return [row["name"] for row in rows]


async def _lock(connection: Connection, slug: str) -> None:
    await connection.fetchval("SELECT 1 FROM tenant WHERE slug = $1 FOR NO KEY UPDATE", slug)


async def _someone_owns(connection: Connection, slug: str) -> None:
    """After an owner's role went: refuse, which rolls it back, when nobody is left."""
    left = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id"
        " WHERE m.tenant = $1 AND m.role = 'owner' AND a.state = 'active')",
        slug,
    )
    if not left:
        raise LastOwner("A village needs an owner. Make somebody else the owner first, then you can leave.")
