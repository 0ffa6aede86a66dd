"""What the lists of the desk share: chips by state, parts of a list, the list of what becomes public."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response

from app.kit import clock
from app.kit.i18n import Lazy, lazy
from app.tenancy import current
from app.web import words
from app.web.cards import Chip, Line
from app.web.manage.desk import Desk, desk_page
from app.web.manage.reach import Reach, reach
from app.web.site import current_site, path_with

AT_ONCE: Final = 40
ON_DESK: Final = 5

PUBLISHING: Final = {
    "draft": lazy("Drafts"),
    "waiting": lazy("Waiting"),
    "public": lazy("Public"),
    "withdrawn": lazy("Taken back"),
}
"""States of what is written here, or comes from a source, and becomes public now or later."""
_FARTHEST: Final = 100_000


def state_of(published_at: datetime | None, *, withdrawn: bool) -> str:
    """Which of `PUBLISHING` it is."""
    if withdrawn:
        return "withdrawn"
    if published_at is None:
        return "draft"
    return "waiting" if published_at > clock.now() else "public"


def chips(states: Mapping[str, Lazy], chosen: str, counts: Mapping[str, int], *, frees: bool = False) -> list[Chip]:
    """One for each state with how many there are; with `frees` the chosen one leads back to all."""
    return [
        Chip(
            label=str(label),
            href=path_with(only=None if frees and name == chosen else name, skip=None),
            count=counts.get(name, 0),
            chosen=name == chosen,
        )
        for name, label in states.items()
    ]


def skipped(skip: int) -> int:
    """How many entries an address leaves out, within reason."""
    return min(max(skip, 0), _FARTHEST)


def next_href(found: Sequence[Any], skip: int, at_once: int) -> str:
    """The following part's address, when one entry more than is shown was found; else empty."""
    return path_with(skip=skip + at_once) if len(found) > at_once else ""


class Written(msgspec.Struct, frozen=True):
    """Something that becomes public, as the desk lists it."""

    id: int
    title: str
    moment: datetime | None
    """What the list says of when: it was published, it takes place."""
    published_at: datetime | None
    changed_at: datetime
    provider: str
    foreign_: bool
    """Comes from a source."""
    state: str
    """One of `PUBLISHING`."""
    cancelled: bool = False


class Writings(msgspec.Struct, frozen=True, kw_only=True):
    """The list of what is written in one place of the desk and becomes public.

    Both statements take whether somebody may see the whole town or else which providers', and now. `rows` gives the
    columns of `Written` and takes a state, how many to leave out and how many to give; without a state it gives what
    was written here, with one also what sources brought. `counts` gives state and count.
    """

    place: str
    """The path, e.g. `/manage/news`."""
    rows: str
    counts: str

    async def some(self, mine: Reach, state: str = "", skip: int = 0, limit: int = AT_ONCE) -> list[Written]:
        """A part of the list."""
        values = [mine.whole, mine.ids, clock.now(), state, skip, limit]
        return [msgspec.convert(dict(row), Written) for row in await current().fetch(self.rows, values)]

    async def page(self, template: str, only: str, skip: int) -> Response[str]:
        """The list, narrowed to a state that is known."""
        mine = await reach()
        state = only if only in PUBLISHING else ""
        skip = skipped(skip)
        found = await self.some(mine, state, skip, AT_ONCE + 1)
        counts = await current().fetch(self.counts, [mine.whole, mine.ids, clock.now()])
        return desk_page(
            template,
            self.place,
            rows=found[:AT_ONCE],
            states=PUBLISHING,
            chips=chips(PUBLISHING, state, {row["state"]: row["count"] for row in counts}, frees=True),
            next_href=next_href(found, skip, AT_ONCE),
        )

    async def desk(self, *, title: str, action: str, new_label: str, told: Callable[[Written], Line]) -> Desk:
        """What waits: drafts as `told` words them, and what becomes public later."""
        mine = await reach()
        drafts = await self.some(mine, "draft", limit=ON_DESK + 1)
        waiting = await self.some(mine, "waiting", limit=ON_DESK)
        zone = current_site().zone
        return Desk(
            title=title,
            action=action,
            href=self.place,
            new_label=new_label,
            new_href=f"{self.place}/new",
            drafts=[told(one) for one in drafts[:ON_DESK]],
            waiting=[
                Line(title=one.title, href=self.href(one), source=one.provider, when=words.when(moment, zone=zone))
                for one in waiting
                if (moment := one.published_at)
            ],
            more_drafts=max(0, len(drafts) - ON_DESK),
        )

    def href(self, one: Written) -> str:
        """Its form."""
        return f"{self.place}/{one.id}"
