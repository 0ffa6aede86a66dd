"""Series of editors: over changes of clocks, at their ends, and when somebody writes nonsense."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.capabilities.events import actions, jobs
from app.capabilities.events.dates import timed, whole_days
from app.capabilities.events.recurrence import InvalidRecurrence, expand
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_events import SATURDAY, make_event
from tests.village import Village

BERLIN = ZoneInfo("Europe/Berlin")


def dates_of(recurrence: str, start: datetime, today: date, hours: float = 1) -> list[datetime]:
    first = timed(start, start + timedelta(hours=hours), BERLIN)
    return [one.starts_at for one in expand(first, recurrence, zone=BERLIN, town=BERLIN, today=today)]


def test_a_choir_meets_at_seven_in_summer_and_winter() -> None:
    found = dates_of("RRULE:FREQ=WEEKLY;COUNT=3", datetime(2026, 10, 20, 17, tzinfo=UTC), date(2026, 10, 19))

    assert found == [datetime(2026, 10, day, hour, tzinfo=UTC) for day, hour in ((20, 17), (27, 18))] + [
        datetime(2026, 11, 3, 18, tzinfo=UTC)
    ]


def test_a_time_that_the_clocks_skip_is_an_hour_later() -> None:
    found = dates_of("FREQ=DAILY;COUNT=3", datetime(2026, 3, 28, 1, 30, tzinfo=UTC), date(2026, 3, 28))

    assert [moment.astimezone(BERLIN).strftime("%d. %H:%M") for moment in found] == [
        "28. 02:30",
        "29. 03:30",
        "30. 02:30",
    ]


def test_a_time_that_comes_twice_is_the_first_of_both() -> None:
    found = dates_of("FREQ=DAILY;COUNT=3", datetime(2026, 10, 24, 0, 30, tzinfo=UTC), date(2026, 10, 24))

    assert found[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found[2] == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_an_endless_series_ends_with_the_window() -> None:
    today = date(2026, 12, 1)
    daily = dates_of("FREQ=DAILY", datetime(2020, 1, 1, 18, tzinfo=UTC), today)

    assert daily[0].date() == date(2026, 11, 30)
    assert daily[-1].date() == today + timedelta(days=400)
    assert len(daily) == 402


def test_days_that_are_left_out_and_added() -> None:
    recurrence = "RRULE:FREQ=WEEKLY;UNTIL=20261219\nEXDATE:20261212T140000\nRDATE:20261213T130000Z"

    found = dates_of(recurrence, SATURDAY, date(2026, 12, 1))

    assert found == [SATURDAY, SATURDAY + timedelta(days=8), SATURDAY + timedelta(days=14)]


def test_whole_days_stay_days_over_a_change_of_clocks() -> None:
    first = whole_days(date(2026, 3, 28), date(2026, 3, 29), BERLIN)

    found = expand(first, "FREQ=WEEKLY;COUNT=2", zone=BERLIN, town=BERLIN, today=date(2026, 3, 28))

    assert [(one.first_day, one.last_day) for one in found] == [
        (date(2026, 3, 28), date(2026, 3, 29)),
        (date(2026, 4, 4), date(2026, 4, 5)),
    ]
    assert found[0].over_at - found[0].starts_at == timedelta(hours=47)


@pytest.mark.parametrize(
    "recurrence",
    [
        "every Tuesday",
        "FREQ=SECONDLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=999999999999",
        "FREQ=DAILY;UNTIL=20261399",
        "FREQ=YEARLY;BYEASTER=1",
        "DTSTART:20261205T140000",
        "EXDATE:tomorrow",
        "FREQ=DAILY;" * 1000,
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(recurrence: str) -> None:
    with pytest.raises(InvalidRecurrence) as refused:
        dates_of(recurrence, SATURDAY, date(2026, 12, 1))

    assert list(refused.value.fields) == ["recurrence"]


async def test_every_night_the_calendar_reaches_a_day_further(belzig: Village) -> None:
    with clock.at(SATURDAY - timedelta(hours=1)):
        id_ = await make_event(title="Chorprobe", recurrence="FREQ=DAILY")
        before = (await belzig.json(f"/api/v1/events/{id_}"))["dates"]
        async with tenant("bad-belzig"), transaction():
            await actions.cancel(id_, before[3]["occurrence_id"])
    with clock.at(SATURDAY + timedelta(hours=23)):
        await jobs.extend_recurrences.run(tenant="bad-belzig")
        await jobs.extend_recurrences.run(tenant="bad-belzig")
        async with tenant("bad-belzig") as scope:
            rows = await scope.fetch(
                "SELECT first_day, status FROM occurrence WHERE event_id = $1 ORDER BY starts_at", [id_]
            )

    assert len(before) == 200
    assert [row["first_day"] for row in rows] == [date(2026, 12, 5) + timedelta(days=n) for n in range(402)]
    assert [number for number, row in enumerate(rows) if row["status"] == "cancelled"] == [3]


async def test_an_editor_moves_a_series_and_what_was_cancelled_stays_cancelled(belzig: Village) -> None:
    with clock.at(SATURDAY - timedelta(days=1)):
        id_ = await make_event(title="Chorprobe", recurrence="FREQ=WEEKLY;COUNT=4")
        dates = (await belzig.json(f"/api/v1/events/{id_}"))["dates"]
        async with tenant("bad-belzig"), transaction():
            await actions.cancel(id_, dates[1]["occurrence_id"])
            await actions.edit(
                id_, actions.EventText(title="Probe", starts_at=SATURDAY, recurrence="FREQ=WEEKLY;COUNT=3")
            )
        belzig.edge.cache.empty("bad-belzig")
        after = (await belzig.json(f"/api/v1/events/{id_}"))["dates"]

    assert [one["occurrence_id"] for one in after] == [one["occurrence_id"] for one in dates[:3]]
    assert [one["cancelled"] for one in after] == [False, True, False]
    assert after[0]["ends_at"] is None


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"starts_at": None}, "starts_at"),
        ({"starts_at": datetime(2026, 12, 5, 14)}, "starts_at"),  # noqa: DTZ001 - what is refused
        ({"ends_at": SATURDAY - timedelta(hours=1)}, "ends_at"),
        ({"first_day": date(2026, 12, 5)}, "starts_at"),
        ({"latitude": 52.1}, "latitude"),
        ({"latitude": 100.0, "longitude": 0.0}, "latitude"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
async def test_an_editor_is_told_which_field_is_wrong(belzig: Village, fields: dict[str, object], named: str) -> None:
    told: dict[str, object] = {"title": "Feuerwehrfest", "starts_at": SATURDAY, **fields}

    async with tenant("bad-belzig"), transaction():
        with pytest.raises(actions.InvalidEvent) as refused:
            await actions.create(actions.EventText(**told))  # type: ignore[arg-type]

    assert list(refused.value.fields) == [named]
    assert (await belzig.json("/api/v1/events", **{"from": "2026-01-01"}))["items"] == []


async def test_publishing_and_cancelling_twice_is_refused(belzig: Village) -> None:
    id_ = await make_event()

    async with tenant("bad-belzig"), transaction():
        with pytest.raises(actions.AlreadyPublished):
            await actions.publish(id_)
        await actions.cancel(id_)
        with pytest.raises(actions.AlreadyCancelled):
            await actions.cancel(id_)

    entry = await belzig.json("/api/v1/events", **{"from": "2026-12-05"})
    assert [one["status"] for one in entry["items"]] == ["cancelled"]
