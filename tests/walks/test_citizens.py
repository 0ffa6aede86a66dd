"""Ada reads, filters and searches; Kurt has switched JavaScript off; Emily reads English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.walks import content
from tests.walks.browsing import Walker
from tests.walks.conftest import Town

pytestmark = pytest.mark.browser

SATURDAY = content.saturday(content.today())


@pytest.fixture
def kurt(chromium: Browser, town: Town) -> Iterator[Walker]:
    with Walker(chromium, town.running, javascript=False) as somebody:
        yield somebody


def rows(page: Page) -> int:
    return page.locator("#rows > .row").count()


def test_ada_reads_an_article_and_finds_who_says_it_and_what_she_may_do_with_it(walker: Walker) -> None:
    page = walker.goes_to()
    assert walker.heading().endswith("Bad Belzig")

    page.get_by_role("main").get_by_role("link", name=content.FULL.title).click()

    assert walker.heading() == content.FULL.title
    assert page.title() == f"{content.FULL.title} – Bad Belzig"
    source = page.locator(".provenance")
    expect(source).to_contain_text(content.NEWS_SOURCE)
    expect(source).to_contain_text(content.LICENCE)
    expect(source.get_by_role("link")).to_have_attribute("href", "https://anzeiger.example/meldungen/1")
    expect(page.get_by_role("main")).to_contain_text("Löschübung für Kinder")
    assert page.locator("main script, main iframe, main style, main [onclick]").count() == 0

    page.go_back()

    assert walker.heading().endswith("Bad Belzig")
    assert walker.broken == []


def test_ada_filters_and_loads_more(walker: Walker) -> None:
    page = walker.goes_to("/news")
    at_first = rows(page)

    page.get_by_role("link", name="Mehr laden").click()

    expect(page.get_by_role("link", name=content.LAST.title)).to_be_visible()
    assert at_first < rows(page) == len(content.NEWS)
    assert page.get_by_role("link", name="Mehr laden").count() == 0
    assert page.url.endswith("/news")

    page.get_by_role("link", name=re.compile(r"^Feuerwehr und Vorsorge")).click()
    page.wait_for_url("**category=sicherheit")

    fitting = [one.title for one in content.NEWS if one.category == "Feuerwehr und Vorsorge"]
    assert page.locator("#rows .row-title").all_inner_texts() == fitting
    expect(page.locator(".chip[aria-current]")).to_contain_text(f"{len(fitting)}")

    page.locator(".chip[aria-current]").click()
    page.wait_for_url("**/news")
    assert rows(page) == at_first
    assert walker.broken == []


def test_ada_searches_for_wehr_and_finds_the_feuerwehr(walker: Walker) -> None:
    page = walker.goes_to()
    page.get_by_role("link", name="Suche", exact=True).click()
    page.wait_for_url("**/search")

    page.get_by_role("searchbox").fill("wehr")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=wehr")

    expect(page.get_by_role("link", name=content.FULL.title)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("wehr")
    assert page.get_by_role("link", name="Kegelmeister").count() == 0


def test_ada_puts_saturdays_market_into_her_calendar(walker: Walker, tmp_path: Path) -> None:
    page = walker.goes_to("/events")
    page.get_by_role("navigation", name="Tag wählen").locator(f"a[href*='{SATURDAY.isoformat()}']").click()
    page.get_by_role("main").get_by_role("link", name=content.MARKET).click()
    page.wait_for_url("**/events/*-wochenmarkt-*")

    facts = page.locator(".kern-description-list")
    expect(facts).to_contain_text("8–13 Uhr")
    expect(facts).to_contain_text("Marktplatz, 14806 Bad Belzig")
    expect(page.locator(".provenance")).to_contain_text(content.LICENCE)
    with page.expect_download() as download:
        page.get_by_role("link", name="In meinen Kalender").click()

    download.value.save_as(tmp_path / "market.ics")
    calendar = (tmp_path / "market.ics").read_text()
    assert download.value.suggested_filename.endswith(".ics")
    assert calendar.startswith("BEGIN:VCALENDAR")
    assert f"SUMMARY:{content.MARKET}" in calendar


def test_kurt_reads_filters_pages_and_searches_without_javascript(kurt: Walker) -> None:
    page = kurt.goes_to()
    page.get_by_role("main").get_by_role("link", name="Alle Meldungen").click()
    assert kurt.heading() == "Aktuelles"

    page.get_by_role("link", name="Mehr laden").click()
    expect(page.get_by_role("link", name=content.LAST.title)).to_be_visible()
    page.get_by_role("link", name=content.LAST.title).click()
    assert kurt.heading() == content.LAST.title

    page.get_by_role("link", name="Aktuelles").first.click()
    page.get_by_role("link", name=re.compile(r"^Sport")).click()
    assert rows(page) == sum(one.category == "Sport" for one in content.NEWS)
    page.get_by_text("Weitere Filter").click()
    page.get_by_role("link", name="Letzte 7 Tage").click()
    assert "from=" in page.url

    page.get_by_role("link", name="Suche", exact=True).click()
    page.get_by_role("searchbox").fill("wehr")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("link", name=content.FULL.title)).to_be_visible()


def test_kurt_goes_through_the_month_without_javascript(kurt: Walker) -> None:
    page = kurt.goes_to("/events")

    page.get_by_role("link", name="Monat", exact=True).click()
    assert "month=" in page.url
    page.get_by_role("link", name="Später").first.click()
    page.get_by_role("table").locator(".day-full:not(.day-outside)").first.click()

    assert page.get_by_role("main").locator(".row").count() > 0


def test_emily_reads_english(chromium: Browser, town: Town) -> None:
    with Walker(chromium, town.running, language="en-GB") as emily:
        page = emily.goes_to()

        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert page.get_by_role("navigation", name="Main navigation").get_by_role("link").all_inner_texts() == [
            "Today",
            "News",
            "Events",
            "Out and about",
            "More",
        ]
        page.get_by_role("main").get_by_role("link", name=content.FULL.title).click()
        expect(page.locator("article h1")).to_have_attribute("lang", "de")
        expect(page.locator(".provenance")).to_contain_text("Licence")

        page.get_by_role("link", name="Deutsch").click()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.get_by_role("link", name="Termine").first.click()
        assert emily.heading() == "Termine"
