"""`village accounts …`."""

import argparse
import sys

from app.cli.output import line
from app.cli.running import Refused
from app.identity import accounts, memberships
from app.kit.errors import InvalidInput, VillageError

LONGEST_LINE = 5000
"""Characters read from stdin: more is no password, and is refused before it is worked on."""


async def create(asked: argparse.Namespace) -> int:
    """Make an account with the password on stdin (one line)."""
    password = sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    if not password:
        raise Refused('No password came on stdin; an example: printf %s "$PASSWORD" | village accounts create …')
    try:
        made = await accounts.create(asked.email, password, verified=asked.verified, name=asked.name)
    except InvalidInput as refusal:
        raise Refused(_why(refusal)) from refusal
    line(f"{made.email} has an account.{'' if made.verified else ' A mail asks to confirm the address.'}")
    return 0


async def grant(asked: argparse.Namespace) -> int:
    """Give a role in a town or on the platform."""
    account = await accounts.by_email(asked.email)
    if account is None:
        raise Refused(f"There is no account {asked.email}. Make one: village accounts create EMAIL --password-stdin")
    try:
        new = await memberships.grant(
            account.id, asked.tenant, asked.role, provider=asked.provider, area=asked.area, by=None
        )
    except InvalidInput as refusal:
        raise Refused(_why(refusal)) from refusal
    where = f" in {asked.tenant}" if asked.tenant else ""
    line(f"{account.email} is {asked.role}{where}{'' if new else ' already'}.")
    return 0


def _why(refusal: VillageError) -> str:
    """The refusal with what it says about single fields."""
    fields = refusal.fields.values() if isinstance(refusal, InvalidInput) else ()
    return " ".join(dict.fromkeys([str(refusal), *(text for text in fields if text)]))
