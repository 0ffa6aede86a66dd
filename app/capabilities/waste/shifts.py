"""Days that a holiday has shifted, found where the source does not say so: pure, over the dates of one bin.

In Germany a tour that falls on or behind a public holiday comes a day later for the rest of that week; before Good
Friday some come a day earlier. A date is taken for shifted when it lies a day beside the usual weekday of its bin and
a holiday of the same week explains it. Everything else may be a second tour, and is left alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final

FEWEST: Final = 4
"""Dates from which on there is something usual."""
USUAL_SHARE: Final = 0.6
_DAY: Final = timedelta(days=1)


def usual_weekday(days: Sequence[date]) -> int | None:
    """The weekday (0: Monday) of most dates; None when there are few, or no day has most."""
    if len(days) < FEWEST:
        return None
    weekday, count = Counter(day.weekday() for day in days).most_common(1)[0]
    return weekday if count >= USUAL_SHARE * len(days) else None


def moved_from(day: date, usual: int, holidays: AbstractSet[date]) -> date | None:
    """The usual day of a date that a public holiday has shifted by one; None for any other."""
    before, after = day - _DAY, day + _DAY
    if before.weekday() == usual and any(
        before - step * _DAY in holidays for step in range(before.weekday() + 1)
    ):  # the holiday is the usual day itself, or lies between Monday and it
        return before
    if after.weekday() == usual and after in holidays:
        return after
    return None


def shifts(days: Iterable[date], holidays: AbstractSet[date]) -> Mapping[date, date]:
    """Shifted day → its usual day, among the dates of one bin in one street."""
    known = sorted(set(days))
    usual = usual_weekday(known)
    if usual is None:
        return {}
    found = {day: moved_from(day, usual, holidays) for day in known}
    # A tour on the usual day too means that nothing was moved away from it.
    return {day: origin for day, origin in found.items() if origin is not None and origin not in found}
