"""Disruptions reach those who want to know of buses and trains: at their stops, once, until they are over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app.capabilities.mobility.telling import tell_disruptions
from app.kit import clock
from app.notify.vapid import vapid
from app.settings import settings, use
from app.tenancy import current, tenant, transaction
from tests import loop
from tests.capabilities.mobility.region import MONDAY, Transit
from tests.notify.telling import TOWN, subscribe, sweep, tell
from tests.push_service import PushService
from tests.timetables import MARKET, STATION, WIESENBURG, realtime, village

NOW = int(MONDAY.timestamp())


@pytest.fixture
def service(transit: Transit) -> Iterator[PushService]:
    before = settings()
    with PushService() as found:
        use(msgspec.structs.replace(before, feed_private_hosts=before.feed_private_hosts | {found.host}))
        loop.run(sweep())
        # Made today and not at the test's hour: devices must not seem to be older than it.
        loop.run(vapid())
        yield found
        loop.run(sweep())
        use(before)


def alert(title: str, *, begin: int = NOW - 60, end: int = NOW + 7200, **more: Any) -> dict[str, Any]:
    told = {
        "active_period": [{"start": begin, "end": end}],
        "informed_entity": [{"route_id": "580_700"}],
        "header_text": {"translation": [{"text": title, "language": "de"}]},
    }
    return {"alert": told | more}


async def says(transit: Transit, *alerts: dict[str, Any]) -> None:
    """The region reports this, and Bad Belzig's job runs."""
    transit.now += timedelta(minutes=1)
    await transit.brings("gtfs_rt", realtime(*alerts, at=int(transit.now.timestamp())))
    with clock.at(transit.now):
        async with tenant(TOWN), transaction():
            await tell_disruptions.function()
        await tell()


async def told() -> list[tuple[str, int, str, list[str]]]:
    async with tenant(TOWN):
        rows = await current().fetch("SELECT title, urgency, href, stops FROM announcement ORDER BY id")
    return [tuple(row) for row in rows]


async def test_who_chose_no_stop_hears_of_the_town_and_who_did_of_theirs(
    transit: Transit, service: PushService
) -> None:
    everywhere, market, elsewhere = (service.browser(name) for name in ("all", "market", "elsewhere"))
    await transit.brings("gtfs", village())
    await subscribe(everywhere, categories=("mobility",))
    await subscribe(market, categories=("mobility",), stops=(MARKET, STATION))
    await subscribe(elsewhere, categories=("mobility",), stops=(WIESENBURG,))

    await says(transit, alert("Umleitung am Markt"))
    await says(transit, alert("Umleitung am Markt"))

    assert [[one["title"] for one in phone.shown] for phone in (everywhere, market, elsewhere)] == [
        ["Umleitung am Markt"],
        ["Umleitung am Markt"],
        [],
    ]
    [(title, urgency, href, stops)] = await told()
    assert (title, urgency) == ("Umleitung am Markt", 1)
    assert STATION in stops
    assert WIESENBURG not in stops
    assert href == f"/mobility/stops/{stops[0]}"


async def test_nothing_runs_is_urgent_and_what_begins_next_week_waits(transit: Transit, service: PushService) -> None:
    await transit.brings("gtfs", village())
    await subscribe(service.browser("phone"), categories=("mobility",))
    week = 7 * 86_400

    await says(
        transit,
        alert("Kein Verkehr", effect="NO_SERVICE"),
        alert("Baustelle", begin=NOW + week, end=NOW + 2 * week),
    )
    assert [(title, urgency) for title, urgency, *_ in await told()] == [("Kein Verkehr", 0)]

    transit.now += timedelta(days=6, hours=20)
    await says(transit, alert("Baustelle", begin=NOW + week, end=NOW + 2 * week))
    assert [title for title, *_ in await told()] == ["Kein Verkehr", "Baustelle"]


async def test_it_is_over_with_the_disruption_and_a_new_id_is_no_news(transit: Transit, service: PushService) -> None:
    phone = service.browser("phone")
    await transit.brings("gtfs", village())
    await subscribe(phone, categories=("mobility",))
    await says(transit, alert("Umleitung"))

    await says(transit, alert("Halt verlegt"), alert("Umleitung"))
    assert [one["title"] for one in phone.shown] == ["Umleitung", "Halt verlegt"]

    await says(transit)
    async with tenant(TOWN):
        ends = await current().fetch("SELECT expires_at FROM announcement")
    assert {row["expires_at"] for row in ends} == {transit.now}


async def test_a_report_that_says_nothing_new_sends_nobody_a_job(
    transit: Transit, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(type(tell_disruptions), "send_for", lambda _job, slug: sent.append(slug))
    await transit.brings("gtfs", village())

    for number in range(3):
        report = realtime(*([alert("Umleitung")] if number else []), at=NOW + number)
        await transit.brings("gtfs_rt", report)

    assert sent == ["bad-belzig", "wiesenburg-mark"]


async def test_the_page_names_the_stop_that_one_comes_from(transit: Transit, service: PushService) -> None:
    await transit.brings("gtfs", village())

    board = await transit.page(f"/mobility/stops/{STATION}")
    page = await transit.page(f"/notifications?category=mobility&stop={STATION}")
    nonsense = await transit.page("/notifications?category=mobility&stop=nirgends")

    assert f"/notifications?category=mobility&amp;stop={STATION.replace(':', '%3A')}" in board
    assert "Meine Haltestellen" in page
    assert f'name="stop" value="{STATION}" checked' in page
    assert "Meine Haltestellen" not in nonsense
