"""A family chooses its street on the phone, sees tomorrow's bin, and is told in the evening."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.factories_daily import calendar, entry, weekly
from tests.walks import content
from tests.walks.browsing import AXE, Walker
from tests.walks.conftest import Yard
from tests.walks.identity import Somebody, asks_to_sign_in, made_by_the_operator, signs_in
from tests.walks.running import ROOT, Running
from tests.walks.test_quality import RULES, axe

pytestmark = pytest.mark.browser

FAMILY = Somebody("Familie Muster", "familie@example.org", "Die Tonne steht am Zaun 7")
TOMORROW = content.today() + timedelta(days=1)
OTHERS = ("Am Anger", "Bahnhofstraße", "Dorfstraße", "Goethestraße", "Kirchgasse", "Ziegelstraße")
EVENING = """
import asyncio, sys
from datetime import datetime, time
from zoneinfo import ZoneInfo
from app import settings
from app.up.servers import reach
with reach(settings.from_env()) as reached:
    settings.use(reached)
    from app.capabilities.waste import jobs
    from app.kit import clock
    from app.tenancy import cells, tenant, transaction
    at = datetime.combine(clock.today(), time(18, 4), ZoneInfo("Europe/Berlin"))
    async def strike():
        try:
            with clock.at(at):
                async with tenant("bad-belzig"), transaction():
                    await jobs.remind.function()
        finally:
            await cells.close()
    asyncio.run(strike())
"""
"""Six in the evening comes: the clock is set for the hourly job, everything after it runs as it always does."""


@pytest.fixture(scope="module")
def works(yard: Yard) -> Running:
    """A town whose waste works publishes calendars."""
    linde = [*weekly(TOMORROW, 12, "Restmüll"), entry(TOMORROW, "Papier")]
    others = "LOCATION:" + "\\, ".join(OTHERS)
    yard.origin.file("/linde.ics", calendar(linde), "text/calendar")
    yard.origin.file("/others.ics", calendar(weekly(TOMORROW + timedelta(days=6), 9, "Bio", others)), "text/calendar")
    works = {"connector": "waste_ics", "attribution": "Entsorgung Musterhof"}
    street, several = {"options.street": "Lindenstraße"}, {"options.street_from": "location"}
    yard.region(
        "abfall",
        {"name": "linde", "url": "/linde.ics", **works, **street},
        {"name": "others", "url": "/others.ics", **works, **several, "options.street_list": "true"},
    )
    yard.sync("abfall")
    made_by_the_operator(yard.running, FAMILY)
    return yard.running


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def family(request: pytest.FixtureRequest, chromium: Browser, works: Running) -> Iterator[Walker]:
    with Walker(chromium, works, javascript=request.param) as somebody:
        yield somebody


def objections(family: Walker) -> list[str]:
    """What axe finds on the page."""
    family.page.evaluate(AXE.read_text())
    return axe(family.page, {"runOnly": {"type": "tag", "values": RULES}})


def chooses_its_street(family: Walker) -> None:
    page = family.goes_to()
    page.get_by_role("main").get_by_role("link", name="Meine Straße wählen").click()
    page.get_by_role("button", name="Lindenstraße").click()
    page.wait_for_url("**/waste")


def test_a_family_chooses_its_street_and_sees_tomorrow_s_bins(family: Walker) -> None:
    chooses_its_street(family)
    page = family.page

    assert family.heading() == "Müllabfuhr"
    expect(page.locator(".bin-next")).to_contain_text("Morgen")
    expect(page.locator(".bin-next")).to_contain_text("Restmüll")
    expect(page.locator(".bin-next")).to_contain_text("Heute Abend rausstellen.")
    expect(page.locator(".provenance").first).to_contain_text("Entsorgung Musterhof")

    family.goes_to()
    card = page.get_by_role("region", name="Morgen Müllabfuhr")
    expect(card).to_contain_text("Restmüll")
    card.get_by_role("link", name="Alle Termine meiner Straße").click()
    assert family.heading() == "Müllabfuhr"
    assert family.broken == []


def test_the_family_is_told_in_the_evening(chromium: Browser, works: Running) -> None:
    with Walker(chromium, works) as family:
        page = family.goes_to()
        asks_to_sign_in(page)
        signs_in(page, FAMILY)
        chooses_its_street(family)
        page.get_by_role("link", name="Am Vorabend erinnern").click()
        page.wait_for_url("**/notifications**")
        expect(page.locator("input[name=category][value=waste]")).to_be_checked()
        expect(page.locator("input[name=street][value=lindenstrasse]")).to_be_checked()
        page.get_by_role("button", name="Auswahl speichern").click()
        page.wait_for_url("**done=saved")

        evening = subprocess.run(
            [sys.executable, "-c", EVENING],
            cwd=ROOT, env=works.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert evening.returncode == 0, evening.stderr

        message = page.get_by_role("main").get_by_text("Morgen: Papier und Restmüll")
        deadline = time.monotonic() + 30
        while not message.count() and time.monotonic() < deadline:
            family.goes_to("/account/inbox")
        expect(message.first).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("Bitte heute Abend rausstellen. Lindenstraße")
        assert family.broken == []


def test_what_a_family_chose_can_be_used_by_everybody(chromium: Browser, works: Running) -> None:
    with Walker(chromium, works) as family:
        for path in ("/waste/streets?q=zzz", "/waste/streets/lindenstrasse/year"):
            page = family.goes_to(path)

            assert objections(family) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        chooses_its_street(family)
        assert objections(family) == []
        page.emulate_media(color_scheme="dark")
        assert axe(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []
        assert all(family.running.url("bad-belzig", "/")[:-1] in url for url in family.asked)
