"""Opening hours, with the state's holidays, seasons, nights and the nights when the clocks change."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.kit import clock, i18n
from app.kit import opening as hours
from app.kit.opening import Calendar
from app.web import opening as hourwords

ZONE = ZoneInfo("Europe/Berlin")
BRANDENBURG = Calendar(
    public=frozenset({date(2026, 10, 31), date(2026, 12, 25), date(2026, 12, 26)}),
    school=((date(2026, 12, 23), date(2027, 1, 2)),),
    lat=52.1,
    lon=12.6,
)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "now", "said"),
    [
        ("Mo-Fr 09:00-18:00", at(2026, 11, 23, 10), "Geöffnet bis 18 Uhr"),
        ("Mo-Fr 09:00-18:00", at(2026, 11, 23, 17, 40), "Schließt um 18 Uhr"),
        ("Mo-Fr 09:00-18:00", at(2026, 11, 23, 19), "Geschlossen, öffnet morgen um 9 Uhr"),
        ("Mo-Fr 09:00-18:00", at(2026, 11, 27, 19), "Geschlossen, öffnet am Montag um 9 Uhr"),
        ("Mo-Fr 09:00-12:00,14:00-18:00", at(2026, 11, 23, 13), "Geschlossen, öffnet um 14 Uhr"),
        ("24/7", at(2026, 11, 23, 3), "Rund um die Uhr geöffnet"),
        ("Fr,Sa 20:00-03:00", at(2026, 11, 28, 1), "Geöffnet bis 3 Uhr"),
        ("Mo-Su 10:00-24:00", at(2026, 11, 28, 11), "Geöffnet bis Mitternacht"),
        ("Apr-Oct 10:00-18:00", at(2026, 11, 28, 11), "Geschlossen, öffnet am 1. April 2027"),
        ("Mo-Fr 10:00+", at(2026, 11, 23, 11), "Geöffnet, Ende offen"),
        ("off", at(2026, 11, 23, 11), "Geschlossen"),
        ('off "Betriebsferien"', at(2026, 11, 23, 11), "Geschlossen (Betriebsferien)"),
        ('"by appointment"', at(2026, 11, 23, 11), "Nach Vereinbarung"),
        ('Mo-Fr 08:00-12:00 "nur mit Termin"', at(2026, 11, 23, 11), "Geöffnet bis 12 Uhr (nur mit Termin)"),
        ("Mo-Sa 09:00-18:00; PH off", at(2026, 10, 31, 11), "Geschlossen, öffnet am Montag um 9 Uhr"),
        ("Mo-Fr,PH 10:00-12:00", at(2026, 12, 26, 11), "Geöffnet bis 12 Uhr"),
        ("Mo-Fr 09:00-18:00; PH 13:00-15:00", at(2026, 12, 25, 14), "Geöffnet bis 15 Uhr"),
        ("SH Mo-Fr 10:00-12:00", at(2026, 12, 28, 11), "Geöffnet bis 12 Uhr"),
        ("SH Mo-Fr 10:00-12:00", at(2026, 11, 23, 11), "Geschlossen"),
        ("Fr 20:00-03:00; PH off", at(2026, 12, 26, 1), "Geschlossen, öffnet am Freitag um 20 Uhr"),
        ("Mo-Fr 9 bis 18 Uhr", at(2026, 11, 23, 11), "Mo-Fr 9 bis 18 Uhr"),
        ("x" * 90, at(2026, 11, 23, 11), "Siehe Öffnungszeiten"),
        ("", at(2026, 11, 23, 11), ""),
        # The clocks go forward, and back.
        ("Su 01:00-04:00", at(2026, 3, 29, 3, 40), "Schließt um 4 Uhr"),
        ("Su 01:00-05:00", at(2026, 10, 25, 2, 30), "Geöffnet bis 5 Uhr"),
    ],
)
def test_how_it_stands_is_said_as_people_do(text: str, now: datetime, said: str) -> None:
    with clock.at(now), i18n.reading_in("de"):
        told = hourwords.told(text, BRANDENBURG, now)

    assert told.text == said
    assert told.open == hours.is_open(text, BRANDENBURG, now) == said.startswith(("Geöffnet", "Schließt", "Rund"))


def test_the_sun_decides_where_the_text_says_so() -> None:
    found = hours.at("sunrise-sunset", BRANDENBURG, at(2026, 12, 26, 12))

    assert found.until is not None
    assert (found.until.hour, found.until.date()) == (16, date(2026, 12, 26))


def test_a_week_has_seven_days_and_says_what_is_special() -> None:
    with clock.at(at(2026, 12, 23, 10)), i18n.reading_in("de"):
        week = hourwords.table("Mo-Fr 09:00-12:00,14:00-18:00; Sa 00:00-24:00; PH off", BRANDENBURG, date(2026, 12, 23))
        english = None
    with clock.at(at(2026, 12, 23, 10)), i18n.reading_in("en"):
        english = hourwords.table("Mo-Su 09:00-18:00", BRANDENBURG, date(2026, 12, 23))

    assert [(line.day, line.hours, line.holiday) for line in week] == [
        ("Heute, Mittwoch", "9–12 Uhr, 14–18 Uhr", False),
        ("Morgen, Donnerstag", "9–12 Uhr, 14–18 Uhr", False),
        ("Freitag", "geschlossen", True),
        ("Samstag", "geschlossen", True),
        ("Sonntag", "geschlossen", False),
        ("Montag", "9–12 Uhr, 14–18 Uhr", False),
        ("Dienstag", "9–12 Uhr, 14–18 Uhr", False),
    ]
    assert english[0].hours == "9 am–6 pm"
    assert hourwords.table('"by appointment"', BRANDENBURG, date(2026, 12, 23)) == []
    assert hourwords.table("nach Vereinbarung", BRANDENBURG, date(2026, 12, 23)) == []


def test_what_nobody_can_mean_is_no_opening_hours() -> None:
    assert not hours.readable("x" * 2_000)
    assert not hours.readable("Mo-Fr; " * 200)
    assert hours.readable("Mo-Fr 09:00-18:00; PH off")
    assert not hours.readable(" ")
