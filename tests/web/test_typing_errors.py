"""A list that finds nothing shows what was probably meant, and says so; programs are told as well."""

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from app.feeds import items
from app.kit import clock
from tests import loop
from tests.capabilities.places import seeds
from tests.factories import make_article
from tests.factories_events import SATURDAY, make_category, make_event
from tests.factories_townhall import Register, office, service
from tests.village import Village

PAGE = {"accept": "text/html"}
LICENCE: dict[str, Any] = {"url": "https://quelle.example/1", "licence": "CC0-1.0"}


class Case(NamedTuple):
    """Where somebody mistypes what."""

    page: str
    api: str
    typed: str
    meant: str
    title: str


LISTS = [
    Case("/news", "news", "Konzet", "Konzert", "Konzert in der Burg"),
    Case("/events", "events", "Konzet", "Konzert", "Konzert am Samstag"),
    Case("/places", "places", "Apoteke", "Apotheke", "Apotheke am Markt"),
    Case("/services", "services", "Wongeld", "Wohngeld", "Wohngeld beantragen"),
    Case("/offices", "offices", "Einwonermeldeamt", "Einwohnermeldeamt", "Einwohnermeldeamt"),
    Case("/jobs", "jobs", "Erziher", "Erzieher", "Erzieher (m/w/d)"),
    Case("/council?view=papers", "papers", "Sanirung", "Sanierung", "Sanierung der Kita"),
    Case("/reports", "reports", "Strasenlampe", "Straßenlampe", "Straßenlampe flackert"),
]


async def full() -> None:
    """A village in which each list has one thing that is meant and one that is not."""
    with clock.at(SATURDAY):
        for title in ("Konzert am Samstag", "Bauernmarkt"):
            await make_event(title=title)
    for title in ("Konzert in der Burg", "Neuer Spielplatz"):
        await make_article(title=title)
    await seeds.enter("Apotheke am Markt", kind="pharmacy")
    await seeds.enter("Dorfladen")
    await Register().sends(
        service("Wohngeld beantragen", summary="", blocks=()),
        service("Hundesteuer", summary="", blocks=()),
        office(),
        office("Ordnungsamt", "OE.2"),
        items.Job(external_id="j1", title="Erzieher (m/w/d)", employer="Kita Sonne", place="Bad Belzig", **LICENCE),
        items.Job(external_id="j2", title="Gärtnerin", employer="Bauhof", place="Bad Belzig", **LICENCE),
        items.Paper(external_id="p1", title="Sanierung der Kita", **LICENCE),
        items.Paper(external_id="p2", title="Haushalt", **LICENCE),
        items.Report(external_id="r1", title="Straßenlampe flackert", **LICENCE),
        items.Report(external_id="r2", title="Müll im Park", **LICENCE),
    )


async def page(village: Village, path: str, **params: Any) -> str:
    with clock.at(SATURDAY):
        answer = await village.get(path, params=params, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


@pytest.fixture(autouse=True)
def swept(belzig: Village) -> Iterator[None]:
    """Places that an editor entered go as well."""
    yield
    loop.run(belzig.sweep("bad-belzig", seeds.TABLES))


async def test_every_list_says_what_it_looked_for_instead(belzig: Village) -> None:
    await full()

    for case in LISTS:
        path, _, view = case.page.partition("?")
        more = dict([view.split("=")]) if view else {}
        with clock.at(SATURDAY):
            found = await belzig.json(f"/api/v1/{case.api}", q=case.typed)
            known = await belzig.json(f"/api/v1/{case.api}", q=case.meant)
        told = await page(belzig, path, q=case.typed, **more)

        assert ([one["title"] for one in found["items"]], found["meant"]) == ([case.title], case.meant), case
        assert ([one["title"] for one in known["items"]], known["meant"]) == ([case.title], ""), case
        assert f"Nichts gefunden für „{case.typed}“. Hier sind Treffer für „{found['meant']}“." in told, case
        # What was typed stays in the box.
        assert f'value="{case.typed}"' in told
        assert "Treffer für" not in await page(belzig, path, q=case.meant, **more)


async def test_what_nothing_is_near_to_is_not_put_right(belzig: Village) -> None:
    await full()

    for case in LISTS:
        with clock.at(SATURDAY):
            found = await belzig.json(f"/api/v1/{case.api}", q="Xylophonquartett")
        assert found == {"items": [], "next": None, "meant": ""}, case


async def test_the_map_and_its_data_put_right_what_the_list_does(belzig: Village) -> None:
    await seeds.bring(seeds.place(title="Apotheke am Markt", kind="pharmacy"), seeds.place("node/2", "Dorfladen"))

    shown = await page(belzig, "/places/map", q="Apoteke")
    data = (await belzig.get("/places.geojson", params={"q": "Apoteke"})).json()

    assert "Nichts gefunden für „Apoteke“. Hier sind Treffer für „Apotheke“." in shown
    assert "1 Ort auf der Karte" in shown
    assert [one["properties"]["title"] for one in data["features"]] == ["Apotheke am Markt"]
    assert data["meant"] == "Apotheke"


async def test_filters_count_what_is_shown(belzig: Village) -> None:
    concerts = [await make_category("konzerte", "Konzerte"), await make_category("feste", "Feste")]
    with clock.at(SATURDAY):
        for number in range(3):
            await make_event(title=f"Konzert {number}", category_id=concerts[number % 2])
        await make_event(title="Bauernmarkt", category_id=concerts[0])

    told = await page(belzig, "/events", q="Konzet")

    chips = dict(re.findall(r">(Konzerte|Feste) <span class=\"chip-count\">(\d+)<", told))
    assert chips == {"Konzerte": "2", "Feste": "1"}


async def test_a_further_part_of_a_mistyped_search_follows_the_first(belzig: Village) -> None:
    with clock.at(SATURDAY):
        for number in range(3):
            await make_event(title=f"Konzert {number}")
        first = await belzig.json("/api/v1/events", q="Konzet", limit=2)
        second = await belzig.json("/api/v1/events", q="Konzet", limit=2, cursor=first["next"])

    assert [one["title"] for one in first["items"] + second["items"]] == ["Konzert 0", "Konzert 1", "Konzert 2"]
    assert (first["meant"], second["meant"], second["next"]) == ("Konzert", "Konzert", None)


async def test_an_everyday_word_may_be_mistyped_too(belzig: Village) -> None:
    await Register().sends(service("Fahrerlaubnis erweitern", summary="", blocks=()))

    found = await belzig.json("/api/v1/services", q="Fürerschein")

    assert ([one["title"] for one in found["items"]], found["meant"]) == (["Fahrerlaubnis erweitern"], "führerschein")
