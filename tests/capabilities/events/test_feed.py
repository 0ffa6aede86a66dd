"""A club's calendar that the town syncs: new, changed, moved, gone, and back."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from app.capabilities.events import actions
from app.feeds import items
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_events import SATURDAY, Calendar, fixture, make_category
from tests.village import Village

TUESDAY = datetime(2026, 12, 1, 9, tzinfo=UTC)


async def listed(belzig: Village, first: str = "1971-01-01") -> list[tuple[str, str]]:
    belzig.edge.cache.empty("bad-belzig")
    found = await belzig.json("/api/v1/events", limit=100, **{"from": first})
    return [(one["title"], one["starts_at"] or one["first_day"]) for one in found["items"]]


async def test_a_club_enters_a_match_once_and_the_town_shows_it(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a"), fixture("b", title="Training", summary="Für alle"))
        await Calendar().sends(fixture("a"), fixture("b", title="Training", summary="Für alle"))
        found = await listed(belzig)

    assert sorted(found) == [("Heimspiel", "2026-12-05T13:00:00Z"), ("Training", "2026-12-05T13:00:00Z")]


async def test_a_changed_match_keeps_its_address(belzig: Village) -> None:
    club = Calendar()
    with clock.at(TUESDAY):
        await club.sends(fixture("a"))
        [before] = (await belzig.json("/api/v1/events"))["items"]
        later = fixture("a", SATURDAY + timedelta(hours=1), title="Heimspiel verlegt")
        key = fixture("a").occurrences[0].key
        moved = msgspec.structs.replace(later.occurrences[0], key=key)
        await club.sends(msgspec.structs.replace(later, occurrences=(moved,)))
        belzig.edge.cache.empty("bad-belzig")
        [after] = (await belzig.json("/api/v1/events"))["items"]

    assert (after["id"], after["occurrence_id"]) == (before["id"], before["occurrence_id"])
    assert (after["title"], after["starts_at"]) == ("Heimspiel verlegt", "2026-12-05T14:00:00Z")


async def test_a_single_event_that_moves_leaves_nothing_behind(belzig: Village) -> None:
    club = Calendar()
    with clock.at(TUESDAY):
        await club.sends(fixture("a", SATURDAY - timedelta(days=30)))
        await club.sends(fixture("a", SATURDAY))
        found = await listed(belzig)

    assert found == [("Heimspiel", "2026-12-05T13:00:00Z")]


async def test_a_series_keeps_its_past_and_loses_what_was_dropped(belzig: Village) -> None:
    club = Calendar()
    past, dropped, kept = TUESDAY - timedelta(days=10), SATURDAY, SATURDAY + timedelta(days=7)
    with clock.at(TUESDAY):
        await club.sends(fixture("a", past, dropped, kept, rrule="FREQ=WEEKLY"))
        await club.sends(fixture("a", kept, rrule="FREQ=WEEKLY"))
        found = await listed(belzig)

    assert found == [("Heimspiel", "2026-11-21T09:00:00Z"), ("Heimspiel", "2026-12-12T13:00:00Z")]


async def test_what_vanished_is_gone_and_comes_back(belzig: Village) -> None:
    club = Calendar()
    with clock.at(TUESDAY):
        await club.sends(fixture("a"), fixture("b", title="Training"))
        await club.drops("a")
        without = await listed(belzig)
        await club.sends(fixture("a"))
        again = await listed(belzig)

    assert without == [("Training", "2026-12-05T13:00:00Z")]
    assert sorted(again) == [("Heimspiel", "2026-12-05T13:00:00Z"), ("Training", "2026-12-05T13:00:00Z")]


async def test_a_date_of_a_series_may_differ(belzig: Village) -> None:
    series = fixture("a", SATURDAY, SATURDAY + timedelta(days=7), rrule="FREQ=WEEKLY", location_name="Sportplatz")
    first, second = series.occurrences
    second = msgspec.structs.replace(second, title="Pokalspiel", location_name="Waldstadion", status="cancelled")
    with clock.at(TUESDAY):
        await Calendar().sends(msgspec.structs.replace(series, occurrences=(first, second)))
        found = (await belzig.json("/api/v1/events"))["items"]
        page = await belzig.get(found[1]["url"].partition(":8000")[2])

    assert [(one["title"], one["location"]["name"], one["status"]) for one in found] == [
        ("Heimspiel", "Sportplatz", "confirmed"),
        ("Pokalspiel", "Waldstadion", "cancelled"),
    ]
    assert page.status_code == 200
    assert "Sa., 12. Dezember, 14–16 Uhr, Waldstadion – Pokalspiel" in page.text


async def test_whole_days_and_missing_ends(belzig: Village) -> None:
    days = items.Occurrence(key="20261206", first_day=date(2026, 12, 6), last_day=date(2026, 12, 7))
    open_end = items.Occurrence(key="20261205T130000Z", starts_at=SATURDAY)
    with clock.at(TUESDAY):
        await Calendar().sends(
            fixture("a", title="Lager", all_day=True, occurrences=(days,)),
            fixture("b", title="Treff", occurrences=(open_end,)),
        )
        found = (await belzig.json("/api/v1/events"))["items"]

    assert [(one["title"], one["all_day"], one["last_day"], one["ends_at"]) for one in found] == [
        ("Treff", False, "2026-12-05", None),
        ("Lager", True, "2026-12-07", None),
    ]


async def test_dates_that_cannot_be_meant_are_left_out(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(
            fixture("far", datetime(2041, 1, 1, tzinfo=UTC)),
            fixture("epoch", datetime(1970, 1, 1, tzinfo=UTC)),
            fixture("good", title="Training"),
        )
        found = await listed(belzig)

    assert found == [("Training", "2026-12-05T13:00:00Z")]


async def test_a_series_has_at_most_a_thousand_dates(belzig: Village) -> None:
    starts = [SATURDAY + timedelta(hours=number) for number in range(1100)]
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a", *starts, rrule="FREQ=HOURLY"))
        async with tenant("bad-belzig") as scope:
            stored = await scope.fetchval("SELECT count(*) FROM occurrence")

    assert stored == 1000


async def test_a_category_of_the_calendar_is_found_by_its_name(belzig: Village) -> None:
    await make_category("test-sport", "Sport & Spiel")
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a", categories=("Fußball", "sport & spiel")), fixture("b", title="Training"))
        found = (await belzig.json("/api/v1/events", category="test-sport"))["items"]

    assert [(one["title"], one["category"]["name"]) for one in found] == [("Heimspiel", "Sport & Spiel")]


async def test_an_editor_cannot_change_what_the_next_sync_would_undo(belzig: Village) -> None:
    with clock.at(TUESDAY):
        await Calendar().sends(fixture("a"))
        [entry] = (await belzig.json("/api/v1/events"))["items"]
        async with tenant("bad-belzig"), transaction():
            with pytest.raises(actions.FromFeed):
                await actions.edit(entry["id"], actions.EventText(title="Anders", starts_at=SATURDAY))
            with pytest.raises(actions.FromFeed):
                await actions.cancel(entry["id"])
        found = await listed(belzig)

    assert found == [("Heimspiel", "2026-12-05T13:00:00Z")]
