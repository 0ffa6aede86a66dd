"""What people with an account do again and again: sign in, use a passkey, open a mail; how an operator makes them."""

import subprocess
import sys
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.walks.browsing import Walker
from tests.walks.running import ROOT, Running

REGISTER = """\
import asyncio, sys
from app import settings
from app.up.servers import reach
with reach(settings.from_env()) as reached:
    settings.use(reached)
    from app.identity.provider import clients
    from app.tenancy import cells
    async def made():
        try:
            callback, after = sys.argv[1:]
            return await clients.register("Wanderkarte", redirect_uris=[callback], post_logout_uris=[after])
        finally:
            await cells.close()
    client, secret = asyncio.run(made())
    print(client.client_id, secret)
"""
"""There is no page and no command that registers an application: an operator does it in Python."""


class Somebody(NamedTuple):
    """A person who can sign in."""

    name: str
    email: str
    password: str


def made_by_the_operator(running: Running, who: Somebody, *grant: str) -> None:
    """An account from the command line, with a role."""
    _typed(
        running, ["accounts", "create", who.email, "--password-stdin", "--verified", "--name", who.name], who.password
    )
    if grant:
        running.village("accounts", "grant", who.email, *grant)


def application(running: Running, callback: str, after: str) -> tuple[str, str]:
    """Register an application; its id and its secret."""
    done = subprocess.run(
        [sys.executable, "-c", REGISTER, callback, after],
        cwd=ROOT, env=running.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    client_id, secret = done.stdout.split()
    return client_id, secret


def _typed(running: Running, words: list[str], line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT, env=running.env, input=line + "\n", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def has_an_authenticator(walker: Walker) -> None:
    """The device of this window can keep passkeys and lets its owner in by fingerprint (WebAuthn, section 11)."""
    devtools = walker.context.new_cdp_session(walker.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def registers(page: Page, who: Somebody) -> None:
    """Fill in the form for a new account and send it."""
    page.get_by_label("Name").fill(who.name)
    page.get_by_label("E-Mail-Adresse").fill(who.email)
    page.get_by_label("Passwort", exact=True).fill(who.password)
    page.get_by_label("Passwort noch einmal").fill(who.password)
    page.get_by_role("checkbox", name="Ich willige ein").check()
    page.get_by_role("button", name="Konto anlegen").click()


def signs_in(page: Page, who: Somebody) -> None:
    """Fill in the form of the sign-in and send it."""
    page.get_by_label("E-Mail-Adresse").fill(who.email)
    page.get_by_label("Passwort", exact=True).fill(who.password)
    page.get_by_role("main").get_by_role("button", name="Anmelden", exact=True).click()


def adds_a_passkey(walker: Walker, called: str) -> None:
    """From the account page to a passkey that is kept."""
    page = walker.goes_to("/identity/account/passkeys", "")
    page.get_by_label("Wie soll er heißen?").fill(called)
    page.get_by_role("button", name="Passkey einrichten").click()
    expect(page.get_by_role("heading", name=called)).to_be_visible()


def opens_the_mail(walker: Walker, who: Somebody, button: str) -> None:
    """The latest mail to a person in the letter box, and the button in it."""
    page = walker.goes_to("/mailbox", "")
    page.locator(".row", has_text=who.email).first.get_by_role("link").click()
    page.get_by_role("main").get_by_role("link", name=button).click()


def signed_in_as(page: Page, name: str) -> None:
    """The head of the page knows the person."""
    expect(page.locator(".account-name")).to_have_text(name)


def signed_out(page: Page) -> None:
    """The head of the page knows nobody."""
    expect(page.get_by_role("banner").get_by_role("link", name="Anmelden")).to_be_visible()


def asks_to_sign_in(page: Page) -> None:
    """Press the link in the head."""
    page.get_by_role("banner").get_by_role("link", name="Anmelden").click()


def signs_out(page: Page) -> None:
    """Open the menu in the head and leave."""
    page.locator(".account > summary").click()
    page.get_by_role("button", name="Abmelden").click()
