"""The desk lists the start page's cards in the order in which the page shows them."""

from app.kit.capability import Capability
from app.kit.i18n import lazy
from app.web.arranged import Arrangement, with_cards
from app.web.cards import Card


def offering(name: str, order: int | None) -> Capability:
    async def today() -> Card | None:
        return Card(title=name, icon="home", action="", href="/", order=order) if order is not None else None

    return Capability(name=name, title=lazy("News"), today=today)


async def test_the_town_s_order_first_then_the_cards_own_then_what_has_none() -> None:
    offered = [offering("news", 20), offering("waste", 5), offering("jobs", None), offering("council", 70)]

    usual = await with_cards(offered, Arrangement())
    moved = await with_cards(offered, Arrangement(order=("council",)), {"waste"})

    assert [one.name for one, _card in usual] == ["waste", "news", "jobs", "council"]
    assert [one.name for one, _card in moved] == ["council", "news", "jobs"]
    assert [card is not None for _one, card in usual] == [True, True, False, True]
