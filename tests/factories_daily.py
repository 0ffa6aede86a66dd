"""Calendars of the everyday village: rubbish, holidays, vacancies, as a source would serve them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.feeds import sync as engine
from app.feeds.admin import NewFeed, add
from app.feeds.report import FeedReport
from app.kit.http import Http
from app.platform import feeds
from tests.origin import Origin

TOWN = "bad-belzig"


def entry(day: date, title: str, *more: str) -> str:
    """A VEVENT of a whole day; `more` are further lines."""
    lines = (
        "BEGIN:VEVENT",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        "DTSTAMP:20260101T000000Z",
        f"UID:{day:%Y%m%d}-{title}@abfuhr.example",
        f"SUMMARY:{title}",
        *more,
        "END:VEVENT",
    )
    return "\r\n".join(lines)


def calendar(entries: Sequence[str], name: str = "") -> bytes:
    """An iCalendar file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Musterhof//DE", *([f"X-WR-CALNAME:{name}"] if name else [])]
    return "\r\n".join([*lines, *entries, "END:VCALENDAR", ""]).encode()


def weekly(first: date, count: int, title: str, *more: str, every: int = 14) -> list[str]:
    """Collections every `every` days."""
    return [entry(first + timedelta(days=every * number), title, *more) for number in range(count)]


class Works:
    """A waste works with a calendar for each street, served from loopback and synced by the feed engine."""

    def __init__(self, origin: Origin, http: Http) -> None:
        self.origin = origin
        self.http = http

    async def subscribed(self, name: str, street: str, *, path: str = "", **options: Any) -> None:
        """Make the feed of a street; without `path` its calendar is `/<name>.ics`."""
        await add(
            TOWN,
            NewFeed(
                name=name,
                connector="waste_ics",
                url=self.origin.url(path or f"/{name}.ics"),
                title=f"Abfuhr {street}",
                attribution="Entsorgung Musterhof",
                options={"street": street} | options,
            ),
        )

    async def sends(self, name: str, *entries: str, **more: Any) -> FeedReport:
        """The calendar has these entries now; the town looks."""
        self.origin.file(f"/{name}.ics", calendar(entries), "text/calendar")
        return await self.looked(name, **more)

    async def looked(self, name: str, **more: Any) -> FeedReport:
        """The town looks."""
        [report] = await engine.sync(TOWN, [name], takers=feeds.takers(), http=self.http, **more)
        return report
