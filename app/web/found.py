"""The search over everything: first what has the words, and only when nobody has any, what was probably meant."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlencode

import msgspec

from app.kit import alike
from app.kit.capability import Capability
from app.tenancy import beside
from app.web.cards import Hit

OF_EACH: Final = 20
"""Hits of one kind beside those of others that are counted; of more it says `20+`."""
SHOWN_OF_EACH: Final = 5
"""Hits of one kind beside those of others that are shown."""
OF_ONE: Final = 100
"""Hits of a kind that a reader chose."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability found."""

    name: str
    title: str
    hits: list[Hit]
    """The best first."""
    more: bool = False
    """There are more than these."""
    page: str = ""
    """Its own list with the same words, or empty."""

    @property
    def count(self) -> str:
        """How many were found, `20+` when nobody looked further."""
        return f"{len(self.hits)}+" if self.more else str(len(self.hits))


class Found(msgspec.Struct, frozen=True):
    """An answer."""

    groups: list[Group]
    meant: list[str] = msgspec.field(default_factory=list)
    """What was looked for instead, because nothing has the words that were typed."""


async def look_for(words: str, capabilities: Sequence[Capability], chosen: str = "") -> Found:
    """Ask every capability that can search; more hits of the `chosen` one.

    Typing errors come last and for all together: a word that one capability knows is searched in all of them.
    """
    groups = await _exactly(words, capabilities, chosen)
    if groups:
        return Found(groups)

    async def titles(word: str, *, wider: bool) -> list[str]:
        there: list[str] = []

        async def ask(one: Capability) -> bool:
            found = await one.alike(word, wider=wider) if one.alike else []
            there.extend(found)
            # A word that somebody has is not mistyped; nobody else needs to be asked.
            return alike.has(found, word)

        await _ask_all(capabilities, ask)
        return there

    together: dict[str, Group] = {}
    meant = []
    for guess in await alike.corrected(words, titles):
        groups = await _exactly(guess, capabilities, chosen)
        meant += [guess] if groups else []
        for group in groups:
            known = together.get(group.name)
            together[group.name] = _joined(known, group) if known else group
    return Found(list(together.values()), meant)


async def _exactly(words: str, capabilities: Sequence[Capability], chosen: str) -> list[Group]:
    groups: dict[str, Group] = {}

    async def ask(one: Capability) -> bool:
        limit = OF_ONE if one.name == chosen else OF_EACH
        hits: list[Hit] = await one.search(words, limit + 1) if one.search else []
        if hits:
            page = f"{one.search_page}?{urlencode({'q': words})}" if one.search_page else ""
            groups[one.name] = Group(
                name=one.name, title=str(one.title), hits=hits[:limit], more=len(hits) > limit, page=page
            )
        return False

    await _ask_all(capabilities, ask)
    return [groups[one.name] for one in capabilities if one.name in groups]


async def _ask_all(capabilities: Sequence[Capability], ask: Callable[[Capability], Awaitable[bool]]) -> None:
    """Ask one after the other until one says that it is enough, two at a time if there is a connection for each.

    While the database answers one, the page of another is made: a search asks fifty questions.
    """
    waiting = deque(capabilities)

    async def lane() -> None:
        while waiting:
            if await ask(waiting.popleft()):
                waiting.clear()

    async def second() -> None:
        async with beside():
            await lane()

    try:
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(lane())
            lanes.create_task(second())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _joined(one: Group, other: Group) -> Group:
    """Both, each hit once. The list of its own is that of the likelier words."""
    hits = {hit.href: hit for hit in (*one.hits, *other.hits)}
    return msgspec.structs.replace(one, hits=list(hits.values()), more=one.more or other.more)
