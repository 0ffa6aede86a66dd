"""Times and texts in the words people use: "morgen, 19:30 Uhr", "vor 2 Stunden"."""

import html
import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta

from app.kit import clock
from app.kit.i18n import gettext_, language

_NIGHT_ENDS = time(6)
"""A dance from 20 to 2 o'clock belongs to one evening."""
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(r"</?(?:a|abbr|b|em|i|mark|s|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]*(?:>|$)", re.IGNORECASE)
_LEAST_PLAIN_SOURCE = 4000


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=8192)
def _named_day(day: date, tongue: str, *, weekday: bool, long: bool, year: bool) -> str:
    locale = Locale(tongue)
    month = locale.months["format"]["wide"][day.month]
    text = f"{day.day}. {month}" if tongue == "de" else f"{day.day} {month}"
    if year:
        text = f"{text} {day.year}"
    if weekday:
        name = locale.days["format"]["wide" if long else "abbreviated"][day.weekday()]
        text = f"{name}, {text}"
    return text


def day_words(day: date, today: date) -> str:
    """`heute`, `morgen`, `Sa., 5. Dezember`, with the year when it is another one."""
    match (day - today).days:
        case 0:
            return gettext_("today")
        case 1:
            return gettext_("tomorrow")
        case 2:
            return gettext_("the day after tomorrow")
        case -1:
            return gettext_("yesterday")
    return _named_day(day, language(), weekday=True, long=False, year=day.year != today.year)


def _clock_text(moment: datetime, tongue: str) -> str:
    if tongue == "de":
        return f"{moment.hour}:{moment.minute:02d}" if moment.minute else str(moment.hour)
    hour = moment.hour % 12 or 12
    return f"{hour}:{moment.minute:02d}" if moment.minute else str(hour)


def time_words(moment: datetime, end: datetime | None = None) -> str:
    """`19 Uhr`, `19:30 Uhr`, `10–16 Uhr`; `7 pm`, `10 am–4 pm` in English. Both already in the town's zone."""
    tongue = language()
    first = _clock_text(moment, tongue)
    last = _clock_text(end, tongue) if end else ""
    if tongue == "de":
        return f"{first}–{last} Uhr" if last else f"{first} Uhr"
    half, end_half = (" am" if at and at.hour < 12 else " pm" for at in (moment, end))
    if not last:
        return first + half
    return f"{first}–{last}{end_half}" if half == end_half else f"{first}{half}–{last}{end_half}"


def _dates(start: date, end: date, today: date) -> str:
    last = end - timedelta(days=1)
    if last <= start:
        return day_words(start, today)
    tongue, year = language(), last.year != today.year or start.year != last.year
    until = _named_day(last, tongue, weekday=False, long=False, year=year)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day}.–{until}" if tongue == "de" else f"{start.day}–{until}"
    since = _named_day(start, tongue, weekday=False, long=False, year=start.year != last.year)
    return f"{since} – {until}"


def when(start: date | datetime, end: date | datetime | None = None, *, zone: str = "Europe/Berlin") -> str:
    """When something is. Ranges are half-open: an all-day thing of 5 December ends on the 6th.

    A `date` is an all-day thing; a `datetime` is aware and shown in `zone`.
    """
    place = _zone(zone)
    today = clock.today(place)
    if not isinstance(start, datetime):
        return _dates(start, end if isinstance(end, date) and not isinstance(end, datetime) else start, today)
    begins = start.astimezone(place)
    day = day_words(begins.date(), today)
    if not isinstance(end, datetime) or end <= start:
        return f"{day}, {time_words(begins)}"
    ends = end.astimezone(place)
    days = (ends.date() - begins.date()).days
    if days == 0 or (days == 1 and ends.time() <= _NIGHT_ENDS and ends - begins < timedelta(hours=14)):
        return f"{day}, {time_words(begins, ends)}"
    until = gettext_("until")
    return f"{day}, {time_words(begins)} {until} {day_words(ends.date(), today)}, {time_words(ends)}"


@lru_cache(maxsize=2048)
def _ago(days: int, seconds: int, tongue: str) -> str:
    return format_timedelta(timedelta(days=-days, seconds=-seconds), add_direction=True, locale=tongue, threshold=1)


def age(moment: date | datetime, *, zone: str = "Europe/Berlin") -> str:
    """How old something is: `gerade eben`, `vor 2 Stunden`, `gestern`, then the date."""
    place = _zone(zone)
    today = clock.today(place)
    tongue = language()
    day = moment.astimezone(place).date() if isinstance(moment, datetime) else moment
    days = (today - day).days
    if days < 0:
        return day_words(day, today)
    if isinstance(moment, datetime):
        seconds = int((clock.now() - moment).total_seconds())
        if seconds < 60:
            return gettext_("just now")
        if seconds < 3600:
            return _ago(0, seconds // 60 * 60, tongue)
        if days == 0:
            return _ago(0, seconds // 3600 * 3600, tongue)
    if days < 2:
        return day_words(day, today)
    if days < 7:
        return _ago(days, 0, tongue)
    return _named_day(day, tongue, weekday=False, long=False, year=day.year != today.year)


def date_long(day: date | datetime, *, zone: str = "Europe/Berlin") -> str:
    """`Samstag, 5. Dezember 2026`."""
    if isinstance(day, datetime):
        day = day.astimezone(_zone(zone)).date()
    return _named_day(day, language(), weekday=True, long=True, year=True)


def date_medium(day: date | datetime, *, zone: str = "Europe/Berlin") -> str:
    """`5. Dezember 2026`."""
    if isinstance(day, datetime):
        day = day.astimezone(_zone(zone)).date()
    return _named_day(day, language(), weekday=False, long=False, year=True)


def plain(markup: str, length: int = 160) -> str:
    """The text of `markup` (HTML) in one line, at most `length` characters, shortened at a word."""
    source = markup[: max(length * 8, _LEAST_PLAIN_SOURCE)]
    if "<" in source:
        # What comes out is text and is escaped when it is shown, so nothing here has to be safe, only readable.
        source = _TAG.sub(" ", _INLINE.sub("", _UNSEEN.sub(" ", source)))
    text = " ".join(html.unescape(source).split()) if "&" in source else " ".join(source.split())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    head, _, _ = cut.rpartition(" ")
    # A single long word is cut where it is; German has such words.
    return (head if len(head) > length // 2 else cut).rstrip(" ,;:–-") + "…"


def upfirst(text: object) -> str:
    """The first letter as a capital: `heute` begins a line as `Heute`."""
    words = str(text)
    return words[:1].upper() + words[1:]
