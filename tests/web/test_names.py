"""Names that a town gives itself: English for who reads English, German marked as such where there is no other."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.kit.i18n import reading_in
from app.tenancy import current, tenant, transaction
from app.tenancy.history import tenant_history
from app.tenancy.village import set_setting, setting
from app.web.names import Named, marked, told
from tests import cast, loop
from tests.cast import Visitor
from tests.factories import category_id, make_article, provider_id
from tests.factories_events import make_event
from tests.village import Village

TOWN = "bad-belzig"
ENGLISH = {"accept-language": "en"}
GERMAN = '<span lang="de">Imkerei</span>'
"""A name that nobody translated."""


async def _enter() -> None:
    async with tenant(TOWN), transaction():
        bees = await category_id("imkerei")
        await category_id("imkerei", "events")
        await category_id("rathaus", "events")
        await provider_id("feuerwehr")
        await current().fetch("UPDATE category SET name_en = '' WHERE id = $1", [bees])
    await make_article(title="Honig", category="imkerei", provider="feuerwehr")
    await make_article(title="Sprechstunde", category="rathaus", provider="rathaus")
    async with tenant(TOWN), transaction():
        kinds = [await category_id(name, "events") for name in ("imkerei", "rathaus")]
        fire = await provider_id("feuerwehr")
    for kind, title in zip(kinds, ("Schleudern", "Ratssitzung"), strict=True):
        await make_event(title=title, category_id=kind, provider_id=fire)


async def _leave(belzig: Village, menu: Any) -> None:
    await belzig.sweep(TOWN, ["article", "event"])
    async with tenant(TOWN), transaction():
        await current().fetch("DELETE FROM category WHERE slug = 'imkerei'")
        await current().fetch("UPDATE category SET name_en = 'From the town hall' WHERE slug = 'rathaus'")
        await set_setting("menu", menu)
    await cast.away()


@pytest.fixture(autouse=True)
def _entered(belzig: Village) -> Iterator[None]:
    async def before() -> Any:
        async with tenant(TOWN):
            return await setting("menu", [])

    menu = loop.run(before())
    loop.run(_enter())
    yield
    loop.run(_leave(belzig, menu))


@pytest.fixture
def eva(belzig: Village) -> Visitor:
    async def enters() -> Visitor:
        return await (await cast.person("eva", {TOWN: ["editor"]})).at(belzig)

    return loop.run(enters())


@pytest.mark.parametrize("path", ["/news", "/events"])
async def test_filters_and_entries_are_in_the_reader_s_language(belzig: Village, path: str) -> None:
    german = (await belzig.get(path, headers={"accept-language": "de"})).text
    english = (await belzig.get(path, headers=ENGLISH)).text

    assert "Aus dem Rathaus" in german
    assert "From the town hall" not in german
    assert GERMAN not in german
    assert "From the town hall" in english
    assert "Aus dem Rathaus" not in english
    assert GERMAN in english
    assert "Bad Belzig volunteer fire brigade" in english
    assert "Freiwillige Feuerwehr" not in english


@pytest.mark.parametrize(
    ("path", "german", "english"),
    [
        ("/news.rss", "<category>Aus dem Rathaus</category>", "<category>From the town hall</category>"),
        ("/news.atom", 'term="Aus dem Rathaus"', 'term="From the town hall"'),
        ("/news.json", '"tags":["Aus dem Rathaus"]', '"tags":["From the town hall"]'),
        ("/events.ics", "CATEGORIES:Aus dem Rathaus", "CATEGORIES:From the town hall"),
    ],
)
async def test_so_are_the_feeds(belzig: Village, path: str, german: str, english: str) -> None:
    ours = (await belzig.get(path)).text
    theirs = (await belzig.get(path, headers=ENGLISH)).text

    assert german in ours
    assert english not in ours
    assert english in theirs
    assert "Imkerei" in theirs


@pytest.mark.parametrize("kind", ["news", "events"])
async def test_a_program_gets_both_names_in_every_language(belzig: Village, kind: str) -> None:
    answers = [await belzig.get(f"/api/v1/{kind}", headers={"accept-language": one}) for one in ("de", "en")]

    assert answers[0].json() == answers[1].json()
    named = [entry["category"] for entry in answers[0].json()["items"]]
    assert {"slug": "rathaus", "name": "Aus dem Rathaus", "name_en": "From the town hall"} in named
    assert {"slug": "imkerei", "name": "Imkerei", "name_en": ""} in named


async def test_a_provider_tells_in_english_who_it_is(belzig: Village) -> None:
    page = (await belzig.get("/providers/rathaus", headers=ENGLISH)).text
    listed = (await belzig.get("/providers", headers=ENGLISH)).text
    found = (await belzig.get("/search?q=brigade", headers=ENGLISH)).text
    ours = await belzig.json("/api/v1/providers/rathaus")

    assert "<h1>Town of Bad Belzig</h1>" in page
    assert "The town hall tells about decisions" in page
    assert "Das Rathaus informiert" not in page
    assert '<span lang="de">Coconat</span>' in listed
    assert "Bad Belzig volunteer fire brigade" in found
    assert (ours["name"], ours["name_en"]) == ("Stadt Bad Belzig", "Town of Bad Belzig")
    assert ours["summary_en"].startswith("The town hall tells")
    assert "<h1>Stadt Bad Belzig</h1>" in (await belzig.get("/providers/rathaus")).text


async def test_who_follows_a_provider_reads_its_name(belzig: Village) -> None:
    page = (await belzig.get("/notifications?provider=rathaus", headers=ENGLISH)).text

    assert "Town of Bad Belzig" in page
    assert "Stadt Bad Belzig" not in page


async def test_a_clerk_enters_the_english_name(belzig: Village, eva: Visitor) -> None:
    async def api(path: str, method: str = "GET", **given: Any) -> Any:
        headers = {"accept": "application/json, text/plain, */*", "accept-language": "de"}
        return await eva.request(method, f"/admin/api/tables/rubriken{path}", headers=headers, **given)

    async with tenant(TOWN), transaction():
        number = await category_id("rathaus")

    field = (await api("/schema/")).json()["properties"]["name_en"]
    answer = await api(f"/{number}/", "PATCH", json={"name_en": "  Town <b>hall</b> news "})

    assert field["title"] == "Name auf Englisch"
    assert "deutsche Text" in field["extra"]["help_text"]
    assert answer.status_code == 200
    assert "Town &lt;b&gt;hall&lt;/b&gt; news" in (await belzig.get("/news", headers=ENGLISH)).text
    assert "Aus dem Rathaus" in (await belzig.get("/news")).text


async def test_the_menu_that_the_town_builds_has_english_names(belzig: Village, eva: Visitor) -> None:
    async def add(title: str, href: str, **more: str) -> None:
        fields = {"do": "add", "title": title, "group": "Freizeit", "href": href}
        assert (await eva.post("/manage/menu", data=fields | more)).status_code == 303

    await add("Baden", "/pages/freibad")
    await add("Karten", "https://karten.example/", group_en="Leisure")
    await add("Freibad", "/pages/freibad", title_en="Open-air pool")

    page = (await belzig.get("/more", headers=ENGLISH)).text
    assert page.index("Leisure") < page.index("Open-air pool") < page.index('<span lang="de">Karten</span>')
    assert "Baden" not in page
    assert "Freizeit" in (await belzig.get("/more")).text


async def test_towns_that_are_there_get_the_names_of_the_templates(belzig: Village) -> None:
    (step,) = (one for one in tenant_history() if one.id == "0022_english_names")
    statements = ["UPDATE" + part for part in step.sql.split(";\nUPDATE")[1:]]
    rows = "SELECT slug, name_en FROM category WHERE capability = 'jobs' ORDER BY slug"
    async with tenant(TOWN), transaction():
        await current().fetch(
            "INSERT INTO category (capability, slug, name) VALUES ('jobs', 'sport', 'Sport'),"
            " ('jobs', 'verkehr', 'Straßen und Wege'), ('jobs', 'senioren', 'Ältere Menschen')"
        )
        for statement in (step.sql[step.sql.index("UPDATE category") :].split(";\n")[0], *statements):
            await current().fetch(statement.rstrip(";\n"))
        named = {row["slug"]: row["name_en"] for row in await current().fetch(rows)}
        await current().fetch("DELETE FROM category WHERE capability = 'jobs'")

    assert named == {"senioren": "Older people", "sport": "Sports", "verkehr": ""}


def test_a_name_knows_whether_it_is_in_the_reader_s_language() -> None:
    with reading_in("en"):
        assert marked(told("Imker & Co")) == '<span lang="de">Imker &amp; Co</span>'
        assert marked(Named("sport", "Sport", "Sports").told) == "Sports"
        assert told("", "") == ""
    with reading_in("de-simple"):
        assert marked(Named("sport", "Sport", "Sports").told) == "Sport"
