"""One box over everything: what Ada types, what she finds, and what she is told when she mistyped."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.capabilities.events import found
from app.kit import clock
from app.tenancy import scope as scopes
from app.tenancy import tenant, transaction
from tests import loop
from tests.capabilities.places import seeds
from tests.factories import make_article
from tests.factories_events import SATURDAY, make_event
from tests.village import Village

TOWN = "bad-belzig"
NOW = SATURDAY - timedelta(days=4)
MANY = 2_205
"""More than are ranked at once, and more than are fetched before the newest are looked through."""


@pytest.fixture(autouse=True)
def clean(platform: Village) -> Iterator[None]:
    """Every answer is made anew; what the test wrote goes."""
    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, (*seeds.TABLES, "article", "event")))


async def page(village: Village, words: str, **more: Any) -> str:
    with clock.at(NOW):
        answer = await village.get("/search", params={"q": words, **more}, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def titles(village: Village, words: str, **more: Any) -> list[str]:
    return re.findall(r'class="row-title"><a [^>]*>([^<]*)</a>', await page(village, words, **more))


async def news(title: str, **more: Any) -> None:
    await make_article(title=title, published_at=more.pop("published_at", NOW - timedelta(hours=1)), **more)


async def many_news(title: str, number: int) -> None:
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch(
            "INSERT INTO article (title, published_at) SELECT $1 || ' ' || n, $2::timestamptz - n * interval '1 minute'"
            " FROM generate_series(1, $3::int) n",
            [title, NOW, number],
        )


async def test_a_visitor_finds_saturdays_concert_by_typing_konzet(belzig: Village) -> None:
    with clock.at(NOW):
        await make_event(title="Konzert in der Burg")
        await make_event(title="Bauernmarkt", body_html="<p>Am Abend ein Konzert.</p>")
    await news("Karten für das Konzert")
    await seeds.enter("Konzerthalle")

    found = await page(belzig, "Konzet")

    assert "Nichts gefunden für „Konzet“. Hier sind Treffer für „Konzert“." in found
    for title in ("Konzert in der Burg", "Bauernmarkt", "Karten für das Konzert", "Konzerthalle"):
        assert f">{title}</a>" in found
    assert 'value="Konzet"' in found


async def test_nobody_guesses_while_somebody_has_the_word(belzig: Village) -> None:
    with clock.at(NOW):
        await make_event(title="Konzert in der Burg")
    await news("Markt im Konzet-Haus")

    found = await page(belzig, "Konzet")

    assert ">Markt im Konzet-Haus</a>" in found
    assert "Konzert in der Burg" not in found
    assert "Nichts gefunden" not in found


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Rathaus geschlossen", "Ratahus"),
        ("Rathaus geschlossen", "rathaus gechlossen"),
        ("Die Feuerwehr lädt ein", "Feuerwher"),
        ("Neue Bücher in der Bibliothek", "Bibiothek Buecher"),
        ("Straßenfest", "Strasenfest"),
        ("Brücke gesperrt", "Brucke"),
        ("Coconat öffnet den Garten", "Cocanat"),
    ],
)
async def test_typing_errors_of_all_kinds_are_put_right(belzig: Village, title: str, typed: str) -> None:
    await news(title)

    assert title in await titles(belzig, typed)


async def test_the_beginning_of_a_long_word_is_written_as_the_town_writes_it(belzig: Village) -> None:
    await news("Neue Straßenverkehrsordnung")

    assert "Hier sind Treffer für „Straßenverkehr“." in await page(belzig, "Strasenverkehr")


async def test_two_words_that_are_equally_near_are_both_looked_for(belzig: Village) -> None:
    await news("Konzept für den Markt")
    with clock.at(NOW):
        await make_event(title="Konzert in der Burg")

    found = await page(belzig, "Konzet")

    assert "Hier sind Treffer für „Konzept“ und „Konzert“." in found
    assert {"Konzept für den Markt", "Konzert in der Burg"} <= set(re.findall(r">([^<>]+)</a></h3>", found))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("wehr", ["Die Feuerwehr lädt ein", "Feuerwehrhaus"]),
        ("lädt WEHR", ["Die Feuerwehr lädt ein"]),
        ("laedt feuerw", ["Die Feuerwehr lädt ein"]),
        ("Bruecke", ["Brücke gesperrt"]),
        ("Brücke Feuerwehr", []),
        ("hauptstrasse", ["Bauarbeiten in der Hauptstraße"]),
        ("strasse bauarb", ["Bauarbeiten in der Hauptstraße"]),
    ],
)
async def test_all_words_must_occur_as_beginnings_or_inside_in_any_order(
    belzig: Village, typed: str, found: list[str]
) -> None:
    for title in ("Die Feuerwehr lädt ein", "Brücke gesperrt", "Bauarbeiten in der Hauptstraße"):
        await news(title)
    await seeds.enter("Feuerwehrhaus", kind="fire_station")

    # The town's own pages and providers, which every town has, may have the words as well.
    written = {"Feuerwehrhaus", "Die Feuerwehr lädt ein", "Brücke gesperrt", "Bauarbeiten in der Hauptstraße"}
    assert [one for one in await titles(belzig, typed) if one in written] == found


async def test_what_is_to_come_is_found_once_and_in_order_and_then_what_is_over(belzig: Village) -> None:
    with clock.at(NOW - timedelta(days=90)):
        await make_event(title="Konzert im Sommer", starts_at=NOW - timedelta(days=80))
        await make_event(
            title="Konzert im Herbst", starts_at=NOW - timedelta(days=44), recurrence="FREQ=WEEKLY;COUNT=3"
        )
        await make_event(title="Konzert zu Weihnachten", starts_at=SATURDAY + timedelta(days=14))
        await make_event(title="Konzert jede Woche", recurrence="FREQ=WEEKLY;COUNT=8")
        await make_event(title="Konzert seit gestern", starts_at=NOW - timedelta(days=1), hours=72)

    found = await page(belzig, "Konzert", kind="events")
    english = await belzig.get("/search?q=Konzert&kind=events", headers={"accept-language": "en"})

    hits = re.findall(r'<span class="kern-badge">([^<]+)</span></p>\s*<h\d [^>]*><a [^>]*>([^<]*)</a>', found)
    assert hits == [
        ("Termin", "Konzert seit gestern"),
        ("Termin", "Konzert jede Woche"),
        ("Termin", "Konzert zu Weihnachten"),
        ("Termin, vorbei", "Konzert im Herbst"),
        ("Termin, vorbei", "Konzert im Sommer"),
    ]
    # Of a series that is over its last date: 14 days after its first one.
    assert "So., 1. November" in found
    assert english.text.count(">Past event</span>") >= 2


async def test_a_word_of_very_many_events_finds_the_next_ones_too(belzig: Village) -> None:
    with clock.at(NOW - timedelta(days=60)):
        await make_event(title="Konzert jede Woche", recurrence="FREQ=WEEKLY;COUNT=8")
        await make_event(title="Konzert seit gestern", starts_at=NOW - timedelta(days=1), hours=72)
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch(
            "WITH many AS (INSERT INTO event (title, published_at)"
            " SELECT 'Konzert ' || n, $1 FROM generate_series(1, 1000) n"
            " RETURNING id, split_part(title, ' ', 2)::int AS n)"
            " INSERT INTO occurrence (event_id, key, starts_at, over_at, first_day, last_day)"
            " SELECT id, '1', $1::timestamptz - n * interval '1 day', $1::timestamptz - n * interval '1 day'"
            " + interval '1 hour', $1::date - n, $1::date - n FROM many",
            [NOW - timedelta(days=1)],
        )

        shown = [one.title for one in await found.searched("Konzert", NOW, 4)]

    assert shown == ["Konzert seit gestern", "Konzert jede Woche", "Konzert 1", "Konzert 2"]


async def test_what_is_over_takes_no_place_from_what_is_to_come(belzig: Village) -> None:
    with clock.at(NOW - timedelta(days=60)):
        await make_event(title="Konzert im Herbst", starts_at=NOW - timedelta(days=30))
        for number in range(3):
            await make_event(title=f"Konzert {number}", starts_at=SATURDAY + timedelta(days=number))

    async with tenant(TOWN):
        shown = [(one.title, one.over_at > NOW) for one in await found.searched("Konzert", NOW, 3)]

    assert shown == [("Konzert 0", True), ("Konzert 1", True), ("Konzert 2", True)]


async def test_what_is_not_public_is_neither_found_nor_guessed(belzig: Village) -> None:
    await news("Geheimnis eins", published_at=None)
    await news("Geheimnis zwei", published_at=NOW + timedelta(days=9))
    await news("Geheimnis drei")
    with clock.at(NOW):
        await make_event(title="Geheimnis vier", published=False)
    hidden = await seeds.enter("Geheimnis fünf")
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch("UPDATE article SET withdrawn_at = $1 WHERE title = 'Geheimnis drei'", [NOW])
        await scope.fetch("INSERT INTO place_overlay (place_id, hidden_at) VALUES ($1, now())", [hidden])

    for typed in ("Geheimnis", "Geheimis"):
        found = await page(belzig, typed)
        assert "Nichts gefunden" in found
        assert "Treffer für" not in found
        assert not re.search(r"Geheimnis (eins|zwei|drei|vier|fünf)", found)


async def test_kinds_are_counted_honestly_and_lead_to_all_of_them(belzig: Village) -> None:
    await many_news("Wochenmarkt", 101)
    with clock.at(NOW):
        for number in range(6):
            await make_event(title=f"Wochenmarkt {number}")

    both = await page(belzig, "Wochenmarkt")
    events = await page(belzig, "Wochenmarkt", kind="events")
    articles = await page(belzig, "Wochenmarkt", kind="news")

    assert 'Aktuelles <span class="chip-count">20+</span></a>' in both
    assert 'Termine <span class="chip-count">6</span></a>' in both
    assert both.count('class="row-title"') == 10
    assert 'href="/search?q=Wochenmarkt&kind=events">Alle Treffer unter „Termine“' in both
    assert events.count('class="row-title"') == 6
    assert "Treffer: 6" in events
    assert articles.count('class="row-title"') == 100
    assert 'href="/news?q=Wochenmarkt">Alle Treffer unter „Aktuelles“' in articles
    with clock.at(NOW):
        assert (await belzig.get("/news?q=Wochenmarkt")).text.count('class="row-title"') == 20


async def test_of_very_many_matches_each_is_shown_once_the_newest_first(belzig: Village) -> None:
    await many_news("Probe", MANY)
    await news("Generalprobe am Abend", published_at=NOW - timedelta(seconds=1))

    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        with clock.at(NOW):
            part = await belzig.json("/api/v1/news", q="Probe", limit=100, cursor=cursor)
        seen += [item["title"] for item in part["items"]]
        cursor = part["next"]

    assert len(seen) == len(set(seen)) == MANY + 1
    # A part of a word is the last of the newest that are ranked together.
    assert [*seen[:199], *seen[200:]] == [f"Probe {number}" for number in range(1, MANY + 1)]
    assert seen[199] == "Generalprobe am Abend"


@pytest.mark.parametrize(
    "typed",
    [
        "\0",
        "%",
        "_",
        "\\",
        "'",
        "Ko\0nzert",
        "\u202emarkt\u202c",
        "!?-–…",
        "''); DROP TABLE article; --",
        "a & | ! :* ((",
    ],
)
async def test_signs_that_mean_something_to_a_database_break_nothing(belzig: Village, typed: str) -> None:
    await news("Zzz")

    for path in ("/search", "/news", "/events", "/places", "/services", "/jobs", "/reports", "/council"):
        answer = await belzig.get(path, params={"q": typed}, headers={"accept": "text/html"})
        assert answer.status_code == 200, (path, answer.text)
    assert "Zzz" not in await titles(belzig, typed)


async def test_a_very_long_text_is_searched_as_far_as_anybody_types(belzig: Village) -> None:
    await news("Zzz")

    assert await titles(belzig, "x" * 400) == []
    assert await titles(belzig, "x " * 2_000) == []
    assert await titles(belzig, "Zzz " * 40) == ["Zzz"]
    assert await titles(belzig, "Donaudampfschifffahrtsgesellschaft" * 5) == []


@pytest.mark.parametrize(("typed", "most"), [("Konzert", 40), ("Konzet", 70), ("gibtesnicht", 40)])
async def test_a_search_asks_the_database_a_bounded_number_of_times(
    belzig: Village, monkeypatch: pytest.MonkeyPatch, typed: str, most: int
) -> None:
    for number in range(30):
        await news(f"Konzert {number}")
    asked: list[str] = []
    fetch = scopes.Scope.fetch

    async def counted(self: scopes.Scope, query: str, args: Any = ()) -> Any:
        asked.append(query)
        return await fetch(self, query, args)

    monkeypatch.setattr(scopes.Scope, "fetch", counted)

    await page(belzig, typed)

    assert 5 < len(asked) <= most
