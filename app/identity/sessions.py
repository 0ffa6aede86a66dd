"""Sessions: opaque, kept on the server, bound to one host; one for the issuer, one for each village.

The cookie is a random value, the database knows its SHA-256 only. A session is made anew at every sign-in, so a value
that somebody planted before is worth nothing. `sid` names the sign-in at the issuer: ending it ends all that share it.
"""

from collections.abc import Collection, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import asyncpg
import msgspec

from app.identity import secret
from app.identity.person import Role
from app.identity.rights import STRONG_ROLES
from app.kit import clock
from app.tenancy import control

Kind = Literal["issuer", "village"]

COOKIE: Final = "__Host-session"
"""The prefix makes browsers refuse it from another host, without TLS or for a part of the site (RFC 6265bis)."""
ABSOLUTE: Final = timedelta(days=90)
IDLE: Final = timedelta(days=30)
IDLE_STRONG: Final = timedelta(hours=12)
"""For whoever holds one of `STRONG_ROLES` anywhere."""
TOUCH: Final = timedelta(minutes=1)
"""`seen_at` is written no more often than this."""
STRONG_METHODS: Final = frozenset({"mfa", "otp", "hwk", "swk", "sc", "pop", "passkey", "webauthn"})
"""Authentication methods (RFC 8176) that count as a second factor; a passkey is one by itself."""
LONGEST_DEVICE: Final = 120

_START: Final = """
INSERT INTO session (id_hash, account_id, kind, sid, host, device, amr, csrf, id_token, issuer, signed_in_at, seen_at,
                     expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
_COLUMNS: Final = """
SELECT s.id_hash, s.account_id, s.kind, s.sid, s.host, s.device, s.amr, s.csrf, s.id_token, s.issuer, s.signed_in_at,
       s.seen_at, s.expires_at, a.sub, a.email, a.name, a.locale, a.state,
       EXISTS (SELECT FROM membership m WHERE m.account_id = a.id AND m.role = ANY($2)) AS careful,
       (SELECT coalesce(json_agg(json_build_array(m.role, m.provider, m.area)), '[]')::text FROM membership m
        WHERE m.account_id = a.id AND m.tenant = $3 AND a.state = 'active') AS held
FROM session s JOIN account a ON a.id = s.account_id
"""
_FIND: Final = _COLUMNS + "WHERE s.id_hash = $1 AND s.host = $4 AND s.expires_at > $5"
_LISTING: Final = _COLUMNS + "WHERE s.account_id = $1 AND s.expires_at > $4 ORDER BY s.seen_at DESC"
_CAREFUL: Final = sorted(STRONG_ROLES)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in on one host, with the account as the same query found it."""

    id_hash: str
    account_id: int
    kind: Kind
    sid: str
    """The sign-in at the issuer that it comes from."""
    host: str
    device: str
    amr: tuple[str, ...]
    """How the person proved who they are (RFC 8176)."""
    csrf: str
    id_token: str
    """Shown to the issuer again at sign-out; empty at the issuer itself."""
    issuer: str
    """A foreign issuer's URL; empty for our own."""
    signed_in_at: datetime
    """When the person last proved who they are."""
    seen_at: datetime
    expires_at: datetime
    sub: str
    email: str
    name: str
    locale: str
    state: str
    """Of the account: `active`, or `closing` during its grace period (then at the issuer only)."""
    held: tuple[tuple[Role, str, str], ...] = ()
    """Role, provider and area in the village that `find` was asked for: read by the same query."""

    @property
    def strong(self) -> bool:
        """Whether a passkey or a second factor was used."""
        return bool(STRONG_METHODS.intersection(self.amr))


_current: ContextVar[Session | None] = ContextVar("session", default=None)


def current_session() -> Session | None:
    """The session of this request, or None."""
    return _current.get()


def set_session(session: Session | None) -> None:
    """Say whose session it is; the edge calls it once, before the application."""
    _current.set(session)


async def start(  # noqa: PLR0913 - the columns of a row, all by name
    *,
    account_id: int,
    kind: Kind,
    host: str,
    sid: str = "",
    amr: Collection[str] = (),
    device: str = "",
    id_token: str = "",
    issuer: str = "",
    signed_in_at: datetime | None = None,
    replaces: str = "",
) -> str:
    """Begin a session; returns the cookie's value, which is new each time.

    `replaces` is the cookie value that the browser sent: that session ends. Without `sid` a new one is made.
    """
    value = secret.token()
    now = clock.now()
    values: tuple[Any, ...] = (
        secret.hashed(value),
        account_id,
        kind,
        sid or secret.token(),
        host,
        device[:LONGEST_DEVICE],
        list(amr),
        secret.token(),
        id_token,
        issuer,
        signed_in_at or now,
        now,
        now + ABSOLUTE,
    )
    async with control() as connection, connection.transaction():
        if replaces:
            await connection.execute(
                "DELETE FROM session WHERE id_hash = $1 AND host = $2", secret.hashed(replaces), host
            )
        await connection.execute(_START, *values)
    return value


async def find(value: str, host: str, *, kind: Kind | None = None, tenant: str = "") -> Session | None:
    """The session behind a cookie value on this host; None when there is none, it ended, or the account is closed.

    `tenant` is the village whose roles are read with it, empty for the platform's.
    """
    if not value or len(value) > 100 or not value.isascii():
        return None
    now = clock.now()
    async with control() as connection:
        row = await connection.fetchrow(_FIND, secret.hashed(value), _CAREFUL, tenant, host, now)
        if row is None or (kind is not None and row["kind"] != kind):
            return None
        if now - row["seen_at"] >= (IDLE_STRONG if row["careful"] else IDLE) or not _open(row):
            return None
        if now - row["seen_at"] >= TOUCH:
            await connection.execute("UPDATE session SET seen_at = $2 WHERE id_hash = $1", row["id_hash"], now)
    return _session(row)


async def listing(account_id: int) -> Sequence[Session]:
    """All sessions of an account that still hold, the one seen last first."""
    now = clock.now()
    async with control() as connection:
        rows = await connection.fetch(_LISTING, account_id, _CAREFUL, "", now)
    return [_session(row) for row in rows if now - row["seen_at"] < (IDLE_STRONG if row["careful"] else IDLE)]


async def end(session: Session) -> None:
    """End one session; the others of the same sign-in go on."""
    await end_hash(session.id_hash, session.account_id)


async def end_hash(id_hash: str, account_id: int) -> bool:
    """End one session of an account, by its hash as `listing` gives it; whether there was one."""
    async with control() as connection:
        done: str = await connection.execute(
            "DELETE FROM session WHERE id_hash = $1 AND account_id = $2", id_hash, account_id
        )
    return done != "DELETE 0"


async def end_sid(sid: str, issuer: str = "") -> int:
    """End every session of one sign-in at our issuer, or at a foreign `issuer`; how many there were."""
    return await _delete("DELETE FROM session WHERE sid = $1 AND issuer = $2", sid, issuer)


async def end_of_issuer(account_id: int, issuer: str) -> int:
    """End the account's sessions that came from a foreign issuer; how many there were."""
    return await _delete("DELETE FROM session WHERE account_id = $1 AND issuer = $2", account_id, issuer)


async def end_all(account_id: int, but: str = "") -> int:
    """End all sessions of an account except the one with the hash `but`; how many there were."""
    return await _delete("DELETE FROM session WHERE account_id = $1 AND id_hash <> $2", account_id, but)


async def purge() -> int:
    """Forget what ended by itself; for the nightly job."""
    now = clock.now()
    return await _delete("DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2", now, now - IDLE)


async def _delete(sql: str, *values: object) -> int:
    async with control() as connection:
        done: str = await connection.execute(sql, *values)
    return int(done.rpartition(" ")[2])


def _open(row: asyncpg.Record) -> bool:
    """Whoever closes their account may still stop it at the issuer, and is nobody in the villages."""
    return bool(row["state"] == "active" or (row["state"] == "closing" and row["kind"] == "issuer"))


def _session(row: asyncpg.Record) -> Session:
    fields = {name: row[name] for name in Session.__struct_fields__}
    fields["amr"] = tuple(fields["amr"])
    fields["held"] = msgspec.json.decode(fields["held"], type=tuple[tuple[Role, str, str], ...])
    return Session(**fields)


def cookie(value: str) -> str:
    """The `Set-Cookie` that hands a session to the browser."""
    age = int(ABSOLUTE.total_seconds())
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax"


def no_cookie() -> str:
    """The `Set-Cookie` that takes it back."""
    return f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"


def cookie_value(header: bytes | str, name: str = COOKIE) -> str:
    """The value of a cookie in a `Cookie` header; empty when there is none or, as no browser would do, several.

    Bytes and plain blanks only: Python's `str.strip()` takes U+0085 and U+00A0 for blanks, by which a sibling subdomain
    could pass off a cookie of its own as one with the prefix.
    """
    raw = header if isinstance(header, bytes) else header.encode("latin-1", "replace")
    wanted = name.encode()
    found = [part for part in raw.split(b";") if part.lstrip(b" ").partition(b"=")[0] == wanted]
    if len(found) != 1:
        return ""
    return found[0].partition(b"=")[2].rstrip(b" ").decode("latin-1")


_BROWSERS: Final = (("Edg", "Edge"), ("Firefox/", "Firefox"), ("OPR/", "Opera"), ("Chrome/", "Chrome"))
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """What a person recognises of a browser, e.g. `Firefox, Linux`; empty for an unknown one."""
    told = user_agent[:400]
    browser = next((name for mark, name in _BROWSERS if mark in told), "Safari" if "Safari/" in told else "")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    return ", ".join(part for part in (browser, system) if part)
