"""What every page owes to everybody: no third party, no barrier, no sideways scrolling, little weight."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.walks import content
from tests.walks.browsing import AXE, Walker
from tests.walks.conftest import Town
from tests.walks.furnished import RIGHT_TO_LEFT, furnish
from tests.walks.running import ROOT

pytestmark = pytest.mark.browser

TABLE = "tests/contracts/access.txt"
FULL = "berkenbrueck"
LEAD_ELSEWHERE = {"/account", "/sign-in", "/sign-in/callback", "/invitation", "/mine/device"}
"""Pages of the identity service, one that needs its letter, and an answer for the service worker."""
ROUTES = tuple(
    words[2]
    for words in (line.split() for line in (ROOT / TABLE).read_text("utf-8").splitlines())
    if words[:2] + words[3:4] == ["village", "GET", "public"]
    and not re.search(r"[{.]|^/api/v1", words[2])
    and words[2] not in LEAD_ELSEWHERE
)
"""Every page of a village whose address is the same everywhere; a test keeps this table with the application's."""
LISTS = (
    "notices", "places", "tours", "services", "offices", "meetings", "papers", "reports", "jobs", "news", "events",
    "waste/streets",
)  # fmt: skip
"""Of the API: the first entry of each has a page of its own."""
ARTICLE, LONG, EVENT, MONTH = "article", "long", "event", "month"
PAGES = (
    ("bad-belzig", "/"),
    ("bad-belzig", "/news?category=sport&from=2020-01-01"),
    ("bad-belzig", ARTICLE),
    ("bad-belzig", LONG),
    ("bad-belzig", MONTH),
    ("bad-belzig", EVENT),
    ("bad-belzig", "/providers/feuerwehr"),
    ("bad-belzig", "/search?q=wehr"),
    ("bad-belzig", "/notifications?category=waste&street=haupt"),
    ("bad-belzig", "/nirgends"),
    ("wiesenburg-mark", "/"),
    ("wiesenburg-mark", "/places"),
    ("wiesenburg-mark", "/search?q=Straßenverkehrszulassungsbehörde"),
    ("", "/"),
    ("", "/design"),
    ("", "/identity/sign-in"),
    ("", "/identity/register"),
    ("unbekannt", "/"),
    *((FULL, path) for path in ROUTES),
    *((FULL, name) for name in LISTS),
)
assert {"/", "/more", "/places", "/services", "/weather", "/start", "/saved"} <= set(ROUTES)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TOUCHED = (
    ".places a, .top a, .foot a, .kern-btn, .chip, .day, .action, .crumbs a, summary, .check label,"
    " input:not([type=hidden], [type=checkbox])"
)
SMALL = """(selector) => [...document.querySelectorAll(selector)].filter((one) => one.getClientRects().length)
    .filter((one) => { const box = one.getBoundingClientRect(); return box.height < 47.5 || box.width < 24; })
    .map((one) => `${one.className} ${one.textContent.trim()} ${one.getBoundingClientRect().height}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def full(town: Town) -> str:
    """A third town that has something of everything."""
    running = town.running
    running.village("tenants", "create", FULL, "--template", "village", "--ags", "12067040")
    furnish(running, FULL)
    return FULL


@pytest.fixture(scope="module")
def addresses(town: Town, full: str) -> dict[str, str]:
    """Where the pages are whose address has a number in it."""
    news = town.running.json("bad-belzig", "/api/v1/news?limit=100")["items"]
    articles = {one["title"]: urlsplit(one["url"]).path for one in news}
    events = town.running.json("bad-belzig", "/api/v1/events?limit=100")["items"]
    market = next(one for one in events if one["title"] == content.MARKET)
    found = {name: town.running.json(full, f"/api/v1/{name}")["items"][0] for name in LISTS}
    return {
        ARTICLE: articles[content.FULL.title],
        LONG: next(path for title, path in articles.items() if title.startswith("Straßenverkehr")),
        EVENT: urlsplit(market["url"]).path,
        MONTH: f"/events?month={content.saturday(content.today()):%Y-%m}",
        **{name: urlsplit(one["url"]).path if "url" in one else f"/{name}/{one['id']}" for name, one in found.items()},
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


def enlarged(page: Page, percent: int) -> None:
    """Somebody sets the size of all text."""
    page.evaluate("(percent) => { document.documentElement.style.fontSize = `${percent}%`; }", percent)


@pytest.mark.parametrize(("slug", "path"), PAGES)
def test_a_page_is_for_everybody(ada: Walker, addresses: dict[str, str], slug: str, path: str) -> None:
    """Axe by day and by night, the narrowest screen, text twice as large, thumbs, no complaint of the browser."""
    page, ada.broken[:], ada.asked[:] = ada.page, [], []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 320, "height": 640})
    ada.goes_to(addresses.get(path, path), slug)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    narrow = page.evaluate(SIDEWAYS)
    page.set_viewport_size({"width": 640, "height": 800})
    enlarged(page, 200)
    large = page.evaluate(SIDEWAYS)
    enlarged(page, 100)
    page.set_viewport_size({"width": 360, "height": 800})
    small = page.evaluate(SMALL, TOUCHED)

    page.evaluate(AXE.read_text())
    by_day = axe(page, {"runOnly": {"type": "tag", "values": RULES}})
    page.emulate_media(color_scheme="dark")
    by_night = axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})

    assert (by_day, by_night, small) == ([], [], [])
    assert (narrow <= 0, large <= 0) == (True, True)
    # Nothing is asked of anybody else, whatever a page shows.
    assert {urlsplit(asked).netloc for asked in ada.asked} == {urlsplit(ada.running.url(slug)).netloc}
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    # The browser itself remarks on an address that does not exist.
    missing = path == "/nirgends" or slug == "unbekannt"
    assert [said for said in ada.broken if "404" not in said or not missing] == []


def test_the_start_page_bears_forced_colours_and_titles_from_right_to_left(ada: Walker, full: str) -> None:
    page = ada.page
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="light", forced_colors="active")
    ada.goes_to("/", full)

    assert page.get_by_role("link", name=RIGHT_TO_LEFT).count() >= 1
    assert page.evaluate(SIDEWAYS) <= 0
    borders = page.locator("main .card").evaluate_all("all => all.map((one) => getComputedStyle(one).borderTopStyle)")
    assert set(borders) == {"solid"}
    # A symbol that kept a colour of its own could vanish on the reader's ground.
    text, *strokes = page.evaluate(
        "() => [getComputedStyle(document.querySelector('main h1')).color,"
        " ...[...document.querySelectorAll('main .card-head svg')].map((one) => getComputedStyle(one).stroke)]"
    )
    assert strokes
    assert set(strokes) == {text}
    page.emulate_media(forced_colors="none")


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


def test_the_start_page_of_a_full_town_is_light(chromium: Browser, town: Town, full: str) -> None:
    with Walker(chromium, town.running) as somebody:
        sizes: list[float] = []
        asked: list[str] = []
        kinds: dict[str, str] = {}
        scripts: list[float] = []
        session = somebody.context.new_cdp_session(somebody.page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

        def arrived(event: dict[str, Any]) -> None:
            sizes.append(event["encodedDataLength"])
            if kinds.get(event["requestId"]) == "Script":
                scripts.append(event["encodedDataLength"])

        session.on("Network.loadingFinished", arrived)

        somebody.goes_to("/", full)
        somebody.page.wait_for_load_state("networkidle")

        assert len(sizes) == len(asked) <= 12
        assert sum(sizes) <= 100_000
        assert scripts
        assert sum(scripts) <= 30_000
