"""The evening before, on the town's clock: also in the nights when the clocks change."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.capabilities.waste import jobs
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_daily import TOWN, Works, entry
from tests.village import Village

Told = list[tuple[str, str, str]]


async def hour_strikes(moment: datetime) -> Told:
    """The hourly job runs; what has been said so far: key, title and street."""
    with clock.at(moment):
        async with tenant(TOWN), transaction():
            await jobs.remind.function()
        async with tenant(TOWN) as scope:
            rows = await scope.fetch("SELECT key, title, street FROM announcement ORDER BY id")
    return [(row["key"], row["title"], row["street"]) for row in rows]


async def one_street(works: Works, *days: date, at: datetime) -> None:
    with clock.at(at):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", *(entry(day, "Restmüll") for day in days), entry(days[0], "Altpapier"))


@pytest.mark.parametrize(
    ("collected", "too_early", "evening"),
    [
        # An ordinary winter day: 18:00 is 17:00 UTC.
        (date(2026, 11, 24), datetime(2026, 11, 23, 16, 4, tzinfo=UTC), datetime(2026, 11, 23, 17, 4, tzinfo=UTC)),
        # The night to 29 March loses an hour: the evening before is still winter.
        (date(2026, 3, 29), datetime(2026, 3, 28, 16, 4, tzinfo=UTC), datetime(2026, 3, 28, 17, 4, tzinfo=UTC)),
        # The evening of 29 March is summer: 18:00 is 16:00 UTC.
        (date(2026, 3, 30), datetime(2026, 3, 29, 15, 4, tzinfo=UTC), datetime(2026, 3, 29, 16, 4, tzinfo=UTC)),
        # The night to 25 October has an hour twice: the evening before is still summer.
        (date(2026, 10, 25), datetime(2026, 10, 24, 15, 4, tzinfo=UTC), datetime(2026, 10, 24, 16, 4, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 16, 4, tzinfo=UTC), datetime(2026, 10, 25, 17, 4, tzinfo=UTC)),
    ],
)
async def test_at_six_in_the_evening_it_is_said_once(
    belzig: Village, works: Works, collected: date, too_early: datetime, evening: datetime
) -> None:
    await one_street(works, collected, at=too_early)

    assert await hour_strikes(too_early) == []
    told = await hour_strikes(evening)
    again = await hour_strikes(evening.replace(hour=evening.hour + 1))

    assert told == again
    [(key, title, street)] = told
    assert (key, street) == (f"waste:lindenstrasse:{collected}", "lindenstrasse")
    assert title in ("Morgen: Papier und Restmüll", "Morgen: Restmüll und Papier")


async def test_who_slept_until_ten_tells_nobody_any_more(belzig: Village, works: Works) -> None:
    late = datetime(2026, 11, 23, 21, 4, tzinfo=UTC)
    await one_street(works, date(2026, 11, 24), at=late)

    assert await hour_strikes(late) == []


async def test_only_streets_with_a_bin_tomorrow_are_told(belzig: Village, works: Works) -> None:
    evening = datetime(2026, 11, 23, 17, 4, tzinfo=UTC)
    with clock.at(evening):
        await works.subscribed("bahn", "Bahnhofstraße")
        await works.sends("bahn", entry(date(2026, 11, 25), "Biotonne"))
    await one_street(works, date(2026, 11, 24), at=evening)

    assert [street for _, _, street in await hour_strikes(evening)] == ["lindenstrasse"]


async def test_the_reminder_is_over_at_noon_of_its_day(belzig: Village, works: Works) -> None:
    evening = datetime(2026, 11, 23, 17, 4, tzinfo=UTC)
    await one_street(works, date(2026, 11, 24), at=evening)
    await hour_strikes(evening)
    async with tenant(TOWN) as scope:
        rows: list[Any] = await scope.fetch("SELECT expires_at, href, category, body FROM announcement")

    [row] = rows
    assert row["expires_at"] == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert (row["href"], row["category"]) == ("/waste", "waste")
    assert row["body"] == "Bitte heute Abend rausstellen. Lindenstraße"


async def test_what_one_brings_is_not_to_be_put_out(belzig: Village, works: Works) -> None:
    evening = datetime(2026, 11, 23, 17, 4, tzinfo=UTC)
    with clock.at(evening):
        await works.subscribed("linde", "Lindenstraße")
        await works.sends("linde", entry(date(2026, 11, 24), "Schadstoffmobil"))
    await hour_strikes(evening)
    async with tenant(TOWN) as scope:
        [row] = await scope.fetch("SELECT title, body FROM announcement")

    assert (row["title"], row["body"]) == ("Morgen: Schadstoffe", "Lindenstraße")
