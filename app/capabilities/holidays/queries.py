"""Which days are off in the current town's state."""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import msgspec

from app.capabilities.holidays import statutory
from app.kit import i18n
from app.tenancy import current, current_slug
from app.tenancy.registry import place_of


class DaysOff(msgspec.Struct, frozen=True, kw_only=True):
    """A public holiday or school holidays; both days inclusive."""

    kind: Literal["public", "school"]
    title: str
    first_day: date
    last_day: date
    source_name: str = ""
    """Empty for what is law."""
    source_url: str = ""
    licence: str = ""
    attribution: str = ""


_TOLD: Final = """SELECT DISTINCT ON (first_day, last_day, title) kind, title, first_day, last_day, source_name,
    source_url, licence, attribution
FROM day_off
WHERE kind = $1 AND last_day >= $2 AND first_day <= $3 AND withdrawn_at IS NULL AND state IN ('', $4)
ORDER BY first_day, last_day, title, id"""


async def state() -> str:
    """The current town's state in ISO 3166-2, e.g. `DE-BB`; empty when its AGS tells none."""
    return statutory.state_of((await place_of(current_slug())).ags)


async def public_days(first: date, last: date) -> frozenset[date]:
    """The public holidays from `first` to `last`, both inclusive."""
    here = await state()
    by_law = await statutory.named(here, range(first.year, last.year + 1))
    days = {day for day in by_law if first <= day <= last}
    for one in await _told("public", first, last, here):
        # Nothing but single days: a source that calls weeks a public holiday is mistaken.
        days |= {one.first_day} if one.first_day == one.last_day and one.first_day >= first else set()
    return frozenset(days)


async def public_holidays(first: date, last: date) -> list[DaysOff]:
    """The public holidays with their names in the reader's language, in order."""
    here = await state()
    by_law = await statutory.named(here, range(first.year, last.year + 1), i18n.language())
    found = {
        day: DaysOff(kind="public", title=name, first_day=day, last_day=day)
        for day, name in by_law.items()
        if first <= day <= last
    }
    for one in await _told("public", first, last, here):
        if one.first_day == one.last_day and one.first_day >= first:
            found.setdefault(one.first_day, one)
    return [found[day] for day in sorted(found)]


async def school_holidays(first: date, last: date) -> list[DaysOff]:
    """The school holidays that lie at least partly between `first` and `last`, both inclusive, in order."""
    return list(await _told("school", first, last, await state()))


async def _told(kind: Literal["public", "school"], first: date, last: date, here: str) -> Sequence[DaysOff]:
    rows = await current().fetch(_TOLD, [kind, first, last, here])
    return [msgspec.convert(dict(row), DaysOff) for row in rows]
