"""Whose account an issuer's subject is.

An e-mail address is only a claim. The operator's issuer may say whose account an address belongs to; a town's own may
not: it would open every account of the deployment to whoever runs it. Its people get an account of their own, unless
they are signed in already and join the two themselves.
"""

import secrets
from typing import Any, Final

from app.identity import secret
from app.identity.address import LONGEST_NAME, normalised
from app.identity.party.claims import Claims
from app.identity.party.errors import SignInRefused
from app.identity.party.issuers import Issuer
from app.kit import clock
from app.kit.errors import VillageError
from app.kit.i18n import DEFAULT_LOCALE, LOCALES
from app.tenancy import control, control_transaction
from app.tenancy.pool import Connection

_UNREACHABLE: Final = "foreign:"
"""Begins the key of an address that nobody has shown to be theirs: no typed address is equal to it."""


async def account_of(issuer: Issuer, claims: Claims, link_to: int = 0) -> int:
    """The id of the subject's account, made if there is none; raises `SignInRefused` for a closed one.

    `link_to` is the account that this browser was signed in with when a staff issuer was asked.
    """
    subject: str = claims["sub"]
    if issuer.own:
        async with control() as connection:
            return _open(await connection.fetchrow("SELECT id, state FROM account WHERE sub = $1", subject))
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            """SELECT a.id, a.state FROM foreign_identity f JOIN account a ON a.id = f.account_id
               WHERE f.issuer = $1 AND f.subject = $2""",
            issuer.url,
            subject,
        )
        if row is not None:
            return _open(row)
        account_id = link_to or await _by_address(connection, issuer, claims)
        if not account_id:
            account_id = await _made(connection, issuer, claims)
        await connection.execute(
            """INSERT INTO foreign_identity (issuer, subject, account_id, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING""",
            issuer.url,
            subject,
            account_id,
            clock.now(),
        )
        # Two tabs at once: whoever came first decides.
        return _open(
            await connection.fetchrow(
                """SELECT a.id, a.state FROM foreign_identity f JOIN account a ON a.id = f.account_id
                   WHERE f.issuer = $1 AND f.subject = $2""",
                issuer.url,
                subject,
            )
        )


def _open(row: Any) -> int:
    if row is None or row["state"] != "active":
        raise SignInRefused("closed")
    return int(row["id"])


async def _by_address(connection: Connection, issuer: Issuer, claims: Claims) -> int:
    """The account of a confirmed address, if the operator's issuer confirms it too; 0 for none."""
    key = _address(claims)
    if not issuer.trusted or not key or claims.get("email_verified") is not True:
        return 0
    found = await connection.fetchval(
        "SELECT id FROM account WHERE email_key = $1 AND email_verified_at IS NOT NULL", key
    )
    return int(found or 0)


async def _made(connection: Connection, issuer: Issuer, claims: Claims) -> int:
    email = _address(claims)
    sure = issuer.trusted and bool(email) and claims.get("email_verified") is True
    now = clock.now()
    own_key = _UNREACHABLE + secret.hashed(f"{issuer.url} {claims['sub']}")
    name, locale = claims.get("name"), str(claims.get("locale", ""))[:2]
    sql = """INSERT INTO account (sub, email, email_key, email_verified_at, name, locale, created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (email_key) DO NOTHING RETURNING id"""
    values = (
        " ".join(name.split())[:LONGEST_NAME] if isinstance(name, str) else "",
        locale if locale in LOCALES else DEFAULT_LOCALE,
        now,
    )
    if sure and (made := await connection.fetchval(sql, secrets.token_hex(16), email, email, now, *values)):
        return int(made)
    # An address of somebody who never confirmed it, or nobody's: it is shown, but opens no other door.
    made = await connection.fetchval(sql, secrets.token_hex(16), email, own_key, None, *values)
    made = made or await connection.fetchval("SELECT id FROM account WHERE email_key = $1", own_key)
    return int(made)


def _address(claims: Claims) -> str:
    told = claims.get("email")
    try:
        return normalised(told) if isinstance(told, str) else ""
    except VillageError:
        return ""
