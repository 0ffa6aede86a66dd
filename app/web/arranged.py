"""What stands on a village's start page: in the town's order, without what the town or the reader leaves out."""

from collections.abc import Collection, Sequence
from typing import Final, Literal

import msgspec

from app.kit.capability import Capability
from app.kit.errors import NotFound
from app.tenancy.village import set_setting, setting
from app.web.cards import Card
from app.web.mine import mine

KEY: Final = "start"
"""Of the setting."""

NO_CARD: Final = 50
"""Where a capability stands that has nothing to show at the moment: the usual place of a card."""

Move = Literal["up", "down", "hide", "show"]


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """What a town chose for its start page, by names of capabilities."""

    order: tuple[str, ...] = ()
    """These come first, the others by their own place."""
    hidden: tuple[str, ...] = ()


async def arrangement() -> Arrangement:
    """The current town's choice."""
    return msgspec.convert(await setting(KEY, {}), Arrangement)


async def with_cards(
    offered: Sequence[Capability], chosen: Arrangement, left_out: Collection[str] = ()
) -> list[tuple[Capability, Card | None]]:
    """What can have a card, each with the one it has now, in the order of the page: the town's, then the cards' own."""
    able = [(one, await one.today()) for one in offered if one.today and one.name not in left_out]

    def place(pair: tuple[Capability, Card | None]) -> tuple[int, int]:
        one, card = pair
        first = chosen.order.index(one.name) if one.name in chosen.order else len(chosen.order)
        return first, card.order if card else NO_CARD

    return sorted(able, key=place)


async def cards(offered: Sequence[Capability]) -> list[Card]:
    """The start page's cards for whoever asks."""
    chosen = await arrangement()
    found = await with_cards(offered, chosen, {*chosen.hidden, *mine().hidden})
    return [card for _capability, card in found if card is not None]


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
    names = [one.name for one, _card in await with_cards(offered, chosen)]
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
