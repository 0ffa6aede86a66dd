"""Mails as they wait in the outbox, and the links in them."""

from itertools import count
from urllib.parse import parse_qs, urlsplit

from app.identity import outbox
from app.tenancy import control

_numbers = count(1)


def somebody(name: str = "ada") -> str:
    """An address that no other test uses."""
    return f"{name}.{next(_numbers)}@post.example"


async def mails(address: str) -> list[tuple[str, dict[str, str]]]:
    """Kind and content of every mail to an address, the first one first."""
    async with control() as connection:
        rows = await connection.fetch("SELECT kind, content FROM mail WHERE recipient = $1 ORDER BY id", address)
    return [(row["kind"], outbox.opened(row["content"]) if row["content"] else {}) for row in rows]


async def kinds(address: str) -> list[str]:
    """The kinds of the mails to an address."""
    return [kind for kind, _ in await mails(address)]


async def token(address: str, kind: str) -> str:
    """The token in the link of the last mail of a kind."""
    links = [content["link"] for found, content in await mails(address) if found == kind]
    return parse_qs(urlsplit(links[-1]).query)["token"][0]
