"""A clerk reads in the GPX file of a walk, looks at it, describes it and publishes it; readers put it aside."""

from collections.abc import Iterator

import pytest

from tests import cast, loop
from tests.capabilities.places.seeds import TABLES, TOWN, bring, enter, tour
from tests.cast import Visitor
from tests.forms import filled
from tests.village import Village

POINTS = "".join(
    f'<trkpt lat="{52.14 + step / 1000:.4f}" lon="{12.59 + step / 800:.4f}"><ele>{80 + 6 * (step % 9)}</ele></trkpt>'
    for step in range(24)
)
WALK = f"""<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Uhr" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="52.1450" lon="12.5960"><name>Springbach-Mühle</name><desc>Kaffee im Hof</desc></wpt>
<trk><name>Mühlenrunde</name><type>hiking</type><trkseg>{POINTS}</trkseg></trk></gpx>""".encode()
TWO = WALK.replace(b"</gpx>", b"<trk><name>Rundweg 2</name><trkseg>" + POINTS.encode() + b"</trkseg></trk></gpx>")


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


def gpx(body: bytes, name: str = "runde.gpx") -> dict[str, tuple[str, bytes, str]]:
    return {"file": (name, body, "application/gpx+xml")}


async def test_from_the_file_over_the_preview_to_everyone(belzig: Village) -> None:
    eva = await editor(belzig)

    made = await eva.post("/manage/tours", data={"activity": ""}, files=gpx(WALK))

    assert made.status_code == 303, made.text
    there = made.headers["location"]
    assert (await belzig.json("/api/v1/tours"))["items"] == []
    page = (await eva.get(there)).text
    form = filled(page)
    assert (form["title"], form["activity"], form["stop_1_title"]) == ("Mühlenrunde", "walking", "Springbach-Mühle")
    assert 'class="ground-track"' in page
    assert 'class="profile-line"' in page

    told = form | {
        "summary": "Zwei Mühlen.",
        "difficulty": "leicht",
        "stop_1_text": "Kaffee und Kuchen",
        "do": "preview",
    }
    looked = await eva.post(there, data=told | {"new_title": "Bank", "new_at": "52.15, 12.6"})
    preview = (await eva.get(looked.headers["location"])).text
    for said in ("Zwei Mühlen.", "leicht", "Kaffee und Kuchen", "Bank", "Höhen", 'class="ground-track"'):
        assert said in preview, said
    number = there.rpartition("/")[2]
    assert (await belzig.get(f"/tours/{number}", follow_redirects=True)).status_code == 404

    assert (await eva.post(f"{there}/state", data={"do": "publish"})).status_code == 303
    [one] = (await belzig.json("/api/v1/tours"))["items"]
    assert (one["title"], one["length_metres"] > 3000, one["ascent_metres"] > 90) == ("Mühlenrunde", True, True)
    again = filled((await eva.get(there)).text)
    await eva.post(there, data=again | {"stop_1_off": "yes", "title": "Mühlenweg"})
    whole = await belzig.json(f"/api/v1/tours/{number}")
    assert (whole["title"], [stop["title"] for stop in whole["stops"]]) == ("Mühlenweg", ["Bank"])
    assert "<wpt" in (await belzig.get(f"/tours/{number}.gpx")).text

    assert (await eva.post(f"{there}/state", data={"do": "hide"})).status_code == 303
    assert (await belzig.json("/api/v1/tours"))["items"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Bitte wählen Sie eine GPX-Datei"),
        (b"   ", "Die Datei ist leer"),
        (b"%PDF-1.7 Wanderweg", "Das ist keine GPX-Datei"),
        (b"<!doctype html><html><body>Tour</body></html>", "Das ist eine Webseite"),
        (WALK[: len(WALK) // 2], "beschädigt oder unvollständig"),
        (WALK.replace(b"<gpx ", b'<!DOCTYPE gpx [<!ENTITY x "y">]><gpx '), "für Angriffe"),
        (WALK[: WALK.index(b"<trk>")] + b"</gpx>", "nur einzelne Punkte"),
        (b'<gpx version="1.1"></gpx>', "weder einen Weg noch einen Punkt"),
        (WALK + b" " * 5_000_000, "höchstens 5 MB"),
    ],
    ids=["none", "blank", "pdf", "web-page", "half", "entities", "points", "nothing", "large"],
)
async def test_a_wrong_file_is_refused_in_plain_words(belzig: Village, body: bytes, said: str) -> None:
    eva = await editor(belzig)

    wrong = await eva.post("/manage/tours", data={"activity": "walking"}, files=gpx(body))

    assert wrong.status_code == 422
    assert said in wrong.text
    assert "row-title" not in (await eva.get("/manage/tours?only=draft")).text


async def test_two_ways_are_two_drafts_and_one_may_be_thrown_away(belzig: Village) -> None:
    eva = await editor(belzig)

    made = await eva.post("/manage/tours", data={"activity": "cycling"}, files=gpx(TWO))

    assert made.headers["location"] == "/manage/tours?only=draft"
    drafts = (await eva.get("/manage/tours?only=draft")).text
    assert "Mühlenrunde" in drafts
    assert "Rundweg 2" in drafts
    number = drafts.partition('<h2 class="row-title"><a href="/manage/tours/')[2].partition('"')[0]
    assert (await eva.post(f"/manage/tours/{number}/state", data={"do": "remove"})).status_code == 303
    assert (await eva.get(f"/manage/tours/{number}")).status_code == 404


async def test_a_tour_of_a_source_can_only_be_hidden(belzig: Village) -> None:
    eva = await editor(belzig)
    [number] = await bring(tour())
    there = f"/manage/tours/{number}"

    refused = await eva.post(there, data={"title": "Anders", "activity": "walking"})
    hidden = await eva.post(f"{there}/state", data={"do": "hide"})

    assert (refused.status_code, hidden.status_code) == (422, 303)
    assert (await belzig.json("/api/v1/tours"))["items"] == []
    assert (await eva.post(f"{there}/state", data={"do": "show"})).status_code == 303
    assert (await belzig.json("/api/v1/tours"))["items"][0]["title"] == "Burgweg"


async def test_what_can_t_be_kept_is_said_beside_the_field(belzig: Village) -> None:
    eva = await editor(belzig)
    there = (await eva.post("/manage/tours", data={}, files=gpx(WALK))).headers["location"]
    form = filled((await eva.get(there)).text)

    wrong = await eva.post(
        there, data=form | {"title": "", "minutes": "lang", "url": "x", "new_title": "Bank", "new_at": "am Teich"}
    )

    assert wrong.status_code == 422
    for said in ("höchstens 200 Zeichen", "Zeit in Minuten an", "mit https://", "einen Ort auf der Erde"):
        assert said in wrong.text, said
    assert 'value="am Teich"' in wrong.text


async def test_a_tour_is_put_aside_beside_places(belzig: Village) -> None:
    number = await enter()
    [walk] = await bring(tour())
    page = (await belzig.get(f"/tours/{walk}", follow_redirects=True)).text
    thing = page.partition('name="thing" value="')[2].partition('"')[0]
    origin = {"origin": str(belzig.client.base_url).rstrip("/")}

    first = await belzig.post("/mine", data={"do": "save", "thing": f"places:{number}"}, headers=origin)
    cookie = {"cookie": first.headers["set-cookie"].partition(";")[0]}
    second = await belzig.post("/mine", data={"do": "save", "thing": thing}, headers=origin | cookie)
    saved = await belzig.get("/saved", headers={"cookie": second.headers["set-cookie"].partition(";")[0]})

    assert saved.text.index("Burgweg") < saved.text.index("Dorfladen")
    kept = {"cookie": second.headers["set-cookie"].partition(";")[0]}
    assert 'name="do" value="drop"' in (await belzig.get(f"/tours/{walk}-burgweg", headers=kept)).text
