"""A shop enters its own place, with its opening hours day by day; the town sees it and has the last word."""

from collections.abc import Iterator

import pytest

from app.media import keeping
from app.tenancy import tenant, transaction
from app.tenancy.village import touched
from tests import cast, loop
from tests.capabilities.places.seeds import TABLES, TOWN, bring, enter, place
from tests.cast import Visitor
from tests.forms import filled
from tests.media.drawing import picture
from tests.village import Village

SHOP = {
    "title": "Bäckerei Krume",
    "kind": "bakery",
    "street": "Straße der Einheit 12",
    "town": "Bad Belzig",
    "phone": "033841 1234",
    "wheelchair": "limited",
    "wheelchair_note": "eine Stufe, bitte klingeln",
    "h_tu_1": "06:00", "h_tu_2": "12:30", "h_tu_3": "14:00", "h_tu_4": "18:00",
    "h_we_1": "6", "h_we_2": "12.30", "h_we_3": "14 Uhr", "h_we_4": "18:00",
    "h_sa_1": "06:00", "h_sa_2": "11:00",
    "h_mo_off": "yes",
    "h_ph": "closed",
}  # fmt: skip
HOURS = "Tu-We 06:00-12:30,14:00-18:00; Sa 06:00-11:00; PH off"


@pytest.fixture(autouse=True)
def clean(platform: Village) -> Iterator[None]:
    """Two providers; every answer is made anew; what the test wrote goes."""
    loop.run(_providers())
    cache = platform.edge.cache
    kept, cache.enabled = cache.enabled, False
    cache.empty(TOWN)
    yield
    cache.enabled = kept
    loop.run(platform.sweep(TOWN, (*TABLES, "media")))
    loop.run(_providers_go())
    loop.run(cast.away())


async def _providers() -> None:
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch("INSERT INTO provider (slug, name) VALUES ('krume', 'Krume'), ('rad', 'Radverein')")
        touched()


async def _providers_go() -> None:
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch("DELETE FROM provider WHERE slug IN ('krume', 'rad')")


async def baker(village: Village, provider: str = "krume") -> Visitor:
    return await (await cast.person(provider, {TOWN: ["provider"]}, provider=provider)).at(village)


async def entered(village: Village, visitor: Visitor, **more: str) -> int:
    made = await visitor.post("/manage/places", data=SHOP | more)
    assert made.status_code == 303, made.text
    return int(made.headers["location"].removeprefix("/places/").partition("-")[0])


async def test_a_shop_enters_itself_day_by_day_and_is_public_at_once(belzig: Village) -> None:
    mia = await baker(belzig)

    number = await entered(belzig, mia)

    one = await belzig.json(f"/api/v1/places/{number}")
    assert (one["opening_hours"], one["wheelchair"], one["confirmed"]) == (HOURS, "limited", True)
    page = (await belzig.get(f"/places/{number}", follow_redirects=True)).text
    assert "Krume" in page
    assert "6–12:30 Uhr, 14–18 Uhr" in page
    assert "eine Stufe, bitte klingeln" in page
    form = filled((await mia.get(f"/manage/places/{number}")).text)
    assert {name: form[name] for name in ("h_we_1", "h_we_4", "h_sa_1", "h_mo_off", "h_fr_off", "h_ph")} == {
        "h_we_1": "06:00", "h_we_4": "18:00", "h_sa_1": "06:00", "h_mo_off": "yes", "h_fr_off": "yes", "h_ph": "closed"
    }  # fmt: skip
    assert form["opening_hours"] == ""

    saved = await mia.post(f"/manage/places/{number}", data=form | {"h_sa_2": "12:00", "h_ph": "same"})
    assert saved.status_code == 303, saved.text
    one = await belzig.json(f"/api/v1/places/{number}")
    assert one["opening_hours"] == "Tu-We 06:00-12:30,14:00-18:00; Sa 06:00-12:00"


async def test_a_wrong_row_says_which_day_and_keeps_what_was_typed(belzig: Village) -> None:
    mia = await baker(belzig)

    wrong = await mia.post(
        "/manage/places", data=SHOP | {"title": "", "h_tu_2": "", "h_we_2": "viertel", "h_sa_off": "yes"}
    )

    assert wrong.status_code == 422
    for told in (
        "Dienstag: Bitte geben Sie beides an",
        "Mittwoch: Bitte geben Sie Uhrzeiten an",
        "Samstag: Bitte entscheiden Sie",
        "Bitte geben Sie einen Namen",
        'value="viertel"',
        'href="#f-h_tu"',
    ):
        assert told in wrong.text, told
    assert (await belzig.json("/api/v1/places"))["items"] == []


async def test_an_address_that_is_known_gives_the_point_on_the_map(belzig: Village) -> None:
    await enter("Blumenladen", "florist", street="Straße der Einheit 12", latitude=52.14, longitude=12.59)
    mia = await baker(belzig)

    known = await belzig.json(f"/api/v1/places/{await entered(belzig, mia)}")
    pasted = await belzig.json(
        f"/api/v1/places/{await entered(belzig, mia, street='Feldweg 1', latitude='52.1, 12.5')}"
    )

    assert known["position"] == {"latitude": 52.14, "longitude": 12.59}
    assert pasted["position"] == {"latitude": 52.1, "longitude": 12.5}


async def test_a_provider_reaches_no_other_s_place_and_publishes_for_nobody_else(belzig: Village) -> None:
    mia, rolf = await baker(belzig), await baker(belzig, "rad")
    shop, town_s = await entered(belzig, mia), await enter()
    [foreign] = await bring(place())
    others = (await rolf.get("/manage/places")).text

    for number in (shop, town_s, foreign):
        assert (await rolf.get(f"/manage/places/{number}")).status_code == 404
        assert (await rolf.post(f"/manage/places/{number}", data=SHOP)).status_code == 404
        assert (await rolf.post(f"/manage/places/{number}/state", data={"do": "withdraw"})).status_code == 404
    assert "Krume" not in others
    assert "Café am Markt" not in others
    async with tenant(TOWN) as scope:
        krume = await scope.fetchval("SELECT id FROM provider WHERE slug = 'krume'")
    assert (await rolf.post("/manage/places", data=SHOP | {"provider": str(krume)})).status_code == 422
    assert (await rolf.post("/manage/places", data=SHOP | {"provider": "town"})).status_code == 422
    assert len((await belzig.json("/api/v1/places"))["items"]) == 3


async def test_the_town_may_change_and_hide_it_and_then_only_the_town_shows_it_again(belzig: Village) -> None:
    mia = await baker(belzig)
    eva = await (await cast.person("eva", {TOWN: ["editor"]})).at(belzig)
    number = await entered(belzig, mia)
    there = f"/manage/places/{number}"

    assert "Bäckerei Krume" in (await eva.get("/manage/places?only=provider")).text
    form = filled((await eva.get(there)).text)
    assert (await eva.post(there, data=form | {"phone": "033841 9"})).status_code == 303
    assert (await belzig.json(f"/api/v1/places/{number}"))["phone"] == "033841 9"
    assert (await eva.post(f"{there}/state", data={"do": "withdraw"})).status_code == 303
    assert "Das Rathaus hat diesen Ort ausgeblendet" in (await mia.get(there)).text
    assert (await mia.post(f"{there}/state", data={"do": "show"})).status_code == 403
    assert (await mia.post(f"{there}/state", data={"do": "restore"})).status_code == 303
    assert (await belzig.json("/api/v1/places"))["items"] == []

    assert (await eva.post(f"{there}/state", data={"do": "show"})).status_code == 303
    assert (await belzig.json("/api/v1/places"))["items"][0]["id"] == number

    assert (await mia.post(f"{there}/state", data={"do": "withdraw"})).status_code == 303
    assert (await belzig.json("/api/v1/places"))["items"] == []
    assert (await mia.post(f"{there}/state", data={"do": "restore"})).status_code == 303
    assert len((await belzig.json("/api/v1/places"))["items"]) == 1


async def test_its_picture_belongs_to_the_provider(belzig: Village) -> None:
    mia = await baker(belzig)

    made = await mia.post(
        "/manage/places",
        data=SHOP | {"alt": "Die Backstube am Morgen", "credit": "Krume"},
        files={"file": ("haus.jpg", picture(), "image/jpeg")},
    )

    assert made.status_code == 303, made.text
    page = (await belzig.get(made.headers["location"])).text
    assert 'alt="Die Backstube am Morgen"' in page
    async with tenant(TOWN):
        [kept] = await keeping.newest(providers=["krume"])
    assert kept.alt == "Die Backstube am Morgen"
