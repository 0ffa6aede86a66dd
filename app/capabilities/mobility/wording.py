"""Departures and bookings in the words people use."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from babel import Locale

from app.capabilities.mobility.board import Board, Departure
from app.capabilities.mobility.live import Live
from app.capabilities.mobility.ondemand import Bus, Shared, is_over, runs_on
from app.feeds.items import Booking, Window
from app.kit import clock
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy, ngettext_
from app.web import words

_BASIC: Final = {0: "tram", 1: "subway", 2: "train", 4: "ferry", 5: "tram", 6: "lift", 7: "lift", 12: "train"}
_MODES: Final = (
    (100, 200, "train"),
    (400, 500, "subway"),
    (715, 716, "call"),
    (900, 1000, "tram"),
    (1000, 1100, "ferry"),
    (1200, 1300, "ferry"),
    (1300, 1500, "lift"),
)
_NAMES: Final = {
    "bus": lazy("Bus"),
    "call": lazy("On-demand bus"),
    "ferry": lazy("Ferry"),
    "lift": lazy("Cable car"),
    "subway": lazy("Underground"),
    "train": lazy("Train"),
    "tram": lazy("Tram"),
}
_ORDER: Final = ("train", "subway", "tram", "ferry", "lift", "bus", "call")
FORMS: Final = {
    "bicycle": lazy("Bicycles"),
    "cargo_bicycle": lazy("Cargo bicycles"),
    "scooter": lazy("Scooters"),
    "moped": lazy("Mopeds"),
    "car": lazy("Cars"),
    "other": lazy("Vehicles"),
}
_NOON_HOURS: Final = 24


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the board."""

    time: str
    """As planned, `14:05`."""
    now: str = ""
    """When it really leaves, if that is another time."""
    line: str
    headsign: str
    platform: str
    note: str = ""
    kind: str = ""
    """Of the note: `danger`, `warning`, `success` or nothing."""
    off: bool = False
    """It doesn't leave: the time is struck through."""
    iso: str = ""
    rail: bool = False

    @property
    def platform_words(self) -> str:
        """`Gleis 2`, `Steig B`; nothing where the timetable names none."""
        if not self.platform:
            return ""
        return (_("Track %(name)s") if self.rail else _("Platform %(name)s")) % {"name": self.platform}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The departures of one day."""

    title: str
    rows: list[Row]


class Ride(msgspec.Struct, frozen=True, kw_only=True):
    """A bus that comes when called, for a page."""

    title: str
    operator: str
    phone: str
    call: str
    """`tel:` address."""
    deadlines: list[str]
    hours: list[str]
    today: str
    area: str
    notes: list[str]
    booking_url: str
    info_url: str
    source: str
    licence: str
    as_of: datetime


def mode_of(kind: int) -> str:
    """`bus`, `train`, … of a GTFS route_type, basic or extended."""
    if kind in _BASIC:
        return _BASIC[kind]
    return next((mode for first, end, mode in _MODES if first <= kind < end), "bus")


def line_words(line: str, kind: int) -> str:
    """`Bus 580`, `RE7`: letters of a line's own speak for themselves."""
    name = str(_NAMES[mode_of(kind)])
    if not line:
        return name
    return line if line[0].isalpha() else f"{name} {line}"


def modes_words(kinds: Sequence[int]) -> str:
    """What stops there, the longest way first: `Zug, Bus`."""
    found = {mode_of(kind) for kind in kinds}
    return ", ".join(str(_NAMES[mode]) for mode in _ORDER if mode in found)


def clock_text(moment: datetime, zone: ZoneInfo) -> str:
    """`14:05`; in the hour that comes twice with the difference to UTC, so that both can be told apart."""
    local = moment.astimezone(zone)
    text = f"{local:%H:%M}"
    naive = local.replace(tzinfo=None)
    twice = naive.replace(tzinfo=zone, fold=0).utcoffset() != naive.replace(tzinfo=zone, fold=1).utcoffset()
    return f"{text} {local.tzname()}" if twice else text


def groups(board: Board, zone: ZoneInfo) -> list[Group]:
    """The board by days, the first one first."""
    today = clock.today(zone)
    found: dict[date, list[Row]] = {}
    for one in board.departures:
        found.setdefault(one.leaves_at.astimezone(zone).date(), []).append(row(one, zone))
    return [Group(title=words.upfirst(words.day_words(day, today)), rows=rows) for day, rows in found.items()]


def row(one: Departure, zone: ZoneInfo) -> Row:
    """A departure as a line of the board."""
    note, kind = note_of(one)
    planned = clock_text(one.planned_at, zone)
    expected = clock_text(one.expected_at, zone) if one.expected_at else ""
    return Row(
        time=planned,
        now=expected if expected != planned else "",
        line=line_words(one.line, one.mode),
        headsign=one.headsign,
        platform=one.platform,
        note=note,
        kind=kind,
        off=one.status in ("cancelled", "skipped"),
        iso=one.planned_at.astimezone(zone).isoformat(),
        rail=mode_of(one.mode) == "train",
    )


def note_of(one: Departure) -> tuple[str, str]:
    """What is different, in words, and how bad it is. About a trip that nobody reports nothing is said."""
    asked = _("only if you call before") if one.asked else ""
    match one.status:
        case "cancelled":
            return _("cancelled"), "danger"
        case "skipped":
            return _("does not stop here"), "danger"
        case "late":
            return _joined(_late(one.minutes_late), asked), "warning"
        case "early":
            early = ngettext_("%(num)s minute early", "%(num)s minutes early", -one.minutes_late)
            return _joined(early % {"num": -one.minutes_late}, asked), "warning"
        case "on_time":
            return _joined(_("on time"), asked), "success"
        case "extra":
            return _("additional ride"), ""
    return asked, ""


def live_words(live: Live, zone: ZoneInfo) -> str:
    """Whether the board knows of delays."""
    if live.state == "live" and live.reported_at is not None:
        return _("With delays as of %(time)s. Where nothing is said, no delay has been reported.") % {
            "time": clock_text(live.reported_at, zone)
        }
    if live.state == "none":
        return _("These are the planned times. Delays are not reported here.")
    return _("Delays are not known at the moment. These are the planned times.")


def distance(metres: int | None) -> str:
    """`350 m`, `1,2 km`; nothing where nobody asked."""
    if metres is None:
        return ""
    if metres < 1_000:
        return f"{max(10, round(metres, -1))} m"
    text = f"{metres / 1000:.1f}" if metres < 10_000 else str(round(metres / 1000))
    return f"{text.replace('.', ',') if language() == 'de' else text} km"


def ride(bus: Bus, today: date) -> Ride:
    """An on-demand bus for a page: the number first."""
    item = bus.item
    windows = [one for one in item.windows if not is_over(one, today)]
    now = sorted({(one.start, one.end) for one in windows if runs_on(one, today)})
    messages = [one.message for one in item.bookings if one.message]
    return Ride(
        title=f"{item.title} ({item.line})" if item.line and item.line not in item.title else item.title,
        operator=item.operator,
        phone=item.phone,
        call="tel:" + "".join(letter for letter in item.phone if letter.isdigit() or letter == "+"),
        deadlines=list(dict.fromkeys(deadline(one) for one in item.bookings)),
        hours=hours(windows),
        today=_("Today %(hours)s") % {"hours": ", ".join(span(*one) for one in now)} if now else _("Not today"),
        area=", ".join(item.area_names[:6]) + (" …" if len(item.area_names) > 6 else ""),
        notes=list(dict.fromkeys([*messages, *([item.summary] if item.summary else [])])),
        booking_url=next((one.url for one in item.bookings if one.url), ""),
        info_url=next((one.info_url for one in item.bookings if one.info_url), "") or item.url,
        source=bus.source,
        licence=bus.licence,
        as_of=bus.received_at,
    )


def deadline(rule: Booking) -> str:
    """Until when one has to call."""
    if rule.kind == "same_day" and rule.minutes_before:
        hour, rest = divmod(rule.minutes_before, 60)
        if hour and not rest:
            text = ngettext_("Call at least %(num)s hour before.", "Call at least %(num)s hours before.", hour)
            return text % {"num": hour}
        text = ngettext_(
            "Call at least %(num)s minute before.", "Call at least %(num)s minutes before.", rule.minutes_before
        )
        return text % {"num": rule.minutes_before}
    if rule.kind == "days_before" and rule.days_before is not None:
        until = words.time_words(datetime.combine(date.min, rule.until)) if rule.until else ""
        if rule.days_before == 1:
            return _("Call on the day before by %(time)s.") % {"time": until} if until else _("Call on the day before.")
        if rule.days_before == 0:
            return _("Call on the same day by %(time)s.") % {"time": until} if until else _("Call on the same day.")
        values = {"num": rule.days_before, "time": until}
        if until:
            return _("Call at least %(num)s days before by %(time)s.") % values
        return _("Call at least %(num)s days before.") % values
    return _("Call when you want to ride.")


def hours(windows: Sequence[Window]) -> list[str]:
    """`Mo–Fr 6–20 Uhr`, each once, in the order of the week."""
    found: dict[str, None] = {}
    for one in sorted(windows, key=lambda one: (one.weekdays or (8,), one.start)):
        days = _weekdays(one.weekdays) if one.weekdays else _("on single days")
        found[f"{days} {span(one.start, one.end)}"] = None
    return list(found)[:12]


def span(start: int, end: int) -> str:
    """From when to when, in words."""
    if end - start >= _NOON_HOURS * 3600 - 60:
        return _("around the clock")
    first, last = (datetime.combine(date.min, datetime.min.time()) + timedelta(seconds=one) for one in (start, end))
    return words.time_words(first, last) if start != end else words.time_words(first)


def shared_words(one: Shared) -> str:
    """What stands there, as far as anybody knows."""
    name = str(FORMS.get(one.form, FORMS["other"]))
    if one.kind == "vehicle":
        return name
    if not one.renting:
        return _("closed at the moment")
    if one.vehicles is None:
        return _("%(what)s, how many is not known at the moment") % {"what": name}
    return _("%(what)s: %(num)s free") % {"what": name, "num": one.vehicles}


def _late(minutes: int) -> str:
    return ngettext_("%(num)s minute late", "%(num)s minutes late", minutes) % {"num": minutes}


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _weekdays(days: Sequence[int]) -> str:
    """`Mo–Fr`, `Sa, So`, `täglich`."""
    if len(set(days)) == 7:
        return _("daily")
    names: Any = Locale(language()).days["stand-alone"]["short"]
    runs: list[list[int]] = []
    for day in sorted(set(days)):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = []
    for run in runs:
        first, last = (str(names[day - 1]).rstrip(".") for day in (run[0], run[-1]))
        parts.append(first if len(run) == 1 else f"{first}, {last}" if len(run) == 2 else f"{first}–{last}")
    return ", ".join(parts)
