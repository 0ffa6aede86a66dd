"""The desk's pages: versions, languages, the menu; documents for apps."""

import re
from collections.abc import Iterator
from itertools import count

import pytest

from app.tenancy import tenant, transaction
from app.tenancy.village import set_setting
from tests import cast, loop
from tests.cast import Visitor
from tests.village import Village

_numbers = count()


@pytest.fixture
def eva(belzig: Village) -> Iterator[Visitor]:
    """An editor of Bad Belzig; what she wrote goes afterwards."""

    async def begin() -> Visitor:
        return await (await cast.person(f"eva-pages-{next(_numbers)}", roles={"bad-belzig": ["editor"]})).at(belzig)

    async def end() -> None:
        async with tenant("bad-belzig") as scope, transaction():
            await scope.fetch("DELETE FROM page WHERE slug IN ('freibad', 'bad')")
            await scope.fetch("DELETE FROM document")
            await set_setting("menu", [])
        belzig.edge.cache.empty("bad-belzig")

    visitor = loop.run(begin())
    yield visitor
    loop.run(end())


async def write(eva: Visitor, **fields: str) -> int:
    """Write a page; its number."""
    answer = await eva.post("/manage/pages", data={"title": "Freibad", "language": "de", "body": "Offen.", **fields})
    assert answer.status_code == 303, answer.text
    found = re.findall(r'href="/manage/pages/(\d+)">([^<]+)<', (await eva.get("/manage/pages")).text)
    return next(int(number) for number, title in reversed(found) if title == fields.get("title", "Freibad"))


async def test_an_editor_changes_a_page_and_brings_the_earlier_version_back(eva: Visitor, belzig: Village) -> None:
    number = await write(eva)
    await eva.post(f"/manage/pages/{number}", data={"title": "Freibad", "body": "Für immer zu.", "in_menu": "yes"})
    assert "Für immer zu." in (await belzig.get("/pages/freibad")).text

    states = (await eva.get(f"/manage/pages/{number}/versions")).text
    first = re.findall(r"\?show=(\d+)", states)[-1]
    shown = (await eva.get(f"/manage/pages/{number}/versions?show={first}")).text
    assert "Offen." in shown
    answer = await eva.post(f"/manage/pages/{number}/restore", data={"version": first})

    assert answer.headers["location"] == "/pages/freibad"
    belzig.edge.cache.empty("bad-belzig")
    assert "Offen." in (await belzig.get("/pages/freibad")).text
    assert (await eva.get(f"/manage/pages/{number}/versions")).text.count("?show=") == 3


async def test_a_version_of_another_page_is_not_brought_back(eva: Visitor) -> None:
    one, other = await write(eva), await write(eva, title="Bad")
    foreign = re.findall(r"\?show=(\d+)", (await eva.get(f"/manage/pages/{other}/versions")).text)[0]

    assert (await eva.post(f"/manage/pages/{one}/restore", data={"version": foreign})).status_code == 404
    assert "Offen." in (await eva.get("/pages/freibad")).text


async def test_a_page_gets_a_version_in_plain_language(eva: Visitor, belzig: Village) -> None:
    await write(eva)
    await write(eva, title="Das Freibad", slug="freibad", language="de-simple", body="Sie können dort baden.")

    everyday = (await belzig.get("/pages/freibad", headers={"cookie": "lang=de"})).text
    simple = (await belzig.get("/pages/freibad", headers={"cookie": "lang=de-simple"})).text

    assert "Offen." in everyday
    assert "In Leichter Sprache lesen" in everyday
    assert "Sie können dort baden." in simple
    listed = await belzig.json("/api/v1/pages/freibad", language="de-simple")
    assert listed["title"] == "Das Freibad"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": " "}, "Bitte geben Sie einen Titel an."),
        ({"slug": "Freibad!"}, "Kurzname"),
        ({"title": "Impressum"}, "Kurznamen"),
    ],
)
async def test_what_does_not_fit_is_said_beside_the_field_and_nothing_is_lost(
    eva: Visitor, fields: dict[str, str], said: str
) -> None:
    answer = await eva.post("/manage/pages", data={"title": "Freibad", "body": "Mein **Text**", **fields})

    assert answer.status_code == 422
    assert "Mein **Text**" in answer.text
    assert "kern-error" in answer.text
    assert said.split(maxsplit=1)[0] in answer.text


async def test_the_town_builds_its_menu(eva: Visitor, belzig: Village) -> None:
    for title, href in (("Baden", "/pages/freibad"), ("Karten", "https://karten.example/"), ("Böse", "//evil.example")):
        answer = await eva.post("/manage/menu", data={"do": "add", "title": title, "group": "Freizeit", "href": href})
        assert answer.status_code == (422 if title == "Böse" else 303)
    await eva.post("/manage/menu", data={"do": "up", "place": "1"})

    page = (await belzig.get("/more")).text
    assert page.index("Freizeit") < page.index("Karten") < page.index("Baden")
    assert "Böse" not in page

    await eva.post("/manage/menu", data={"do": "remove", "place": "0"})
    await eva.post("/manage/menu", data={"do": "remove", "place": "0"})
    belzig.edge.cache.empty("bad-belzig")
    assert "Freizeit" not in (await belzig.get("/more")).text
    assert (await eva.post("/manage/menu", data={"do": "remove", "place": "0"})).status_code == 404


async def test_an_app_reads_the_document_of_its_version_or_the_one_for_all(eva: Visitor, belzig: Village) -> None:
    from app.capabilities.pages import documents

    async with tenant("bad-belzig"), transaction():
        await documents.create({"name": "globalSettings", "content": '{"a": 1}'})
        await documents.create({"name": "globalSettings", "version": "4.1.0", "content": '{"a": 2}'})

    assert (await belzig.json("/api/v1/documents/globalSettings"))["content"] == '{"a": 1}'
    assert (await belzig.json("/api/v1/documents/globalSettings", version="4.1.0"))["content"] == '{"a": 2}'
    assert (await belzig.json("/api/v1/documents/globalSettings", version="9.9"))["content"] == '{"a": 1}'
    assert (await belzig.get("/api/v1/documents/nothing")).status_code == 404
    assert len((await belzig.json("/api/v1/documents"))["items"]) == 2


async def test_the_search_finds_a_page(belzig: Village) -> None:
    page = (await belzig.get("/search?q=Barrierefreiheit")).text

    assert 'href="/pages/barrierefreiheit"' in page
