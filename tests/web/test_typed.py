"""A form that is refused as a whole gives back what was typed into it."""

from urllib.parse import urlencode

from tests import cast
from tests.village import Village

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
TYPED = {
    "title": "Der Brunnen läuft",
    "body": "Am Markt <b>plätschert</b> es wieder.",
    "do": "save",
    "_csrf": "alt und fern",
}


async def test_who_was_signed_out_over_night_gets_the_text_back(belzig: Village) -> None:
    answer = await belzig.post("/manage/news", content=urlencode(TYPED), headers=FORM)
    with_picture = await belzig.post(
        "/manage/news",
        files={name: (None, value) for name, value in TYPED.items()}
        | {"file": ("a.jpg", b"\xff\xd8 x y", "image/jpeg")},
        headers={"accept": "text/html"},
    )

    for one in (answer, with_picture):
        assert one.status_code == 401
        assert "Was Sie getippt haben" in one.text
        assert "Am Markt &lt;b&gt;plätschert&lt;/b&gt; es wieder.</textarea>" in one.text
        assert 'href="/sign-in?next=/manage/news"' in one.text
        assert "alt und fern" not in one.text
        assert one.text.count("<textarea") == 2


async def test_a_form_of_an_earlier_sign_in_gives_it_back_too(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    own = FORM | {"cookie": eva.cookie}

    answer = await belzig.post("/manage/news", content=urlencode(TYPED), headers=own)
    stranger = await belzig.post(
        "/manage/news", content=urlencode(TYPED), headers=own | {"sec-fetch-site": "cross-site"}
    )
    await cast.away()

    assert (answer.status_code, stranger.status_code) == (403, 403)
    assert "Der Brunnen läuft</textarea>" in answer.text
    assert "<textarea" not in stranger.text


async def test_the_next_page_knows_nothing_of_it(belzig: Village, platform: Village) -> None:
    await belzig.post("/manage/news", content=urlencode(TYPED), headers=FORM)

    assert "<textarea" not in (await belzig.get("/nichts", headers={"accept": "text/html"})).text
    secret = await platform.post("/identity/reset", content=urlencode({"password": "drei Wörter hier"}), headers=FORM)
    assert secret.status_code == 409
    assert "drei W" not in secret.text
