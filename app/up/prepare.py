"""`python -m app.up.prepare`: brings the database up to date and the first town to life, before anything is served."""

import asyncio
import logging
import os
import secrets
import sys

import asyncpg

from app.identity import accounts, memberships
from app.identity.person import Role
from app.kit.errors import VillageError
from app.platform import towns
from app.settings import settings
from app.tenancy import cells, control, definition, lifecycle
from app.tenancy.history import HistoryError
from app.tenancy.lease import BeingBuilt
from app.tenancy.migrate import BeingMigrated, Report, migrate
from app.up.check import problems
from app.up.child import FOR_EYES_ONLY
from app.up.parts import FIRST_ACCOUNTS

FIRST_TOWN = "bad-belzig"
"""A deployment without a town gets this one, from its folder."""

FIRST_OWNER = "rathaus@bad-belzig.example"
FIRST_STATE = "land@brandenburg.example"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without those that look alike in print."""


def say(text: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def prepare() -> None:
    """Migrate, end what was interrupted, make the first town, bring in what changed in the towns' folders."""
    try:
        _tell(await migrate())
        for slug in await towns.resume_unfinished():
            say(f"{slug}: ended what was interrupted.")
        there = {town.slug: town for town in await lifecycle.listing()}
        if not there and (first := definition.definition(FIRST_TOWN)) is not None:
            await towns.create(FIRST_TOWN, template=first.template, ags=first.ags)
            say(f"{first.name} is made.")
        for slug in there:
            await _refresh(slug)
        if FIRST_ACCOUNTS in os.environ and settings().domain == "localhost":
            await _first_accounts()
    finally:
        await cells.close()


async def _first_accounts() -> None:
    """Once, for trying it out: an owner of the first town and somebody of its state, with passwords just made."""
    async with control() as connection:
        known = await connection.fetchval("SELECT EXISTS (SELECT 1 FROM account)")
        ags = await connection.fetchval("SELECT ags FROM tenant WHERE slug = $1", FIRST_TOWN)
    if known or ags is None:
        return
    say("First accounts, shown this once:")
    await _first_account(FIRST_OWNER, "owner", slug=FIRST_TOWN)
    await _first_account(FIRST_STATE, "state", area=ags[:2])


async def _first_account(email: str, role: Role, *, slug: str = "", area: str = "") -> None:
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    account = await accounts.create(email, password, verified=True)
    await memberships.grant(account.id, slug, role, area=area)
    say(f"{FOR_EYES_ONLY}  {role:<6} {email}   password {password}")


def _tell(report: Report) -> None:
    if report.migrated or report.shared or report.regions or report.failed:
        for text in report.lines():
            say(text)


async def _refresh(slug: str) -> None:
    """A mistake in one town's folder is told, and the town is served as it was."""
    try:
        if await towns.refresh(slug):
            say(f"{slug}: follows its changed folder.")
    except BeingBuilt:
        pass
    except (VillageError, cells.CellUnknown) as refusal:
        say(f"{slug} stays as it was: {refusal}")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        # Its cell may be away; the others start all the same.
        say(f"{slug} could not follow its folder: {error}")


def main() -> int:
    """Prepare; the exit code. The last line says why it failed."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        asyncio.run(prepare())
    except (VillageError, HistoryError, BeingMigrated) as refusal:
        problem = str(refusal)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        found = asyncio.run(problems(settings()))
        problem = found[0] if found else f"The database could not be prepared: {error}"
    else:
        return 0
    sys.stderr.write(" ".join(problem.split()) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
