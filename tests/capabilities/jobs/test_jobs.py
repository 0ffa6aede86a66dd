"""Vacancies from pages of the town: shown until the last day to apply."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.capabilities.jobs import actions
from app.feeds import items
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories import feed_item_id, make_source
from tests.village import Village

TOWN = "bad-belzig"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGE = {"accept": "text/html"}


async def offered(*jobs: items.Job) -> list[int]:
    """A source offers these; the ids of its items."""
    async with tenant(TOWN), transaction():
        source = await make_source(title="Stadt Bad Belzig")
        ids = [await feed_item_id(source, one.external_id) for one in jobs]
        await actions.store_from_feed(source, list(zip(ids, jobs, strict=True)))
    return ids


def job(title: str = "Gärtnerin", **more: Any) -> items.Job:
    known: dict[str, Any] = {
        "external_id": title,
        "title": title,
        "employer": "Bauhof",
        "place": "Bad Belzig",
        "employment": "FULL_TIME, PART_TIME, Minijob",
        "published_at": NOW - timedelta(days=2),
        "apply_until": date(2026, 12, 15),
        "body_html": "<p>Grünpflege im Kurpark.</p>",
        "url": "https://stadt.example/karriere/gaertnerin",
        "licence": "© Stadt",
    }
    return items.Job(**(known | more))


async def titles(belzig: Village, **params: Any) -> list[str]:
    belzig.edge.cache.empty(TOWN)
    return [one["title"] for one in (await belzig.json("/api/v1/jobs", **params))["items"]]


async def test_a_vacancy_is_read_in_the_list_and_whole(belzig: Village) -> None:
    with clock.at(NOW):
        await offered(job())
        [found] = (await belzig.json("/api/v1/jobs"))["items"]
        listed = (await belzig.get("/jobs", headers=PAGE)).text
        page = await belzig.get(f"/jobs/{found['id']}-gaertnerin", headers=PAGE)
        whole = await belzig.json(f"/api/v1/jobs/{found['id']}")

    assert found["url"] == whole["url"] == str(page.url)
    assert "Bauhof, Bad Belzig" in listed
    assert "Vollzeit, Teilzeit, Minijob" in listed
    assert "bewerben bis 15. Dezember 2026" in listed
    assert page.text.count("<h1") == 1
    assert "Grünpflege im Kurpark." in page.text
    assert "Dienstag, 15. Dezember 2026" in page.text
    assert "© Stadt" in page.text
    assert (await belzig.json(f"/api/v1/jobs/{found['id']}"))["employer"] == "Bauhof"
    assert (await belzig.get(f"/jobs/{found['id']}-anders", headers=PAGE)).status_code == 301


async def test_it_is_gone_the_day_after_the_last_one(belzig: Village) -> None:
    with clock.at(NOW):
        await offered(job())
    # 15 December, 23:30 in Belzig; and half an hour into the next day.
    with clock.at(datetime(2026, 12, 15, 22, 30, tzinfo=UTC)):
        assert await titles(belzig) == ["Gärtnerin"]
        [found] = (await belzig.json("/api/v1/jobs"))["items"]
    with clock.at(datetime(2026, 12, 15, 23, 30, tzinfo=UTC)):
        assert await titles(belzig) == []
        assert (await belzig.get(f"/jobs/{found['id']}-gaertnerin")).status_code == 404


async def test_without_a_last_day_it_stays_until_the_source_drops_it(belzig: Village) -> None:
    with clock.at(NOW):
        ids = await offered(job(apply_until=None))
    with clock.at(NOW + timedelta(days=400)):
        assert await titles(belzig) == ["Gärtnerin"]
        async with tenant(TOWN), transaction():
            await actions.withdraw_from_feed(ids)

        assert await titles(belzig) == []


async def test_a_changed_vacancy_keeps_its_number(belzig: Village) -> None:
    with clock.at(NOW):
        await offered(job())
        before = await belzig.json("/api/v1/jobs")
        async with tenant(TOWN), transaction():
            source = await make_source(title="Stadt Bad Belzig")
            id_ = await current_item()
            await actions.store_from_feed(source, [(id_, job(place="Lüsse"))])
        belzig.edge.cache.empty(TOWN)
        after = await belzig.json("/api/v1/jobs")

    assert [one["id"] for one in before["items"]] == [one["id"] for one in after["items"]]
    assert after["items"][0]["place"] == "Lüsse"


async def current_item() -> int:
    from app.tenancy import current

    return int(await current().fetchval("SELECT feed_item_id FROM job"))


async def test_the_list_comes_in_parts_and_is_searched(belzig: Village) -> None:
    with clock.at(NOW):
        await offered(*(job(f"Stelle {number}", published_at=NOW - timedelta(days=number)) for number in range(5)))
        first = await belzig.json("/api/v1/jobs", limit=2)
        second = await belzig.json("/api/v1/jobs", limit=2, cursor=first["next"])

        assert [one["title"] for one in (*first["items"], *second["items"])] == [f"Stelle {n}" for n in range(4)]
        assert await titles(belzig, q="stelle 3") == ["Stelle 3"]
        assert await titles(belzig, q="bauhof", limit=1) == ["Stelle 0"]
        assert await titles(belzig, q="%") == []
        assert "Stelle 4" in (await belzig.get("/search?q=Stelle", headers=PAGE)).text


async def test_a_date_in_the_future_counts_as_now(belzig: Village) -> None:
    with clock.at(NOW):
        await offered(job(published_at=NOW + timedelta(days=100), external_id="x"))
        [found] = (await belzig.json("/api/v1/jobs"))["items"]

    assert found["published_at"] == "2026-11-22T09:00:00Z"


async def test_a_town_without_vacancies_says_why(belzig: Village) -> None:
    page = await belzig.get("/jobs", headers=PAGE)

    assert "Zurzeit wird niemand gesucht" in page.text
    assert (await belzig.get("/jobs/unsinn", headers=PAGE)).status_code == 404
    assert (await belzig.get("/api/v1/jobs/unsinn")).status_code == 422
