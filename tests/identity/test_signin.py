"""One sign-in for all villages: known at the second without typing, signed out everywhere at once."""

import pytest
from lxml import html

from app.identity import memberships, sessions
from app.settings import settings
from app.tenancy import control
from tests.identity.relying import Asking, a_code, a_person, signed_in
from tests.identity.roaming import Roamer, at_issuer
from tests.village import Village

BELZIG, WIESENBURG = "bad-belzig.localhost", "wiesenburg-mark.localhost"


async def arrived(platform: Village, name: str = "Ada Beispiel", address: str = "/sign-in?next=/news") -> Roamer:
    """Signed in at the issuer and then at Bad Belzig."""
    roamer = Roamer(platform, BELZIG)
    await at_issuer(platform, roamer, (await a_person(name)).id)
    await roamer.get(address)
    await roamer.follow()
    assert roamer.host == BELZIG, roamer.answer.text
    return roamer


async def test_the_issuer_is_asked_as_it_should_be(platform: Village) -> None:
    roamer = Roamer(platform, BELZIG)

    await roamer.get("/sign-in?next=/news")

    assert roamer.led_to == f"{settings().origin}/identity/authorize"
    asked = roamer.asked
    assert (asked["client_id"], asked["redirect_uri"]) == (
        "village:bad-belzig",
        f"http://{BELZIG}:8000/sign-in/callback",
    )
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid profile email", "S256")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert roamer.answer.headers["cache-control"] == "no-store"


async def test_somebody_arrives_where_they_wanted_to_be(platform: Village) -> None:
    roamer = await arrived(platform)

    assert roamer.url == f"http://{BELZIG}:8000/news"
    page = html.fromstring(roamer.answer.text)
    assert page.xpath("string(//details[@class='account']/summary//*[@class='account-name'])").strip() == "Ada Beispiel"
    assert roamer.answer.headers["cache-control"] == "private, no-store"
    assert "__Host-signin" not in roamer.mine


async def test_a_sister_village_knows_somebody_without_typing(platform: Village) -> None:
    roamer = await arrived(platform)

    await roamer.get(f"http://{WIESENBURG}:8000/sign-in?next=/events")
    await roamer.follow()

    assert roamer.url == f"http://{WIESENBURG}:8000/events"
    session = await roamer.session()
    assert session is not None
    assert session.name == "Ada Beispiel"


async def test_signing_out_once_signs_out_everywhere(platform: Village) -> None:
    roamer = await arrived(platform)
    account_id = (await roamer.session()).account_id  # type: ignore[union-attr]
    await roamer.get(f"http://{WIESENBURG}:8000/sign-in")
    await roamer.follow()
    assert len(await sessions.listing(account_id)) == 3

    await roamer.sign_out()
    assert roamer.led_to == f"{settings().origin}/identity/end-session"
    await roamer.follow()

    assert roamer.url == f"http://{WIESENBURG}:8000/"
    assert await sessions.listing(account_id) == []
    assert "Anmelden" in html.fromstring((await roamer.get("/")).text).xpath("string(//header)")


async def test_a_planted_session_is_worth_nothing_after_the_sign_in(platform: Village) -> None:
    mallory = await a_person("Mallory")
    planted = await sessions.start(account_id=mallory.id, kind="village", host=BELZIG)
    roamer = Roamer(platform, BELZIG)
    roamer.mine[sessions.COOKIE] = planted
    await at_issuer(platform, roamer, (await a_person("Ada")).id)

    await roamer.get("/sign-in")
    await roamer.follow()

    assert roamer.mine[sessions.COOKIE] != planted
    assert await sessions.find(planted, BELZIG) is None
    session = await roamer.session()
    assert session is not None
    assert session.name == "Ada"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil.example",
        "/sign-out",
        "/sign-in?next=/sign-in",
        "/" + "x" * 5000,
        "",
    ],
)
async def test_nobody_is_led_to_another_host(platform: Village, target: str) -> None:
    roamer = Roamer(platform, BELZIG)
    await at_issuer(platform, roamer, (await a_person()).id)

    await roamer.get("/sign-in", params={"next": target})
    await roamer.get(roamer.answer.headers["location"])
    await roamer.get(roamer.answer.headers["location"])

    location = roamer.answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "evil" not in location or location.startswith("/%")


async def test_a_path_with_umlauts_and_words_is_kept(platform: Village) -> None:
    roamer = await arrived(platform, address="/sign-in?next=/news%3Fq%3DBr%C3%BCcke%2520neu%26category%3Dkultur")

    assert roamer.url == f"http://{BELZIG}:8000/news?q=Br%C3%BCcke%20neu&category=kultur"


async def test_a_kept_page_shows_nobody_s_name(platform: Village) -> None:
    roamer = await arrived(platform, "Eva Geheim")
    village = platform.at("bad-belzig")
    for _ in range(3):
        await village.get("/news", headers={"accept": "text/html"})
    mine = await roamer.get("/news")
    strangers = await village.get("/news", headers={"accept": "text/html"})

    assert "Eva Geheim" in mine.text
    assert "Eva Geheim" not in strangers.text
    assert "private" not in strangers.headers["cache-control"]


async def test_a_session_that_is_over_gets_the_pages_of_everybody(platform: Village) -> None:
    roamer = Roamer(platform, BELZIG)
    roamer.mine[sessions.COOKIE] = "over"

    answer = await roamer.get("/news")

    assert answer.status_code == 200
    assert "Anmelden" in html.fromstring(answer.text).xpath("string(//header)")


async def test_a_role_taken_away_is_gone_with_the_next_request(platform: Village) -> None:
    roamer = await arrived(platform, address="/sign-in?next=/")
    session = await roamer.session()
    assert session is not None
    assert "Diesen Ort verwalten" not in (await roamer.get("/")).text

    await memberships.grant(session.account_id, "bad-belzig", "editor")
    assert "Diesen Ort verwalten" in (await roamer.get("/")).text

    async with control() as connection:
        await connection.execute("DELETE FROM membership WHERE account_id = $1", session.account_id)
    assert "Diesen Ort verwalten" not in (await roamer.get("/")).text


async def test_an_account_deleted_meanwhile_is_nobody(platform: Village) -> None:
    roamer = await arrived(platform)
    session = await roamer.session()
    assert session is not None

    async with control() as connection:
        await connection.execute("DELETE FROM account WHERE id = $1", session.account_id)

    answer = await roamer.get("/")
    assert answer.status_code == 200
    assert "Anmelden" in html.fromstring(answer.text).xpath("string(//header)")


async def test_the_account_lies_on_the_platform_s_host(platform: Village) -> None:
    answer = await platform.at("bad-belzig").get("/account")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{settings().origin}/identity/account")


async def test_a_code_for_one_village_opens_no_other(platform: Village) -> None:
    roamer = Roamer(platform, BELZIG)
    ada = await a_person()
    await at_issuer(platform, roamer, ada.id)
    browser = await signed_in(platform, ada)
    stolen = await a_code(browser, Asking("village:wiesenburg-mark", f"http://{WIESENBURG}:8000/sign-in/callback"))
    await roamer.get("/sign-in")

    query = {"code": stolen, "state": roamer.asked["state"], "iss": f"{settings().origin}/identity"}
    await roamer.get("/sign-in/callback", params=query)

    assert roamer.answer.status_code == 400
    assert sessions.COOKIE not in roamer.mine


async def test_an_answer_without_its_issuer_s_name_is_refused(platform: Village) -> None:
    roamer = Roamer(platform, BELZIG)
    await at_issuer(platform, roamer, (await a_person()).id)
    await roamer.get("/sign-in")
    await roamer.get(roamer.answer.headers["location"])
    query = {name: roamer.asked[name] for name in ("code", "state")}

    await roamer.get(f"http://{BELZIG}:8000/sign-in/callback", params=query)

    assert roamer.answer.status_code == 400
    assert "dieses Wort: iss." in roamer.answer.text


async def test_the_page_of_a_refused_sign_in_leads_on(platform: Village) -> None:
    village = platform.at("bad-belzig")

    page = await village.get("/sign-in/callback?code=x&state=y", headers={"accept": "text/html"})

    assert page.status_code == 400
    main = html.fromstring(page.text).xpath("//main")[0]
    assert main.xpath("count(.//h1)") == 1
    assert [link.get("href") for link in main.xpath(".//a")] == ["/sign-in?next=/", "/"]


async def test_a_bearer_token_speaks_in_its_village(platform: Village) -> None:
    ada = await a_person("Ada")
    browser = await signed_in(platform, ada)
    asking = Asking("village:bad-belzig", f"http://{BELZIG}:8000/sign-in/callback", scope="openid api")
    form = asking.form(await a_code(browser, asking))
    token = (await platform.post("/identity/token", data=form)).json()["access_token"]
    here, there = platform.at("bad-belzig"), platform.at("wiesenburg-mark")
    headers = {"authorization": f"Bearer {token}"}

    right = await here.get("/api/v1/news", headers=headers)
    assert right.status_code == 200
    assert right.headers["cache-control"] == "private, no-store"

    elsewhere = await there.get("/api/v1/news", headers=headers)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (401, "invalid_token")
    assert elsewhere.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    broken = await here.get("/api/v1/news", headers={"authorization": f"Bearer {token[:-4]}AAAA"})
    assert broken.status_code == 401
    basic = await here.get("/api/v1/news", headers={"authorization": "Basic eDp5"})
    assert basic.status_code == 200
