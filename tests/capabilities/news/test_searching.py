"""How people find an article, however they spell it."""

import pytest

from tests.factories import make_article
from tests.village import Village


async def found(village: Village, words: str) -> list[str]:
    return [item["title"] for item in (await village.json("/api/v1/news", q=words))["items"]]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Brücke an der Burg gesperrt", "Bruecke"),
        ("Bruecke an der Burg gesperrt", "Brücke"),
        ("Häuser am Markt saniert", "Haus"),
        ("Sperrung in Neuenbrück", "neuenbrueck"),
        ("Neue Straßenbäume", "neue strassenbaeume"),
        ("Die Feuerwehr lädt ein", "wehr"),
        ("Neuer Löschzug für die Ortswehr", "loesch"),
        ("Konzert im Burghof", "Konzet"),
        ("Straßenverkehrszulassungsbehörde zieht um", "Zulassung"),
        ("Straße gesperrt", "strasse"),
        ("Übung am Samstag", "ÜBUNG"),
        ("Bürgerbüro geschlossen", "Bürgerb"),
        ("Elbbrücke eröffnet", "bruecke"),
    ],
)
async def test_a_resident_finds_it(belzig: Village, title: str, words: str) -> None:
    await make_article(title=title)
    await make_article(title="Etwas ganz anderes")

    assert await found(belzig, words) == [title]


async def test_every_word_must_occur(belzig: Village) -> None:
    await make_article(title="Markt am Samstag")
    await make_article(title="Markt am Sonntag")

    assert await found(belzig, "Markt Samstag") == ["Markt am Samstag"]


async def test_the_title_counts_more_than_the_text_and_both_more_than_a_part_of_a_word(belzig: Village) -> None:
    await make_article(title="Konzert im Park")
    await make_article(title="Sommerfest", body_html="<p>Am Abend ein Konzert.</p>")
    await make_article(title="Orgelkonzert")
    await make_article(title="Konzept für den Markt")

    assert await found(belzig, "Konzert") == ["Konzert im Park", "Sommerfest", "Orgelkonzert"]


async def test_a_search_is_paged_without_loss(belzig: Village) -> None:
    for number in range(4):
        await make_article(title=f"Probe {number}")
        await make_article(title=f"Abend {number}", body_html="<p>Probe im Saal</p>")
        await make_article(title=f"Chorprobe {number}")

    titles: list[str] = []
    cursor: str | None = ""
    for _part in range(6):
        part = await belzig.json("/api/v1/news", q="Probe", limit=2, cursor=cursor)
        titles += [item["title"] for item in part["items"]]
        cursor = part["next"]

    assert cursor is None
    assert [title.split()[0] for title in titles] == ["Probe"] * 4 + ["Abend"] * 4 + ["Chorprobe"] * 4
    assert len(set(titles)) == 12


async def test_a_misspelt_search_is_paged_too(belzig: Village) -> None:
    for number in range(3):
        await make_article(title=f"Konzert {number}")

    first = await belzig.json("/api/v1/news", q="Konzet", limit=2)
    second = await belzig.json("/api/v1/news", q="Konzet", limit=2, cursor=first["next"])

    assert [item["title"] for item in first["items"] + second["items"]] == ["Konzert 2", "Konzert 1", "Konzert 0"]
    assert second["next"] is None


@pytest.mark.parametrize("words", ["'", "%", "\\", "a & | !", ":*", "((", "\x00", "''); DROP TABLE article; --", "_"])
async def test_signs_that_mean_something_to_a_database_find_nothing_and_break_nothing(
    belzig: Village, words: str
) -> None:
    await make_article(title="Zzz")

    assert await found(belzig, words) in ([], ["Zzz"])
    assert (await belzig.get("/news", params={"q": words})).status_code == 200
    assert len((await belzig.json("/api/v1/news"))["items"]) == 1


async def test_who_finds_nothing_is_told_what_to_try(belzig: Village) -> None:
    await make_article(title="Markt")

    assert "Nichts gefunden" in (await belzig.get("/news", params={"q": "Xylophon"})).text


async def test_the_search_over_everything_knows_the_news(belzig: Village) -> None:
    article = await make_article(title="Adventsmarkt auf der Burg")

    page = (await belzig.get("/search", params={"q": "Adventsmarkt"})).text

    assert f'href="/news/{article.id}-adventsmarkt-auf-der-burg"' in page
