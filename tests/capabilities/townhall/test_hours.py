"""Opening hours in words: understood for certain, or not at all."""

from datetime import UTC, datetime

import pytest

from app.capabilities.townhall.hours import Opening, from_words, now, week
from app.kit import clock, i18n
from app.kit.opening import Calendar


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("Montag: 09:00 - 12:00 Uhr\nMittwoch geschlossen", "Mo 09:00-12:00"),
        ("Di 9.00–12.00 und 14.00–18.00 Uhr", "Tu 09:00-12:00,14:00-18:00"),
        ("Mo–Mi, Fr 8 bis 12 Uhr", "Mo 08:00-12:00; Tu 08:00-12:00; We 08:00-12:00; Fr 08:00-12:00"),
        ("Mo., Do. 8–12 Uhr", "Mo 08:00-12:00; Th 08:00-12:00"),
        ("Sprechzeiten\nSo 8-12", "Su 08:00-12:00"),
        ("Dienstag 9–12 Uhr\nDienstag 14–18 Uhr", "Tu 09:00-12:00,14:00-18:00"),
        ("Fr–Mo 10–16 Uhr", "Mo 10:00-16:00; Fr 10:00-16:00; Sa 10:00-16:00; Su 10:00-16:00"),
    ],
)
def test_what_is_plain_is_read(words: str, read: str) -> None:
    assert from_words(words) == read


@pytest.mark.parametrize(
    "words",
    [
        "",
        "nach Vereinbarung",
        "Di 9–12 Uhr nur nach Vereinbarung",
        "jeden 1. Dienstag 9–12 Uhr",
        "in geraden Wochen: Do 9–12",
        "Montag 25–26 Uhr",
        "Montag 18–9 Uhr",
        "Mo 9–12 Uhr\nvom 1.7. bis 31.8. geschlossen",
        "9–12 Uhr",
    ],
)
def test_what_is_not_plain_is_not_guessed(words: str) -> None:
    assert from_words(words) == ""


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "open_", "told"),
    [
        (at(24, 9), True, "Geöffnet bis 12 Uhr"),
        (at(24, 12), False, "Geschlossen, öffnet heute, 14 Uhr"),
        (at(24, 20), False, "Geschlossen, öffnet übermorgen, 9 Uhr"),
    ],
)
def test_the_door_says_until_or_from_when(moment: datetime, *, open_: bool, told: str) -> None:
    with clock.at(moment), i18n.reading_in("de"):
        found = now("Tu 09:00-12:00,14:00-18:00; Th 09:00-12:00", moment, Calendar())

    assert found is not None
    assert found.open is open_
    assert found.words == told


def test_a_week_begins_with_monday_whatever_day_it_is() -> None:
    with i18n.reading_in("de"):
        days = week("Tu 09:00-12:00", at(26, 9).date(), Calendar())

    assert [day.name for day in days][:2] == ["Montag", "Dienstag"]
    assert [day.hours for day in days] == ["", "9–12 Uhr", "", "", "", "", ""]
    assert [day.name for day in days if day.today] == ["Donnerstag"]


@pytest.mark.parametrize("expression", ["", "Mo quatsch", "x" * 5_000, '"nach Vereinbarung"'])
def test_what_is_no_grammar_says_nothing(expression: str) -> None:
    assert now(expression, at(24, 9), Calendar()) is None
    assert week(expression, at(24, 9).date(), Calendar()) == []


def test_on_the_town_s_holidays_an_office_is_closed_unless_it_says_something_else() -> None:
    off = Calendar(public=frozenset({at(26, 9).date()}), school=((at(23, 9).date(), at(27, 9).date()),))

    with clock.at(at(26, 9)), i18n.reading_in("de"):
        closed = now("Mo-Fr 09:00-12:00", at(26, 9), off)
        told = now("Mo-Fr 09:00-12:00; PH 10:00-11:00", at(26, 9), off)
        school = now("SH Mo-Fr 14:00-15:00", at(27, 13), off)

    assert closed is not None
    assert closed.words == "Geschlossen, öffnet morgen, 9 Uhr"
    assert told == Opening(open=True, words="Geöffnet bis 11 Uhr")
    assert school == Opening(open=True, words="Geöffnet bis 15 Uhr")
