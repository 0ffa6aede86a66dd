"""What a person changes about their account: second factors, name, address, password, devices, and the end of it."""

import asyncio
import json
from datetime import timedelta

import pytest
from httpx2 import Response

from app.identity import accounts, memberships, sessions, totp
from app.kit import clock
from app.settings import settings
from app.tenancy import control
from tests.identity.authenticator import Authenticator
from tests.identity.forms import PASSWORD, Browser, account_of, other
from tests.identity.letters import kinds, somebody, token
from tests.village import Village

AUTHORIZE = "/identity/authorize?client_id=village:bad-belzig"


@pytest.fixture
def browser(platform: Village) -> Browser:
    return Browser(platform)


# --- second factor


async def test_an_authenticator_app_is_set_up_and_asked_for(browser: Browser) -> None:
    email = await browser.join()
    account = await account_of(email)
    plain = await browser.add_app(account)
    assert browser.page.xpath("//div[@role='img']/svg")

    await browser.submit("/identity/account/app", code="000000")
    assert browser.answer.status_code == 422
    assert browser.fields("/identity/account/app")["offer"]
    step = int(clock.now().timestamp()) // totp.STEP_SECONDS
    await browser.submit("/identity/account/app", code=totp.code_of(plain, step))
    assert "Die Authenticator-App ist eingerichtet" in browser.text
    assert (await sessions.listing(account.id))[0].strong

    phone = other(browser)
    await phone.sign_in(email)
    assert phone.heading == "Noch ein Schritt"
    assert sessions.COOKIE not in phone.cookies
    await phone.submit("/identity/second-factor", code=totp.code_of(plain, step))
    assert phone.answer.status_code == 422, "the code was used for the set-up"
    with clock.at(clock.now() + timedelta(seconds=60)):
        later = int(clock.now().timestamp()) // totp.STEP_SECONDS
        await phone.submit("/identity/second-factor", code=totp.code_of(plain, later))
        assert phone.heading == "Mein Konto"


async def test_the_second_step_is_not_reached_without_the_first(browser: Browser) -> None:
    await browser.open("/identity/second-factor")
    assert browser.heading == "Anmelden"

    browser.cookies["__Host-second"] = "made-up"
    await browser.open("/identity/second-factor")

    assert browser.heading == "Anmelden"


async def test_a_strong_role_is_told_to_set_up_a_second_factor(browser: Browser) -> None:
    email = await browser.join()
    await memberships.grant((await account_of(email)).id, "bad-belzig", "owner")

    await browser.open("/identity/account")

    assert "Ihre Rolle braucht einen zweiten Faktor" in browser.text
    assert "Bad Belzig" in browser.text


async def by_script(browser: Browser, path: str, **sent: object) -> Response:
    """What `account.js` sends, with the proof it finds on the page."""
    csrf = browser.page.xpath("//*[@data-passkey]/@data-csrf")[0]
    headers = {"x-csrf-token": csrf, "accept": "application/json", "origin": settings().origin}
    shown = browser.answer
    answer = await browser.send("POST", f"/identity/{path}", json=sent, headers=headers)
    browser.answer = shown
    return answer


async def test_a_passkey_is_set_up_used_and_removed(browser: Browser) -> None:
    email, device, phone = await browser.join(), Authenticator(), other(browser)
    account = await account_of(email)
    await browser.open("/identity/account/passkeys")
    options = await by_script(browser, "account/passkeys/options")

    made = json.loads(device.create(options.text))
    kept = await by_script(browser, "account/passkeys", credential=made, name="mein <i>Telefon</i>")

    assert kept.json() == {"location": "/identity/account/passkeys?done=passkey"}
    await browser.open(kept.json()["location"])
    assert "mein <i>Telefon</i>" in browser.text
    assert (await sessions.listing(account.id))[0].strong

    await phone.open(f"/identity/sign-in?next={AUTHORIZE}")
    asked = await by_script(phone, "passkey/options")
    used = json.loads(device.get(asked.text))
    answer = await by_script(phone, "passkey", credential=used, next=AUTHORIZE)
    assert answer.json() == {"location": AUTHORIZE}
    assert await sessions.find(phone.cookies[sessions.COOKIE], "localhost", kind="issuer")
    stranger = other(browser)
    await stranger.open("/identity/sign-in")
    replayed = await by_script(stranger, "passkey", credential=used, next="/")
    assert (replayed.status_code, sessions.COOKIE in stranger.cookies) == (422, False)

    await browser.submit("/identity/account/passkeys/remove")
    assert "Noch kein Passkey da" in browser.text


async def test_only_a_passkey_of_the_same_account_is_a_second_factor(browser: Browser) -> None:
    email, device, phone = await browser.join(), Authenticator(), other(browser)
    await memberships.grant((await account_of(email)).id, "bad-belzig", "owner")
    await browser.open("/identity/account/passkeys")
    made = json.loads(device.create((await by_script(browser, "account/passkeys/options")).text))
    await by_script(browser, "account/passkeys", credential=made)
    thief, theirs = other(browser), Authenticator()
    await thief.join("Eva")
    await thief.open("/identity/account/passkeys")
    made = json.loads(theirs.create((await by_script(thief, "account/passkeys/options")).text))
    await by_script(thief, "account/passkeys", credential=made)

    await phone.sign_in(email)
    assert phone.heading == "Noch ein Schritt"
    assert not phone.page.forms
    used = json.loads(theirs.get((await by_script(phone, "passkey/options")).text))
    wrong = await by_script(phone, "passkey", credential=used, next="/identity/account")
    used = json.loads(device.get((await by_script(phone, "passkey/options")).text))
    right = await by_script(phone, "passkey", credential=used, next="//evil.example")

    assert wrong.status_code == 422
    assert right.json() == {"location": "/identity/account"}


async def test_passkeys_are_challenged_and_nonsense_is_refused(browser: Browser) -> None:
    await browser.join()
    await browser.open("/identity/account/passkeys")
    csrf = browser.page.xpath("//*[@data-passkey]/@data-csrf")[0]
    headers = {"x-csrf-token": csrf, "accept": "application/json", "origin": settings().origin}

    options = await browser.send("POST", "/identity/account/passkeys/options", json={}, headers=headers)
    nonsense = {"credential": {"id": "x", "response": {}}, "name": "mein Telefon", "next": "//evil.example"}
    refused = await browser.send("POST", "/identity/account/passkeys", json=nonsense, headers=headers)
    forged = await browser.send("POST", "/identity/account/passkeys/options", json={}, headers={"x-csrf-token": "x"})

    assert options.json()["rp"]["id"] == "localhost"
    assert len(options.json()["challenge"]) > 20
    assert refused.status_code == 422
    assert (
        refused.json()["detail"] == "Der Passkey konnte nicht eingerichtet werden. Bitte versuchen Sie es noch einmal."
    )
    assert forged.status_code == 403


# --- what is changed


async def test_a_name_is_changed_and_shown_as_text(browser: Browser) -> None:
    email = await browser.join()

    await browser.open("/identity/account/name")
    await browser.submit("/identity/account/name", name="  <script>alert(1)</script>\u202e  Müller ")

    assert "Ihr Name ist gespeichert." in browser.text
    assert (await account_of(email)).name == "<script>alert(1)</script> Müller"
    assert "<script>alert" not in browser.answer.text


async def test_both_addresses_learn_of_a_change(browser: Browser) -> None:
    email, new = await browser.join(), somebody("neu")

    await browser.open("/identity/account/email")
    await browser.submit("/identity/account/email", email=new)
    pending = await account_of(email)
    await browser.open(f"/identity/confirm-email?token={await token(new, 'email-change-new')}")
    await browser.submit("/identity/confirm-email")

    assert "email-change-old" in await kinds(email)
    assert (await account_of(new)).id == pending.id
    assert new in browser.text


async def test_a_changed_password_signs_the_other_devices_out(browser: Browser) -> None:
    email, phone = await browser.join(), other(browser)
    await phone.sign_in(email)
    fresh = "drei Birnen im Korb"

    await browser.open("/identity/account/password")
    await browser.submit("/identity/account/password", old="falsch geraten", password=fresh, again=fresh)
    assert (browser.answer.status_code, "Das ist nicht Ihr jetziges Passwort" in browser.text) == (422, True)
    await browser.submit("/identity/account/password", old=PASSWORD, password=fresh, again=fresh)

    assert "Ihr Passwort ist geändert" in browser.text
    await phone.open("/identity/account")
    assert phone.heading == "Anmelden"
    await phone.sign_in(email, fresh)
    assert phone.heading == "Mein Konto"


async def test_devices_are_listed_and_signed_out(browser: Browser) -> None:
    email, phone = await browser.join(), other(browser)
    await phone.sign_in(email)

    await browser.open("/identity/account/devices")
    assert "Chrome, Android" in browser.text
    assert "Dieses Gerät" in browser.text
    await browser.submit("/identity/account/devices", which="others")

    assert "Alle anderen Geräte sind abgemeldet." in browser.text
    assert len(await sessions.listing((await account_of(email)).id)) == 1
    await phone.open("/identity/account")
    assert phone.heading == "Anmelden"


async def test_nobody_signs_out_the_devices_of_others(browser: Browser) -> None:
    email, stranger = await browser.join(), other(browser)
    await stranger.join("Eva")
    theirs = (await sessions.listing((await account_of(email)).id))[0]

    await stranger.open("/identity/account/devices")
    await stranger.submit("/identity/account/devices", which=theirs.id_hash)

    assert len(await sessions.listing(theirs.account_id)) == 1


async def test_what_protects_the_account_asks_for_a_fresh_sign_in(browser: Browser) -> None:
    await browser.join()

    with clock.at(clock.now() + timedelta(minutes=16)):
        for path in ("email", "passkeys", "app", "data/copy", "delete"):
            await browser.open(f"/identity/account/{path}")
            assert browser.heading == "Anmelden", path
            assert "Bitte zeigen Sie noch einmal, dass Sie es sind." in browser.text
            assert browser.fields("/identity/sign-in")["next"] == f"/identity/account/{path}"
        await browser.open("/identity/account")
        assert browser.heading == "Mein Konto"


# --- a forgotten password


async def test_a_forgotten_password_is_set_anew_once(browser: Browser) -> None:
    email, phone = await browser.join(), other(browser)
    fresh = "drei Birnen im Korb"
    await phone.open("/identity/forgot")
    await phone.submit("/identity/forgot", email=email)
    assert phone.heading == "Sehen Sie in Ihr Postfach"
    link = f"/identity/reset?token={await token(email, 'reset')}"

    await phone.open(link)
    await phone.submit("/identity/reset", password="1234567890", again="1234567890")
    assert phone.answer.status_code == 422
    await phone.submit("/identity/reset", password=fresh, again=fresh)
    assert "Ihr neues Passwort gilt." in phone.text
    await phone.sign_in(email, fresh)
    assert phone.heading == "Mein Konto"
    await browser.open("/identity/account")
    assert browser.heading == "Anmelden"

    await browser.open(link)
    await browser.submit("/identity/reset", password=PASSWORD, again=PASSWORD)
    assert (browser.answer.status_code, browser.heading) == (404, "Dieser Link gilt nicht mehr")


async def test_two_tabs_confirm_the_same_link(browser: Browser) -> None:
    email, second = somebody(), other(browser)
    await accounts.register(email, "Ada", PASSWORD, "de", "1")
    address = f"/identity/confirm?token={await token(email, 'confirm')}"
    await browser.open(address)
    await second.open(address)

    await asyncio.gather(browser.submit("/identity/confirm"), second.submit("/identity/confirm"))

    assert [browser.heading, second.heading] == ["Anmelden", "Anmelden"]
    async with control() as connection:
        made = await connection.fetchval("SELECT count(*) FROM account WHERE email = $1", email)
    assert made == 1


# --- away


async def test_an_account_is_deleted_and_kept_after_all(browser: Browser) -> None:
    email = await browser.join()
    await browser.open("/identity/account/delete")
    await browser.submit("/identity/account/delete")
    assert browser.answer.status_code == 422

    await browser.submit("/identity/account/delete", sure="yes")
    assert browser.heading == "Ihr Konto wird gelöscht"
    assert sessions.COOKIE not in browser.cookies
    assert (await account_of(email)).state == "closing"

    await browser.sign_in(email)
    assert "Konto behalten" in browser.text
    await browser.submit("/identity/account/keep")
    assert "Ihr Konto bleibt." in browser.text
    assert (await account_of(email)).state == "active"


async def test_the_only_owner_cannot_go(browser: Browser) -> None:
    email = await browser.join()
    account = await account_of(email)
    async with control() as connection:
        await connection.execute("UPDATE membership SET role = 'editor' WHERE tenant = 'bad-belzig'")
    await memberships.grant(account.id, "bad-belzig", "owner")

    await browser.open("/identity/account/delete")

    assert "Noch nicht möglich" in browser.text
    assert "Bad Belzig" in browser.text
    assert not [form for form in browser.page.forms if form.action == "/identity/account/delete"]


async def test_everything_about_a_person_is_given_to_them(browser: Browser) -> None:
    email = await browser.join("Ada Adler")

    await browser.open("/identity/account/data/copy")
    assert email in browser.text
    answer = await browser.send("GET", "/identity/account/data/copy.json")

    assert answer.headers["content-disposition"].startswith("attachment;")
    told = answer.json()["platform"]
    assert told["account"][0]["email"] == email
    assert told["consents"][0]["document"] == "privacy"
    assert "password_hash" not in answer.text
