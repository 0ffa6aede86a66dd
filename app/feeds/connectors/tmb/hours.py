"""Opening hours of a place in OSM's grammar, as far as every row of them can be read."""

import re
from typing import Final

from app.feeds.connectors.tmb.tree import Element, children, line
from app.kit.richtext import shortened

_DAYS: Final = {
    name: day
    for day, names in {
        "Mo": "1 mo montag monday", "Tu": "2 di dienstag tuesday", "We": "3 mi mittwoch wednesday",
        "Th": "4 do donnerstag thursday", "Fr": "5 fr freitag friday", "Sa": "6 sa samstag sonnabend saturday",
        "Su": "7 0 so sonntag sunday",
    }.items()
    for name in names.split()
}  # fmt: skip
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_CLOCK: Final = re.compile(r"(\d{1,2})[:.](\d{2})", re.ASCII)
_ISO: Final = re.compile(r"\d{4}-(\d{2})-(\d{2})", re.ASCII)
_GERMAN: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.", re.ASCII)
_MOST: Final = 60


def hours_of(element: Element) -> tuple[str, str]:
    """The rules, empty when one row can't be read; and what the place says in words."""
    words = shortened(line(element, "otheropeninghours"), 500)
    rules: list[str] = []
    rows = list(children(element, "openinghours", "openingtimedate"))
    for row in rows[:_MOST]:
        rule = _rule(row)
        if not rule:
            return "", words
        if rule not in rules:
            rules.append(rule)
    return "; ".join(rules), words


def _rule(row: Element) -> str:
    weekday = line(row, "weekday").casefold().rstrip(".")
    day = _DAYS.get(weekday, "")
    first, last = _date(line(row, "datefrom")), _date(line(row, "dateto"))
    if (weekday and not day) or bool(first) != bool(last):
        return ""
    season = f"{first}-{last}" if first else ""
    when = " ".join(part for part in (season, day) if part)
    if line(row, "open").casefold() in {"false", "0", "nein"}:
        return f"{when} off" if when else ""
    begin, end = (_CLOCK.match(line(row, name)) for name in ("timefrom", "timeto"))
    if not begin or not end:
        return ""
    span = "-".join(f"{int(one[1]):02}:{one[2]}" for one in (begin, end))
    if int(begin[1]) > 23 or int(end[1]) > 24 or int(begin[2]) > 59 or int(end[2]) > 59:
        return ""
    return f"{when} {span}".strip()


def _date(text: str) -> str:
    """`Apr 01`, from a date of any year: seasons come again."""
    iso, german = _ISO.match(text), _GERMAN.match(text)
    month, day = (int(iso[1]), int(iso[2])) if iso else (int(german[2]), int(german[1])) if german else (0, 0)
    return f"{_MONTHS[month - 1]} {day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
