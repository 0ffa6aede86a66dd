"""Accounts: registered with a confirmed e-mail address, found again, changed by their owner.

No function that a stranger can call tells whether an address is known: not by its answer, not by the time it
takes. Mail goes to the address that is kept, never to the one that was typed just now. A registration is no
account before its link was followed, and each link carries its own password, so that nobody can prepare an
account for somebody else's address.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import msgspec

from app.identity import limits, links, outbox, passwords, sessions
from app.identity.account import (
    Account,
    AddressTaken,
    NoAccount,
    NoConsent,
    WeakPassword,
    WrongPassword,
    by_email,
    by_id,
    by_sub,
    existing,
    found,
    found_by_key,
)
from app.identity.address import BadAddress, BadName, normalised, spelt, tidy
from app.identity.links import BadLink
from app.kit import clock
from app.kit.i18n import DEFAULT_LOCALE, LOCALES
from app.settings import settings
from app.tenancy import control, control_transaction
from app.tenancy.pool import Connection

__all__ = [
    "Account",
    "AddressTaken",
    "BadAddress",
    "BadLink",
    "BadName",
    "NoAccount",
    "NoConsent",
    "WeakPassword",
    "WrongPassword",
    "by_email",
    "by_id",
    "by_sub",
    "normalised",
]

PRIVACY: Final = "privacy"

_REGISTER_SECONDS: Final = 0.4
_ASK_SECONDS: Final = 0.15
"""What an answer takes at least, with a known address and with an unknown one."""


class _Registration(msgspec.Struct, frozen=True):
    """What waits in the link of a registration."""

    name: str
    locale: str
    password_hash: str
    consent: str


async def create(email: str, password: str = "", verified: bool = False, name: str = "") -> Account:  # noqa: FBT001, FBT002 - the contract's order
    """Make an account at once, for the command line; an empty password can be set by the reset link.

    Without `verified` a mail asks the owner to confirm. Raises `AddressTaken`, `BadAddress`, `BadName`, `WeakPassword`.
    """
    address, shown = spelt(email), tidy(name)
    password_hash = await _strong(password, address) if password else ""
    async with control_transaction(), control() as connection:
        fresh = _Registration(shown, DEFAULT_LOCALE, password_hash, "")
        account = await _insert(connection, address, fresh, verified=verified)
        if account is None:
            raise AddressTaken("There is an account with this e-mail address already.")
        if not verified:
            link = await links.make(connection, "confirm", account_id=account.id, email=address)
            await outbox.put(connection, address, "confirm", account.locale, context={"link": link})
    return account


async def register(email: str, name: str, password: str, locale: str, consent: str) -> None:
    """Ask the owner of an address to confirm an account; `consent` is the version of the privacy notice agreed to.

    A known address gets a mail that says so instead. Raises `BadAddress`, `BadName`, `WeakPassword`, `NoConsent`.
    """
    address, shown = spelt(email), tidy(name)
    if not consent:
        text = "Please agree to the privacy notice."
        raise NoConsent(text, fields={"consent": "Please agree to the privacy notice."})
    language = locale if locale in LOCALES else DEFAULT_LOCALE
    async with _at_least(_REGISTER_SECONDS):
        waiting = _Registration(shown, language, await _strong(password, address), consent[:40])
        async with control_transaction(), control() as connection:
            known = await found_by_key(connection, address.lower())
            if known is not None and known.verified:
                await _tell_known(connection, known)
                return
            payload = msgspec.json.encode(waiting).decode()
            link = await links.make(connection, "register", email=address, payload=payload)
            # Without the name: a stranger's words have no place in a mail to somebody who never asked for it.
            await outbox.put(connection, address, "confirm", language, context={"link": link})


async def confirm(token: str) -> Account:
    """Follow the link of a registration; the account as it is then. Raises `BadLink`.

    A second tab with the same link gets the same answer: it must not sign anyone in.
    """
    async with control_transaction(), control() as connection:
        link = await links.follow(connection, token, "register", "confirm")
        key = link.email.lower()
        if link.fresh and link.purpose == "register":
            await _confirm_registration(connection, link.email, msgspec.json.decode(link.payload, type=_Registration))
        elif link.fresh:
            await connection.execute(
                """UPDATE account SET email_verified_at = $3, changed_at = $3
                   WHERE id = $1 AND email_key = $2 AND email_verified_at IS NULL""",
                link.account_id,
                key,
                clock.now(),
            )
        account = await found_by_key(connection, key)
        if account is None or not account.verified or account.state == "closed":
            raise BadLink
        return account


async def request_reset(email: str) -> None:
    """Send a link for a new password to the account of this address, if there is one. Raises `BadAddress`."""
    key = normalised(email)
    async with _at_least(_ASK_SECONDS), control_transaction(), control() as connection:
        account = await found_by_key(connection, key)
        if account is None or account.state == "closed":
            return
        link = await links.make(connection, "reset", account_id=account.id, email=account.email)
        context = {"link": link, "name": account.name}
        await outbox.put(connection, account.email, "reset", account.locale, context=context)


async def reset(token: str, password: str) -> Account:
    """Set a new password by a link and sign out everywhere; raises `BadLink`, `WeakPassword` (the link stays good)."""
    async with control() as connection:
        link = await links.look(connection, token, "reset")
    if not link.fresh:
        raise BadLink
    password_hash = await _strong(password, link.email)
    async with control_transaction(), control() as connection:
        link = await links.follow(connection, token, "reset")
        # The address may have changed hands since: then the link went to somebody else.
        changed = link.fresh and await connection.fetchval(
            """UPDATE account SET password_hash = $3, changed_at = $4,
                   email_verified_at = coalesce(email_verified_at, $4)
               WHERE id = $1 AND email_key = $2 AND state <> 'closed' RETURNING id""",
            link.account_id,
            link.email.lower(),
            password_hash,
            clock.now(),
        )
        account = await found(connection, changed) if changed else None
        if account is None:
            raise BadLink
        await links.void(connection, account.id, "reset")
        await sessions.end_all(account.id)
        await connection.execute(
            "UPDATE oidc_token SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
            account.id,
            clock.now(),
        )
        await _tell_changed(connection, account)
    await limits.clear("sign-in", account.email.lower())
    return account


async def request_email_change(account_id: int, email: str) -> None:
    """Ask the new address to confirm and tell the old one; an address that is known already gets another mail.

    Raises `BadAddress`, `NoAccount`.
    """
    address = spelt(email)
    async with _at_least(_ASK_SECONDS), control_transaction(), control() as connection:
        account = await existing(connection, account_id)
        if address.lower() == account.email.lower():
            return
        await links.void(connection, account_id, "email")
        taken = await found_by_key(connection, address.lower())
        if taken is not None:
            await _tell_known(connection, taken)
        else:
            link = await links.make(connection, "email", account_id=account_id, email=address)
            context = {"link": link, "name": account.name}
            await outbox.put(connection, address, "email-change-new", account.locale, context=context)
        context = {"new_email": address, "name": account.name}
        await outbox.put(connection, account.email, "email-change-old", account.locale, context=context)


async def confirm_email_change(token: str) -> Account:
    """Follow the link in the mail to the new address; raises `BadLink`. A second tab gets the same answer."""
    async with control_transaction(), control() as connection:
        link = await links.follow(connection, token, "email")
        account = await existing(connection, link.account_id or 0)
        if link.fresh:
            try:
                await connection.execute(
                    """UPDATE account SET email = $2, email_key = $3, email_verified_at = $4, changed_at = $4
                       WHERE id = $1""",
                    account.id,
                    link.email,
                    link.email.lower(),
                    clock.now(),
                )
            except asyncpg.UniqueViolationError as error:
                raise BadLink from error
            # Whoever reads the old letter box must not get in by a link that lies there.
            await links.void(connection, account.id, "reset", "confirm")
        account = await existing(connection, account.id)
        if account.email != link.email:
            raise BadLink
        return account


async def change_password(account_id: int, old: str, new: str) -> None:
    """Set a new password; the caller ends the other sessions. An account without one needs no `old`.

    Raises `WrongPassword`, `WeakPassword`, `TooMany`, `NoAccount`.
    """
    async with control() as connection:
        account = await existing(connection, account_id)
        kept = await connection.fetchval("SELECT password_hash FROM account WHERE id = $1", account_id)
    if kept:
        await limits.attempt(("password", str(account_id), limits.ACCOUNT))
        if not await passwords.verify(kept, old):
            text = "This is not your present password."
            raise WrongPassword(text, fields={"old": "This is not your present password."})
        await limits.clear("password", str(account_id))
    password_hash = await _strong(new, account.email)
    async with control_transaction(), control() as connection:
        await connection.execute(
            "UPDATE account SET password_hash = $2, changed_at = $3 WHERE id = $1",
            account_id,
            password_hash,
            clock.now(),
        )
        await links.void(connection, account_id, "reset")
        await _tell_changed(connection, account)


async def rename(account_id: int, name: str) -> None:
    """Change the name that others see; raises `BadName`, `NoAccount`."""
    shown = tidy(name)
    async with control() as connection:
        await existing(connection, account_id)
        await connection.execute(
            "UPDATE account SET name = $2, changed_at = $3 WHERE id = $1", account_id, shown, clock.now()
        )


async def _confirm_registration(connection: Connection, address: str, waiting: _Registration) -> None:
    """Make the account; one that was made unconfirmed becomes that of whoever reads the mail."""
    account = await _insert(connection, address, waiting, verified=True)
    number = account.id if account is not None else None
    if number is None:
        number = await connection.fetchval(
            """UPDATE account SET email_verified_at = $2, changed_at = $2, name = $3, locale = $4, password_hash = $5
               WHERE email_key = $1 AND email_verified_at IS NULL AND state <> 'closed' RETURNING id""",
            address.lower(),
            clock.now(),
            waiting.name,
            waiting.locale,
            waiting.password_hash,
        )
    if number is not None:
        await connection.execute(
            "INSERT INTO consent (account_id, document, version, given_at) VALUES ($1, $2, $3, $4)",
            number,
            PRIVACY,
            waiting.consent,
            clock.now(),
        )


async def _insert(connection: Connection, address: str, of: _Registration, *, verified: bool) -> Account | None:
    """The new account, or None if the address has one."""
    now = clock.now()
    number = await connection.fetchval(
        """INSERT INTO account (sub, email, email_key, email_verified_at, name, locale, password_hash, created_at,
                                changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (email_key) DO NOTHING RETURNING id""",
        secrets.token_hex(16),
        address,
        address.lower(),
        now if verified else None,
        of.name,
        of.locale,
        of.password_hash,
        now,
    )
    return await found(connection, number) if number else None


async def _tell_known(connection: Connection, account: Account) -> None:
    context = {"name": account.name, "link": f"{settings().origin}/identity/forgot"}
    await outbox.put(connection, account.email, "known-address", account.locale, context=context)


async def _tell_changed(connection: Connection, account: Account) -> None:
    await outbox.put(connection, account.email, "password-changed", account.locale, context={"name": account.name})


async def _strong(password: str, email: str) -> str:
    """The hash of a new password; raises `WeakPassword`."""
    problem = passwords.weakness(password, email)
    if problem:
        raise WeakPassword(problem, fields={"password": problem})
    return await passwords.hash_(password)


@contextlib.asynccontextmanager
async def _at_least(seconds: float) -> AsyncIterator[None]:
    """Make the block take at least so long."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    try:
        yield
    finally:
        # A refusal waits as well: it depends on what was typed only, but costs nothing to be sure.
        await asyncio.sleep(max(0.0, ends - loop.time()))
