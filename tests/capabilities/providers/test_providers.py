"""Who takes part."""

import pytest

from app.capabilities.providers import actions
from app.kit import clock
from app.tenancy import tenant, transaction
from app.tenancy.definition import definition
from app.tenancy.village import Category, Provider
from tests.factories import make_article, provider_id
from tests.factories_events import make_event
from tests.village import Village


async def test_a_resident_sees_who_publishes(belzig: Village) -> None:
    page = (await belzig.get("/providers")).text

    for name in ("Stadt Bad Belzig", "Coconat", "Fläming365"):
        assert name in page
    assert page.index("Stadt Bad Belzig") < page.index("Coconat")


async def test_the_page_of_a_provider_shows_what_it_published_last(belzig: Village) -> None:
    article = await make_article(title="Neue Tische im Garten", provider="coconat")
    other = await make_article(title="Rathaus geschlossen", provider="rathaus")
    async with tenant("bad-belzig"), transaction():
        coconat = await provider_id("coconat")
    dance = await make_event(title="Tanz unter Linden", provider_id=coconat)
    try:
        answer = await belzig.get("/providers/coconat")

        assert answer.status_code == 200
        assert "<h1>Coconat</h1>" in answer.text
        assert "Neue Tische im Garten" in answer.text
        assert "Tanz unter Linden" in answer.text
        assert "Rathaus geschlossen" not in answer.text
        assert 'href="/news?provider=coconat"' in answer.text
        assert 'href="/events?provider=coconat"' in answer.text
    finally:
        async with tenant("bad-belzig") as scope, transaction():
            await scope.fetch("DELETE FROM article WHERE id = ANY ($1)", [[article.id, other.id]])
            await scope.fetch("DELETE FROM event WHERE id = $1", [dance])
        belzig.edge.cache.empty("bad-belzig")


async def test_a_provider_is_found_by_a_name_with_a_typing_error(belzig: Village) -> None:
    page = (await belzig.get("/search?q=Cocanat")).text

    assert 'href="/providers/coconat"' in page


@pytest.mark.parametrize("name", ["niemand", "%00", "A", "x" * 300])
async def test_somebody_who_is_not_there(belzig: Village, name: str) -> None:
    assert (await belzig.get(f"/providers/{name}")).status_code == 404
    assert (await belzig.get(f"/api/v1/providers/{name}")).status_code == 404


async def test_a_program_lists_them(belzig: Village) -> None:
    listed = await belzig.json("/api/v1/providers")

    one = await belzig.json("/api/v1/providers/coconat")
    assert one in listed["items"]
    assert listed["next"] is None
    assert one["kind"] == "business"
    assert one["url"] == "http://bad-belzig.localhost:8000/providers/coconat"


async def test_who_left_is_no_longer_shown(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        await Provider(slug="kegelclub", name="Kegelclub", id=990_001, withdrawn_at=clock.now()).save()
    try:
        assert "Kegelclub" not in (await belzig.get("/providers")).text
        assert (await belzig.get("/providers/kegelclub")).status_code == 404
    finally:
        async with tenant("bad-belzig"), transaction():
            await Provider.delete().where(Provider.slug == "kegelclub")


async def test_making_a_town_again_doubles_nobody(belzig: Village) -> None:
    town = definition("bad-belzig")
    assert town is not None
    async with tenant("bad-belzig"), transaction():
        before = (await Provider.count(), await Category.count())

        await actions.seed(town)

        assert (await Provider.count(), await Category.count()) == before
