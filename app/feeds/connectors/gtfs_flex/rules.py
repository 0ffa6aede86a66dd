"""How to order a ride (booking_rules.txt), and the weeks of a service (calendar.txt, calendar_dates.txt)."""

from datetime import date, time
from typing import Final, Literal

import msgspec

from app.feeds.connectors.gtfs import tables
from app.feeds.connectors.gtfs.calendar import WEEKDAYS
from app.feeds.connectors.gtfs.moments import Times, day_of
from app.feeds.items import Booking
from app.kit.richtext import absolute, clean_line
from app.kit.zipped import Zipped

MOST_DAYS: Final = 400
_KINDS: Final[dict[str, Literal["now", "same_day", "days_before"]]] = {"1": "same_day", "2": "days_before"}
_DAY_SECONDS: Final = 86_400


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """On which days a service runs."""

    weekdays: tuple[int, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    days: tuple[date, ...] = ()
    not_on: tuple[date, ...] = ()


def rules_of(archive: Zipped, folder: str) -> dict[str, Booking]:
    """Booking rule id → rule."""
    times = Times()
    return {
        row("booking_rule_id"): Booking(
            kind=_KINDS.get(row("booking_type"), "now"),
            minutes_before=_number(row("prior_notice_duration_min")),
            days_before=_number(row("prior_notice_last_day")),
            until=_clock(times[row("prior_notice_last_time")]),
            earliest_days=_number(row("prior_notice_start_day")),
            phone=clean_line(row("phone_number"))[:60],
            url=absolute(row("booking_url"), ""),
            info_url=absolute(row("info_url"), ""),
            message=clean_line(row("message") or row("pickup_message"))[:600],
        )
        for row in tables.records(archive, folder, "booking_rules.txt", "booking_rule_id")
    }


def weeks_of(archive: Zipped, folder: str) -> dict[str, Week]:
    """Service id → its days."""
    found: dict[str, Week] = {}
    for row in tables.records(archive, folder, "calendar.txt", "service_id"):
        found[row("service_id")] = Week(
            weekdays=tuple(number for number, name in enumerate(WEEKDAYS, 1) if row(name) == "1"),
            first_day=day_of(row("start_date")),
            last_day=day_of(row("end_date")),
        )
    more: dict[tuple[str, str], list[date]] = {}
    for row in tables.records(archive, folder, "calendar_dates.txt", "service_id"):
        day = day_of(row("date"))
        if day is not None and row("exception_type") in {"1", "2"}:
            more.setdefault((row("service_id"), row("exception_type")), []).append(day)
    for (service, kind), days in more.items():
        week, listed = found.get(service, Week()), tuple(sorted(set(days)))[:MOST_DAYS]
        found[service] = (
            msgspec.structs.replace(week, days=listed) if kind == "1" else msgspec.structs.replace(week, not_on=listed)
        )
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _clock(seconds: int) -> time | None:
    return time(seconds // 3600, seconds % 3600 // 60) if 0 <= seconds < _DAY_SECONDS else None
