"""News and events say by themselves what is new, what falls out, and nothing of an archive that was connected."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import app
from app.capabilities.events import jobs as events
from app.capabilities.news import jobs as news
from app.kit import clock
from app.notify.announce import RANKS
from app.notify.chosen import CATEGORIES, TOLD
from app.tenancy import current, tenant, transaction
from tests import loop
from tests.factories import make_article
from tests.factories_events import make_event
from tests.notify.telling import TOWN, sweep
from tests.village import Village

NOW = datetime(2026, 11, 30, 12, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quiet(belzig: Village) -> Any:
    loop.run(sweep())
    yield
    loop.run(sweep())


async def told() -> list[dict[str, Any]]:
    async with tenant(TOWN):
        rows = await current().fetch("SELECT key, title, body, href, urgency, expires_at FROM announcement ORDER BY id")
    return [dict(row) for row in rows]


async def at_hour(job: Any, hours: int = 0) -> None:
    with clock.at(NOW + timedelta(hours=hours)):
        await job.run(tenant=TOWN)


async def test_an_article_is_told_once_it_is_public() -> None:
    with clock.at(NOW - timedelta(hours=1)):
        number = (await make_article(title="Neue Brücke", teaser="Ab Montag offen.")).id
        await make_article(title="Entwurf", published_at=None)
        later = (await make_article(title="Am Abend", published_at=NOW + timedelta(minutes=90))).id
    for hour in range(3):
        await at_hour(news.tell_news, hour)

    assert [(one["key"], one["title"]) for one in await told()] == [
        (f"news:{number}", "Neue Brücke"),
        (f"news:{later}", "Am Abend"),
    ]
    assert (await told())[0]["href"] == f"/news/{number}-neue-bruecke"
    assert (await told())[0]["body"] == "Ab Montag offen."


async def test_an_archive_is_no_news() -> None:
    with clock.at(NOW - timedelta(minutes=10)):
        for day in range(30):
            await make_article(title=f"Alt {day}", published_at=NOW - timedelta(days=day + 1))
        for number in range(12):
            await make_article(title=f"Neu {number}", published_at=NOW - timedelta(minutes=20 + number))

    await at_hour(news.tell_news)

    titles = [one["title"] for one in await told()]
    assert titles == [f"Neu {number}" for number in range(news.MOST - 1, -1, -1)]


async def test_a_new_event_says_its_day_and_place() -> None:
    with clock.at(NOW - timedelta(hours=1)):
        number = await make_event(title="Konzert im Burghof", location_name="Burg Eisenhardt")

    await at_hour(events.tell_events)
    await at_hour(events.tell_events, 1)

    [one] = await told()
    assert (one["key"], one["title"], one["urgency"]) == (f"event:{number}", "Konzert im Burghof", RANKS["later"])
    assert one["body"] == "Samstag, 5. Dezember 2026, 14 Uhr, Burg Eisenhardt"
    assert one["href"] == f"/events/{number}-konzert-im-burghof"
    assert one["expires_at"] > NOW


async def test_who_planned_to_go_hears_that_it_falls_out() -> None:
    with clock.at(NOW - timedelta(days=20)):
        number = await make_event(title="Weihnachtsmarkt")
    await at_hour(events.tell_events)
    assert await told() == []

    async with tenant(TOWN), transaction():
        await current().fetch(
            "UPDATE event SET status = 'cancelled', changed_at = $2 WHERE id = $1", [number, NOW - timedelta(minutes=5)]
        )
    await at_hour(events.tell_events)
    await at_hour(events.tell_events, 1)

    [one] = await told()
    assert (one["title"], one["urgency"]) == ("Fällt aus: Weihnachtsmarkt", RANKS["today"])


def test_nothing_is_offered_that_nobody_announces() -> None:
    texts = [path.read_text("utf-8") for path in Path(app.__file__).parent.glob("capabilities/*/*.py")]

    assert [one for one in TOLD if not any(f'category="{one}"' in text for text in texts)] == []
    assert set(TOLD) <= set(CATEGORIES)
