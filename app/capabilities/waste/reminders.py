"""What people are told: the evening before, and at once when a day that is near is shifted."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.capabilities.waste import queries
from app.capabilities.waste.queries import Area, Collection
from app.capabilities.waste.wording import bin_of, day_words, listed, name_of
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.notify.announce import Message, announce
from app.tenancy import current_slug
from app.tenancy.registry import place_of

FROM: Final = time(18)
UNTIL: Final = time(22)
"""Later nobody is told any more, should the workers have stood still in between."""
OVER: Final = time(12)
"""By noon of its day a collection is over."""


async def town_zone() -> ZoneInfo:
    """The zone that the current town lives in."""
    return ZoneInfo((await place_of(current_slug())).site.get("zone") or "Europe/Berlin")


async def remind() -> int:
    """Tell about tomorrow's bins, in the evening hours of the town; how many areas were told of, each once."""
    zone = await town_zone()
    now = clock.now().astimezone(zone)
    if not FROM <= now.time() < UNTIL:
        return 0
    tomorrow = now.date() + timedelta(days=1)
    told = 0
    for area, taken in await queries.on(tomorrow):
        told += await announce(evening_message(area, taken, tomorrow, zone))
    return told


def evening_message(area: Area, taken: list[Collection], day: date, zone: ZoneInfo) -> Message:
    """What is said on the evening before `day`."""
    names = listed(name_of(one) for one in taken)
    put_out = any(bin_of(one.fraction).put_out for one in taken)
    moved = any(one.moved_from is not None for one in taken)
    parts = [
        _("Please put it out tonight.") if put_out else "",
        _("The day was moved because of the holiday.") if moved else "",
        area.name,
    ]
    return Message(
        key=f"waste:{area.key}:{day.isoformat()}",
        category="waste",
        title=_("Tomorrow: %(bins)s") % {"bins": names},
        text=" ".join(part for part in parts if part),
        href="/waste",
        urgency="today",
        street=area.key,
        expires_at=datetime.combine(day, OVER, zone).astimezone(UTC),
    )


async def tell_of_change(area: Area, one: Collection, usual: date, day: date | None) -> bool:
    """Say that a collection of the next days comes on another `day`, or not at all; False when it is far off."""
    zone = await town_zone()
    today = clock.today(zone)
    nearest = min(usual, day) if day is not None else usual
    if not today <= nearest <= today + timedelta(days=2):
        return False
    name = name_of(one)
    title = (
        _("%(bin)s is collected on %(day)s only") % {"bin": name, "day": day_words(day, today)}
        if day is not None and day > usual
        else _("%(bin)s is collected earlier: %(day)s") % {"bin": name, "day": day_words(day, today)}
        if day is not None
        else _("%(bin)s is not collected on %(day)s") % {"bin": name, "day": day_words(usual, today)}
    )
    return await announce(
        Message(
            key=f"waste:{area.key}:{one.id}:{usual.isoformat()}:{day.isoformat() if day else 'off'}",
            category="waste",
            title=title,
            text=area.name,
            href="/waste",
            urgency="today",
            street=area.key,
            expires_at=datetime.combine(max(usual, day or usual), OVER, zone).astimezone(UTC),
        )
    )
