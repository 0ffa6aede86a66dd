"""Signing in at a foreign issuer: what is right lets in, everything else shows a page that helps."""

import base64
from datetime import timedelta

import msgspec
import pytest
from lxml import html

from app.identity import accounts, sessions
from app.kit import clock
from app.settings import settings, use
from app.tenancy import control
from tests.identity.issuer import CLIENT, Claims, Issuer
from tests.identity.roaming import Roamer
from tests.identity.steps import HOST, back, begun, come_back, refused, without
from tests.origin import Origin
from tests.village import Village


async def test_somebody_comes_back_signed_in_where_they_wanted_to_be(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    sent = roamer.asked

    await come_back(roamer)

    assert (roamer.answer.status_code, roamer.answer.headers["location"]) == (303, "/news")
    session = await roamer.session()
    assert session is not None
    assert (session.name, session.email, session.issuer, session.sid) == (
        "Ada Amt",
        "ada@kreis.example",
        issuer.url,
        "s-1",
    )
    assert (sent["response_type"], sent["client_id"], sent["code_challenge_method"]) == ("code", CLIENT, "S256")
    assert issuer.forms[0]["redirect_uri"] == f"http://{HOST}:8000/sign-in/callback"
    expected = base64.b64encode(f"{CLIENT}:nur%20f%C3%BCr%20Tests".encode()).decode()
    assert issuer.authorization[0] == f"Basic {expected}"
    assert "Ada Amt" in (await roamer.get("/news")).text


async def test_the_same_subject_is_the_same_account_the_next_time(platform: Village, issuer: Issuer) -> None:
    first = await (await come_back(await begun(platform, issuer))).session()
    issuer.codes.add("good")
    second = await (await come_back(await begun(platform, issuer))).session()

    assert first is not None
    assert second is not None
    assert first.account_id == second.account_id


@pytest.mark.parametrize("state", ["", "invented", "ö"])
async def test_an_answer_that_nobody_asked_for(platform: Village, issuer: Issuer, state: str) -> None:
    roamer = await begun(platform, issuer)

    await roamer.get("/sign-in/callback", params={"code": "good", "state": state})

    await refused(roamer, "state")
    assert issuer.forms == []


async def test_an_answer_in_another_browser(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    other = Roamer(platform, HOST)

    await other.get("/sign-in/callback", **back(roamer))

    await refused(other, "no-request")


async def test_an_answer_at_another_village(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    other = Roamer(platform, "wiesenburg-mark.localhost")
    other.mine.update(roamer.mine)

    await other.get("/sign-in/callback", **back(roamer))

    await refused(other, "no-request")


async def test_an_answer_after_ten_minutes(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)

    with clock.at(clock.now() + timedelta(minutes=11)):
        await come_back(roamer)

    await refused(roamer, "no-request")


async def test_a_code_that_was_used_before(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.codes.clear()

    await refused(await come_back(roamer), "code")


async def test_the_same_answer_twice_signs_in_once(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    answer = back(roamer)
    await roamer.get("/sign-in/callback", **answer)
    first = await roamer.session()

    again = await roamer.get("/sign-in/callback", **answer)

    assert (again.status_code, again.headers["location"]) == (303, "/")
    assert first == await roamer.session()
    assert len(issuer.forms) == 1


@pytest.mark.parametrize(
    ("told", "announced"),
    [("https://evil.example", "silent"), ("https://evil.example", "announced"), ("", "announced")],
)
async def test_an_answer_of_another_issuer(platform: Village, issuer: Issuer, told: str, announced: str) -> None:
    issuer.document = {"authorization_response_iss_parameter_supported": announced == "announced"}
    roamer = await begun(platform, issuer)

    await come_back(roamer, **({"iss": told} if told else {}))

    await refused(roamer, "iss")
    assert issuer.forms == []


async def test_somebody_changes_their_mind(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)

    await roamer.get("/sign-in/callback", params={"error": "access_denied", "state": roamer.asked["state"]})

    await refused(roamer, "cancelled")


async def test_two_tabs_each_end_their_own_sign_in(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    first, nonce = back(roamer), issuer.nonce
    await roamer.get("/sign-in?next=/events")
    issuer.nonce = nonce

    await roamer.get("/sign-in/callback", **first)

    assert roamer.answer.headers["location"] == "/news"


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"issuer": "https://evil.example"}, 502),
        ({"token_endpoint": 5}, 502),
        ({"authorization_endpoint": "javascript:alert(1)"}, 502),
    ],
)
async def test_metadata_that_can_not_be_true(platform: Village, issuer: Issuer, document: Claims, status: int) -> None:
    issuer.document = document
    roamer = Roamer(platform, HOST)

    await roamer.get("/sign-in")

    await refused(roamer, "metadata", status)


async def test_secrets_travel_only_where_they_are_safe(platform: Village, issuer: Issuer) -> None:
    with Origin() as origin:
        issuer.document = {"token_endpoint": origin.url("/token")}
        roamer = await begun(platform, issuer)
        await come_back(roamer)
        assert origin.paths == []

    await refused(roamer, "metadata", 502)


async def test_the_issuer_is_away(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.failing = 503

    await refused(await come_back(roamer), "unreachable", 503)


async def test_the_issuer_was_never_there(platform: Village, issuer: Issuer) -> None:
    use(msgspec.structs.replace(settings(), oidc_issuer="http://127.0.0.1:9/realm"))
    roamer = Roamer(platform, HOST)

    await roamer.get("/sign-in")

    await refused(roamer, "unreachable", 503)


async def test_the_issuer_does_not_know_us(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.answer = lambda path, form: (401, {"error": "invalid_client"})  # type: ignore[method-assign]

    await refused(await come_back(roamer), "client", 502)


async def test_userinfo_of_somebody_else_is_refused(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.twist = without("email")
    issuer.subject = {"sub": "u-1"}
    told = issuer.answer
    issuer.answer = lambda path, form: (200, {"sub": "u-2"}) if path.endswith("/userinfo") else told(path, form)  # type: ignore[method-assign]

    await refused(await come_back(roamer), "sub")


async def test_userinfo_tells_what_the_token_does_not(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.twist = without("email")

    session = await (await come_back(roamer)).session()

    assert session is not None
    assert session.email == "ada@kreis.example"


async def test_an_unconfirmed_address_opens_no_account(platform: Village, issuer: Issuer) -> None:
    there = await accounts.create("ada@kreis.example", verified=True, name="Ada")
    issuer.subject = issuer.subject | {"email_verified": False}

    session = await (await come_back(await begun(platform, issuer))).session()

    assert session is not None
    assert session.account_id != there.id


async def test_the_operator_s_issuer_may_confirm_an_address(platform: Village, issuer: Issuer) -> None:
    there = await accounts.create("ada@kreis.example", verified=True, name="Ada")

    session = await (await come_back(await begun(platform, issuer))).session()

    assert session is not None
    assert session.account_id == there.id


async def test_a_closed_account_stays_closed(platform: Village, issuer: Issuer) -> None:
    await accounts.create("ada@kreis.example", verified=True, name="Ada")
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closing'")

    await refused(await come_back(await begun(platform, issuer)), "closed")


async def test_signing_out_goes_on_at_the_issuer(platform: Village, issuer: Issuer) -> None:
    roamer = await come_back(await begun(platform, issuer))

    await roamer.sign_out()

    assert roamer.answer.status_code == 200
    refresh = html.fromstring(roamer.answer.text).xpath("//meta[@http-equiv='refresh']/@content")[0]
    assert refresh.startswith(f"0; url={issuer.url}/logout?client_id={CLIENT}")
    assert "id_token_hint=" in refresh
    assert sessions.COOKIE not in roamer.mine


async def test_the_platform_s_own_pages_ask_the_issuer_too(platform: Village, issuer: Issuer) -> None:
    roamer = Roamer(platform, platform.host)
    await roamer.get("/identity/account")
    assert roamer.led_to == "/sign-in/start"
    await roamer.get(roamer.answer.headers["location"])
    assert roamer.led_to == f"{issuer.url}/authorize"
    issuer.nonce = roamer.asked["nonce"]

    await come_back(roamer)

    assert roamer.answer.headers["location"] == "/identity/account"
    session = await sessions.find(roamer.mine[sessions.COOKIE], platform.host, kind="issuer")
    assert session is not None
    assert session.issuer == issuer.url
    form = await Roamer(platform, platform.host).get("/identity/sign-in")
    assert form.headers["location"].startswith("/sign-in/start?")
