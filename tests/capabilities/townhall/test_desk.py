"""The town corrects what a register says of its services and offices; its words survive every sync."""

from datetime import UTC, datetime

import pytest

from app.kit import clock
from tests import cast
from tests.cast import Visitor
from tests.factories_townhall import Register, office, service, titles
from tests.forms import filled
from tests.village import Village

TOWN = "bad-belzig"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


pytestmark = pytest.mark.usefixtures("clean")


async def editor(village: Village) -> Visitor:
    return await (await cast.person("eva", {TOWN: ["editor"]})).at(village)


async def the_only(village: Village, what: str) -> int:
    [one] = (await village.json(f"/api/v1/{what}"))["items"]
    return int(one["id"])


async def test_the_town_s_words_win_survive_the_sync_and_one_press_leads_back(belzig: Village) -> None:
    eva, register = await editor(belzig), Register()
    await register.sends(service(), office())
    number = await the_only(belzig, "services")
    there = f"/manage/townhall/service/{number}"
    form = filled((await eva.get(there)).text)

    with clock.at(MONDAY):
        saved = await eva.post(there, data=form | {"title": "Ausweis beantragen", "fees": "**40 Euro**, nur mit Karte"})

    assert saved.status_code == 303, saved.text
    page = (await belzig.get(saved.headers["location"])).text
    assert "Aus Land Brandenburg, am 23. November 2026 geändert vom Rathaus." in page
    assert "40 Euro, nur mit Karte" in page
    assert "37 Euro" not in page
    assert titles(await belzig.json("/api/v1/services", q="Karte")) == ["Ausweis beantragen"]

    # The register renews what the town left alone.
    await register.sends(service(summary="Neu gesagt.", title="Perso", id_="Personalausweis beantragen"), office())
    one = await belzig.json(f"/api/v1/services/{number}")
    assert (one["title"], one["summary"]) == ("Ausweis beantragen", "Neu gesagt.")
    assert {block["kind"]: block["html"] for block in one["blocks"]} == {
        "required_documents": "<ul><li>biometrisches Foto</li></ul>",
        "legal": "<p>§ 9 PAuswG</p>",
        "fees": "<p><strong>40 Euro</strong>, nur mit Karte</p>",
    }
    assert one["corrected_at"].startswith("2026-11-23")
    assert "Von uns geändert" in (await eva.get("/manage/townhall?only=corrected")).text

    back = await eva.post(f"{there}/state", data={"do": "forget"})
    assert back.status_code == 303
    one = await belzig.json(f"/api/v1/services/{number}")
    assert (one["title"], one["summary"], one["corrected_at"]) == ("Perso", "Neu gesagt.", None)
    assert "37 Euro" in (await belzig.get(f"/services/{number}", follow_redirects=True)).text


async def test_a_form_saved_untouched_says_nothing_else_than_the_source(belzig: Village) -> None:
    eva = await editor(belzig)
    await Register().sends(service(), office())
    for name in ("service", "office"):
        number = await the_only(belzig, f"{name}s")
        there = f"/manage/townhall/{name}/{number}"

        saved = await eva.post(there, data=filled((await eva.get(there)).text))

        assert saved.status_code == 303, saved.text
        assert (await belzig.json(f"/api/v1/{name}s/{number}"))["corrected_at"] is None


async def test_an_office_gets_its_hours_day_by_day_and_other_contacts_stay(belzig: Village) -> None:
    eva, register = await editor(belzig), Register()
    await register.sends(office())
    number = await the_only(belzig, "offices")
    there = f"/manage/townhall/office/{number}"
    form = filled((await eva.get(there)).text)
    assert (form["h_tu_1"], form["h_tu_4"], form["h_mo_off"], form["h_ph"]) == ("09:00", "18:00", "yes", "closed")
    del form["h_fr_off"]

    saved = await eva.post(there, data=form | {"h_fr_1": "8", "h_fr_2": "11", "phone": "033841 1"})
    await register.sends(office(opening_text="Montag: 9–12 Uhr", accessibility="Rampe"))

    assert saved.status_code == 303, saved.text
    one = await belzig.json(f"/api/v1/offices/{number}")
    assert one["opening_hours"] == "Tu 09:00-12:00,14:00-18:00; We 09:00-12:00; Fr 08:00-11:00; PH off"
    assert (one["opening_text"], one["accessibility"]) == ("", "Rampe")
    assert (one["contacts"][0]["phone"], one["contacts"][0]["email"]) == ("033841 1", "meldeamt@rathaus.example")


async def test_the_town_adds_its_own_and_hides_what_does_not_apply(belzig: Village) -> None:
    eva = await editor(belzig)
    await Register().sends(service(), office())
    foreign = await the_only(belzig, "services")

    made = await eva.post("/manage/townhall/office", data={"title": "Bürgerbüro", "h_mo_1": "9", "h_mo_2": "12"})
    assert made.status_code == 303, made.text
    new = filled((await eva.get("/manage/townhall/service/new")).text)
    page = (await eva.get("/manage/townhall/service/new")).text
    key = page.partition(">Bürgerbüro</option>")[0].rpartition('value="')[2].partition('"')[0]
    told = new | {"title": "Bürgermobil leihen", "fees": "kostenlos", "office_1": key}
    lent = await eva.post("/manage/townhall/service", data=told)
    hidden = await eva.post(f"/manage/townhall/service/{foreign}/state", data={"do": "hide"})

    assert (lent.status_code, hidden.status_code) == (303, 303), lent.text
    [one] = (await belzig.json("/api/v1/services"))["items"]
    assert (one["title"], one["local"], one["source"]["name"]) == ("Bürgermobil leihen", True, "")
    whole = await belzig.json(f"/api/v1/services/{one['id']}")
    assert [where["title"] for where in whole["offices"]] == ["Bürgerbüro"]
    assert "Bürgermobil leihen" in (await belzig.get("/search?q=bürgermobil")).text
    again = await eva.post(f"/manage/townhall/service/{one['id']}", data=told | {"title": "Bürgerbus leihen"})
    assert again.status_code == 303
    assert titles(await belzig.json("/api/v1/services")) == ["Bürgerbus leihen"]
    assert "ausgeblendet" in (await eva.get(f"/manage/townhall/service/{foreign}")).text
    assert (await eva.post(f"/manage/townhall/service/{foreign}/state", data={"do": "show"})).status_code == 303
    assert len((await belzig.json("/api/v1/services"))["items"]) == 2


async def test_what_is_wrong_is_said_and_a_moderator_stays_outside(belzig: Village) -> None:
    eva = await editor(belzig)
    paul = await (await cast.person("paul", {TOWN: ["moderator"]})).at(belzig)
    told = {"title": "", "email": "nein", "url": "javascript:x()", "h_mo_1": "9"}

    wrong = await eva.post("/manage/townhall/office", data=told)

    assert wrong.status_code == 422
    for said in ("höchstens 300 Zeichen", "keine E-Mail-Adresse", "mit https://", "Montag: Bitte geben Sie beides an"):
        assert said in wrong.text, said
    for path in ("/manage/townhall/car/new", "/manage/townhall/service/999"):
        assert (await eva.get(path)).status_code == 404
    assert (await paul.get("/manage/townhall")).status_code == 403
    assert (await belzig.json("/api/v1/offices"))["items"] == []
