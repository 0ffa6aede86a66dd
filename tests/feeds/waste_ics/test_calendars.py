"""Rubbish calendars beyond the recordings: streets, years, the evening before."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from app.feeds.bundle import unpack
from app.feeds.connector import Cursor, Fetched, Stop
from app.feeds.items import Collection
from app.feeds.registry import connector
from app.kit import clock
from app.kit.http import BadStatus, Http
from tests.feeds.reading import calendar, problems, read
from tests.origin import Origin

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "waste-ical"


def collections(*lines: str, **options: Any) -> list[Collection]:
    return [item for item in read("waste_ics", calendar(*lines), **options) if isinstance(item, Collection)]


def test_a_street_stands_in_the_title_or_in_the_text() -> None:
    lines = ("UID:1", "DTSTART;VALUE=DATE:20261201", "SUMMARY:Restmüll: Am Anger", "DESCRIPTION:Ort: Dorf; Tour 3")
    [by_title] = collections(*lines, street_from="summary", street_pattern=r": (.+)$")
    [by_text] = collections(*lines, street_from="description", street_pattern=r"Tour \d+")

    assert (by_title.street, by_title.fraction) == ("Am Anger", "residual")
    assert by_text.street == "Tour 3"


def test_a_reminder_of_the_evening_before_means_the_next_day() -> None:
    [one] = collections("UID:1", "DTSTART:20261130T170000Z", "SUMMARY:Morgen Bio", days_later=1)

    assert (one.day, one.fraction) == (date(2026, 12, 1), "organic")


def test_a_time_at_night_is_of_the_local_day() -> None:
    [one] = collections("UID:1", "DTSTART:20261130T233000Z", "SUMMARY:Bio")

    assert one.day == date(2026, 12, 1)


def test_what_is_no_collection_is_left_out() -> None:
    lines = ("UID:1", "DTSTART;VALUE=DATE:20261201", "SUMMARY:Betriebshof zu", "-")
    found = collections(*lines, "UID:2", "DTSTART;VALUE=DATE:20261201", "SUMMARY:Bio", ignore=["betriebshof"])

    assert [one.title for one in found] == ["Bio"]


def test_one_id_for_all_entries_loses_none() -> None:
    entries = [
        line for day in range(1, 6) for line in ("UID:x", f"DTSTART;VALUE=DATE:2026120{day}", "SUMMARY:Bio", "-")
    ]

    assert len(collections(*entries[:-1])) == 5


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"street_pattern": "("}, "street_pattern"),
        ({"days_later": 9}, "days_later"),
        ({"fractions": {"Sack": "yellow"}}, "fractions"),
        ({"street_from": "title"}, "street_from"),
    ],
)
def test_options_that_don_t_fit_are_named(options: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        connector("waste_ics").configured({"url": "https://abfuhr.example/a.ics"} | options)


def fetched(origin: Origin, day: date, path: str = "/{year}.ics") -> Fetched:
    async def run() -> Fetched:
        code = connector("waste_ics")
        config = code.configured({"url": origin.url(path)})
        async with Http(private_hosts=frozenset({origin.host})) as http:
            with clock.at(datetime(day.year, day.month, day.day, 9, tzinfo=UTC)):
                return await code.fetch(config, http.impatient(), Cursor())

    return asyncio.run(run())


def test_in_december_next_year_comes_along() -> None:
    with Origin() as origin:
        origin.file("/2026.ics", calendar("UID:1"), "text/calendar")
        assert not fetched(origin, date(2026, 11, 30)).body.startswith(b"[")
        origin.status("/2027.ics", 404)
        assert not fetched(origin, date(2026, 12, 1)).body.startswith(b"[")
        origin.file("/2027.ics", calendar("UID:2"), "text/calendar")
        both = unpack(fetched(origin, date(2026, 12, 1)).body)

        assert [part.url.rpartition("/")[2] for part in both] == ["2026.ics", "2027.ics"]
        origin.status("/2027.ics", 500)
        with pytest.raises(BadStatus):
            fetched(origin, date(2026, 12, 31))


def test_a_page_in_the_next_year_s_place_is_told_and_this_year_stays() -> None:
    with Origin() as origin:
        origin.file("/2026.ics", calendar("UID:1", "DTSTART;VALUE=DATE:20261224", "SUMMARY:Bio"), "text/calendar")
        origin.file("/2027.ics", b"<html><body>Kommt bald</body></html>", "text/html")
        found = read("waste_ics", fetched(origin, date(2026, 12, 1)).body)

    assert [one.day for one in found if isinstance(one, Collection)] == [date(2026, 12, 24)]
    assert "next year" in problems(found)[0].reason


def test_an_empty_bundle_is_no_calendar() -> None:
    with pytest.raises(Stop):
        read("waste_ics", b"[]")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("name", ["hacs__test.ics", "hacs__recurring.ics"])
def test_published_calendars_are_read(name: str) -> None:
    body = (SAMPLES / name).read_bytes()

    found = read("waste_ics", body.replace(b":2020", b":2027"))

    assert len([one for one in found if isinstance(one, Collection)]) > 20
    assert not problems(found)
