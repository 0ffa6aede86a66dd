"""What stands on a village's start page: in the town's order, without what the town or the reader leaves out."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from app.kit.capability import Capability
from app.kit.errors import NotFound
from app.tenancy.village import set_setting, setting
from app.web.cards import Card
from app.web.mine import mine

KEY: Final = "start"
"""Of the setting."""

Move = Literal["up", "down", "hide", "show"]


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """What a town chose for its start page, by names of capabilities."""

    order: tuple[str, ...] = ()
    """These come first, the others by their own place."""
    hidden: tuple[str, ...] = ()


async def arrangement() -> Arrangement:
    """The current town's choice."""
    return msgspec.convert(await setting(KEY, {}), Arrangement)


def with_cards(offered: Sequence[Capability], chosen: Arrangement) -> list[Capability]:
    """The capabilities that can have a card, in the order of a page whose cards would all be there."""
    able = [one for one in offered if one.today]
    return sorted(able, key=lambda one: chosen.order.index(one.name) if one.name in chosen.order else len(chosen.order))


async def cards(offered: Sequence[Capability]) -> list[Card]:
    """The start page's cards for whoever asks."""
    chosen = await arrangement()
    left_out = {*chosen.hidden, *mine().hidden}
    found: list[tuple[int, int, Card]] = []
    for one in offered:
        card = await one.today() if one.today and one.name not in left_out else None
        if card is not None:
            first = chosen.order.index(one.name) if one.name in chosen.order else len(chosen.order)
            found.append((first, card.order, card))
    found.sort(key=lambda each: each[:2])
    return [card for _, _, card in found]


async def headline(offered: Sequence[Capability]) -> str:
    """A few words beside the date, from the first capability that has some."""
    for one in offered:
        text: str = await one.headline() if one.headline else ""
        if text:
            return text
    return ""


async def move(offered: Sequence[Capability], name: str, how: Move) -> None:
    """Change the town's choice for one card; raises `NotFound` for a name that can have none."""
    chosen = await arrangement()
    names = [one.name for one in with_cards(offered, chosen)]
    if name not in names:
        raise NotFound("There is no such entry.")
    hidden = [one for one in chosen.hidden if one != name]
    if how == "hide":
        hidden.append(name)
    elif how in ("up", "down"):
        at = names.index(name)
        to = max(0, min(len(names) - 1, at + (-1 if how == "up" else 1)))
        names.insert(to, names.pop(at))
    await set_setting(KEY, msgspec.to_builtins(Arrangement(order=tuple(names), hidden=tuple(hidden))))
