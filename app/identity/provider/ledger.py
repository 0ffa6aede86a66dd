"""Codes and tokens in the database: read with a lock before Authlib decides, written after, in the same transaction."""

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from app.identity import secret
from app.identity.provider.desk import ACCESS_LASTS
from app.identity.provider.known import Code, Holder, Known, SignIn, Token
from app.kit import clock
from app.tenancy import control
from app.tenancy.pool import Connection

REFRESH_IDLE: Final = timedelta(days=30)
REFRESH_ABSOLUTE: Final = timedelta(days=90)
"""After the sign-in that it comes from."""
CODE_LASTS: Final = timedelta(minutes=1)
CODES_KEPT: Final = timedelta(days=91)
"""They say which applications took part in a sign-in, as long as one may last."""

_OF_CODE: Final = """
SELECT k.code_hash, k.client_id, k.redirect_uri, k.scope, k.nonce, k.code_challenge, k.family, k.expires_at, k.used_at,
       k.sid, k.amr, k.signed_in_at, a.id, a.sub, a.name, a.email, a.locale, a.email_verified_at, a.state, a.changed_at
FROM oidc_code k JOIN account a ON a.id = k.account_id WHERE k.code_hash = $1 FOR UPDATE OF k"""
_BY_HASH: Final = """
SELECT t.token_hash, t.family, t.kind, t.client_id, t.scope, t.sid, t.signed_in_at, t.created_at, t.expires_at,
       t.used_at, t.revoked_at, c.tenant,
       coalesce((SELECT k.amr FROM oidc_code k WHERE k.family = t.family LIMIT 1), '{}') AS amr,
       'offline_access' = ANY(string_to_array(t.scope, ' '))
       OR EXISTS (SELECT FROM session s WHERE s.sid = t.sid AND s.kind = 'issuer' AND s.expires_at > $2) AS holds,
       a.id, a.sub, a.name, a.email, a.locale, a.email_verified_at, a.state, a.changed_at
FROM oidc_token t JOIN oidc_client c ON c.client_id = t.client_id LEFT JOIN account a ON a.id = t.account_id
WHERE t.token_hash = $1 FOR UPDATE OF t"""


async def read_code(connection: Connection, code: str, known: Known) -> None:
    """Put the code and whose it is into `known`, and keep others from using it meanwhile."""
    row = await connection.fetchrow(_OF_CODE, secret.hashed(code))
    if row is None:
        return
    known.holder, known.sign_in = _holder(row), SignIn(sid=row["sid"], amr=tuple(row["amr"]), at=row["signed_in_at"])
    known.code = Code(
        code_hash=row["code_hash"],
        client_id=row["client_id"],
        redirect_uri=row["redirect_uri"],
        scope=row["scope"],
        nonce=row["nonce"],
        code_challenge=row["code_challenge"],
        family=row["family"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )


async def read_token(connection: Connection, token_hash: str, known: Known) -> None:
    """Put a refresh token, or an access token by the hash of its `jti`, into `known`, with a lock on it."""
    row = await connection.fetchrow(_BY_HASH, token_hash, clock.now())
    if row is None:
        return
    if row["id"] is not None:
        known.holder = _holder(row)
        known.sign_in = SignIn(sid=row["sid"], amr=tuple(row["amr"]), at=row["signed_in_at"])
    known.token = Token(
        token_hash=row["token_hash"],
        family=row["family"],
        kind=row["kind"],
        client_id=row["client_id"],
        tenant=row["tenant"],
        scope=row["scope"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
        sub=row["sub"] or "",
        # Whoever ends the sign-in ends what came from it, whichever way; `offline_access` was given for longer.
        holds=known.holder is None or (known.holder.usable and row["holds"]),
    )


async def write(connection: Connection, known: Known) -> None:
    """Write what was decided at the token endpoint."""
    now = clock.now()
    if known.stolen_family:
        await revoke_family(connection, known.stolen_family)
    if known.code_used and known.code:
        await connection.execute("UPDATE oidc_code SET used_at = $2 WHERE code_hash = $1", known.code.code_hash, now)
    if known.token_used and known.token:
        await connection.execute(
            "UPDATE oidc_token SET used_at = $2 WHERE token_hash = $1", known.token.token_hash, now
        )
    if not known.issued or known.client is None:
        return
    before = known.code or known.token
    family = before.family if before else secret.token()
    scope = known.issued.get("scope", "")
    await _add(connection, known, family, "access", known.new_access, scope, now + ACCESS_LASTS)
    if "refresh_token" in known.issued and known.sign_in:
        # A narrower access token leaves the refresh token as it was (RFC 6749, section 6).
        kept = known.token.scope if known.token else scope
        ends = min(now + REFRESH_IDLE, known.sign_in.at + REFRESH_ABSOLUTE)
        await _add(connection, known, family, "refresh", known.new_refresh, kept, ends)


async def add_code(connection: Connection, known: Known, *, redirect_uri: str, nonce: str, challenge: str) -> None:
    """Write a new code."""
    if known.client is None or known.holder is None or known.sign_in is None:
        raise LookupError("a code needs a client and a person")
    await connection.execute(
        """INSERT INTO oidc_code (code_hash, client_id, account_id, redirect_uri, scope, nonce, code_challenge, sid,
                                  amr, signed_in_at, expires_at, family)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        secret.hashed(known.new_code),
        known.client.client_id,
        known.holder.account_id,
        redirect_uri,
        known.new_scope,
        nonce,
        challenge,
        known.sign_in.sid,
        list(known.sign_in.amr),
        known.sign_in.at,
        clock.now() + CODE_LASTS,
        secret.token(),
    )


async def holder_of(account_id: int) -> Holder | None:
    """The person behind an account."""
    async with control() as connection:
        row = await connection.fetchrow(
            """SELECT id, sub, name, email, locale, email_verified_at, state, changed_at FROM account WHERE id = $1""",
            account_id,
        )
    return _holder(row) if row else None


async def revoke(connection: Connection, token: Token) -> None:
    """Take back one access token, or a refresh token with all that hangs on it."""
    if token.kind == "refresh":
        await revoke_family(connection, token.family)
    else:
        await connection.execute(
            "UPDATE oidc_token SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL",
            token.token_hash,
            clock.now(),
        )


async def revoke_family(connection: Connection, family: str) -> None:
    """Take back everything that comes from one code."""
    await connection.execute(
        "UPDATE oidc_token SET revoked_at = $2 WHERE family = $1 AND revoked_at IS NULL", family, clock.now()
    )


async def revoke_sign_in(connection: Connection, sid: str) -> None:
    """Take back what hangs on a sign-in that ended; `offline_access` was given for longer."""
    await connection.execute(
        """UPDATE oidc_token SET revoked_at = $2 WHERE sid = $1 AND revoked_at IS NULL
           AND NOT 'offline_access' = ANY(string_to_array(scope, ' '))""",
        sid,
        clock.now(),
    )


async def revoke_account(connection: Connection, account_id: int) -> None:
    """Take back every token of an account: after a new password, or when it closes."""
    await connection.execute(
        "UPDATE oidc_token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL", account_id, clock.now()
    )


async def purge() -> None:
    """Forget codes and tokens that ended; for the nightly job."""
    now = clock.now()
    async with control() as connection:
        await connection.execute("DELETE FROM oidc_code WHERE expires_at < $1", now - CODES_KEPT)
        await connection.execute("DELETE FROM oidc_token WHERE expires_at < $1", now - timedelta(days=1))


async def _add(
    connection: Connection, known: Known, family: str, kind: str, text: str, scope: str, ends: datetime
) -> None:
    client, holder, sign_in = known.client, known.holder, known.sign_in
    await connection.execute(
        """INSERT INTO oidc_token (token_hash, family, kind, client_id, account_id, scope, sid, signed_in_at,
                                   created_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        secret.hashed(text),
        family,
        kind,
        client.client_id if client else "",
        holder.account_id if holder else None,
        scope,
        sign_in.sid if sign_in else "",
        sign_in.at if sign_in else None,
        clock.now(),
        ends,
    )


def _holder(row: asyncpg.Record) -> Holder:
    return Holder(
        account_id=row["id"],
        sub=row["sub"],
        name=row["name"],
        email=row["email"],
        locale=row["locale"],
        verified=row["email_verified_at"] is not None,
        state=row["state"],
        changed_at=row["changed_at"],
    )
