"""Times in the words people use. It is Sunday, 22 November 2026, 09:30 in Bad Belzig."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.kit import clock, i18n
from app.web import words

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sunday() -> Iterator[None]:
    with clock.at(NOW):
        yield


def berlin(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "german", "english"),
    [
        (berlin(22, 19), None, "heute, 19 Uhr", "today, 7 pm"),
        (berlin(23, 19, 30), None, "morgen, 19:30 Uhr", "tomorrow, 7:30 pm"),
        (berlin(24, 9), None, "übermorgen, 9 Uhr", "the day after tomorrow, 9 am"),
        (berlin(21, 0), None, "gestern, 0 Uhr", "yesterday, 12 am"),
        (
            berlin(5, 10, month=12),
            berlin(5, 16, month=12),
            "Sa., 5. Dezember, 10–16 Uhr",
            "Sat, 5 December, 10 am–4 pm",
        ),
        (berlin(22, 14), berlin(22, 20), "heute, 14–20 Uhr", "today, 2–8 pm"),
        (berlin(28, 20), berlin(29, 2), "Sa., 28. November, 20–2 Uhr", "Sat, 28 November, 8 pm–2 am"),
        (
            berlin(27, 18),
            berlin(29, 12),
            "Fr., 27. November, 18 Uhr bis So., 29. November, 12 Uhr",
            "Fri, 27 November, 6 pm until Sun, 29 November, 12 pm",
        ),
        (berlin(2, 10, month=1, year=2027), None, "Sa., 2. Januar 2027, 10 Uhr", "Sat, 2 January 2027, 10 am"),
        (date(2026, 11, 22), None, "heute", "today"),
        (date(2026, 12, 5), date(2026, 12, 6), "Sa., 5. Dezember", "Sat, 5 December"),
        (date(2026, 12, 5), date(2026, 12, 8), "5.–7. Dezember", "5–7 December"),
        (
            date(2026, 12, 30),
            date(2027, 1, 3),
            "30. Dezember 2026 – 2. Januar 2027",
            "30 December 2026 – 2 January 2027",
        ),
    ],
)
def test_when(start: date | datetime, end: date | datetime | None, german: str, english: str) -> None:
    with i18n.reading_in("de"):
        assert words.when(start, end) == german
    with i18n.reading_in("en"):
        assert words.when(start, end) == english


def test_an_evening_in_the_towns_zone_is_another_day_than_in_utc() -> None:
    with i18n.reading_in("de"):
        assert words.when(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == "morgen, 0:30 Uhr"
        assert words.when(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), zone="UTC") == "heute, 23:30 Uhr"


def test_an_end_before_the_start_is_not_told() -> None:
    with i18n.reading_in("de"):
        assert words.when(berlin(22, 19), berlin(22, 18)) == "heute, 19 Uhr"


@pytest.mark.parametrize(
    ("ago", "german", "english"),
    [
        (timedelta(seconds=20), "gerade eben", "just now"),
        (timedelta(minutes=5), "vor 5 Minuten", "5 minutes ago"),
        (timedelta(hours=2), "vor 2 Stunden", "2 hours ago"),
        (timedelta(hours=12), "gestern", "yesterday"),
        (timedelta(days=3), "vor 3 Tagen", "3 days ago"),
        (timedelta(days=30), "23. Oktober", "23 October"),
        (timedelta(days=400), "18. Oktober 2025", "18 October 2025"),
    ],
)
def test_age(ago: timedelta, german: str, english: str) -> None:
    with i18n.reading_in("de"):
        assert words.age(NOW - ago) == german
    with i18n.reading_in("en"):
        assert words.age(NOW - ago) == english


def test_the_long_date() -> None:
    with i18n.reading_in("de"):
        assert words.date_long(date(2026, 12, 5)) == "Samstag, 5. Dezember 2026"
    with i18n.reading_in("en"):
        assert words.date_medium(datetime(2026, 12, 4, 23, 30, tzinfo=UTC)) == "5 December 2026"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Eins</p><p>zwei</p>", "Eins zwei"),
        ("Kaffee &amp; <b>Ku</b>chen<br>um 3", "Kaffee & Kuchen um 3"),
        ("<script>alert(1)</script>Text<!-- still -->", "Text"),
        ("3 < 5 und 5 > 3", "3 < 5 und 5 > 3"),
        ("&lt;b&gt; bleibt Text", "<b> bleibt Text"),
        ("Anfang <a href='x", "Anfang"),
        ("", ""),
    ],
)
def test_plain(markup: str, text: str) -> None:
    assert words.plain(markup) == text


def test_plain_is_shortened_at_a_word() -> None:
    assert words.plain("Am Freitag bleibt das Bürgerbüro geschlossen.", 32) == "Am Freitag bleibt das…"
    assert len(words.plain("Straßenverkehrszulassungsbehörde" * 9, 40)) == 40
