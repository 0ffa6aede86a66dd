"""A family chooses its street: on this device, without JavaScript, and never stored here."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import msgspec
import pytest

from app.kit import clock
from app.kit.i18n import reading_in
from app.tenancy import tenant
from app.web.mine import COOKIE, Mine, cookie_of
from tests.factories_daily import TOWN, Works, entry, weekly
from tests.village import Village

MONDAY_EVENING = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
PAGE = {"accept": "text/html"}


def chosen(street: str) -> dict[str, str]:
    """Headers of a device that chose this street."""
    value = cookie_of(Mine(street=street), secure=False).value or ""
    return PAGE | {"cookie": f"{COOKIE}={value}"}


async def two_streets(works: Works) -> None:
    await works.subscribed("linde", "Lindenstraße")
    await works.subscribed("bahn", "Bahnhofstraße")
    await works.sends("linde", *weekly(TUESDAY, 3, "Restmüll"), entry(TUESDAY, "Papier"))
    await works.sends("bahn", *weekly(date(2026, 12, 3), 3, "Biotonne"))


async def test_a_family_finds_its_street_and_sees_tomorrow_s_bins(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        asked = await belzig.get("/waste", headers=PAGE)
        found = await belzig.get("/waste/streets", params={"q": "linden"}, headers=PAGE)
        answer = await belzig.post("/waste/street", data={"street": "lindenstrasse"})
        cookie = answer.headers["set-cookie"]
        home = await belzig.get("/waste", headers=PAGE | {"cookie": cookie.partition(";")[0]})

    assert "In welcher Straße wohnen Sie?" in asked.text
    assert 'value="lindenstrasse"' in found.text
    assert 'value="bahnhofstrasse"' not in found.text
    assert (answer.status_code, answer.headers["location"]) == (303, "/waste")
    assert "HttpOnly" in cookie
    assert "Morgen, Dienstag, 24. November" in home.text
    assert "Heute Abend rausstellen." in home.text
    assert "Restmüll" in home.text
    assert "Papier" in home.text
    assert home.headers["cache-control"] == "private, no-store"


async def test_nobody_s_street_is_written_down(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        await belzig.post("/waste/street", data={"street": "lindenstrasse"})
        await belzig.get("/waste", headers=chosen("lindenstrasse"))
        async with tenant(TOWN) as scope:
            columns = await scope.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_name LIKE 'waste%'"
                " AND (column_name LIKE '%_by' OR column_name LIKE 'account%')"
            )

    assert columns == []


async def test_a_typing_error_and_an_abbreviation_find_the_street(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        for words in ("Bahnhofstr.", "bahnhofstrasse", "Banhofstraße"):
            found = await belzig.json("/api/v1/waste/streets", q=words)

            assert [one["key"] for one in found["items"]] == ["bahnhofstrasse"], words
            assert found["meant"] == ("Bahnhofstraße" if words == "Banhofstraße" else "")
        mistyped = (await belzig.get("/waste/streets?q=Banhofstraße", headers=PAGE)).text
        assert "Nichts gefunden für „Banhofstraße“. Diese Straßen heißen ähnlich." in mistyped
        assert (await belzig.json("/api/v1/waste/streets", q="Elbchaussee"))["items"] == []
        assert "nicht gefunden" in (await belzig.get("/waste/streets?q=Elbchaussee", headers=PAGE)).text


async def test_a_town_with_one_calendar_asks_nothing(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await works.subscribed("alle", "")
        await works.sends("alle", *weekly(TUESDAY, 3, "Restmüll"))
        page = await belzig.get("/waste", headers=PAGE)
        home = await belzig.get("/", headers=PAGE)

    assert "Morgen, Dienstag, 24. November" in page.text
    assert "Andere Straße" not in page.text
    assert "Morgen Müllabfuhr" in home.text


async def test_the_start_page_tells_of_tomorrow_and_is_silent_when_nothing_comes(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        linde = (await belzig.get("/", headers=chosen("lindenstrasse"))).text
        bahn = (await belzig.get("/", headers=chosen("bahnhofstrasse"))).text
        stranger = (await belzig.get("/", headers=PAGE)).text

    assert "Morgen Müllabfuhr" in linde
    # Both bins of the day stand in one line.
    assert "Papier und Restmüll" in linde or "Restmüll und Papier" in linde
    assert "Heute Abend rausstellen" in linde
    assert "Müllabfuhr</h2>" not in bahn
    assert "Meine Straße wählen" in stranger


async def test_by_noon_a_day_is_over(belzig: Village, works: Works) -> None:
    with clock.at(datetime(2026, 11, 24, 9, 30, tzinfo=UTC)):
        await two_streets(works)
        morning = (await belzig.get("/", headers=chosen("lindenstrasse"))).text
    with clock.at(datetime(2026, 11, 24, 11, 30, tzinfo=UTC)):
        noon = (await belzig.get("/", headers=chosen("lindenstrasse"))).text

    assert "Heute Müllabfuhr" in morning
    assert "Heute Müllabfuhr" not in noon


async def test_a_street_that_is_gone_is_asked_for_again(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        page = await belzig.get("/waste", headers=chosen("gibt-es-nicht"))

        assert (page.status_code, "In welcher Straße wohnen Sie?" in page.text) == (200, True)
        assert (await belzig.get("/waste/streets/gibt-es-nicht")).status_code == 404
        assert (await belzig.post("/waste/street", data={"street": "'; DROP"})).status_code == 404


async def test_a_form_from_another_site_chooses_nothing(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        answer = await belzig.post(
            "/waste/street", data={"street": "lindenstrasse"}, headers={"sec-fetch-site": "cross-site"}
        )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_the_street_can_be_forgotten(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        answer = await belzig.post("/waste/street", data={"street": ""}, headers=chosen("lindenstrasse"))

    assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_a_calendar_program_subscribes(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        answer = await belzig.get("/waste.ics", params={"street": "lindenstrasse"})
        again = await belzig.get("/waste.ics", params={"street": "lindenstrasse"})

    found: Any = icalendar.Calendar.from_ical(answer.content)
    [first, *rest] = found.walk("VEVENT")
    [alarm] = first.walk("VALARM")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.content == again.content
    assert found["X-WR-CALNAME"] == "Müllabfuhr: Lindenstraße"
    assert (first["DTSTART"].dt, first["DTEND"].dt) == (TUESDAY, date(2026, 11, 25))
    assert first["SUMMARY"] in ("Papier und Restmüll", "Restmüll und Papier")
    assert alarm["TRIGGER"].dt.total_seconds() == -6 * 3600
    assert len({one["UID"] for one in (first, *rest)}) == 3
    assert (await belzig.get("/waste.ics?street=nirgends")).status_code == 404


async def test_twelve_months_to_hang_up(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        page = await belzig.get("/waste/streets/lindenstrasse/year", headers=PAGE)

    assert page.text.count("<h1") == 1
    assert "November 2026" in page.text
    assert "Di 24." in page.text
    assert "Entsorgung Musterhof" in page.text


async def test_the_search_finds_streets_and_the_word_rubbish(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        street = (await belzig.get("/search", params={"q": "Lindenstr"}, headers=PAGE)).text
        rubbish = (await belzig.get("/search", params={"q": "Müllabfuhr"}, headers=PAGE)).text

    assert 'href="/waste/streets/lindenstrasse"' in street
    assert "Morgen, Dienstag, 24. November: " in street or "morgen, Dienstag, 24. November: " in street
    assert 'href="/waste"' in rubbish


async def test_an_empty_town_says_why(belzig: Village, swept: None) -> None:
    page = await belzig.get("/waste", headers=PAGE)

    assert (page.status_code, "noch keine Abfuhrtermine" in page.text) == (200, True)
    assert "Müllabfuhr</h2>" not in (await belzig.get("/", headers=PAGE)).text
    assert (await belzig.json("/api/v1/waste/streets")) == {"items": [], "next": None, "meant": ""}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "street"),
        ({"street": "lindenstrasse", "from": "gestern"}, "from"),
        ({"street": "lindenstrasse", "from": "2026-12-05", "to": "2026-12-01"}, "to"),
    ],
)
async def test_what_can_t_be_asked_is_named(belzig: Village, works: Works, params: dict[str, str], field: str) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        answer = await belzig.get("/api/v1/waste/dates", params=params)

    assert answer.status_code == 422
    assert field in msgspec.json.decode(answer.content)["errors"]


async def test_streets_come_in_parts(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING):
        await two_streets(works)
        first = await belzig.json("/api/v1/waste/streets", limit=1)
        second = await belzig.json("/api/v1/waste/streets", limit=1, cursor=first["next"])

    assert [one["key"] for one in (*first["items"], *second["items"])] == ["bahnhofstrasse", "lindenstrasse"]
    assert second["next"] is None


async def test_english_readers_get_english_bins(belzig: Village, works: Works) -> None:
    with clock.at(MONDAY_EVENING), reading_in("en"):
        await two_streets(works)
        page = await belzig.get("/waste/streets/lindenstrasse", headers=PAGE | {"accept-language": "en"})

    assert "Tomorrow, Tuesday, 24 November" in page.text
    assert "Put it out tonight." in page.text
