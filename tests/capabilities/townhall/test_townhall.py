"""A citizen wants to get something done: finds the service, what it takes, where to go and whether that is open."""

import pytest

from app.capabilities.townhall.everyday import SITUATIONS, meant, situations_of
from app.feeds import items
from app.kit import clock
from app.tenancy import tenant, transaction
from tests.factories_townhall import WEDNESDAY, Register, office, service, titles
from tests.village import Village


async def test_a_service_tells_what_it_takes_and_where_to_go(belzig: Village) -> None:
    await Register().sends(service(), office())

    [brief] = (await belzig.json("/api/v1/services"))["items"]
    with clock.at(WEDNESDAY):
        page = await belzig.get(brief["url"])

    assert page.status_code == 200
    for told in (
        "Ab 16 Jahren brauchen Sie einen Ausweis.", "Das brauchen Sie", "biometrisches Foto", "Das kostet es",
        "37 Euro", "Einwohnermeldeamt", "Wiesenburger Straße 6, 14806 Bad Belzig", "Geöffnet bis 12 Uhr",
        "tel:033841940", "Rechtsgrundlagen", "Land Brandenburg", "DL-DE-BY-2.0", "https://portal.example/ausweis",
    ):  # fmt: skip
        assert told in page.text, told
    assert page.text.count("<h1") == 1


async def test_the_api_tells_the_whole_service_with_its_offices(belzig: Village) -> None:
    online = items.Link(title="Termin buchen", url="https://termine.example", kind="online")
    await Register().sends(service(links=(online,), leika="99000000000011", local=True), office())
    [brief] = (await belzig.json("/api/v1/services"))["items"]

    whole = await belzig.json(f"/api/v1/services/{brief['id']}")

    assert (brief["online"], brief["local"], brief["leika"]) == (True, True, "99000000000011")
    assert [one["title"] for one in whole["offices"]] == ["Einwohnermeldeamt"]
    assert whole["offices"][0]["opening_hours"] == "Tu 09:00-12:00,14:00-18:00; We 09:00-12:00"
    assert whole["source"] == {"name": "Landesverzeichnis", "url": "https://portal.example/ausweis"}
    assert [one["kind"] for one in whole["blocks"]] == ["required_documents", "fees", "legal"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Perso", "Personalausweis beantragen"),
        ("personalausweis", "Personalausweis beantragen"),
        ("Persnalausweis", "Personalausweis beantragen"),
        ("Umzug", "Wohnsitz: Ummeldung"),
        ("Fuehrungszeugnis", "Führungszeugnis beantragen"),
        ("Führungszeugniss", "Führungszeugnis beantragen"),
        ("Führerschein", "Fahrerlaubnis erweitern"),
        ("Hund", "Hundesteuer anmelden"),
        ("biometrisches Foto", "Personalausweis beantragen"),
    ],
)
async def test_people_find_it_in_their_own_words(belzig: Village, typed: str, found: str) -> None:
    plain: tuple[items.Block, ...] = ()
    await Register().sends(
        service(),
        service("Wohnsitz: Ummeldung", blocks=plain, summary=""),
        service("Führungszeugnis beantragen", blocks=plain, summary=""),
        service("Fahrerlaubnis erweitern", blocks=plain, summary=""),
        service("Hundesteuer anmelden", blocks=plain, summary=""),
    )

    answer = await belzig.json("/api/v1/services", q=typed)

    assert titles(answer)[0] == found
    assert found in (await belzig.get("/search", params={"q": typed})).text


async def test_services_are_listed_by_name_as_germans_sort_and_by_part(belzig: Village) -> None:
    names = ["Überführung", "Ummeldung", "Abmeldung", "Änderung", "Zulassung"]
    await Register().sends(*(service(name) for name in names))

    first = await belzig.json("/api/v1/services", limit=3)
    second = await belzig.json("/api/v1/services", limit=3, cursor=first["next"])

    assert titles(first) + titles(second) == ["Abmeldung", "Änderung", "Überführung", "Ummeldung", "Zulassung"]
    assert second["next"] is None
    assert titles(await belzig.json("/api/v1/services", letter="u")) == ["Überführung", "Ummeldung"]


async def test_a_situation_of_life_narrows_the_list(belzig: Village) -> None:
    await Register().sends(service("Geburtsurkunde"), service("Hundesteuer"), service("Elterngeld", local=True))

    page = await belzig.get("/services", params={"situation": "family"})

    assert titles(await belzig.json("/api/v1/services", situation="family")) == ["Elterngeld", "Geburtsurkunde"]
    assert titles(await belzig.json("/api/v1/services", local="true")) == ["Elterngeld"]
    assert "Kinder und Familie" in page.text
    assert "Hundesteuer" not in page.text
    assert "Vor Ort" in page.text


async def test_an_office_shows_its_week_and_what_it_does(belzig: Village) -> None:
    await Register().sends(service(), office(accessibility="Aufzug im Hof", wheelchair="yes"))
    [entry] = (await belzig.json("/api/v1/offices"))["items"]

    with clock.at(WEDNESDAY):
        page = await belzig.get(entry["url"])

    for told in (
        "Montag",
        "geschlossen",
        "9–12 Uhr, 14–18 Uhr",
        "Personalausweis beantragen",
        "Stufenloser Zugang",
        "geo:",
    ):
        assert told in page.text, told


async def test_hours_that_nobody_can_be_sure_of_are_shown_in_the_office_s_words_only(belzig: Village) -> None:
    await Register().sends(office(opening_text="jeden 1. Dienstag 9–12 Uhr\nund nach Vereinbarung"))
    [entry] = (await belzig.json("/api/v1/offices"))["items"]

    page = await belzig.get(entry["url"])

    assert entry["opening_hours"] == ""
    assert "jeden 1. Dienstag 9–12 Uhr" in page.text
    assert "Geöffnet" not in page.text
    assert "Geschlossen" not in page.text


async def test_on_a_public_holiday_the_office_is_closed(belzig: Village) -> None:
    await Register().sends(office(opening_text="Mo–Fr 9–12 Uhr"))
    [entry] = (await belzig.json("/api/v1/offices"))["items"]
    belzig.edge.cache.empty("bad-belzig")

    with clock.at(WEDNESDAY.replace(month=12, day=25)):
        page = await belzig.get(entry["url"])

    assert "Geschlossen, öffnet" in page.text
    assert "28. Dezember" in page.text


async def test_an_office_that_came_before_its_service_is_found_all_the_same(belzig: Village) -> None:
    register = Register(snapshot=False)
    await register.sends(office())
    await register.sends(service())
    [brief] = (await belzig.json("/api/v1/services"))["items"]

    whole = await belzig.json(f"/api/v1/services/{brief['id']}")

    assert [one["title"] for one in whole["offices"]] == ["Einwohnermeldeamt"]


async def test_what_the_register_drops_is_gone_and_may_come_back(belzig: Village) -> None:
    register = Register()
    await register.sends(service(), service("Reisepass"))
    [kept, _] = (await belzig.json("/api/v1/services"))["items"]

    report = await register.sends(service("Reisepass"))

    assert report.gone == 1
    assert titles(await belzig.json("/api/v1/services")) == ["Reisepass"]
    assert (await belzig.get(f"/services/{kept['id']}")).status_code == 404
    await register.sends(service(), service("Reisepass"))
    assert titles(await belzig.json("/api/v1/services")) == ["Personalausweis beantragen", "Reisepass"]


async def test_what_a_source_takes_back_or_could_not_read_is_told_apart(belzig: Village) -> None:
    register = Register()
    await register.sends(service("A"), service("B"), service("C"))

    report = await register.sends(service("A"), items.Gone(external_id="B"), items.Unread(external_id="C"))

    assert (report.unchanged, report.gone, report.new) == (1, 1, 0)
    assert titles(await belzig.json("/api/v1/services")) == ["A", "C"]


async def test_a_window_may_take_single_items_back(belzig: Village) -> None:
    register = Register(snapshot=False)
    await register.sends(service("A"), service("B"))

    report = await register.sends(items.Gone(external_id="B"), items.Gone(external_id="never-seen"))

    assert report.gone == 1
    assert titles(await belzig.json("/api/v1/services")) == ["A"]


async def test_what_an_editor_hides_stays_hidden_when_the_register_brings_it_again(belzig: Village) -> None:
    register = Register()
    await register.sends(service())
    async with tenant("bad-belzig") as scope, transaction():
        await scope.fetch("UPDATE service SET withdrawn_at = now(), withdrawn_by = 'editor'")

    await register.sends(service(summary="Neu"))

    assert titles(await belzig.json("/api/v1/services")) == []


async def test_a_service_can_be_put_aside(belzig: Village) -> None:
    await Register().sends(service())
    [brief] = (await belzig.json("/api/v1/services"))["items"]
    thing = {"do": "save", "thing": f"townhall:{brief['id']}", "next": "/saved"}

    answer = await belzig.post("/mine", data=thing, headers={"origin": str(belzig.client.base_url).rstrip("/")})
    page = await belzig.get("/saved", headers={"cookie": answer.headers["set-cookie"].partition(";")[0]})

    assert answer.status_code == 303
    assert "Personalausweis beantragen" in page.text


async def test_an_empty_town_hall_says_what_to_do(belzig: Village) -> None:
    services, offices = await belzig.get("/services"), await belzig.get("/offices")

    assert "Die Leistungen sind noch nicht da" in services.text
    assert "115" in services.text
    assert "Hier sind noch keine Ämter" in offices.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/services/0", 404), ("/services/abc", 404), ("/services/99999999999999999999", 404), ("/offices/7", 404),
        ("/api/v1/services/abc", 422), ("/api/v1/services?cursor=kaputt", 422), ("/api/v1/services?limit=0", 422),
        ("/api/v1/services?situation=DROP", 422), ("/services?q=%00", 200), ("/services?q=%27%22%3B--", 200),
        ("/services?letter=%25", 200), ("/api/v1/offices?q=%25", 200),
    ],
)  # fmt: skip
async def test_bad_addresses_are_answered_calmly(belzig: Village, path: str, status: int) -> None:
    assert (await belzig.get(path)).status_code == status


async def test_an_old_address_leads_to_the_right_one(belzig: Village) -> None:
    await Register().sends(service())
    [brief] = (await belzig.json("/api/v1/services"))["items"]

    answer = await belzig.get(f"/services/{brief['id']}-alter-name")

    assert answer.status_code == 301
    assert answer.headers["location"].endswith("personalausweis-beantragen")


async def test_what_a_source_writes_is_text_on_our_page(belzig: Village) -> None:
    await Register().sends(
        service("<b>Fett</b>", summary="<script>x()</script>", url="javascript:x()"),
        office("<i>Amt</i>", opening_text="<script>y()</script>"),
    )
    [brief] = (await belzig.json("/api/v1/services"))["items"]

    page = await belzig.get(brief["url"])

    for raw in ("<b>Fett", "<script>x", "<script>y", "<i>Amt", "javascript:"):
        assert raw not in page.text


def test_everyday_words_and_situations_are_sound() -> None:
    assert meant("perso") == ["personalausweis"]
    assert meant("Fuehrerschein") == ["fahrerlaubnis"]
    assert meant("irgendwas") == []
    assert situations_of("Elterngeld beantragen", ()) == ["family"]
    assert situations_of("Irgendwas", ("Umzug",)) == ["home"]
    assert all(key.isalpha() and key == key.lower() for key in SITUATIONS)
