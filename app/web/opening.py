"""Opening hours in the words people use: `Geöffnet bis 18 Uhr`, `Geschlossen, öffnet morgen um 9 Uhr`."""

from datetime import date, datetime, time, timedelta
from typing import Final, Literal

import msgspec

from app.kit import opening
from app.kit.i18n import gettext_ as _
from app.kit.i18n import lazy
from app.kit.opening import Calendar, Hours, OpenDay, Span
from app.web import words

SOON: Final = timedelta(minutes=30)
_COMMENTS: Final = {
    "by appointment": lazy("By appointment"),
    "by appointment only": lazy("By appointment"),
    "on appointment": lazy("By appointment"),
    "appointment": lazy("By appointment"),
    "on request": lazy("On request"),
    "call us": lazy("Please call first"),
    "call ahead": lazy("Please call first"),
    "weather permitting": lazy("If the weather is fine"),
    "when weather permits": lazy("If the weather is fine"),
}
"""What mappers all over the world write in English."""


class Told(msgspec.Struct, frozen=True):
    """How it stands now, for a line."""

    text: str
    tone: Literal["", "success", "warning"] = ""
    open: bool = False


class Line(msgspec.Struct, frozen=True):
    """A day of the week table."""

    day: str
    hours: str
    today: bool = False
    holiday: bool = False
    closed: bool = False


NOTHING: Final = Told("")


def told(text: str, calendar: Calendar, now: datetime) -> Told:
    """How it stands now; empty where nobody says when it is open."""
    if not text:
        return NOTHING
    return _told(text, opening.at(text, calendar, now), now)


def _told(text: str, found: Hours, now: datetime) -> Told:
    said = comment(found.comment)
    match found.status:
        case "unread":
            return Told(text if len(text) <= 80 else _("See the opening hours"))
        case "maybe":
            return Told(said or _("Perhaps open, please ask"))
        case "open":
            return Told(_with(_open(found, now), said), "warning" if _soon(found, now) else "success", open=True)
        case _:
            return Told(_with(_closed(found, now), said))


def _open(found: Hours, now: datetime) -> str:
    if found.until is None:
        return _("Open now") if found.open_end else _("Open all day and night")
    if found.open_end:
        return _("Open, no fixed end")
    at = clock_words(found.until)
    if _soon(found, now):
        return _("Closes at %(time)s") % {"time": at}
    if found.until - now > timedelta(hours=24):
        return _("Open until %(day)s, %(time)s") % {"day": _day(found.until, now), "time": at}
    return _("Open until %(time)s") % {"time": at}


def _soon(found: Hours, now: datetime) -> bool:
    return found.until is not None and not found.open_end and found.until - now < SOON


def _closed(found: Hours, now: datetime) -> str:
    if found.opens_at is None:
        return _("Closed")
    here = now.astimezone(found.opens_at.tzinfo)
    away = (found.opens_at.date() - here.date()).days
    at = clock_words(found.opens_at)
    if away == 0:
        return _("Closed, opens at %(time)s") % {"time": at}
    if away == 1:
        return _("Closed, opens tomorrow at %(time)s") % {"time": at}
    if away < 7:
        name = words.date_long(found.opens_at.date()).partition(",")[0]
        return _("Closed, opens on %(day)s at %(time)s") % {"day": name, "time": at}
    return _("Closed, opens on %(day)s") % {"day": _date(found.opens_at.date(), here.date())}


def _day(moment: datetime, now: datetime) -> str:
    return words.day_words(moment.date(), now.astimezone(moment.tzinfo).date())


def _date(day: date, today: date) -> str:
    """`1. April`, with the year when it is another one."""
    text = words.date_medium(day)
    return text.removesuffix(f" {day.year}") if day.year == today.year else text


def _with(text: str, said: str) -> str:
    return f"{text} ({said})" if said else text


def comment(text: str) -> str:
    """A comment of the opening hours; the usual English ones in the reader's language."""
    return str(_COMMENTS.get(text.strip().lower().rstrip("."), text.strip()))


def clock_words(moment: datetime) -> str:
    """`18 Uhr`, `18:30 Uhr`, `Mitternacht`."""
    return _("midnight") if moment.time() == time() else words.time_words(moment)


def table(text: str, calendar: Calendar, today: date) -> list[Line]:
    """The next seven days in words; empty where nothing is known or nothing can be read."""
    if not text or not opening.readable(text):
        return []
    days = opening.week(text, calendar, today)
    return [_line(one, today) for one in days] if any(one.spans for one in days) else []


def _line(one: OpenDay, today: date) -> Line:
    return Line(
        day=words.upfirst(_weekday(one.day, today)),
        hours=hours_words(one),
        today=one.day == today,
        holiday=one.holiday,
        closed=one.closed,
    )


def _weekday(day: date, today: date) -> str:
    name = words.date_long(day).partition(",")[0]
    if day == today:
        return _("today, %(day)s") % {"day": name}
    return _("tomorrow, %(day)s") % {"day": name} if (day - today).days == 1 else name


def hours_words(one: OpenDay) -> str:
    """`9–12 Uhr, 14–18 Uhr`, `geschlossen`."""
    if one.whole:
        return _("all day and night")
    return ", ".join(_span(span) for span in one.spans) or _("closed")


def _span(one: Span) -> str:
    if one.ends_at.time() == time() and one.starts_at.time() != time():
        text = _("%(start)s until midnight") % {"start": words.time_words(one.starts_at)}
    else:
        text = words.time_words(one.starts_at, one.ends_at)
    said = comment(one.comment)
    return _with(text, said or ("" if one.certain else _("perhaps")))
