"""Texts that stand still."""

from collections.abc import Iterator

import pytest

from app.capabilities.pages import actions
from app.tenancy import tenant, transaction
from app.tenancy.definition import definition
from app.tenancy.scope import current
from tests import loop
from tests.village import Village


async def test_a_resident_reads_the_imprint(belzig: Village) -> None:
    answer = await belzig.get("/pages/impressum")

    assert answer.status_code == 200
    assert "<h1>Impressum</h1>" in answer.text
    assert answer.text.count("<h1") == 1


@pytest.fixture
def journey(belzig: Village) -> Iterator[Village]:
    """Bad Belzig with a page on how to get there, in German only."""

    async def write() -> None:
        async with tenant("bad-belzig"), transaction():
            await actions.write("anreise", "de", title="Anreise", markdown="## Bahn\n\n<script>x</script>")

    async def remove() -> None:
        async with tenant("bad-belzig"), transaction():
            await current().fetch("DELETE FROM page WHERE slug = 'anreise'")

    loop.run(write())
    yield belzig
    loop.run(remove())


async def test_the_town_hall_writes_a_page_and_markup_in_it_is_text(journey: Village) -> None:
    page = (await journey.get("/pages/anreise")).text

    assert "<h2>Bahn</h2>" in page
    assert "<script>x" not in page


async def test_a_visitor_reads_english_where_there_is_english_and_german_elsewhere(journey: Village) -> None:
    english = (await journey.get("/pages/datenschutz", headers={"accept-language": "en"})).text
    german = (await journey.get("/pages/anreise", headers={"accept-language": "en"})).text

    assert "<h1>Datenschutz</h1>" not in english
    assert '<div lang="de"><h1>Anreise</h1>' in german.replace("\n", "")


@pytest.mark.parametrize("name", ["gibt-es-nicht", "%00", "..%2F..%2Fetc", "IMPRESSUM"])
async def test_a_page_that_is_not_there(belzig: Village, name: str) -> None:
    assert (await belzig.get(f"/pages/{name}")).status_code == 404


async def test_a_program_lists_each_page_once(belzig: Village) -> None:
    pages = (await belzig.json("/api/v1/pages", language="de"))["items"]

    names = [page["slug"] for page in pages]
    assert len(names) == len(set(names))
    assert {"impressum", "datenschutz", "barrierefreiheit"} <= set(names)
    assert {page["language"] for page in pages} == {"de"}
    one = await belzig.json("/api/v1/pages/impressum")
    assert one == next(page for page in pages if page["slug"] == "impressum")
    assert one["url"] == "http://bad-belzig.localhost:8000/pages/impressum"


async def test_making_a_town_again_keeps_what_was_written_since(belzig: Village) -> None:
    town = definition("bad-belzig")
    assert town is not None
    before = await belzig.json("/api/v1/pages")
    async with tenant("bad-belzig"), transaction():
        await current().fetch("UPDATE page SET summary = 'Von Hand' WHERE slug = 'impressum'")

        await actions.seed(town)

        rows = await current().fetch("SELECT summary FROM page WHERE slug = 'impressum' AND language = 'de'")
        await current().fetch("UPDATE page SET summary = '' WHERE slug = 'impressum'")
    belzig.edge.cache.empty("bad-belzig")
    after = await belzig.json("/api/v1/pages")

    assert [row["summary"] for row in rows] == ["Von Hand"]
    assert [page["slug"] for page in after["items"]] == [page["slug"] for page in before["items"]]
