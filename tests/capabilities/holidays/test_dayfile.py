"""Whole days as iCalendar: other programs read them as they were meant."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar

from app.kit.dayfile import DayEntry, calendar

LONG = "Ähnlich lange Überschriften, mit Komma; Semikolon\\ und " + "ß" * 120


def test_what_is_written_is_read_again() -> None:
    one = DayEntry(
        uid="1@ort.example",
        title=LONG,
        first_day=date(2026, 12, 31),
        last_day=date(2027, 1, 1),
        text="Zwei\nZeilen",
        url="https://ort.example/a",
        changed_at=datetime(2026, 1, 1, tzinfo=UTC),
        alarm_hours=6,
    )

    body = calendar("Müll, Lindenstraße", [one])

    found: Any = icalendar.Calendar.from_ical(body)
    [event] = found.walk("VEVENT")
    assert "\r\nNAME:Müll\\, Lindenstraße\r\n".encode() in body
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (LONG, "Zwei\nZeilen")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 12, 31), date(2027, 1, 2))
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert body == calendar("Müll, Lindenstraße", [one])
