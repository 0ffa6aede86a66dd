"""Wanda uses no mouse."""

import pytest
from playwright.sync_api import Browser, Page

from tests.walks.browsing import Walker
from tests.walks.conftest import Town

pytestmark = pytest.mark.browser

FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const seen = [getComputedStyle(one), getComputedStyle(one, "::after")].some(
    (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
  return {name: one.textContent.trim(), tag: one.tagName, id: one.id, seen, inside,
          free: !top || one.contains(top) || top.contains(one), href: one.getAttribute("href")};
}"""
MOST_STOPS = 80


def stops(page: Page) -> list[dict[str, object]]:
    """Every place where Tab stops, until it comes round."""
    found: list[dict[str, object]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["tag"] == "BODY":
            break
        found.append(stop)
    return found


def test_wanda_skips_to_the_content(walker: Walker) -> None:
    page = walker.goes_to()

    page.keyboard.press("Tab")
    skip = page.evaluate(FOCUS)
    page.keyboard.press("Enter")

    assert (skip["href"], skip["inside"], skip["seen"]) == ("#content", True, True)
    assert page.evaluate(FOCUS)["id"] == "content"


@pytest.mark.parametrize("path", ["/", "/events"])
def test_wanda_reaches_every_place_and_always_sees_where_she_is(walker: Walker, path: str) -> None:
    page = walker.goes_to(path)
    places = page.get_by_role("navigation", name="Hauptnavigation").get_by_role("link")
    wanted = [place.get_attribute("href") for place in places.all()]

    visited = stops(page)

    assert len(wanted) >= 4
    assert not set(wanted) - {stop["href"] for stop in visited}
    assert [stop["name"] for stop in visited if not stop["seen"]] == []
    assert [stop["name"] for stop in visited if not stop["inside"] or not stop["free"]] == []


def test_wanda_opens_the_filters_and_searches_with_the_keys(chromium: Browser, town: Town) -> None:
    with Walker(chromium, town.running) as wanda:
        page = wanda.goes_to("/news")
        page.locator("summary").focus()

        page.keyboard.press("Enter")
        assert page.get_by_role("link", name="Letzte 7 Tage").is_visible()
        page.get_by_role("searchbox").focus()
        page.keyboard.type("bruecke")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=bruecke")

        assert page.get_by_role("link", name="Brücke am Mühlenweg").count() == 1
