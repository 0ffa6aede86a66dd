"""A district's sources of every kind fill three towns with one command: each with what concerns it, no more."""

import html
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from tests.origin import Origin
from tests.walks.region_origin import (
    BELZIG_STOP,
    FLOOD,
    NIEMEGK_STOP,
    SMOKE,
    STORM,
    WIESENBURG_STOP,
    Sources,
)  # fmt: skip
from tests.walks.running import Running, free_port, said

REGION: Final = "potsdam-mittelmark"
BELZIG, WIESENBURG, NIEMEGK = "bad-belzig", "wiesenburg-mark", "niemegk"
PLACES: Final = {
    "Amt für Ordnung und Sicherheit", "Burg Musterstein", "Bäckerei Krume", "Café am Markt", "Defibrillator",
    "Kita Spatzennest", "Ladepark Süd", "Ladesäule Landgasthof Krug", "Ladesäule Stadtwerke Musterdorf GmbH",
    "Mitfahrbank Richtung Bahnhof", "Stadtwerke", "Tankwohl", "Toilette", "Tourist-Information", "Waldfriedhof",
    "مسجد النور",
}  # fmt: skip
SHOWN: Final[dict[str, dict[str, set[str]]]] = {
    "notices": {BELZIG: {FLOOD, STORM}, WIESENBURG: {SMOKE, STORM}, NIEMEGK: {STORM}},
    "mobility/stops": {
        BELZIG: {"Bad Belzig, Bahnhof", "Bad Belzig, Markt"},
        WIESENBURG: {"Wiesenburg Bahnhof"},
        NIEMEGK: {"Niemegk, Markt"},
    },
    "mobility/on-demand": {BELZIG: {"Rufbus Hoher Fläming (R5)"}, WIESENBURG: set(), NIEMEGK: set()},
    # Somebody who looks for a bicycle may start in the next town.
    "mobility/sharing": {one: {"Bahnhof", "Burg Eisenhardt"} for one in (BELZIG, WIESENBURG, NIEMEGK)},
    "services": {
        BELZIG: {"Hundesteuer anmelden", "Personalausweis beantragen", "Wohnung: Ummeldung"},
        WIESENBURG: set(),
        NIEMEGK: set(),
    },
    "offices": {
        BELZIG: {"Schlüsselstelle", "Stadt Musterdorf, Einwohnermeldeamt"},
        WIESENBURG: set(),
        NIEMEGK: set(),
    },
    "places": {BELZIG: PLACES, WIESENBURG: {"Dorfladen Wiesenburg"}, NIEMEGK: {"Dorfladen Niemegk"}},
    "tours": {BELZIG: {"Burgweg", "Zum Bahnhof"}, WIESENBURG: set(), NIEMEGK: set()},
    "waste/streets": {BELZIG: {"Lindenstraße"}, WIESENBURG: set(), NIEMEGK: {"Großstraße"}},
    "meetings": {
        BELZIG: {"9. Sitzung des Bauausschusses", "Stadtverordnetenversammlung"},
        WIESENBURG: set(),
        NIEMEGK: set(),
    },
    "papers": {BELZIG: {"Sanierung der Kita „Waldwichtel“"}, WIESENBURG: set(), NIEMEGK: set()},
    "reports": {BELZIG: {"Müll in der Landschaft", "Straßenlampe defekt"}, WIESENBURG: set(), NIEMEGK: set()},
}
"""Path of the API → town → everything that stands there."""


class District(NamedTuple):
    """A deployment with three towns of the district, after two rounds."""

    running: Running
    sources: Sources
    first: dict[str, Any]
    """What the first round reported."""
    second: dict[str, Any]

    def items(self, slug: str, path: str) -> list[dict[str, Any]]:
        """A list of the API."""
        found: list[dict[str, Any]] = self.running.json(slug, f"/api/v1/{path}")["items"]
        return found

    def one(self, slug: str, path: str, title: str) -> dict[str, Any]:
        """An entry by its title, with everything that the API says of it."""
        [found] = [one for one in self.items(slug, path) if title in (one.get("title"), one.get("name"))]
        return found

    def words(self, slug: str, path: str) -> str:
        """What people read on a page."""
        status, _, body = self.running.get(slug, path)
        assert status == 200, path
        [main] = re.findall(r"<main.*</main>", body.decode(), re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())

    def board(self, slug: str, stop: str) -> list[tuple[str, str, str, int | None]]:
        """Departures of tomorrow from noon on: local time, line, destination, minutes late."""
        zone = self.sources.tomorrow.tzinfo
        noon = self.sources.tomorrow.replace(hour=12)
        found = self.items(slug, f"mobility/stops/{stop}/departures?from={quote(noon.isoformat())}")
        times = [datetime.fromisoformat(one["planned_at"]).astimezone(zone) for one in found]
        return [
            (f"{at:%H:%M}", one["line"], one["headsign"], one["delay_minutes"])
            for at, one in zip(times, found, strict=True)
            if at.date() == noon.date()
        ]


@pytest.fixture(scope="module")
def district() -> Iterator[District]:
    data = Path(tempfile.mkdtemp(prefix="village-region-"))
    with Origin() as origin:
        running = Running(data / "data", free_port(), origin.host)
        try:
            running.start()
            neighbours = [
                running.begin("tenants", "create", slug, "--template", "village", "--ags", ags)
                for slug, ags in ((WIESENBURG, "12069665"), (NIEMEGK, "12069448"))
            ]
            for one in neighbours:
                said(one)
            sources = Sources(origin)
            file = data / "data" / "regions" / f"{REGION}.toml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(sources.file, encoding="utf-8")
            rounds = [json.loads(running.village("regions", "sync", REGION, "--json")) for _ in range(2)]
            yield District(running, sources, *rounds)
        finally:
            running.end()
            shutil.rmtree(data, ignore_errors=True)


def test_one_command_fetches_every_kind_and_gives_it_to_the_towns(district: District) -> None:
    told = district.first

    assert {one["name"]: one["status"] for one in told["feeds"] if one["status"] == "failed"} == {}
    assert {one["name"] for one in told["feeds"]} == {
        "abfuhr-bad-belzig", "abfuhr-niemegk", "bevoelkerungsschutz", "fahrplan", "ladesaeulen", "leihraeder",
        "leistungen", "maengel", "orte", "rat", "rufbus", "schulferien", "touren", "verspaetungen", "wetter",
        "wetterwarnungen",
    }  # fmt: skip
    assert (told["towns"], told["towns_failed"]) == (3, [])


def test_a_second_round_finds_nothing_new(district: District) -> None:
    told = district.second

    assert {one["status"] for one in told["feeds"]} == {"unchanged"}
    assert [one["errors"] for one in told["feeds"] if one["errors"]] == []
    assert (len(told["feeds"]), told["towns"], told["towns_changed"]) == (16, 3, 0)


@pytest.mark.parametrize("path", SHOWN)
def test_what_concerns_a_town_stands_there_and_nowhere_else(district: District, path: str) -> None:
    shown = {
        slug: [one.get("title") or one["name"] for one in district.items(slug, path)]
        for slug in (BELZIG, WIESENBURG, NIEMEGK)
    }

    assert {slug: set(titles) for slug, titles in shown.items()} == SHOWN[path]
    assert {slug: len(titles) for slug, titles in shown.items()} == {slug: len(SHOWN[path][slug]) for slug in shown}


@pytest.mark.parametrize(
    ("slug", "station"), [(BELZIG, "Bad Belzig"), (WIESENBURG, "Wiesenburg"), (NIEMEGK, "Niemegk")]
)
def test_each_town_has_the_weather_of_its_own_station(district: District, slug: str, station: str) -> None:
    told = district.running.json(slug, "/api/v1/weather")

    assert (told["station"], told["licence"], told["attribution"]) == (station, "CC-BY-4.0", "Deutscher Wetterdienst")
    assert told["items"][0]["temperature"] in {8.0, 9.5}  # of the hour that ends, or of the next one
    page = district.words(slug, "/weather")
    assert f"Nächste Station: {station}" in page
    assert "Daten: Deutscher Wetterdienst" in page
    assert "Lizenz: CC-BY-4.0" in page


@pytest.mark.parametrize(
    ("slug", "stop", "board"),
    [
        (
            BELZIG,
            BELZIG_STOP,
            [("14:10", "RE7", "Berlin Hauptbahnhof", 4), ("14:15", "580", "Markt", None)],
        ),
        (WIESENBURG, WIESENBURG_STOP, [("14:01", "RE7", "Berlin Hauptbahnhof", None)]),
        (NIEMEGK, NIEMEGK_STOP, [("18:30", "580", "Bad Belzig", None)]),
    ],
)
def test_trains_and_buses_leave_and_one_is_late(district: District, slug: str, stop: str, board: list[Any]) -> None:
    assert [one for one in district.board(slug, stop) if one[0] < "23"] == board

    page = district.words(slug, f"/mobility/stops/{stop}?day={district.sources.tomorrow:%Y-%m-%d}&time=12:00")
    for at, line, headsign, minutes in board:
        assert all(word in page for word in (at, line, headsign))
        assert minutes is None or f"{minutes} Minuten später" in page
    assert "Quelle: Verkehrsverbund Beispiel" in page
    assert "Lizenz: CC-BY-4.0" in page


def test_a_storm_that_two_sources_tell_is_shown_once_as_its_issuer_told_it(district: District) -> None:
    for slug in (BELZIG, WIESENBURG, NIEMEGK):
        storm = district.one(slug, "notices", STORM)
        assert (storm["source"]["name"], storm["licence"]) == ("Wetterwarnungen", "CC-BY-4.0")


@pytest.mark.parametrize(
    ("slug", "path", "title", "page", "words"),
    [
        (BELZIG, "notices", FLOOD, "/notices", ("Meiden Sie das Ufer.", "BBK", "Amtliches Werk, § 5 UrhG")),
        (WIESENBURG, "notices", SMOKE, "/notices", ("Wald bei Wiesenburg", "BBK", "Amtliches Werk, § 5 UrhG")),
        (NIEMEGK, "notices", STORM, "/notices", ("Sichern Sie Gegenstände", "Deutscher Wetterdienst", "CC-BY-4.0")),
        (
            BELZIG,
            "services",
            "Hundesteuer anmelden",
            "/services",
            ("60 Euro im Jahr", "Portalverbund Beispiel", "DL-DE-BY-2.0"),
        ),
        (BELZIG, "offices", "Schlüsselstelle", "/offices", ("Montag", "Portalverbund Beispiel", "DL-DE-BY-2.0")),
        (BELZIG, "places", "Café am Markt", "/places", ("Marktplatz 3", "OpenStreetMap-Mitwirkende", "ODbL-1.0")),
        (BELZIG, "places", "Ladepark Süd", "/places", ("300 kW", "Bundesnetzagentur", "CC-BY-4.0")),
        (NIEMEGK, "places", "Dorfladen Niemegk", "/places", ("OpenStreetMap-Mitwirkende", "ODbL-1.0")),
        (BELZIG, "tours", "Burgweg", "/tours", ("Mühlteich", "Wanderverein Musterdorf", "Lizenz dieser Tour")),
        (
            BELZIG,
            "meetings",
            "9. Sitzung des Bauausschusses",
            "/council",
            ("Sitzungssaal", "Stadt Musterdorf", "DL-DE-BY-2.0"),
        ),
        (BELZIG, "reports", "Straßenlampe defekt", "/reports", ("Dorfstraße 4", "Mängelmelder", "CC0-1.0")),
    ],
)
def test_it_stands_on_a_page_with_source_and_licence(
    district: District, slug: str, path: str, title: str, page: str, words: tuple[str, ...]
) -> None:
    assert title in district.words(slug, page)

    own = district.words(slug, urlsplit(district.one(slug, path, title)["url"]).path)
    assert title in own
    assert [word for word in words if word not in own] == []


def test_the_bus_that_comes_when_called_stands_on_the_page_of_its_town_alone(district: District) -> None:
    bus = district.one(BELZIG, "mobility/on-demand", "Rufbus Hoher Fläming (R5)")

    assert (bus["phone"], bus["source"]["licence"]) == ("033841 12345", "CC-BY-4.0")
    page = district.words(BELZIG, "/mobility")
    assert "Rufbus Hoher Fläming" in page
    assert "033841 12345" in page
    assert "Fahrräder: 3 frei" in page
    assert "Rufbus Hoher Fläming" not in district.words(NIEMEGK, "/mobility")


@pytest.mark.parametrize(("slug", "street"), [(BELZIG, "lindenstrasse"), (NIEMEGK, "grossstrasse")])
def test_the_bins_of_a_street_are_taken_on_the_days_of_its_town(district: District, slug: str, street: str) -> None:
    dates = district.items(slug, f"waste/dates?street={street}")

    days = [district.sources.day(2), district.sources.day(9)]
    assert [(one["day"].replace("-", ""), one["fraction"]) for one in dates] == [
        *zip(days, ("residual", "packaging"), strict=True)
    ]
    assert {(one["source"], one["licence"], one["attribution"]) for one in dates} == {
        ("Abfuhrtermine", "CC-BY-4.0", "Musterhof")
    }
    page = district.words(slug, f"/waste/streets/{street}")
    assert all(word in page for word in ("Restmüll", "Gelber Sack", "Quelle: Musterhof", "Lizenz: CC-BY-4.0"))


def test_the_schools_of_all_towns_are_closed_alike(district: District) -> None:
    for slug in (BELZIG, WIESENBURG, NIEMEGK):
        [autumn] = [one for one in district.items(slug, "holidays") if one["title"] == "Herbstferien"]
        assert (autumn["kind"], autumn["state"], autumn["licence"]) == ("school", "DE-BB", "ODbL-1.0")
        assert "Herbstferien" in district.words(slug, "/holidays")
