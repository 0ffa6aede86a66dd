"""A walker with a phone finds an open café that lets a wheelchair in, and takes a tour along as GPX."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.feeds.reading import read
from tests.walks.browsing import AXE, Walker
from tests.walks.conftest import Yard
from tests.walks.running import Running
from tests.walks.test_quality import RULES, TOUCHED, axe

pytestmark = pytest.mark.browser

TOWN = "bad-belzig"
CAFE, TOUR = "Café am Markt", "Burgenweg"
LONG = "Straßenverkehrszulassungsbehörde Außenstelle"
RECORDINGS = Path(__file__).parent.parent / "feeds"


def _map() -> bytes:
    """What the map server says about the town; all of it is invented."""

    def node(number: int, name: str, lat: float, lon: float, **tags: str) -> dict[str, Any]:
        told = {key.replace("__", ":"): text for key, text in tags.items()} | ({"name": name} if name else {})
        return {"type": "node", "id": number, "lat": lat, "lon": lon, "tags": told}

    week = "Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-12:00; PH off"
    address = {
        "addr__street": "Marktplatz",
        "addr__housenumber": "3",
        "addr__postcode": "14806",
        "addr__city": "Bad Belzig",
    }
    elements = [
        node(1, CAFE, 52.1411, 12.5911, amenity="cafe", opening_hours="24/7", wheelchair="yes", **address),
        node(2, "Café Treppe", 52.1415, 12.5921, amenity="cafe", opening_hours="24/7", wheelchair="no"),
        node(3, "Café Winterschlaf", 52.1422, 12.5931, amenity="cafe", opening_hours="off", wheelchair="yes"),
        node(4, LONG, 52.1431, 12.5941, office="government", opening_hours=week),
        node(5, "Löwen-Apotheke", 52.1441, 12.5951, amenity="pharmacy", opening_hours=week, wheelchair="limited"),
        node(6, "مسجد النور", 52.1451, 12.5961, amenity="place_of_worship", religion="muslim"),
        node(7, "", 52.1461, 12.5971, amenity="bench"),
        node(8, "", 52.1471, 12.5981, amenity="toilets", wheelchair="yes", opening_hours="24/7"),
        *(node(100 + number, f"Hofladen {number}", 52.12 + number / 900, 12.55, shop="farm") for number in range(40)),
    ]  # fmt: skip
    return json.dumps({"version": 0.6, "elements": elements}).encode()


def _tour() -> bytes:
    places = ((52.1411 + step / 800, 12.5911 + (step % 7) / 500, 80 + 60 * (step % 13) / 12) for step in range(60))
    points = "".join(f'<trkpt lat="{lat:.5f}" lon="{lon:.5f}"><ele>{up:.0f}</ele></trkpt>' for lat, lon, up in places)
    return (
        '<?xml version="1.0"?><gpx version="1.1" creator="Wanderverein" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="52.1500" lon="12.5950"><name>Mühlteich</name><desc>Bank mit Blick aufs Wasser</desc></wpt>'
        f"<trk><name>{TOUR}</name><desc>Vom Markt zur Burg und zurück.</desc><trkseg>{points}</trkseg></trk></gpx>"
    ).encode()


@pytest.fixture(scope="module")
def running(yard: Yard) -> Running:
    """A village whose clerk has connected a map, a tour and some figures."""
    origin = yard.origin
    origin.file("/map.json", _map(), "application/json")
    origin.file("/tour.gpx", _tour(), "application/gpx+xml")
    origin.file("/figures.json", RECORDINGS / "wikidata/recordings/results.json", "application/json")
    club = {"licence": "CC-BY-4.0", "attribution": "Wanderverein"}
    yard.region(
        "orte",
        {"name": "karte", "connector": "osm", "url": "/map.json"},
        {"name": "tour", "connector": "gpx", "url": "/tour.gpx", **club},
        {"name": "zahlen", "connector": "wikidata", "url": "/figures.json"},
    )
    yard.sync("orte")
    return yard.running


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def walker(request: pytest.FixtureRequest, chromium: Browser, running: Running) -> Iterator[Walker]:
    with Walker(chromium, running, javascript=request.param) as somebody:
        yield somebody


def test_a_walker_finds_an_open_cafe_with_a_wheelchair_entrance(walker: Walker) -> None:
    page = walker.goes_to("/more")
    page.get_by_role("link", name="Alle Orte").click()
    page.get_by_role("link", name=re.compile("^Essen und Trinken")).click()
    page.get_by_role("link", name="Jetzt geöffnet").click()
    page.get_by_role("link", name="Mit Rollstuhl", exact=True).click()

    titles = page.locator("#rows .row-title").all_inner_texts()
    assert titles == [CAFE]
    page.get_by_role("link", name=CAFE).click()

    assert walker.heading() == CAFE
    main = page.get_by_role("main")
    expect(main).to_contain_text("Rund um die Uhr geöffnet")
    expect(main).to_contain_text("Mit dem Rollstuhl erreichbar")
    expect(main).to_contain_text("Marktplatz 3, 14806 Bad Belzig")
    expect(main).to_contain_text("Unbestätigt, aus offenen Daten")
    expect(page.locator(".provenance").first).to_contain_text("OpenStreetMap")
    assert page.locator(".week-table tbody tr").count() == 7
    assert walker.broken == []


def test_a_walker_takes_a_tour_along(walker: Walker, tmp_path: Path) -> None:
    page = walker.goes_to("/tours")
    page.get_by_role("link", name=TOUR).click()

    expect(page.get_by_role("main")).to_contain_text("Mühlteich")
    with page.expect_download() as download:
        page.get_by_role("link", name="Als GPX herunterladen").click()

    assert download.value.suggested_filename == "burgenweg.gpx"
    download.value.save_as(tmp_path / "tour.gpx")
    [tour] = read("gpx", (tmp_path / "tour.gpx").read_bytes())
    assert getattr(tour, "title", "") == TOUR
    assert walker.broken == []


def test_the_map_lives_where_there_is_a_script_and_stands_where_there_is_none(walker: Walker) -> None:
    page = walker.goes_to("/places/map?kind=cafe")

    expect(page.get_by_role("heading", name="3 Orte auf der Karte")).to_be_visible()
    assert page.locator("#rows .row").count() == 3
    drawn, live = page.locator(".map-ground svg.ground"), page.locator(".map-live canvas")
    page.wait_for_load_state("networkidle")
    assert (drawn.count() == 1) != (live.count() == 1)
    assert walker.broken == []


def test_what_is_near_is_found_when_the_device_tells_where_it_is(chromium: Browser, running: Running) -> None:
    with Walker(chromium, running) as walker:
        walker.context.grant_permissions(["geolocation"])
        walker.context.set_geolocation({"latitude": 52.14411111, "longitude": 12.59512222})
        page = walker.goes_to("/places?group=health")

        page.get_by_role("button", name="In meiner Nähe").click()
        page.wait_for_url("**lat=52.144**")

        assert "lon=12.595" in page.url
        assert "52.14411" not in page.url
        expect(page.locator("#rows .row").first).to_contain_text("10 m")
        expect(page.locator("#rows .row").first).to_contain_text("Löwen-Apotheke")


def test_what_was_asked_for_is_for_everybody(chromium: Browser, running: Running) -> None:
    paths = ["/places?group=eat", "/places?open=yes", "/places?q=zzz"]
    entries = running.json(TOWN, "/api/v1/places?limit=100")["items"]
    paths += [urlsplit(one["url"]).path for one in entries if one["title"] == CAFE]
    with Walker(chromium, running) as walker:
        page = walker.page
        for path in paths:
            page.set_viewport_size({"width": 320, "height": 640})
            page.emulate_media(color_scheme="light")
            walker.goes_to(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            page.evaluate(AXE.read_text())
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            assert axe(page, {"runOnly": {"type": "tag", "values": RULES}}) == [], path
            page.emulate_media(color_scheme="dark")
            assert axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == [], path
            assert page.locator("h1").count() == 1, path
            small = page.locator(TOUCHED).evaluate_all(
                "all => all.filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 47.5)"
                ".map((one) => one.outerHTML.slice(0, 120))"
            )
            assert small == [], path

        # Nothing of all this asked anybody else.
        assert {urlsplit(asked).netloc for asked in walker.asked} == {urlsplit(running.url(TOWN)).netloc}
        assert walker.broken == []
