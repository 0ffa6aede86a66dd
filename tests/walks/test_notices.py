"""A flood warning arrives from a district's source, stands over the pages of a phone, and goes at its all-clear."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from tests.feeds.nina import warnings
from tests.origin import Origin
from tests.walks.browsing import AXE, Walker
from tests.walks.conftest import Yard
from tests.walks.running import Running
from tests.walks.test_quality import RULES, TOUCHED, axe

pytestmark = pytest.mark.browser

FLOOD, CLEAR = "Hochwasser an der Plane: Wege am Ufer gesperrt", "Entwarnung: Das Wasser der Plane sinkt"


class Place(NamedTuple):
    """A town whose district has sources of its own."""

    yard: Yard
    running: Running
    origin: Origin

    def asks_the_sources(self) -> dict[str, Any]:
        """What the poller does each minute."""
        return self.yard.sync("probekreis")


def _hours() -> bytes:
    """Two days of weather from an hour ago on."""
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    hours = [
        {
            "timestamp": (start + timedelta(hours=step)).isoformat(), "source_id": 1, "temperature": 4 + step % 24 / 3,
            "precipitation": step % 5 / 10, "precipitation_probability": step % 5 * 20, "wind_speed": 12 + step % 9,
            "wind_direction": 220, "wind_gust_speed": 48, "cloud_cover": 90, "condition": "rain", "icon": "rain",
        }
        for step in range(150)
    ]  # fmt: skip
    station = {"id": 1, "lat": 52.2, "lon": 12.6, "station_name": "MUSTERBERG", "observation_type": "forecast"}
    return json.dumps({"weather": hours, "sources": [station]}).encode()


@pytest.fixture(scope="module")
def place(yard: Yard) -> Place:
    running, origin, _ = yard
    warnings.serve(origin)
    origin.file("/weather", _hours(), "application/json")
    yard.region(
        "probekreis",
        {"name": "warnungen", "connector": "nina", "url": warnings.DASHBOARD},
        {"name": "wetter", "connector": "brightsky", "url": "/weather"},
    )
    place = Place(yard, running, origin)
    place.asks_the_sources()
    return place


@pytest.fixture
def ada(chromium: Browser, place: Place) -> Iterator[Walker]:
    """Somebody with a phone."""
    with Walker(chromium, place.running, 360, 800) as somebody:
        yield somebody
        assert somebody.broken == []


def fits(ada: Walker, path: str) -> None:
    """Nothing stands in anybody's way on this page, by day and by night, on the narrowest screen."""
    page = ada.page
    page.emulate_media(color_scheme="light")
    ada.goes_to(path)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    assert axe(page, {"runOnly": {"type": "tag", "values": RULES}}) == []
    page.emulate_media(color_scheme="dark")
    assert axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size({"width": 360, "height": 800})
    small = page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.getClientRects().length)
          .filter((one) => one.getBoundingClientRect().height < 47.5).map((one) => one.outerHTML.slice(0, 120))""",
        TOUCHED,
    )
    assert small == []


def test_a_flood_comes_is_read_on_a_phone_and_goes(place: Place, ada: Walker) -> None:
    ada.goes_to("/notices")
    expect(ada.page.get_by_text("Zurzeit keine Warnungen")).to_be_visible()

    warnings.serve(place.origin, warnings.flood())
    report = place.asks_the_sources()
    assert report["towns_changed"] == 1

    ada.goes_to("/news")
    band = ada.page.get_by_role("region", name="Warnung")
    expect(band.get_by_role("link", name=FLOOD)).to_be_visible()
    expect(band).to_contain_text("Meiden Sie das Ufer.")
    expect(band).to_contain_text("Leitstelle Musterkreis")
    fits(ada, "/")
    ada.page.get_by_role("link", name=FLOOD).first.click()
    assert ada.heading() == FLOOD
    expect(ada.page.get_by_role("heading", name="Was Sie tun sollten")).to_be_visible()
    expect(ada.page.get_by_text("Unverändert übernommen.")).to_be_visible()
    fits(ada, ada.page.url.partition(str(place.running.port))[2])

    sent = datetime.now(UTC).isoformat(timespec="seconds")
    warnings.serve(place.origin, warnings.flood(), warnings.clear("Extreme", sent))
    place.asks_the_sources()

    ada.goes_to("/news")
    expect(ada.page.get_by_role("link", name=FLOOD)).to_have_count(0)
    ada.goes_to("/notices")
    expect(ada.page.get_by_role("link", name=CLEAR)).to_be_visible()
    expect(ada.page.get_by_text("Entwarnung", exact=True)).to_be_visible()
    expect(ada.page.get_by_role("link", name=FLOOD)).to_have_count(0)
    fits(ada, "/notices")


def test_the_weather_is_read_without_javascript_and_by_keyboard(place: Place, chromium: Browser) -> None:
    with Walker(chromium, place.running, 360, 800, javascript=False) as kurt:
        kurt.goes_to("/")
        kurt.page.get_by_role("link", name="°C").click()
        assert kurt.heading() == "Wetter in Bad Belzig"
        kurt.page.get_by_text("Die Stunden als Tabelle").click()
        expect(kurt.page.get_by_role("table")).to_be_visible()
        assert kurt.page.get_by_role("rowheader").count() == 24
        expect(kurt.page.get_by_text("Nächste Station: Musterberg")).to_be_visible()


def test_nothing_of_the_weather_page_is_in_the_way(place: Place, ada: Walker) -> None:
    fits(ada, "/weather")
