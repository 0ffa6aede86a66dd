"""What a reader puts aside on a device: by plain forms, in a cookie, listed on one page."""

import base64
from typing import Any

import lxml.html
import msgspec
import pytest

from app.kit.errors import InvalidInput
from app.web.mine import MOST_SAVED, Mine
from app.web.saving import changed
from tests import cast
from tests.factories import make_article
from tests.factories_events import make_event
from tests.village import Village

KNOWN = ("news", "events")
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}


def test_the_newest_comes_first_and_nothing_twice() -> None:
    one = changed(Mine(saved=("news:1", "events:2")), "save", thing="events:2", known=KNOWN)

    assert one.saved == ("events:2", "news:1")
    assert changed(one, "drop", thing="news:1", known=KNOWN).saved == ("events:2",)


def test_cards_are_hidden_and_shown_and_all_is_forgotten() -> None:
    hidden = changed(Mine(street="haupt"), "hide", card="news", known=KNOWN)

    assert hidden == Mine(street="haupt", hidden=("news",))
    assert changed(hidden, "show", card="news", known=KNOWN) == Mine(street="haupt")
    assert changed(hidden, "forget") == Mine()


@pytest.mark.parametrize(
    ("do", "thing", "card"),
    [
        ("save", "places:1", ""),
        ("save", "news:x", ""),
        ("save", "news:" + "9" * 20, ""),
        ("save", "news:\u0661", ""),
        ("save", "", ""),
        ("hide", "", "places"),
        ("delete", "news:1", ""),
        ("", "", ""),
    ],
)
def test_nonsense_is_refused(do: str, thing: str, card: str) -> None:
    with pytest.raises(InvalidInput):
        changed(Mine(), do, thing=thing, card=card, known=KNOWN)


def chosen(answer: Any) -> dict[str, Any]:
    value = answer.headers["set-cookie"].partition(";")[0].removeprefix("mine=")
    found: dict[str, Any] = msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    return found


def links(page: str) -> list[str]:
    tree: Any = lxml.html.document_fromstring(page)
    return [str(href) for href in tree.xpath("//main//ul[@data-keep]//h3/a/@href")]


async def test_a_reader_saves_finds_again_and_drops(belzig: Village) -> None:
    article = await make_article(title="Neue Brücke")
    draft = await make_article(title="Entwurf", published_at=None)
    event = await make_event(title="Konzert im Burghof")
    pages = [f"/news/{article.id}-neue-bruecke", f"/events/{event}-konzert-im-burghof"]
    before = (await belzig.get(pages[0])).text

    for thing in (f"news:{article.id}", f"news:{draft.id}", "news:999999", f"events:{event}"):
        answer = await belzig.post("/mine", content=f"do=save&thing={thing}&next=/news", headers=FORM)
    saved = await belzig.get("/saved")
    after = (await belzig.get(pages[0])).text
    await belzig.post("/mine", content=f"do=drop&thing=news:{article.id}&next=/saved", headers=FORM)

    assert (answer.status_code, answer.headers["location"]) == (303, "/news")
    assert chosen(answer)["saved"][0] == f"events:{event}"
    assert sorted(links(saved.text)) == sorted(pages)
    assert saved.headers["cache-control"] == "private, no-store"
    assert "Für später merken" in before
    assert "Gemerkt. Von der Liste nehmen" in after
    assert links((await belzig.get("/saved")).text) == pages[1:]


async def test_an_empty_list_says_what_to_do(belzig: Village) -> None:
    page = (await belzig.get("/saved")).text

    assert "Sie haben sich noch nichts gemerkt" in page


async def test_the_cookie_is_for_this_host_and_no_script(belzig: Village) -> None:
    answer = await belzig.post("/mine", content="do=hide&card=news&next=/start", headers=FORM)
    gone = await belzig.post("/mine", content="do=show&card=news&next=/start", headers=FORM)

    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))
    assert "Domain" not in answer.headers["set-cookie"]
    assert "Max-Age=0" in gone.headers["set-cookie"]


@pytest.mark.parametrize("goes_to", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"])
async def test_one_never_comes_back_to_another_host(belzig: Village, goes_to: str) -> None:
    answer = await belzig.post("/mine", content=f"do=hide&card=news&next={goes_to}", headers=FORM)

    assert answer.headers["location"] == "/"


async def test_another_site_can_not_choose_for_a_reader(belzig: Village) -> None:
    answer = await belzig.post(
        "/mine", content="do=forget", headers=FORM | {"origin": "http://wiesenburg-mark.localhost:8000"}
    )

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_who_is_signed_in_shows_the_token(belzig: Village) -> None:
    article = await make_article(title="Neue Brücke")
    eva = await (await cast.person("eva")).at(belzig)
    try:
        page = (await eva.get(f"/news/{article.id}-neue-bruecke")).text
        with_token = await eva.post("/mine", content=f"do=save&thing=news:{article.id}", headers=FORM)
        without = await eva.post(
            "/mine", content=f"do=save&thing=news:{article.id}", headers=FORM | {"x-csrf-token": "no"}
        )
    finally:
        await cast.away()

    assert f'name="_csrf" value="{eva.session.csrf}"' in page
    assert (with_token.status_code, without.status_code) == (303, 403)


async def test_a_long_list_loses_its_oldest(belzig: Village) -> None:
    for number in range(1, MOST_SAVED + 3):
        answer = await belzig.post("/mine", content=f"do=save&thing=news:{number}", headers=FORM)

    kept = chosen(answer)["saved"]
    assert len(kept) == MOST_SAVED
    assert kept[0] == f"news:{MOST_SAVED + 2}"


async def test_a_device_asks_who_it_belongs_to_before_it_sends_what_waited(belzig: Village) -> None:
    nobody = await belzig.get("/mine/device")
    somebody = await cast.person("eva")
    eva = await somebody.at(belzig)
    try:
        hers, page = await eva.get("/mine/device"), (await eva.get("/")).text
        again = await (await somebody.at(belzig)).get("/mine/device")
        as_everybody = await eva.get("/", headers={"x-pocket": "1"})
    finally:
        await cast.away()

    assert nobody.json() == {"me": "", "csrf": ""}
    assert hers.json() == {"me": again.json()["me"], "csrf": eva.session.csrf}
    assert f'data-me="{hers.json()["me"]}"' in page
    assert hers.headers["cache-control"] == "private, no-store"
    assert "Eva" in page
    assert "Eva" not in as_everybody.text
    assert '<meta name="offline" content="yes">' in as_everybody.text


@pytest.mark.parametrize("path", ["/start", "/waste", "/news"])
async def test_every_form_of_a_citizen_can_wait_or_says_that_it_can_not(belzig: Village, path: str) -> None:
    tree: Any = lxml.html.document_fromstring((await belzig.get(path, headers={"accept": "text/html"})).text)

    for form in tree.xpath("//form[@method='post']"):
        assert form.get("data-offline"), form.get("action")
    assert "Gerade ist kein Netz da" in tree.xpath("string(//script[contains(@src, 'village')]/@data-alone)")
