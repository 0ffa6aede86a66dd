"""Frieda has one account for every village, Olaf invites Edda and she edits, a strange programme signs Karla in."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped, unused-ignore]
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Browser, Page, expect

from tests.origin import Origin
from tests.walks.browsing import Walker
from tests.walks.conftest import Town
from tests.walks.identity import (
    Somebody,
    adds_a_passkey,
    application,
    asks_to_sign_in,
    has_an_authenticator,
    made_by_the_operator,
    opens_the_mail,
    registers,
    signed_in_as,
    signed_out,
    signs_in,
    signs_out,
)

pytestmark = pytest.mark.browser

FRIEDA = Somebody("Frieda Mustermann-Schwarzenberger", "frieda@walks.example", "vier Kraniche über Borne")
OLAF = Somebody("Olaf", "olaf@walks.example", "drei Mühlen an der Plane")
EDDA = Somebody("Edda", "edda@walks.example", "acht Birken hinterm Bahnhof")
KARLA = Somebody("Karla", "karla@walks.example", "zwei Störche auf dem Turm")
LINES = """[...document.querySelector(".town-name").childNodes].filter((one) => one.nodeType === Node.TEXT_NODE).map(
  (one) => { const range = document.createRange(); range.selectNode(one); return range.getClientRects().length; })"""
"""On how many lines each part of the town's name stands."""
DISCOVERY = "/identity/.well-known/openid-configuration"


@pytest.fixture
def phone(chromium: Browser, town: Town) -> Iterator[Walker]:
    with Walker(chromium, town.running, 360, 800) as somebody:
        has_an_authenticator(somebody)
        yield somebody


@pytest.fixture
def desk(chromium: Browser, town: Town) -> Iterator[Walker]:
    with Walker(chromium, town.running, 1280, 900) as somebody:
        has_an_authenticator(somebody)
        yield somebody


@pytest.fixture
def map_site() -> Iterator[Origin]:
    """An application that is none of ours: where the browser comes back to."""
    with Origin() as origin:
        for path in ("/back", "/bye"):
            origin.file(path, b"Da.", "text/plain")
        yield origin


def downloads_her_data(page: Page, file: Path) -> str:
    """From the account page to the copy of everything; it is JSON."""
    page.get_by_role("link", name="Einwilligung und Kopie").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Herunterladen").click()
    download.value.save_as(file)
    text = file.read_text("utf-8")
    assert isinstance(json.loads(text), dict)
    return text


def deletes_her_account(page: Page) -> str:
    """From the page of one's data to the last word; returns the day on which everything is erased."""
    page.get_by_role("link", name="Konto löschen").click()
    page.get_by_role("checkbox", name="Ja, ich möchte mein Konto löschen.").check()
    page.get_by_role("button", name="Konto löschen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihr Konto wird gelöscht")
    last_day = re.search(r"\d{1,2}\. \w+ \d{4}", page.get_by_role("main").inner_text())
    assert last_day
    return last_day[0]


def test_frieda_registers_once_is_known_in_both_towns_and_leaves_with_her_data(phone: Walker, tmp_path: Path) -> None:
    page = phone.goes_to()
    asks_to_sign_in(page)
    expect(page.get_by_text("Bad Belzig")).to_be_visible()
    page.get_by_role("link", name="Konto anlegen").click()
    registers(page, FRIEDA)
    assert phone.heading() == "Sehen Sie in Ihr Postfach"

    opens_the_mail(phone, FRIEDA, "Adresse bestätigen")
    page.get_by_role("button", name="Bestätigen").click()
    signs_in(page, FRIEDA)
    # She began in Bad Belzig and is back there.
    page.wait_for_url(phone.running.url("bad-belzig"))
    signed_in_as(page, FRIEDA.name)

    adds_a_passkey(phone, "Friedas Telefon")
    phone.goes_to()
    signs_out(page)
    signed_out(page)

    asks_to_sign_in(page)
    page.get_by_role("button", name="Mit einem Passkey anmelden").click()
    page.wait_for_url(phone.running.url("bad-belzig"))
    signed_in_as(page, FRIEDA.name)

    phone.goes_to("/", "wiesenburg-mark")
    asks_to_sign_in(page)
    page.wait_for_url(phone.running.url("wiesenburg-mark"))
    signed_in_as(page, FRIEDA.name)

    # Her long name leaves room for the town's, which is broken nowhere but at its slash.
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(LINES) == [1, 1]

    signs_out(page)
    page.wait_for_url(phone.running.url("wiesenburg-mark"))
    for slug in ("wiesenburg-mark", "bad-belzig"):
        phone.goes_to("/", slug)
        signed_out(page)
    phone.goes_to("/identity/account", "")
    assert urlsplit(page.url).path == "/identity/sign-in"

    page.get_by_role("button", name="Mit einem Passkey anmelden").click()
    page.wait_for_url(phone.running.url("", "/identity/account"))
    copy = downloads_her_data(page, tmp_path / "copy.json")
    assert FRIEDA.email in copy
    assert "Friedas Telefon" in copy
    assert FRIEDA.password not in copy

    last_day = deletes_her_account(page)
    phone.goes_to()
    signed_out(page)

    phone.goes_to("/identity/sign-in", "")
    page.get_by_role("button", name="Mit einem Passkey anmelden").click()
    expect(page.get_by_role("button", name="Konto behalten")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(last_day)
    assert phone.broken == []


def test_olaf_invites_edda_and_she_edits_an_article(phone: Walker, desk: Walker) -> None:
    running = desk.running
    made_by_the_operator(running, OLAF, "owner", "--tenant", "bad-belzig")
    page = phone.goes_to("/manage")
    signs_in(page, OLAF)
    # A password alone doesn't open the desk of an owner.
    assert phone.heading() == "Bitte noch ein Nachweis"
    adds_a_passkey(phone, "Olafs Telefon")
    phone.goes_to("/manage/members")
    page.get_by_role("link", name="Wieder anmelden").click()
    page.get_by_role("button", name="Mit einem Passkey anmelden").click()
    expect(page.get_by_role("heading", name="Mitarbeitende")).to_be_visible()
    page.get_by_label("E-Mail-Adresse").fill(EDDA.email)
    page.get_by_role("radio", name="Redaktion").check()
    page.get_by_role("button", name="Einladung senden").click()
    expect(page.get_by_role("main")).to_contain_text(EDDA.email)

    opens_the_mail(desk, EDDA, "Einladung annehmen")
    page = desk.page
    page.get_by_role("link", name="Anmelden oder registrieren").click()
    page.get_by_role("link", name="Konto anlegen").click()
    registers(page, EDDA)
    opens_the_mail(desk, EDDA, "Adresse bestätigen")
    page.get_by_role("button", name="Bestätigen").click()
    signs_in(page, EDDA)
    assert desk.heading() == "Einladung nach Bad Belzig"
    page.get_by_role("button", name="Einladung annehmen").click()
    expect(page.get_by_role("main")).to_contain_text("Redaktion")

    desk.goes_to("/manage/news/new")
    page.get_by_label("Überschrift").fill("Der Brunnen läuft wieder")
    page.get_by_role("button", name="Jetzt veröffentlichen").click()
    assert desk.heading() == "Der Brunnen läuft wieder"
    public = urlsplit(page.url).path
    desk.goes_to("/admin/")
    page.get_by_role("link", name="Aktuelles").click()
    page.locator("table tbody tr", has_text="Der Brunnen läuft wieder").first.get_by_role("link").first.click()
    expect(page.locator("form textarea[name=title]").first).to_have_value("Der Brunnen läuft wieder")
    page.locator("form textarea[name=teaser]").first.fill("Das Wasser springt bis in den Oktober.")
    with page.expect_response(lambda answer: answer.request.method in ("PUT", "PATCH")) as saved:
        page.get_by_role("button", name="Speichern").click()
    assert saved.value.status == 200

    desk.goes_to(public)
    expect(page.get_by_role("main")).to_contain_text("Das Wasser springt bis in den Oktober.")
    assert desk.broken == []
    # The other walks know this town's news by number: the article is taken back.
    desk.goes_to(f"/manage/news/{public.split('/')[2].partition('-')[0]}")
    page.get_by_role("button", name="Zurückziehen").click()
    expect(page.get_by_role("heading", name="Aktuelles", exact=True)).to_be_visible()
    assert running.get("bad-belzig", public)[0] == 404


def test_a_programme_that_read_only_the_discovery_document_gets_tokens(desk: Walker, map_site: Origin) -> None:
    running = desk.running
    made_by_the_operator(running, KARLA)
    callback, farewell = map_site.url("/back"), map_site.url("/bye")
    client_id, secret = application(running, callback, farewell)
    page = desk.page
    with OAuth2Client(
        client_id, secret, scope="openid profile email", redirect_uri=callback, code_challenge_method="S256"
    ) as client:
        found = client.request("GET", running.url("", DISCOVERY), withhold_token=True)
        told = found.json()
        verifier, nonce = "v" * 64, "n-0S6_WzA2Mj"
        address, state = client.create_authorization_url(
            told["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        page.goto(address)
        signs_in(page, KARLA)
        expect(page.get_by_role("main")).to_contain_text("Wanderkarte")
        page.get_by_role("button", name="Erlauben", exact=True).click()
        page.wait_for_url(f"{callback}?*")
        back = dict(parse_qsl(urlsplit(page.url).query))
        tokens = client.fetch_token(
            told["token_endpoint"], authorization_response=page.url, code_verifier=verifier, state=state
        )
        ring = KeySet.import_key_set(client.request("GET", told["jwks_uri"], withhold_token=True).json())
        claims = jwt.decode(tokens["id_token"], ring, told["id_token_signing_alg_values_supported"]).claims
        info = client.get(told["userinfo_endpoint"]).json()
        leaving = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": farewell, "state": "bye"}
        page.goto(f"{told['end_session_endpoint']}?{urlencode(leaving)}")
        after = client.get(told["userinfo_endpoint"])

    assert (back["iss"], back["state"]) == (told["issuer"], state)
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (told["issuer"], client_id, nonce)
    assert claims["sub"] == info["sub"]
    assert (info["email"], info["email_verified"], info["name"]) == (KARLA.email, True, KARLA.name)
    assert page.url == f"{farewell}?state=bye"
    assert after.status_code == 401
    desk.goes_to("/identity/account", "")
    assert urlsplit(page.url).path == "/identity/sign-in"
