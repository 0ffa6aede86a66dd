"""What goes to one subscriber at a time: each urgent thing alone, a heap of things that can wait as one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from app.kit import i18n
from app.notify.push import Device, Push

LATER: Final = 2
"""The rank of what can wait."""
MOST_ALONE: Final = 2
"""More things than this that can wait, due at the same time, are told as one."""
_NAMED: Final = 3
INBOX: Final = "/account/inbox"


class Due(msgspec.Struct, frozen=True):
    """A line that is due, with what it tells."""

    id: int
    subscriber_id: int
    rank: int
    tries: int
    reached: tuple[int, ...]
    key: str
    title: str
    body: str
    href: str
    expires_at: datetime | None
    created_at: datetime


class Receiver(msgspec.Struct, frozen=True):
    """Who gets it, and how."""

    id: int
    account_sub: str
    locale: str
    mail: bool
    devices: tuple[Device, ...]


class Parcel(msgspec.Struct, frozen=True):
    """What is sent together."""

    to: Receiver
    lines: tuple[Due, ...]
    push: Push
    rank: int
    until: datetime | None
    """When nobody wants to know it any more."""

    @property
    def devices(self) -> list[Device]:
        """Those that do not have it yet."""
        have = {number for line in self.lines for number in line.reached}
        return [one for one in self.to.devices if one.id not in have]

    @property
    def begun(self) -> bool:
        """Whether a device has it already."""
        return any(line.reached for line in self.lines)


def packed(lines: Sequence[Due], receivers: dict[int, Receiver], town: str) -> list[Parcel]:
    """The lines as parcels, the most urgent first."""
    by_receiver: dict[int, list[Due]] = defaultdict(list)
    for line in lines:
        by_receiver[line.subscriber_id].append(line)
    parcels: list[Parcel] = []
    for number, own in by_receiver.items():
        to = receivers[number]
        # By who has them already: what a device got as one of a heap it must not get again alone.
        heaps: dict[tuple[int, ...], list[Due]] = defaultdict(list)
        for line in own:
            if line.rank == LATER:
                heaps[tuple(sorted(line.reached))].append(line)
            else:
                parcels.append(_alone(to, line))
        for heap in heaps.values():
            parcels += [_together(to, heap, town)] if len(heap) > MOST_ALONE else [_alone(to, line) for line in heap]
    return sorted(parcels, key=lambda parcel: parcel.rank)


def _alone(to: Receiver, line: Due) -> Parcel:
    push = Push(title=line.title, body=line.body, href=line.href, tag=line.key, urgent=line.rank == 0)
    return Parcel(to, (line,), push, line.rank, line.expires_at)


def _together(to: Receiver, heap: list[Due], town: str) -> Parcel:
    with i18n.reading_in(to.locale):
        told = i18n.ngettext_("%(num)s new message", "%(num)s new messages", len(heap)) % {"num": len(heap)}
    push = Push(
        title=f"{town}: {told}",
        body="\n".join(line.title for line in heap[:_NAMED]) + ("\n…" if len(heap) > _NAMED else ""),
        href=INBOX if to.account_sub else "/",
        tag="heap:" + heap[-1].key,
    )
    ends = [line.expires_at for line in heap]
    return Parcel(to, tuple(heap), push, LATER, None if None in ends else max(end for end in ends if end))
