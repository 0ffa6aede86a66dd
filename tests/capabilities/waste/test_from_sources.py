"""What a waste works publishes: areas by street, days, shifts, and its bad days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.capabilities.waste import jobs
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_daily import TOWN, Works, calendar, entry, weekly
from tests.village import Village

SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)


async def days(belzig: Village, street: str = "lindenstrasse", **more: str) -> list[tuple[str, str]]:
    belzig.edge.cache.empty(TOWN)
    answer = await belzig.json("/api/v1/waste/dates", street=street, **more)
    assert answer["next"] is None
    return [(one["day"], one["fraction"]) for one in answer["items"]]


async def streets(belzig: Village) -> list[str]:
    belzig.edge.cache.empty(TOWN)
    return [one["name"] for one in (await belzig.json("/api/v1/waste/streets"))["items"]]


async def test_a_street_s_calendar_stands_in_the_town(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        report = await works.sends("linde", *weekly(TUESDAY, 3, "Restmüll"), entry(TUESDAY, "Papier"))
        [first, *_rest] = (await belzig.json("/api/v1/waste/dates", street="lindenstrasse"))["items"]

        assert (report.status, report.new, report.errors) == ("ok", 4, [])
        assert await streets(belzig) == ["Lindenstraße"]
        assert await days(belzig) == [
            ("2026-11-24", "paper"),
            ("2026-11-24", "residual"),
            ("2026-12-08", "residual"),
            ("2026-12-22", "residual"),
        ]
        assert await days(belzig, **{"from": "2026-12-01", "to": "2026-12-10"}) == [("2026-12-08", "residual")]
    assert (first["source"], first["attribution"], first["name"]) == (
        "Abfuhr Lindenstraße",
        "Entsorgung Musterhof",
        "Papier",
    )


async def test_two_calendars_of_one_street_are_one_area(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("a", "Lindenstraße")
        await works.subscribed("b", "lindenstrasse")
        await works.sends("a", entry(TUESDAY, "Restmüll"))
        await works.sends("b", entry(TUESDAY, "Gelbe Tonne"))

        assert await streets(belzig) == ["Lindenstraße"]
        assert await days(belzig) == [("2026-11-24", "packaging"), ("2026-11-24", "residual")]


async def test_an_answer_that_is_empty_once_withdraws_nothing(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *weekly(TUESDAY, 6, "Restmüll"))
        before = await days(belzig)
        works.origin.file("/linde.ics", calendar([]), "text/calendar")
        report = await works.looked("linde", force=True)

        assert report.gone == 0
        assert len(before) == 6
        assert await days(belzig) == before


async def test_a_source_that_makes_up_new_ids_changes_nothing(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        entries = weekly(TUESDAY, 6, "Restmüll")
        await works.sends("linde", *entries)
        report = await works.sends("linde", *(one.replace("UID:", "UID:neu-") for one in entries))

        assert (report.new, report.changed, report.gone, report.unchanged) == (0, 0, 0, 6)


async def test_a_day_that_is_moved_leaves_nothing_behind(belzig: Village, works: Works) -> None:
    entries = weekly(TUESDAY, 6, "Restmüll")
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *entries)
        await works.sends("linde", entry(TUESDAY + timedelta(days=1), "Restmüll"), *entries[1:])

        assert [day for day, _ in await days(belzig)][:2] == ["2026-11-25", "2026-12-08"]


async def test_a_holiday_s_shift_is_noticed_and_named(belzig: Village, works: Works) -> None:
    fridays = weekly(date(2026, 11, 27), 6, "Biotonne")
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *fridays[:2], entry(date(2026, 12, 26), "Biotonne"), *fridays[3:])
        found = (await belzig.json("/api/v1/waste/dates", street="lindenstrasse"))["items"]
        page = (await belzig.get("/waste/streets/lindenstrasse")).text

    moved = [one for one in found if one["moved_from"]]
    assert [(one["day"], one["moved_from"], one["moved_guessed"]) for one in moved] == [
        ("2026-12-26", "2026-12-25", True)
    ]
    # Boxing Day lies beyond four weeks: what is moved stands with the twelve months.
    assert "verschoben" not in page
    with clock.at(datetime(2026, 12, 24, 9, tzinfo=UTC)):
        belzig.edge.cache.empty(TOWN)
        assert (
            "Wegen des Feiertags verschoben, sonst Freitag, 25. Dezember"
            in (await belzig.get("/waste/streets/lindenstrasse")).text
        )


async def test_a_shift_that_the_source_names_is_taken_from_it(belzig: Village, works: Works) -> None:
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", entry(date(2026, 12, 29), "Restmüll", "DESCRIPTION:Ersatz für Freitag\\, 25.12."))
        [one] = (await belzig.json("/api/v1/waste/dates", street="lindenstrasse"))["items"]

    assert (one["moved_from"], one["moved_guessed"]) == ("2026-12-25", False)


async def test_the_turn_of_the_year_is_no_vanishing(belzig: Village, works: Works) -> None:
    this, following = weekly(date(2026, 12, 8), 2, "Restmüll"), weekly(date(2027, 1, 5), 6, "Restmüll")
    works.origin.file("/abfuhr/2026.ics", calendar(this), "text/calendar")
    with clock.at(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        await works.subscribed("linde", "Lindenstraße", path="/abfuhr/{year}.ics")
        early = await works.looked("linde")
        works.origin.file("/abfuhr/2027.ics", calendar(following), "text/calendar")
        both = await works.looked("linde")

        assert (early.status, early.new) == ("ok", 2)
        assert (both.new, both.gone, both.errors) == (6, 0, [])
        assert [day for day, _ in await days(belzig)][1:3] == ["2026-12-22", "2027-01-05"]
    with clock.at(datetime(2027, 1, 1, 5, tzinfo=UTC)):
        async with tenant(TOWN), transaction():
            await jobs.forget_past.function()
        report = await works.looked("linde")

        assert (report.gone, report.errors, report.unchanged) == (0, [], 6)
        assert (await days(belzig))[0] == ("2027-01-05", "residual")
    assert works.origin.paths[-1] == "/abfuhr/2027.ics"


async def test_the_next_year_s_calendar_is_waited_for_not_given_up(belzig: Village, works: Works) -> None:
    works.origin.file("/abfuhr/2026.ics", calendar(weekly(date(2026, 12, 8), 2, "Restmüll")), "text/calendar")
    works.origin.file("/abfuhr/2027.ics", calendar(weekly(date(2027, 1, 5), 6, "Restmüll")), "text/calendar")
    with clock.at(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        await works.subscribed("linde", "Lindenstraße", path="/abfuhr/{year}.ics")
        await works.looked("linde")
        works.origin.status("/abfuhr/2027.ics", 503)
        broken = await works.looked("linde")

        assert broken.status == "failed"
        assert len(await days(belzig)) == 8


async def test_what_a_clerk_struck_out_does_not_come_back_with_the_next_sync(belzig: Village, works: Works) -> None:
    entries = weekly(TUESDAY, 6, "Restmüll")
    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *entries)
        async with tenant(TOWN) as scope, transaction():
            await scope.fetch(
                "UPDATE waste_date SET withdrawn_at = now(), withdrawn_why = 'clerk' WHERE day = $1", [TUESDAY]
            )
        changed = [one.replace("DTSTAMP", "DESCRIPTION:Bitte früh\r\nDTSTAMP") for one in entries]
        report = await works.sends("linde", *changed)

        assert report.changed == 6
        assert next(day for day, _ in await days(belzig)) == "2026-12-08"


async def test_what_is_over_is_forgotten(belzig: Village, works: Works) -> None:
    async def count() -> Any:
        async with tenant(TOWN) as scope:
            return await scope.fetchval("SELECT count(*) FROM waste_date")

    with clock.at(SUNDAY):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *weekly(TUESDAY, 3, "Restmüll"))
        assert await count() == 3
    with clock.at(SUNDAY + timedelta(days=5)):
        async with tenant(TOWN), transaction():
            await jobs.forget_past.function()

        assert await count() == 2
        assert (await works.looked("linde", force=True)).gone == 0
