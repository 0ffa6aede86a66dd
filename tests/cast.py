"""People of the tests: accounts with roles, signed in at a host as their browser would be.

eva = await cast.person("eva", roles={"bad-belzig": ["editor"]})
as_eva = await eva.at(belzig)
await as_eva.post("/manage/…", data={…})
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import msgspec

from app.identity import accounts, memberships, sessions
from app.identity.accounts import Account
from app.identity.person import Role
from app.identity.sessions import Session
from app.tenancy import control
from tests.village import Village


class Visitor:
    """A browser with a session on one host; unsafe requests carry the session's token unless told otherwise."""

    def __init__(self, village: Village, session: Session, value: str) -> None:
        self.village = village
        self.session = session
        self.cookie = f"{sessions.COOKIE}={value}"

    async def request(self, method: str, path: str, **given: Any) -> httpx2.Response:
        """Ask with the session's cookie and, for an unsafe method, its token."""
        headers = {"cookie": self.cookie, "accept": "text/html"} | given.pop("headers", {})
        if method not in ("GET", "HEAD", "OPTIONS"):
            headers.setdefault("x-csrf-token", self.session.csrf)
        return await self.village.request(method, path, headers=headers, **given)

    async def get(self, path: str, **given: Any) -> httpx2.Response:
        """GET."""
        return await self.request("GET", path, **given)

    async def post(self, path: str, **given: Any) -> httpx2.Response:
        """POST."""
        return await self.request("POST", path, **given)


class Player(msgspec.Struct, frozen=True):
    """Somebody with an account."""

    account: Account

    @property
    def id(self) -> int:
        """Of the account."""
        return self.account.id

    async def at(self, village: Village, *, strong: bool = True) -> Visitor:
        """Signed in on the village's host (or the platform's), as if just come from the issuer."""
        value = await sessions.start(
            account_id=self.id,
            kind="issuer" if village.host == village.at("x").host.partition(".")[2] else "village",
            host=village.host,
            amr=("pwd", "otp", "mfa") if strong else ("pwd",),
            device="Firefox, Linux",
        )
        session = await sessions.find(value, village.host)
        assert session is not None
        return Visitor(village, session, value)


async def person(name: str, roles: Mapping[str, Sequence[Role]] | None = None, *, provider: str = "") -> Player:
    """An account `<name>@example.org`, confirmed, without password, with roles by village (empty: the platform)."""
    account = await accounts.create(f"{name}@example.org", verified=True, name=name.title())
    for slug, given in (roles or {}).items():
        for role in given:
            await memberships.grant(
                account.id,
                slug,
                role,
                provider=provider if role == "provider" else "",
                area="12" if role == "state" else "",
            )
    return Player(account)


async def away() -> None:
    """Everybody goes: accounts with all that hangs on them, invitations and mails."""
    async with control() as connection:
        await connection.execute("DELETE FROM account")
        await connection.execute("DELETE FROM invitation")
        await connection.execute("DELETE FROM mail")
        await connection.execute("DELETE FROM one_time_token")


async def mails() -> list[tuple[str, str, dict[str, str]]]:
    """Recipient, kind and content of every mail that waits, oldest first."""
    from app.identity.outbox import opened

    async with control() as connection:
        rows = await connection.fetch("SELECT recipient, kind, content FROM mail ORDER BY id")
    return [(row["recipient"], row["kind"], opened(row["content"])) for row in rows]
