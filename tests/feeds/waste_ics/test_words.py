"""German words for bins, and days that stand for others."""

from datetime import date

import pytest

from app.feeds.connectors.waste_ics.words import bins_of, called_off, fraction_of, usual_day


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("Restabfall", "residual"),
        ("Restmüll 4-wöchentlich", "residual"),
        ("graue Tonne", "residual"),
        ("Hausmüll 14-tägl.", "residual"),
        ("Biotonne", "organic"),
        ("Bioabfall", "organic"),
        ("Braune Tonne", "organic"),
        ("Papier", "paper"),
        ("Altpapier 240 l", "paper"),
        ("PPK", "paper"),
        ("Blaue Tonne", "paper"),
        ("Gelber Sack", "packaging"),
        ("Gelbe/r Sack/Tonne", "packaging"),
        ("LVP", "packaging"),
        ("Wertstofftonne", "packaging"),
        ("Glascontainer", "glass"),
        ("Altglas", "glass"),
        ("Schadstoffmobil", "hazardous"),
        ("Sonderabfall", "hazardous"),
        ("Sperrmüll auf Abruf", "bulky"),
        ("Grünschnitt", "garden"),
        ("Laubsäcke", "garden"),
        ("Weihnachtsbaumabholung", "tree"),
        ("Christbäume", "tree"),
        ("Elektroschrott", "electronics"),
        ("Restmüll (nicht Bio)", "residual"),
        ("RESTMÜLL", "residual"),
        ("Poubelle jaune", "other"),
        ("Urlaub des Betriebshofs", "other"),
        ("Grüne Tonne", "other"),
        ("", "other"),
    ],
)
def test_a_word_means_a_bin(text: str, fraction: str) -> None:
    assert fraction_of(text, {}) == fraction


def test_a_town_s_own_words_go_first() -> None:
    assert fraction_of("Grüne Tonne", {"grüne tonne": "organic"}) == "organic"
    assert fraction_of("Gelber Sack", {"gelber sack": "other"}) == "other"


def test_two_bins_of_a_day_are_two() -> None:
    assert bins_of("Restmüll, Papier und Bio", {}) == [
        ("Restmüll", "residual"),
        ("Papier", "paper"),
        ("Bio", "organic"),
    ]
    assert bins_of("Leerung der Tonnen, bitte früh", {}) == [("Leerung der Tonnen, bitte früh", "other")]
    assert bins_of("Papier & Pappe", {}) == [("Papier & Pappe", "paper")]


@pytest.mark.parametrize(
    ("text", "day", "usual"),
    [
        ("statt Fr., 25.12.", date(2026, 12, 28), date(2026, 12, 25)),
        ("Ersatz für den 25.12.2026", date(2026, 12, 24), date(2026, 12, 25)),
        ("verschoben vom Donnerstag, dem 1.1.27", date(2027, 1, 2), date(2027, 1, 1)),
        ("anstatt 31.12.", date(2027, 1, 2), date(2026, 12, 31)),
        ("nachgeholt für 31.12.", date(2027, 1, 2), date(2026, 12, 31)),
        ("statt 31.2.", date(2026, 3, 2), None),
        ("statt 1.6.", date(2026, 12, 28), None),
        ("Papier, seit 1.12. neue Tonnen", date(2026, 12, 2), None),
    ],
)
def test_a_text_names_the_usual_day(text: str, day: date, usual: date | None) -> None:
    assert usual_day(text, day) == usual


def test_an_entry_that_only_says_no() -> None:
    assert called_off("Biotonne entfällt")
    assert called_off("verschoben auf 28.12.")
    assert not called_off("verschoben vom 25.12.")
