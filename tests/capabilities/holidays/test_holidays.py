"""Public holidays of Brandenburg, school holidays from a source, and the card on the day before."""

from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest

from app.capabilities.holidays import actions, statutory
from app.capabilities.holidays.queries import public_days, school_holidays
from app.feeds import items
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories import feed_item_id, make_source
from tests.village import Village

TOWN = "bad-belzig"
SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGE = {"accept": "text/html"}


async def told(*some: items.DayOff, **values: Any) -> list[int]:
    """A source tells these days off; the ids of its items."""
    async with tenant(TOWN), transaction():
        source = await make_source(title="OpenHolidays", licence="ODbL-1.0", attribution="OpenHolidays API")
        ids = [await feed_item_id(source, one.external_id) for one in some]
        await actions.store_from_feed(source, list(zip(ids, some, strict=True)))
    return ids


def school(title: str, first: date, last: date, state: str = "DE-BB") -> items.DayOff:
    return items.DayOff(
        external_id=f"{title}{first}", title=title, kind="school", first_day=first, last_day=last, state=state
    )


CHRISTMAS = school("Weihnachtsferien", date(2026, 12, 23), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("ags", "state"),
    [("12069020", "DE-BB"), ("09162000", "DE-BY"), ("11000000", "DE-BE"), ("", ""), ("99000000", ""), ("x", "")],
)
def test_a_town_s_key_tells_its_state(ags: str, state: str) -> None:
    assert statutory.state_of(ags) == state


async def test_each_state_has_its_own_days() -> None:
    year = range(2026, 2027)
    brandenburg, bavaria = await statutory.named("DE-BB", year), await statutory.named("DE-BY", year)

    assert date(2026, 10, 31) in brandenburg
    assert date(2026, 10, 31) not in bavaria
    assert date(2026, 1, 6) in bavaria
    assert (await statutory.named("DE-BB", year, "en"))[date(2026, 12, 25)] == "Christmas Day"
    assert len(await statutory.named("", year)) == 9  # those that all states share
    assert await statutory.named("DE-BB", range(1, 2)) == {}
    assert [len(await statutory.named(f"DE-{one}", year)) >= 9 for one in statutory.STATES.values()] == [True] * 16


async def test_the_town_s_holidays_between_two_days(belzig: Village) -> None:
    async with tenant(TOWN):
        found = await public_days(date(2026, 12, 25), date(2027, 1, 1))

    assert found == {date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)}


async def test_a_local_holiday_that_a_source_tells_counts_too(belzig: Village) -> None:
    friday = date(2026, 8, 7)
    await told(
        items.DayOff(external_id="f", title="Friedensfest", kind="public", first_day=friday, last_day=friday),
        items.DayOff(external_id="g", title="Ewig", kind="public", first_day=friday, last_day=date(2027, 1, 1)),
        items.DayOff(
            external_id="h", title="Anderswo", kind="public", first_day=friday, last_day=friday, state="DE-BY"
        ),
    )
    async with tenant(TOWN):
        assert await public_days(date(2026, 8, 1), date(2026, 8, 31)) == {friday}


async def test_school_holidays_of_the_state_and_no_other(belzig: Village) -> None:
    await told(CHRISTMAS, school("Faschingsferien", date(2027, 2, 8), date(2027, 2, 12), "DE-BY"))
    async with tenant(TOWN):
        [one] = await school_holidays(date(2027, 1, 1), date(2027, 3, 1))

    assert (one.title, one.first_day, one.last_day) == ("Weihnachtsferien", date(2026, 12, 23), date(2027, 1, 2))
    assert (one.attribution, one.licence) == ("OpenHolidays API", "ODbL-1.0")


async def test_what_the_source_drops_is_gone_and_comes_back(belzig: Village) -> None:
    ids = await told(CHRISTMAS)
    async with tenant(TOWN), transaction():
        await actions.withdraw_from_feed(ids)
        gone = await school_holidays(date(2026, 12, 1), date(2027, 3, 1))

    assert gone == []


async def test_the_page_has_both_years_and_names_its_source(belzig: Village) -> None:
    with clock.at(SUNDAY):
        await told(CHRISTMAS)
        page = (await belzig.get("/holidays", headers=PAGE)).text

    assert page.count("<h1") == 1
    assert "Erster Weihnachtstag" in page
    assert "Freitag, 25. Dezember 2026" in page
    assert "23. Dezember 2026 bis 2. Januar 2027" in page
    assert ">2027</h2>" in page
    assert "OpenHolidays API" in page
    assert "Sie sind hier noch nicht bekannt." in page  # for 2027


async def test_the_card_stands_there_on_the_day_before_only(belzig: Village) -> None:
    async def shown(day: int) -> bool:
        belzig.edge.cache.empty(TOWN)
        with clock.at(datetime(2026, 12, day, 9, tzinfo=UTC)):
            return "Morgen ist Feiertag" in (await belzig.get("/", headers=PAGE)).text

    assert [await shown(day) for day in (23, 24, 25, 26)] == [False, True, True, False]


async def test_new_year_s_eve_knows_the_next_year(belzig: Village) -> None:
    with clock.at(datetime(2026, 12, 31, 22, 30, tzinfo=UTC)):
        belzig.edge.cache.empty(TOWN)
        assert "Neujahr" in (await belzig.get("/", headers=PAGE)).text


async def test_holidays_as_json_and_as_a_calendar(belzig: Village) -> None:
    with clock.at(SUNDAY):
        await told(CHRISTMAS)
        some = await belzig.json("/api/v1/holidays", **{"from": "2026-12-20", "to": "2026-12-25"})
        answer = await belzig.get("/holidays.ics")

    assert [(one["kind"], one["title"]) for one in some["items"]] == [
        ("school", "Weihnachtsferien"),
        ("public", "Erster Weihnachtstag"),
    ]
    assert some["items"][0]["state"] == "DE-BB"
    events: Any = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    spans = {str(one["SUMMARY"]): (one["DTSTART"].dt, one["DTEND"].dt) for one in events}
    assert spans["Weihnachtsferien"] == (date(2026, 12, 23), date(2027, 1, 3))
    assert len({one["UID"] for one in events}) == len(events) == 25


@pytest.mark.parametrize(
    "params",
    [{"from": "Ostern"}, {"from": "2026-12-05", "to": "2026-12-01"}, {"from": "2020-01-01", "to": "2030-01-01"}],
)
async def test_what_can_t_be_asked_is_told(belzig: Village, params: dict[str, str]) -> None:
    assert (await belzig.get("/api/v1/holidays", params=params)).status_code == 422


async def test_the_search_finds_the_next_ones(belzig: Village) -> None:
    with clock.at(SUNDAY):
        await told(CHRISTMAS)
        found = (await belzig.get("/search", params={"q": "Weihnachtsferien"}, headers=PAGE)).text

    assert "23. Dezember 2026 bis 2. Januar 2027" in found
