"""Opening hours entered day by day: rows of a form on one side, the grammar of OpenStreetMap on the other.

What the rows can't say (seasons, every second week, school holidays) stays a text of its own beside them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from babel import Locale

from app.kit.errors import InvalidInput
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy
from app.web.manage.entered import Entered

DAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
FIELD: Final = "opening_hours"
"""The text beside the rows."""
SAME, CLOSED, OWN = "same", "closed", "own"
_NAMES: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY: Final = "|".join(_NAMES)
_RANGE: Final = re.compile(rf"({_DAY}|PH)(?:-({_DAY}))?", re.IGNORECASE)
_RULE: Final = re.compile(
    rf"(?:(?P<days>(?:{_DAY}|PH)(?:-(?:{_DAY}))?(?:\s*,\s*(?:{_DAY}|PH)(?:-(?:{_DAY}))?)*)\s*:?\s*)?"
    r"(?P<times>off|closed|24/7|\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}(?:\s*,\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2})*)",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_TYPED: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?\s*(?:uhr|h)?", re.IGNORECASE)
_WHOLE: Final = "00:00-24:00"
_MOST_SPANS: Final = 2
"""That a row has room for."""
_BAD_TIME: Final = lazy("Please give times such as 9:00 or 18:30.")
_HALF: Final = lazy("Please give both: from when and until when.")
_BOTH: Final = lazy("Please choose: either times, or closed.")
_ALIKE: Final = lazy("Beginning and end are the same. From 0:00 to 0:00 means all day and night.")

Spans = tuple[str, ...]
"""As `09:00-12:00`; none means closed."""


class Week(msgspec.Struct, frozen=True):
    """When it is open in an ordinary week."""

    days: tuple[Spans, ...]
    """Monday first."""
    holidays: Spans | None = None
    """On public holidays; None: as on any other day."""


class Row(msgspec.Struct, frozen=True):
    """A row of the form."""

    key: str
    """The beginning of its fields' names."""
    name: str


def rows() -> list[Row]:
    """The seven rows, with the days' names in the reader's language."""
    names = Locale(language()).days["stand-alone"]["wide"]
    return [Row(f"h_{day}", names[number]) for number, day in enumerate(DAYS)]


def week_of(text: str) -> Week | None:
    """A text of the grammar as rows; None when rows can't say all of it."""
    days: list[Spans] = [()] * 7
    holidays: Spans | None = None
    for rule in (part.strip() for part in text.split(";") if part.strip()):
        found = _RULE.fullmatch(rule)
        # A rule after that of the holidays counts on them too.
        if found is None or holidays is not None:
            return None
        times = found["times"].casefold()
        spans = (_WHOLE,) if times == "24/7" else () if times in ("off", "closed") else _spans_of(times)
        if len(spans) > _MOST_SPANS:
            return None
        for first, last in _RANGE.findall(found["days"] or "Mo-Su"):
            if first.upper() == "PH":
                holidays = spans
                continue
            begin = _NAMES.index(first.capitalize())
            for step in range((_NAMES.index(last.capitalize()) - begin) % 7 + 1 if last else 1):
                days[(begin + step) % 7] = spans
    return Week(tuple(days), holidays)


def text_of(week: Week) -> str:
    """The rows as a text of the grammar, days that are alike together."""
    if all(one == (_WHOLE,) for one in week.days) and week.holidays is None:
        return "24/7"
    rules = []
    number = 0
    while number < 7:
        last = number
        while last < 6 and week.days[last + 1] == week.days[number]:
            last += 1
        if week.days[number]:
            named = _NAMES[number] if last == number else f"{_NAMES[number]}-{_NAMES[last]}"
            rules.append(f"{named} {','.join(week.days[number])}")
        number = last + 1
    if not rules:
        rules.append("Mo-Su off")
    if week.holidays is not None:
        rules.append(f"PH {','.join(week.holidays) or 'off'}")
    return "; ".join(rules)


def typed(text: str) -> dict[str, str]:
    """The fields of the form for a text: rows where they can say it, else the text itself."""
    week = week_of(text) if text else None
    if week is None:
        return {FIELD: text, "h_ph": CLOSED}
    fields = {"h_ph": SAME if week.holidays is None else OWN if week.holidays else CLOSED}
    for day, spans in zip((*DAYS, "ph"), (*week.days, week.holidays or ()), strict=True):
        for number, span in enumerate(spans):
            begin, _sign, end = span.partition("-")
            fields[f"h_{day}_{2 * number + 1}"] = begin
            fields[f"h_{day}_{2 * number + 2}"] = "00:00" if end == "24:00" else end
        if not spans and day != "ph":
            fields[f"h_{day}_off"] = "yes"
    return fields


def entered_hours(form: Entered, before: str = "") -> str:
    """What the form says, as a text of the grammar; `before` where it says the same in other signs.

    Where no row says anything, the text beside them counts. Raises `InvalidInput` naming each wrong row.
    """
    wrong: dict[str, str] = {}
    found: list[Spans | None] = []
    for day in DAYS:
        spans, refusal = _row(form, f"h_{day}")
        found.append(spans)
        if refusal:
            wrong[f"h_{day}"] = refusal
    holidays, refusal = _holidays(form)
    if refusal:
        wrong["h_ph"] = refusal
    if wrong:
        raise InvalidInput("Please check what you entered.", wrong)
    if all(spans is None for spans in found):
        return form.line(FIELD)
    week = Week(tuple(spans or () for spans in found), holidays)
    return before if before and week_of(before) == week else text_of(week)


def names_of_days(errors: Mapping[str, str]) -> dict[str, str]:
    """The errors for the summary over a form, where a row's error needs its day's name."""
    named = {row.key: row.name for row in rows()} | {"h_ph": _("Public holidays")}
    return {name: f"{named[name]}: {text}" if name in named else text for name, text in errors.items()}


def _holidays(form: Entered) -> tuple[Spans | None, str]:
    match form("h_ph"):
        case "closed":
            return (), ""
        case "own":
            spans, refusal = _row(form, "h_ph")
            return spans, refusal or ("" if spans else _HALF.message)
        case _:
            return None, ""


def _row(form: Entered, key: str) -> tuple[Spans | None, str]:
    """The times of a row, and what is wrong with them; None when nothing was entered."""
    times = [form.line(f"{key}_{number}") for number in range(1, 2 * _MOST_SPANS + 1)]
    off = bool(form(f"{key}_off"))
    if not any(times):
        return (() if off else None), ""
    if off:
        return None, _BOTH.message
    spans: list[str] = []
    for first, second in zip(times[::2], times[1::2], strict=True):
        if not first and not second:
            continue
        if not first or not second:
            return None, _HALF.message
        begin, end = _clock(first), _clock(second)
        if not begin or not end:
            return None, _BAD_TIME.message
        if begin == end and begin != "00:00":
            return None, _ALIKE.message
        spans.append(f"{'00:00' if begin == '24:00' else begin}-{'24:00' if end == '00:00' else end}")
    return tuple(sorted(spans)), ""


def _clock(text: str) -> str:
    found = _TYPED.fullmatch(text)
    if found is None:
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    fits = (hour < 24 and minute < 60) or (hour, minute) == (24, 0)
    return f"{hour:02d}:{minute:02d}" if fits else ""


def _spans_of(times: str) -> Spans:
    return tuple(f"{int(a):02d}:{b}-{int(c):02d}:{d}" for a, b, c, d in (one.groups() for one in _SPAN.finditer(times)))


def holiday_choices(*, same: bool = True) -> Sequence[tuple[str, str]]:
    """What may be said about public holidays; `same` where they may be as any other day."""
    choices = [(CLOSED, _("closed")), (SAME, _("open as on any other day")), (OWN, _("own times"))]
    return choices if same else [choices[0], choices[2]]
