"""A clerk looks through what came from open data, and writes the town's own places."""

from collections.abc import Iterator

import pytest

from app.feeds import items
from app.tenancy import tenant
from tests import cast, loop
from tests.capabilities.places.seeds import TABLES, TOWN, bring, drop, enter, place
from tests.cast import Visitor
from tests.forms import filled
from tests.village import Village


@pytest.fixture(autouse=True)
def clean(platform: Village) -> Iterator[None]:
    """Every answer is made anew; what the test wrote goes."""
    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, TABLES))
    loop.run(cast.away())


async def editor(village: Village) -> Visitor:
    return await (await cast.person("eva", {TOWN: ["editor"]})).at(village)


async def press(visitor: Visitor, number: int, do: str) -> None:
    answer = await visitor.post(f"/manage/places/{number}/state", data={"do": do})
    assert answer.status_code == 303, answer.text


async def row(number: int) -> dict[str, object]:
    """What is stored of the source's place."""
    async with tenant(TOWN) as scope:
        rows = await scope.fetch("SELECT * FROM place WHERE id = $1", [number])
    return dict(rows[0])


async def test_a_clerk_confirms_what_is_right(belzig: Village) -> None:
    eva = await editor(belzig)
    [number] = await bring(place())
    before = await row(number)

    waiting = await eva.get("/manage/places")
    await press(eva, number, "confirm")

    assert "Café am Markt" in waiting.text
    assert "Unbestätigt" not in (await belzig.get("/places")).text
    assert (await belzig.json(f"/api/v1/places/{number}"))["confirmed"] is True
    assert await row(number) == before


async def test_what_a_clerk_corrects_stands_over_the_source_which_stays(belzig: Village) -> None:
    eva = await editor(belzig)
    [number] = await bring(place(opening_hours="Mo-Fr 09:00-18:00", contact=items.Contact(phone="1")))
    before = await row(number)
    form = filled((await eva.get(f"/manage/places/{number}")).text)
    typed = form | {"wheelchair": "yes", "title": "Café Neu"}

    answer = await eva.post(f"/manage/places/{number}", data={**typed, "phone": "+49 33841 99"})

    assert answer.status_code == 303, answer.text
    one = await belzig.json(f"/api/v1/places/{number}")
    assert (one["title"], one["phone"], one["wheelchair"], one["opening_hours"]) == (
        "Café Neu",
        "+49 33841 99",
        "yes",
        "Mo-Fr 09:00-18:00",
    )
    assert (one["corrected"], one["confirmed"]) == (True, True)
    assert await row(number) == before
    assert "Café Neu" in (await belzig.get("/places?q=cafe+neu")).text

    # The source renews what the town did not touch.
    await bring(place(opening_hours="Mo-Sa 08:00-12:00", title="Café am Markt 2"))
    one = await belzig.json(f"/api/v1/places/{number}")
    assert (one["title"], one["opening_hours"]) == ("Café Neu", "Mo-Sa 08:00-12:00")

    await press(eva, number, "forget")
    assert (await belzig.json(f"/api/v1/places/{number}"))["title"] == "Café am Markt 2"


async def test_what_a_clerk_hides_is_nowhere_until_it_is_shown_again(belzig: Village) -> None:
    eva = await editor(belzig)
    [number] = await bring(place())

    await press(eva, number, "hide")

    for path in ("/places", "/places/map", "/search?q=cafe", "/places.geojson", "/api/v1/places"):
        assert "Café am Markt" not in (await belzig.get(path)).text, path
    assert (await belzig.get(f"/places/{number}", follow_redirects=True)).status_code == 404

    await drop("node/1")
    await bring(place())
    assert (await belzig.get(f"/places/{number}", follow_redirects=True)).status_code == 404

    await press(eva, number, "show")
    assert "Café am Markt" in (await belzig.get("/places")).text


async def test_a_clerk_enters_a_place_of_the_town(belzig: Village) -> None:
    eva = await editor(belzig)
    told = {
        "title": "Bürgerhaus",
        "kind": "community_centre",
        "opening_hours": "Mo-Fr 09:00-18:00",
        "wheelchair": "yes",
        "latitude": "52,1400",
        "longitude": "12.59",
        "body": "Mit **großem** Saal.",
    }

    wrong = await eva.post("/manage/places", data=told | {"opening_hours": "werktags", "title": ""})
    made = await eva.post("/manage/places", data=told)

    assert wrong.status_code == 422
    assert "Diese Öffnungszeiten können wir nicht lesen" in wrong.text
    assert 'value="werktags"' in wrong.text
    assert made.status_code == 303
    page = (await belzig.get(made.headers["location"])).text
    assert "Mit <strong>großem</strong> Saal." in page
    assert "Unbestätigt" not in page
    [entry] = (await belzig.json("/api/v1/places"))["items"]
    number = entry["id"]
    assert entry["position"] == {"latitude": 52.14, "longitude": 12.59}

    changed = await eva.post(f"/manage/places/{number}", data=told | {"title": "Bürgerhaus am See"})
    assert changed.status_code == 303
    await press(eva, number, "withdraw")
    assert (await belzig.json("/api/v1/places"))["items"] == []
    await press(eva, number, "restore")
    assert [one["title"] for one in (await belzig.json("/api/v1/places"))["items"]] == ["Bürgerhaus am See"]


async def test_the_town_s_own_cannot_be_confirmed_and_a_stranger_may_nothing(belzig: Village) -> None:
    eva = await editor(belzig)
    number = await enter()
    paul = await (await cast.person("paul", {})).at(belzig)

    assert (await eva.post(f"/manage/places/{number}/state", data={"do": "confirm"})).status_code == 409
    assert (await eva.post(f"/manage/places/{number}/state", data={"do": "explode"})).status_code == 422
    assert (await paul.post(f"/manage/places/{number}/state", data={"do": "withdraw"})).status_code == 403
    assert (await belzig.json("/api/v1/places"))["items"][0]["title"] == "Dorfladen"
