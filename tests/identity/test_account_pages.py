"""The account pages as somebody without JavaScript uses them, and as somebody tries who means no good."""

import re
import time
from datetime import timedelta

import pytest

from app.identity import accounts, sessions
from app.kit import clock
from app.settings import settings
from tests.identity.forms import PASSWORD, Browser, account_of, other
from tests.identity.letters import kinds, somebody, token
from tests.village import Village

AUTHORIZE = (
    "/identity/authorize?client_id=village:bad-belzig&response_type=code"
    "&redirect_uri=http%3A%2F%2Fbad-belzig.localhost%3A8000%2Fsign-in%2Fcallback"
)
PUBLIC_PAGES = ("sign-in", "register", "forgot", "reset?token=x", "confirm?token=x", "confirm-email?token=x")
OTHER_PAGES = ("mail-sent?for=register", "mail-sent?for=reset", "privacy")
OWN_PAGES = ("", "/name", "/email", "/password", "/passkeys", "/app", "/devices", "/data", "/data/copy", "/delete")
HOSTILE_WAYS = (
    "//evil.example/",
    "/\\evil.example/",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "evil.example",
    "/ok\r\nset-cookie: a=b",
    "",
)


@pytest.fixture
def browser(platform: Village) -> Browser:
    return Browser(platform)


# --- in


async def test_from_the_form_to_the_account(browser: Browser) -> None:
    email = await browser.join("Ada Adler")

    assert "Ada Adler" in browser.text
    assert email in browser.text
    assert "Sie machen überall als Bürgerin oder Bürger mit" in browser.text


async def test_opening_the_link_of_a_mail_confirms_nothing(browser: Browser) -> None:
    email = somebody()
    await accounts.register(email, "Ada", PASSWORD, "de", "1")
    address = f"/identity/confirm?token={await token(email, 'confirm')}"

    await browser.open(address)
    await browser.open(address)

    assert await accounts.by_email(email) is None
    assert browser.heading == "Adresse bestätigen"


async def test_a_known_address_gets_the_same_answer(browser: Browser) -> None:
    email = await browser.join()
    strangers = []

    for address in (email, somebody()):
        stranger = other(browser)
        await stranger.open("/identity/register")
        typed = {"name": "B", "email": address, "password": PASSWORD, "again": PASSWORD, "consent": "yes"}
        await stranger.submit("/identity/register", **typed)
        strangers.append((stranger.answer.status_code, stranger.text))

    assert strangers[0] == strangers[1]
    assert (await kinds(email))[-1] == "known-address"


async def test_what_was_typed_is_kept_and_each_error_stands_at_its_field(browser: Browser) -> None:
    await browser.open("/identity/register")

    await browser.submit("/identity/register", name="Eva <b>Falke</b>", email="eva", password="kurz", again="lang")

    assert browser.answer.status_code == 422
    fields = browser.fields("/identity/register")
    assert (fields["name"], fields["email"]) == ("Eva <b>Falke</b>", "eva")
    assert not {"password", "again"} & fields.keys()
    summary = browser.page.xpath("//*[@role='alert']//a")
    assert [link.get("href") for link in summary] == ["#f-email", "#f-password", "#f-consent"]
    for link in summary:
        field = browser.page.get_element_by_id(link.get("href")[1:])
        assert field.get("aria-invalid") == "true"
        described = browser.page.get_element_by_id(field.get("aria-describedby").split()[-1])
        assert " ".join(described.text_content().split()) == link.text


async def test_a_wrong_password_and_an_unknown_address_look_alike(browser: Browser) -> None:
    email = await browser.join()
    seen = []

    for address in (email, somebody()):
        stranger = other(browser)
        await stranger.sign_in(address, "ein ganz anderes Wort")
        seen.append((stranger.answer.status_code, stranger.text))
        assert stranger.fields("/identity/sign-in")["email"] == address
        assert "ganz anderes Wort" not in stranger.answer.text
        assert sessions.COOKIE not in stranger.cookies

    assert seen[0] == seen[1]
    assert seen[0][0] == 422


async def test_after_many_attempts_the_wait_is_explained(browser: Browser) -> None:
    email = somebody()

    for _ in range(12):
        await browser.sign_in(email, "geraten und falsch")
        if browser.answer.status_code == 429:
            break

    assert browser.answer.status_code == 429
    assert int(browser.answer.headers["retry-after"]) >= 1
    assert re.search(r"Bitte warten Sie \d+ (Sekunde|Minute)n?\.", browser.text)
    assert browser.fields("/identity/sign-in")["email"] == email


async def test_a_megabyte_is_no_password(browser: Browser) -> None:
    await browser.open("/identity/sign-in")
    began = time.process_time()

    await browser.submit("/identity/sign-in", email=somebody(), password="x" * 900_000)
    refused = browser.answer.status_code
    await browser.open("/identity/sign-in")
    await browser.submit("/identity/sign-in", email=somebody(), password="x" * 1_100_000)

    assert (refused, browser.answer.status_code) == (422, 413)
    assert time.process_time() - began < 3


# --- on


async def test_the_way_leads_back_to_the_village(browser: Browser) -> None:
    email = await browser.join()
    stranger = other(browser)
    await stranger.open("/identity/sign-in?next=" + AUTHORIZE.replace("&", "%26").replace("%3A", "%253A"))

    assert "Danach sind Sie wieder in Bad Belzig." in stranger.text
    policy = stranger.answer.headers["content-security-policy"]
    assert "form-action 'self' http://bad-belzig.localhost:8000;" in policy
    await stranger.hand_in("/identity/sign-in", email=email, password=PASSWORD)
    assert stranger.answer.status_code == 303
    assert stranger.answer.headers["location"].startswith("/identity/authorize?client_id=village:bad-belzig")


@pytest.mark.parametrize("way", HOSTILE_WAYS)
async def test_no_way_leads_out(browser: Browser, way: str) -> None:
    email = await browser.join()
    stranger = other(browser)
    await stranger.sign_in(email, goes_to="")
    stranger.cookies.pop(sessions.COOKIE)
    await stranger.open("/identity/sign-in")

    await stranger.hand_in("/identity/sign-in", email=email, password=PASSWORD, next=way)

    assert stranger.answer.headers["location"] == "/identity/account"


async def test_a_policy_lets_in_no_words_of_the_address(browser: Browser) -> None:
    hostile = "http%253A%252F%252Fevil.example%253B%2520script-src%2520*%252F"

    await browser.open(f"/identity/sign-in?next=/identity/authorize?redirect_uri={hostile}")

    assert "evil" not in browser.answer.headers["content-security-policy"]


async def test_a_session_that_somebody_planted_is_not_taken_over(browser: Browser) -> None:
    email = await browser.join()
    stranger = other(browser)
    stranger.cookies[sessions.COOKIE] = planted = "planted-by-somebody-else"

    await stranger.sign_in(email)
    first = stranger.cookies[sessions.COOKIE]
    await stranger.open("/identity/sign-in?again=yes")
    await stranger.submit("/identity/sign-in", email=email, password=PASSWORD)

    assert planted != first != stranger.cookies[sessions.COOKIE]
    assert await sessions.find(first, "localhost") is None
    assert stranger.heading == "Mein Konto"


async def test_a_new_device_is_told_by_mail_once(browser: Browser) -> None:
    email = await browser.join()
    phone = other(browser)
    at_first = await kinds(email)

    await phone.sign_in(email)
    await phone.open("/identity/account")
    await phone.submit("/identity/sign-out")
    await phone.sign_in(email)

    assert "new-device" not in at_first
    assert (await kinds(email)).count("new-device") == 1


# --- forged forms


async def test_a_form_needs_the_proof_of_this_browser(browser: Browser) -> None:
    email = await browser.join()
    victim, attacker = other(browser), other(browser)
    await victim.open("/identity/sign-in")
    await attacker.open("/identity/sign-in")
    stolen = attacker.fields("/identity/sign-in")["_csrf"]

    for forged in ("", stolen, "x" * 80, "ä"):
        await victim.open("/identity/sign-in")
        await victim.submit("/identity/sign-in", _csrf=forged, email=email, password=PASSWORD)
        assert victim.answer.status_code == 409
        assert sessions.COOKIE not in victim.cookies


async def test_a_form_of_a_sister_village_is_refused(browser: Browser) -> None:
    email = await browser.join()
    stranger = other(browser)
    await stranger.open("/identity/sign-in")
    fields = stranger.fields("/identity/sign-in") | {"email": email, "password": PASSWORD}

    await stranger.send(
        "POST", "/identity/sign-in", data=fields, headers={"origin": "http://wiesenburg-mark.localhost:8000"}
    )

    assert stranger.answer.status_code == 409
    assert sessions.COOKIE not in stranger.cookies


@pytest.mark.parametrize(
    "path", ["name", "email", "password", "devices", "app", "app/remove", "passkeys/remove", "delete", "keep"]
)
async def test_nothing_of_the_account_changes_without_its_token(browser: Browser, path: str) -> None:
    email = await browser.join()
    before = await account_of(email)
    typed = {
        "name": "X",
        "email": somebody(),
        "which": "others",
        "sure": "yes",
        "password": "y" * 20,
        "again": "y" * 20,
    }

    await browser.send("POST", f"/identity/account/{path}", data=typed, headers={"origin": settings().origin})
    refused = browser.answer.status_code
    await Browser(browser.village).send("POST", f"/identity/account/{path}", data=typed)

    assert refused == 403
    assert await account_of(email) == before


async def test_a_form_that_is_too_old_is_refused(browser: Browser) -> None:
    await browser.open("/identity/forgot")
    email = somebody()

    with clock.at(clock.now() + timedelta(hours=13)):
        await browser.submit("/identity/forgot", email=email)

    assert browser.answer.status_code == 409


# --- every page


@pytest.mark.parametrize("path", [*PUBLIC_PAGES, *OTHER_PAGES])
async def test_public_pages_are_whole(browser: Browser, path: str) -> None:
    await browser.open(f"/identity/{path}")

    whole(browser)


async def test_own_pages_are_whole_and_only_for_their_owner(browser: Browser) -> None:
    await browser.join()
    stranger = other(browser)

    for path in OWN_PAGES:
        await browser.open(f"/identity/account{path}")
        whole(browser)
        await stranger.send("GET", f"/identity/account{path}")
        assert stranger.answer.status_code == 303
        assert stranger.answer.headers["location"].startswith("/identity/sign-in?next=/identity/account")


def whole(browser: Browser) -> None:
    """One heading, every field named, nothing kept, nothing inline, every form with its proof."""
    page, answer = browser.page, browser.answer
    assert answer.status_code == 200, answer.url
    assert len(page.xpath("//h1")) == 1
    assert "no-store" in answer.headers["cache-control"]
    assert not page.xpath("//script[not(@src)] | //style | //@style | //@onclick")
    for field in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        named = page.xpath(f"//label[@for='{field.get('id')}']") or field.get("aria-hidden") == "true"
        assert named, field.get("name")
    for form in page.forms:
        assert form.method == "GET" or form.fields["_csrf"], form.action
