"""Bins and days in the words people use: "morgen, Dienstag: Restmüll und Papier – heute Abend rausstellen"."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

import msgspec

from app.capabilities.waste.queries import Collection
from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.web import words


class Bin(msgspec.Struct, frozen=True):
    """What stands for a fraction: a word, a symbol of `icons.html`, and whether one puts it out."""

    name: Lazy
    icon: str
    put_out: bool = True
    """False for what one brings or hands over."""


BINS: Final[dict[str, Bin]] = {
    "residual": Bin(lazy("Residual waste"), "waste"),
    "organic": Bin(lazy("Organic waste"), "leaf"),
    "paper": Bin(lazy("Waste paper"), "page"),
    "packaging": Bin(lazy("Packaging (yellow)"), "sack"),
    "glass": Bin(lazy("Waste glass"), "bottle"),
    "garden": Bin(lazy("Garden waste"), "leaf"),
    "bulky": Bin(lazy("Bulky waste"), "sofa"),
    "hazardous": Bin(lazy("Harmful substances"), "danger", put_out=False),
    "electronics": Bin(lazy("Electrical devices"), "plug", put_out=False),
    "tree": Bin(lazy("Christmas trees"), "tree"),
    "other": Bin(lazy("Collection"), "waste"),
}


class Taken(msgspec.Struct, frozen=True):
    """One bin of a day."""

    name: str
    fraction: str
    icon: str
    title: str
    """As the source names it, where that says more than the name."""
    note: str
    moved: str
    """`verschoben, sonst Freitag, 25. Dezember`; empty when it is the usual day."""


class Day(msgspec.Struct, frozen=True):
    """A day with everything that is taken on it."""

    day: date
    when: str
    """`morgen, Dienstag, 24. November`."""
    bins: tuple[Taken, ...]
    advice: str
    """`Heute Abend rausstellen.`; empty when there is nothing to do yet."""
    moved: str
    """`wegen des Feiertags verschoben`; empty when it is the usual day."""

    @property
    def names(self) -> str:
        """`Restmüll und Papier`."""
        return listed(one.name for one in self.bins)

    @property
    def month(self) -> tuple[int, int]:
        """Year and month."""
        return self.day.year, self.day.month


def bin_of(fraction: str) -> Bin:
    """The bin of a fraction, also of one that a later version knows."""
    return BINS.get(fraction, BINS["other"])


def name_of(one: Collection) -> str:
    """What people call it: our word, or the source's where we have none."""
    return (
        one.title
        if one.fraction not in BINS or (one.fraction == "other" and one.title)
        else str(BINS[one.fraction].name)
    )


def listed(names: Iterable[str]) -> str:
    """`Restmüll, Papier und Glas`; each name once."""
    found = list(dict.fromkeys(names))
    if len(found) < 2:
        return "".join(found)
    return _("%(first)s and %(last)s") % {"first": ", ".join(found[:-1]), "last": found[-1]}


def days(found: Iterable[Collection], today: date) -> list[Day]:
    """The collections of one area by day, as the pages show them."""
    return [_day(day, list(some), today) for day, some in groupby(found, key=lambda one: one.day)]


def day_words(day: date, today: date) -> str:
    """`morgen, Dienstag, 24. November`; further off without the first word."""
    long = words.date_long(day)
    if day.year == today.year or (day - today).days < 60:
        long = long.removesuffix(f" {day.year}")
    return f"{words.day_words(day, today)}, {long}" if 0 <= (day - today).days <= 2 else long


def _day(day: date, some: Sequence[Collection], today: date) -> Day:
    moved = [one for one in some if one.moved_from is not None]
    why = _why(moved[0]) if moved else ""
    return Day(day, day_words(day, today), tuple(_taken(one) for one in some), _advice(day, some, today), why)


def _why(one: Collection) -> str:
    return _("moved") if one.moved_why == "clerk" else _("moved because of the holiday")


def _taken(one: Collection) -> Taken:
    name = name_of(one)
    moved = ""
    if one.moved_from is not None:
        usual = words.date_long(one.moved_from).removesuffix(f" {one.moved_from.year}")
        moved = _("%(why)s, usually %(day)s") % {"why": _why(one), "day": usual}
    title = one.title if one.title.casefold() != name.casefold() else ""
    return Taken(name, one.fraction, bin_of(one.fraction).icon, title, one.note, moved)


def _advice(day: date, some: Sequence[Collection], today: date) -> str:
    if not any(bin_of(one.fraction).put_out for one in some):
        return ""
    if day == today + timedelta(days=1):
        return _("Put it out tonight.")
    return _("Should be at the road by 6 in the morning.") if day == today else ""
