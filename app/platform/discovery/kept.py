"""What discovery found for a town, until somebody took it over or did not want it: a setting of the town."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from app.kit import clock
from app.kit.errors import NotFound
from app.platform.discovery.shape import Discovery, Keys, Proposal, Step
from app.tenancy import current
from app.tenancy.village import set_setting, setting

SETTING: Final = "discovery"
LOST_AFTER_SECONDS: Final = 180
"""A search that has not ended by then is taken for lost."""


class Kept(msgspec.Struct, kw_only=True):
    """The last search."""

    state: Literal["none", "running", "done"] = "none"
    website: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    steps: list[Step] = []
    proposals: list[Proposal] = []
    hidden: list[str] = []
    """Keys that nobody wants to see again."""
    keys: Keys | None = None
    stops: int = 0
    regions: list[str] = []

    @property
    def running(self) -> bool:
        """Whether a search is under way."""
        began = self.began_at
        return (
            self.state == "running" and began is not None and (clock.now() - began).total_seconds() < LOST_AFTER_SECONDS
        )


async def kept() -> Kept:
    """The current town's last search."""
    return msgspec.convert(await setting(SETTING, {}), Kept)


async def begin(website: str) -> None:
    """A search begins; what was found before stays until it has ended."""
    before = await kept()
    before.state, before.website, before.began_at, before.steps = "running", website, clock.now(), []
    await _keep(before)


async def tell(step: Step) -> None:
    """How far a source has got."""
    now = await kept()
    now.steps = [*(one for one in now.steps if one.source != step.source), step]
    await _keep(now)


async def end(found: Discovery) -> None:
    """Keep what was found, without what the town has already or does not want."""
    now = await kept()
    there = await _addresses()
    now.state, now.ended_at, now.website = "done", clock.now(), found.website
    now.steps = list(found.steps)
    now.proposals = [one for one in found.proposals if one.url not in there and one.key not in now.hidden]
    now.keys, now.stops, now.regions = found.keys, len(found.stops), [one.title for one in found.regions]
    await _keep(now)


async def give_up() -> None:
    """A search that failed as a whole has ended."""
    now = await kept()
    now.state, now.ended_at = "done", clock.now()
    await _keep(now)


async def hide(key: str) -> None:
    """Nobody wants this one, now or when it is found again; raises `NotFound`."""
    now = await kept()
    _one(now.proposals, key)
    now.proposals = [one for one in now.proposals if one.key != key]
    now.hidden = sorted({*now.hidden, key})
    await _keep(now)


async def take(key: str) -> Proposal:
    """Take a proposal off the list, to become a feed; raises `NotFound`."""
    now = await kept()
    found = _one(now.proposals, key)
    now.proposals = [one for one in now.proposals if one.key != key]
    await _keep(now)
    return found


def _one(proposals: Sequence[Proposal], key: str) -> Proposal:
    found = next((one for one in proposals if one.key == key), None)
    if found is None:
        raise NotFound("This proposal is not there any more. Look again.")
    return found


async def _addresses() -> frozenset[str]:
    rows = await current().fetch("SELECT url FROM feed WHERE url <> ''")
    return frozenset(row["url"] for row in rows)


async def _keep(value: Kept) -> None:
    await set_setting(SETTING, msgspec.to_builtins(value))
