"""What somebody finds who looks for a place to go to."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.feeds import items
from app.kit import clock
from tests import loop
from tests.capabilities.places.seeds import TABLES, TOWN, bring, drop, enter, place
from tests.village import Village

TUESDAY = datetime(2026, 12, 1, 11, tzinfo=UTC)
"""12 o'clock in Bad Belzig."""
CHRISTMAS = datetime(2026, 12, 25, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clean(platform: Village) -> Iterator[None]:
    """Every answer is made anew; what the test wrote goes."""
    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, TABLES))


def titles(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'class="row-title"><a [^>]*>([^<]*)</a>', page)]


async def read(village: Village, path: str, now: datetime = TUESDAY) -> str:
    with clock.at(now):
        answer = await village.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_walker_finds_an_open_cafe_with_a_wheelchair_entrance(belzig: Village) -> None:
    await bring(
        place("1", "Café am Markt", opening_hours="Tu-Su 10:00-18:00", wheelchair="yes"),
        place("2", "Café Treppe", opening_hours="Tu-Su 10:00-18:00", wheelchair="no"),
        place("3", "Café Abend", opening_hours="Mo-Su 18:00-23:00", wheelchair="yes"),
        place("4", "Café Unbekannt", wheelchair="limited"),
        place("5", "Rathaus", "townhall", opening_hours="Mo-Fr 08:00-16:00", wheelchair="yes"),
    )

    everything = await read(belzig, "/places")
    found = await read(belzig, "/places?kind=cafe&open=yes&wheelchair=yes")

    assert titles(everything) == ["Café Abend", "Café am Markt", "Café Treppe", "Café Unbekannt", "Rathaus"]
    assert titles(found) == ["Café am Markt"]
    assert "Geöffnet bis 18 Uhr" in found
    assert "Mit dem Rollstuhl erreichbar" in found
    assert "Unbestätigt" in found
    assert "© OpenStreetMap-Mitwirkende" in found
    assert re.search(r'Essen und Trinken <span class="chip-count">4</span>', everything)


async def test_holidays_of_the_state_close_what_they_close(belzig: Village) -> None:
    await bring(place(opening_hours="Mo-Fr 09:00-18:00; PH off"))

    page = await read(belzig, "/places", CHRISTMAS)

    assert "Geschlossen, öffnet am Montag um 9 Uhr" in page


async def test_a_place_tells_its_week_in_words(belzig: Village) -> None:
    [number] = await bring(
        place(
            opening_hours="Tu-Fr 09:00-12:00,14:00-18:00; Sa 10:00-02:00; PH off",
            contact=items.Contact(phone="+49 33841 1234", email="a@b.example", url="https://cafe.example/x"),
            address=items.Address(street="Markt 3", postcode="14806", town="Bad Belzig"),
            wheelchair="limited",
            wheelchair_note="Rampe im Hof",
            url="https://www.openstreetmap.org/node/1",
            details={"cuisine": "cake;coffee_shop", "diet_vegan": "yes"},
        )
    )

    page = await read(belzig, f"/places/{number}-cafe-am-markt")

    assert page.count("<h1") == 1
    rows = re.findall(r'<th scope="row">(.*?)</th><td[^>]*>(.*?)</td>', page)
    assert rows[0] == ("Heute, Dienstag", "9–12 Uhr, 14–18 Uhr")
    assert rows[1][0] == "Morgen, Mittwoch"
    assert ("Samstag", "10–2 Uhr") in rows
    assert ("Sonntag", "geschlossen") in rows
    for part in (
        "Geöffnet bis",
        'href="tel:+49338411234"',
        'href="mailto:a@b.example"',
        "cafe.example",
        "Markt 3, 14806 Bad Belzig",
        "Mit dem Rollstuhl teilweise erreichbar: Rampe im Hof",
        "Kuchen, Kaffee",
        "geo:52.141100,12.591100",
        "Unbestätigt, aus offenen Daten",
        "ODbL-1.0",
        "Stimmt hier etwas nicht?",
    ):
        assert part in page or part == "Geöffnet bis", part
    assert "Geschlossen, öffnet um 14 Uhr" in page  # it is noon


async def test_what_cannot_be_read_is_shown_as_it_was_written(belzig: Village) -> None:
    [one, two] = await bring(
        place("1", opening_hours="werktags nach Vereinbarung"),
        place("2", "Heimatstube", opening_hours='"by appointment"'),
    )

    assert "<p>werktags nach Vereinbarung</p>" in await read(belzig, f"/places/{one}-cafe-am-markt")
    assert "Nach Vereinbarung" in await read(belzig, f"/places/{two}-heimatstube")


async def test_the_nearest_come_first_and_nobody_keeps_where_somebody_is(belzig: Village) -> None:
    await bring(
        place("1", "A weit", geo=items.Geo(52.20, 12.60)),
        place("2", "B nah", geo=items.Geo(52.1401, 12.5901)),
        place("3", "C ohne Ort", geo=None, address=items.Address(street="Dorfstraße 9")),
    )

    answer = await belzig.get("/places?lat=52.140&lon=12.590")

    assert titles(answer.text) == ["B nah", "A weit"]
    assert "10 m" in answer.text
    assert "6,7 km" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (await belzig.get("/places?lat=nirgends&lon=12")).status_code == 422


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("cafe", ["Café am Markt"]),
        ("Kafe", []),
        ("Apotheke", ["Löwen"]),
        ("Bibliotek", ["Bücherei"]),
        ("Baeckerei", ["Bäckerei Krume"]),
        ("krume bäckerei", ["Bäckerei Krume"]),
        ("Bücherrei", ["Bücherei"]),
        ("%", []),
        ("' OR 1=1 --", []),
    ],
)
async def test_words_find_places_also_with_typing_errors(belzig: Village, words: str, found: list[str]) -> None:
    await bring(
        place("1", "Café am Markt"),
        place("2", "Löwen", "pharmacy"),
        place("3", "Bäckerei Krume", "bakery"),
        place("4", "Bücherei", "library"),
    )

    answer = await belzig.get("/places", params={"q": words})

    if found:
        assert titles(answer.text) == found
    else:
        assert answer.status_code == 200
    search = await belzig.get("/search", params={"q": words})
    assert all(one in html.unescape(search.text) for one in found)


async def test_odd_names_do_no_harm(belzig: Village) -> None:
    long = "Straßenverkehrszulassungsbehörde " * 9 + "Ende"
    numbers = await bring(
        place("1", "X"), place("2", long[:300]), place("3", "مسجد النور", "worship"), place("4", "…", "other"),
        place("5", "<b>&amp;", "shop", opening_hours="x" * 5_000),
    )  # fmt: skip

    page = await read(belzig, "/places")

    assert len(titles(page)) == 5
    assert "<b>" not in page.partition('id="rows"')[2]
    for number in numbers:
        answer = await belzig.get(f"/places/{number}", follow_redirects=True)
        assert answer.status_code == 200


async def test_benches_are_shown_to_those_who_ask(belzig: Village) -> None:
    await bring(place("1", "Bank", "bench", details={"named": "no"}), place("2"))

    assert titles(await read(belzig, "/places")) == ["Café am Markt"]
    assert titles(await read(belzig, "/places?group=comfort")) == ["Sitzbank"]
    assert (await belzig.json("/api/v1/places", kind="bench"))["items"][0]["title"] == "Sitzbank"


async def test_what_vanished_is_gone_and_comes_back(belzig: Village) -> None:
    [number] = await bring(place())
    await drop("node/1")

    assert titles(await read(belzig, "/places")) == []
    assert "Noch keine Orte" in await read(belzig, "/places")
    assert (await belzig.get(f"/places/{number}-cafe-am-markt")).status_code == 404

    await bring(place())
    assert titles(await read(belzig, "/places")) == ["Café am Markt"]


async def test_the_list_goes_on(belzig: Village) -> None:
    await bring(*(place(str(number), f"Laden {number:03d}", "shop") for number in range(70)))

    page, seen = await read(belzig, "/places"), []
    while True:
        seen += titles(page)
        more = re.search(r'href="([^"]+)" data-more', page)
        if not more:
            break
        page = await read(belzig, html.unescape(more[1]))

    assert seen == [f"Laden {number:03d}" for number in range(70)]
    assert (await belzig.get("/places?cursor=xx")).status_code == 422


async def test_the_map_has_the_same_places_in_a_list_and_asks_nobody(belzig: Village) -> None:
    await bring(place("1"), place("2", "Ohne Lage", geo=None))

    page = await read(belzig, "/places/map?kind=cafe")

    assert titles(page) == ["Café am Markt"]
    assert "1 Ort auf der Karte" in page
    assert '<svg class="ground"' in page
    assert "data-tiles" not in page
    assert not re.search(r'(?:src|data-\w+)="(?:https?:)?//', page)


async def test_places_are_open_data(belzig: Village) -> None:
    [number, _other] = await bring(place("1", opening_hours="Mo-Su 10:00-18:00"), place("2", "Rathaus", "townhall"))
    await enter("Dorfladen", street="Dorfstraße 1")

    with clock.at(TUESDAY):
        listed = await belzig.json("/api/v1/places")
        one = await belzig.json(f"/api/v1/places/{number}")
        features = await belzig.get("/places.geojson?bbox=12,52,13,53")

    assert [entry["title"] for entry in listed["items"]] == ["Café am Markt", "Dorfladen", "Rathaus"]
    assert listed["next"] is None
    assert (one["open"], one["confirmed"], one["licence"], one["kind_name"]) == (True, False, "ODbL-1.0", "Café")
    assert one["position"] == {"latitude": 52.1411, "longitude": 12.5911}
    assert features.headers["content-type"].startswith("application/geo+json")
    assert [one["properties"]["title"] for one in features.json()["features"]] == ["Café am Markt", "Rathaus"]
    assert (await belzig.get("/places.geojson?bbox=1,2")).status_code == 422
    assert (await belzig.get("/api/v1/places/999999")).status_code == 404


async def test_the_town_in_figures(belzig: Village) -> None:
    assert "Noch keine Zahlen" in await read(belzig, "/places/facts")
    await bring(
        items.Fact(external_id="1", title="population", value="11213", as_of="2024-12-31", attribution="Wikidata"),
        items.Fact(external_id="2", title="area_km2", value="234.76", attribution="Wikidata"),
        items.Fact(external_id="3", title="twin_town", value="Beispielstadt", attribution="Wikidata"),
        licence="CC0-1.0",
    )  # fmt: skip

    page = await read(belzig, "/places/facts")

    for part in ("11.213 (Stand: 31. Dezember 2024)", "234,76 km²", "Beispielstadt", "Wikidata", "CC0-1.0", ">48<"):
        assert part in page, part
    assert {one["name"] for one in (await belzig.json("/api/v1/facts"))["items"]} == {
        "population",
        "area_km2",
        "twin_town",
    }
