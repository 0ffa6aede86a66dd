"""What every page owes to everybody: no third party, no barrier, no sideways scrolling, little weight."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.walks import content
from tests.walks.browsing import AXE, Walker
from tests.walks.conftest import Town

pytestmark = pytest.mark.browser

ARTICLE, LONG, EVENT, MONTH = "article", "long", "event", "month"
PAGES = (
    ("bad-belzig", "/"),
    ("bad-belzig", "/news"),
    ("bad-belzig", "/news?category=sport&from=2020-01-01"),
    ("bad-belzig", ARTICLE),
    ("bad-belzig", LONG),
    ("bad-belzig", "/events"),
    ("bad-belzig", MONTH),
    ("bad-belzig", EVENT),
    ("bad-belzig", "/providers"),
    ("bad-belzig", "/providers/feuerwehr"),
    ("bad-belzig", "/pages/impressum"),
    ("bad-belzig", "/search?q=wehr"),
    ("bad-belzig", "/more"),
    ("bad-belzig", "/api/"),
    ("bad-belzig", "/nirgends"),
    ("wiesenburg-mark", "/"),
    ("wiesenburg-mark", "/events"),
    ("wiesenburg-mark", "/search?q=Straßenverkehrszulassungsbehörde"),
    ("", "/"),
    ("", "/pages/impressum"),
    ("unbekannt", "/"),
)
ALIKE = {LONG, "/news?category=sport&from=2020-01-01", "/search?q=Straßenverkehrszulassungsbehörde"}
"""Differ from others in their length only, which axe doesn't see."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TOUCHED = ".places a, .top a, .foot a, .kern-btn, .chip, .day, .action, .crumbs a, summary, input:not([type=hidden])"


@pytest.fixture(scope="module")
def addresses(town: Town) -> dict[str, str]:
    """Where the pages are whose address has a number in it."""
    news = town.running.json("bad-belzig", "/api/v1/news?limit=100")["items"]
    articles = {one["title"]: urlsplit(one["url"]).path for one in news}
    events = town.running.json("bad-belzig", "/api/v1/events?limit=100")["items"]
    market = next(one for one in events if one["title"] == content.MARKET)
    return {
        ARTICLE: articles[content.FULL.title],
        LONG: next(path for title, path in articles.items() if title.startswith("Straßenverkehr")),
        EVENT: urlsplit(market["url"]).path,
        MONTH: f"/events?month={content.saturday(content.today()):%Y-%m}",
    }


@pytest.fixture(scope="module")
def ada(chromium: Browser, town: Town) -> Iterator[Walker]:
    """Somebody with a phone who sees all pages; what she asked for is looked at in the end."""
    with Walker(chromium, town.running) as somebody:
        yield somebody


def axe(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe objects to: the rule and the elements."""
    found = page.evaluate("(options) => axe.run(document, {resultTypes: ['violations'], ...options})", rules)
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize(("slug", "path"), [page for page in PAGES if page[1] not in ALIKE])
def test_axe_finds_nothing_by_day_and_by_night(ada: Walker, addresses: dict[str, str], slug: str, path: str) -> None:
    page = ada.page
    page.emulate_media(color_scheme="light")
    ada.goes_to(addresses.get(path, path), slug)
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    by_day = axe(page, {"runOnly": {"type": "tag", "values": RULES}})
    page.emulate_media(color_scheme="dark")
    by_night = axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})

    assert by_day == []
    assert by_night == []
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1


@pytest.mark.parametrize(("slug", "path"), PAGES)
def test_nothing_is_wider_than_the_narrowest_screen_and_all_is_large_enough_to_touch(
    ada: Walker, addresses: dict[str, str], slug: str, path: str
) -> None:
    page = ada.page
    page.set_viewport_size({"width": 320, "height": 640})
    ada.goes_to(addresses.get(path, path), slug)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 360, "height": 800})
    small = page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.getClientRects().length)
          .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 47.5 || box.width < 24; })
          .map((one) => `${one.className} ${one.textContent.trim()} ${one.getBoundingClientRect().height}`)""",
        TOUCHED,
    )

    assert sideways <= 0
    assert small == []


@pytest.mark.parametrize("slug", ["bad-belzig", "wiesenburg-mark", "", "unbekannt"])
def test_no_request_leaves_the_hosts_own_address(
    chromium: Browser, town: Town, addresses: dict[str, str], slug: str
) -> None:
    own = urlsplit(town.running.url(slug)).netloc
    with Walker(chromium, town.running, 1280, 900) as somebody:
        for path in [path for of, path in PAGES if of == slug]:
            somebody.goes_to(addresses.get(path, path), slug)
        somebody.page.wait_for_load_state("networkidle")

        assert {urlsplit(asked).netloc for asked in somebody.asked} == {own}


@pytest.mark.parametrize(("slug", "path"), [("bad-belzig", "/"), ("bad-belzig", "/more"), ("", "/")])
def test_no_link_leads_nowhere(ada: Walker, town: Town, slug: str, path: str) -> None:
    links = (
        ada.goes_to(path, slug)
        .locator("a[href]")
        .evaluate_all("all => all.map((one) => one.href).filter((href) => !href.includes('#'))")
    )

    found = {link: town.running.at(link) for link in links}

    assert len(found) > 5
    assert [link for link, status in found.items() if status >= 400] == []


def test_axe_would_complain(ada: Walker) -> None:
    ada.page.emulate_media(color_scheme="light")
    page = ada.goes_to()
    page.evaluate(AXE.read_text())
    page.evaluate("document.querySelector('h1').style.color = '#dddddd'")

    assert "color-contrast" in axe(page, {"runOnly": {"type": "tag", "values": RULES}})[0]


def test_the_start_page_is_light(chromium: Browser, town: Town) -> None:
    with Walker(chromium, town.running) as somebody:
        sizes: list[float] = []
        asked: list[str] = []
        session = somebody.context.new_cdp_session(somebody.page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

        somebody.goes_to()
        somebody.page.wait_for_load_state("networkidle")

        assert len(sizes) == len(asked) <= 12
        assert sum(sizes) <= 100_000
