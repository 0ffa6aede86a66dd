"""The village in the pocket: it can be installed, is read without a network, sends later, and tells what is new."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.walks import content
from tests.walks.browsing import Walker
from tests.walks.conftest import Yard
from tests.walks.identity import Somebody, made_by_the_operator, signs_in
from tests.walks.running import ROOT, Running

pytestmark = pytest.mark.browser

SUBSCRIBED = """
({endpoint, p256dh, auth, key}) => {
  const bytes = Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
  let there = null;
  const made = {
    options: { userVisibleOnly: true, applicationServerKey: bytes.buffer },
    toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
    unsubscribe: async () => { there = null; return true; },
  };
  PushManager.prototype.getSubscription = async () => there;
  PushManager.prototype.subscribe = async () => (there = made);
}
"""
"""Chromium's own push service is far away: the browser gets a subscription at the one on this machine instead."""


ANNOUNCE = """
import asyncio
from app import settings
from app.up.servers import reach
with reach(settings.from_env()) as reached:
    settings.use(reached)
    from app.notify.announce import Message, announce
    from app.tenancy import cells, tenant, transaction
    async def say():
        try:
            async with tenant("bad-belzig"), transaction():
                await announce(Message(key="news:urgent", category="news", urgency="now", title="Straße gesperrt"))
        finally:
            await cells.close()
    asyncio.run(say())
"""


@pytest.fixture(scope="module")
def pocket(yard: Yard) -> Yard:
    """A village with news to take along."""
    yard.origin.file("/news.xml", content.rss(), "application/rss+xml", etag='"1"')
    yard.region("nachrichten", {"name": "demo", "connector": "rss", "url": "/news.xml"})
    yard.sync("nachrichten")
    return yard


@pytest.fixture
def ada(chromium: Browser, pocket: Yard) -> Iterator[Walker]:
    with Walker(chromium, pocket.running) as somebody:
        yield somebody


def at_home(ada: Walker) -> Page:
    """On the start page, with a service worker that looks after it."""
    page = ada.goes_to()
    page.evaluate("navigator.serviceWorker.ready")
    comes_true(page, "() => navigator.serviceWorker.controller !== null")
    return page


def comes_true(page: Page, question: str, about: str = "") -> None:
    """Ask until the page says yes; from here, because its policy forbids it to read a question again by itself."""
    until = time.monotonic() + 10
    while not page.evaluate(question, about):
        assert time.monotonic() < until, question
        time.sleep(0.05)


def kept(page: Page, path: str) -> None:
    """Wait until the device has a page."""
    comes_true(page, "async (path) => Boolean(await caches.match(path, { ignoreVary: true }))", path)


def test_a_browser_would_install_it(ada: Walker) -> None:
    page = at_home(ada)
    devtools = ada.context.new_cdp_session(page)

    told = devtools.send("Page.getAppManifest")
    problems = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]

    assert told["errors"] == []
    assert urlsplit(told["url"]).path == "/manifest.webmanifest"
    # A window of a test is always incognito; nothing else may stand against it.
    assert [one["errorId"] for one in problems if one["errorId"] != "in-incognito"] == []
    assert ada.broken == []


def test_start_page_saved_things_and_opened_pages_are_read_without_a_network(ada: Walker, pocket: Yard) -> None:
    page = at_home(ada)
    page.get_by_role("main").get_by_role("link", name=content.FULL.title).click()
    article = urlsplit(page.url).path
    page.get_by_role("button", name="Für später merken").click()
    expect(page.get_by_role("button", name="Gemerkt. Von der Liste nehmen")).to_be_visible()
    kept(page, article)
    comes_true(
        page,
        "async (title) => (await (await caches.match('/saved', { ignoreVary: true }))?.text())?.includes(title)",
        content.FULL.title,
    )
    ada.broken.clear()

    ada.context.set_offline(True)
    try:
        page.goto(pocket.running.url("bad-belzig"))
        expect(page.get_by_role("status")).to_contain_text("Kein Netz. Das ist der Stand vom")
        expect(page.get_by_role("main")).to_contain_text(content.FULL.title)
        style = page.evaluate("getComputedStyle(document.querySelector('.top')).position")
        page.goto(pocket.running.url("bad-belzig", "/saved"))
        page.get_by_role("main").get_by_role("link", name=content.FULL.title).click()
        expect(page.locator("h1")).to_have_text(content.FULL.title)
        expect(page.get_by_role("main")).to_contain_text("Löschübung für Kinder")
        page.goto(pocket.running.url("bad-belzig", "/providers"))
        expect(page.locator("h1")).to_have_text("Gerade kein Netz")
    finally:
        ada.context.set_offline(False)

    assert style
    page.goto(pocket.running.url("bad-belzig", "/providers"))
    expect(page.locator("h1")).not_to_have_text("Gerade kein Netz")
    assert page.locator(".pocket-note").count() == 0


def test_pages_of_somebody_who_is_signed_in_are_never_kept(ada: Walker, pocket: Yard) -> None:
    eva = Somebody("Eva Müller", "eva@example.org", "drei grosse Kirschbäume")
    made_by_the_operator(pocket.running, eva)
    page = at_home(ada)
    for path in ("/notifications", "/api/v1/news", "/providers"):
        page.goto(pocket.running.url("bad-belzig", path))
    kept(page, "/providers")

    page.goto(pocket.running.url("bad-belzig", "/sign-in?next=/account/inbox"))
    signs_in(page, eva)
    expect(page.locator("h1")).to_have_text("Mein Postfach")
    for path in ("/events", "/notifications", "/"):
        page.goto(pocket.running.url("bad-belzig", path))
        expect(page.locator("summary .account-name")).to_have_text("Eva Müller")
    page.wait_for_timeout(300)
    there = in_the_pocket(page)
    page.locator("summary.top-link").click()
    page.get_by_role("button", name="Abmelden").click()
    page.wait_for_url(pocket.running.url("bad-belzig"))
    comes_true(page, "async () => !(await caches.match('/providers', { ignoreVary: true }))")

    assert {"/", "/providers"} <= there.keys()
    assert not [
        name for name in there if name.startswith(("/notifications", "/account", "/api", "/identity", "/events"))
    ]
    assert "Eva" not in "".join(there.values())


def in_the_pocket(page: Page) -> dict[str, str]:
    """Path and text of every page that the device keeps."""
    found: dict[str, str] = page.evaluate(
        """async () => {
            const found = {};
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const one of name.startsWith("files") ? [] : await cache.keys()) {
                    found[new URL(one.url).pathname] = await (await cache.match(one, { ignoreVary: true })).text();
                }
            }
            return found;
        }"""
    )
    return found


def test_a_form_without_a_network_is_sent_later(ada: Walker, pocket: Yard) -> None:
    page = at_home(ada)
    page.get_by_role("main").get_by_role("link", name=content.FULL.title).click()
    article = page.url
    kept(page, urlsplit(article).path)
    mark = "document.querySelector('form.save').dataset.offline = 'Merkzettel'"
    page.evaluate(mark)

    ada.context.set_offline(True)
    page.get_by_role("button", name="Für später merken").click()
    expect(page.locator(".pocket-note")).to_contain_text("Kein Netz: „Merkzettel“ wartet auf diesem Gerät.")
    assert page.url == article
    ada.context.set_offline(False)
    expect(page.locator(".pocket-note").first).to_contain_text("„Merkzettel“ ist jetzt gesendet.")
    page.goto(pocket.running.url("bad-belzig", "/saved"))

    expect(page.get_by_role("main")).to_contain_text(content.FULL.title)
    page.evaluate("navigator.serviceWorker.ready")
    assert page.locator(".pocket-note").count() == 0


def test_a_form_that_was_refused_is_typed_again(ada: Walker, pocket: Yard) -> None:
    page = at_home(ada)
    page.goto(pocket.running.url("bad-belzig", "/start"))
    form = page.locator("form[action='/mine']").first
    spoil = """(form) => {
        form.dataset.offline = 'Startseite';
        form.elements.card.value = 'nonsense';
        const text = document.createElement('input');
        Object.assign(text, { name: 'note', value: 'Bitte so', type: 'text' });
        form.append(text);
    }"""
    form.evaluate(spoil)

    ada.context.set_offline(True)
    form.get_by_role("button").click()
    expect(page.locator(".pocket-note")).to_contain_text("wartet")
    ada.context.set_offline(False)
    page.goto(pocket.running.url("bad-belzig"))

    expect(page.locator(".pocket-note").first).to_contain_text("„Startseite“ konnte nicht gesendet werden.")
    link = page.locator(".pocket-note a").first
    expect(link).to_have_attribute("href", re.compile(r"/start$"))


def test_a_message_reaches_the_device_and_opens_its_page(ada: Walker, pocket: Yard) -> None:
    ada.context.grant_permissions(["notifications"], origin=pocket.running.url("bad-belzig").rstrip("/"))
    phone = pocket.service.browser("phone")
    page = at_home(ada)
    page.goto(pocket.running.url("bad-belzig", "/notifications?category=news"))
    told: dict[str, Any] = phone.fields | {"key": page.locator("form[data-push]").get_attribute("data-push")}
    ada.context.add_init_script(f"({SUBSCRIBED})({msgspec.json.encode(told).decode()})")
    page.reload()

    page.get_by_role("button", name="Auf diesem Gerät melden").click()
    expect(page.get_by_role("status")).to_contain_text("Dieses Gerät bekommt ab jetzt Nachrichten.")
    expect(page.get_by_role("checkbox", name="Aktuelles")).to_be_checked()
    page.get_by_role("button", name="Probenachricht schicken").click()
    expect(page.get_by_role("status")).to_contain_text("unterwegs")

    until = time.monotonic() + 15
    while not phone.shown and time.monotonic() < until:
        time.sleep(0.05)
    [push] = phone.shown
    assert push["title"] == "So sieht eine Nachricht aus Bad Belzig aus"
    shown = delivered(ada, page, msgspec.json.encode(push).decode())
    assert shown == [[push["title"], push["body"], push["tag"]]]

    phone.statuses = [410]
    announced(pocket.running)
    deadline = time.monotonic() + 15
    while page.get_by_text("Geräte, die Nachrichten bekommen").count() and time.monotonic() < deadline:
        page.goto(pocket.running.url("bad-belzig", "/notifications"))
    assert pocket.service.asked == ["/push/phone", "/push/phone"]
    assert page.get_by_text("Geräte, die Nachrichten bekommen").count() == 0


def announced(running: Running) -> None:
    """Something urgent happens in the village."""
    done = subprocess.run(
        [sys.executable, "-c", ANNOUNCE],
        cwd=ROOT, env=running.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def delivered(ada: Walker, page: Page, data: str) -> list[list[str]]:
    """What the service worker shows when the browser hands it a push."""
    devtools = ada.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    devtools.send("ServiceWorker.enable")
    origin = ada.running.url("bad-belzig").rstrip("/")
    until = time.monotonic() + 20
    shown: list[list[str]] = []
    while not shown and time.monotonic() < until:
        page.wait_for_timeout(200)
        # Those of windows that are closed are still told of. A push that comes while a worker starts is lost; one that
        # comes twice has the same tag and is shown once.
        last = {one["registrationId"]: one for one in found if one["scopeURL"].startswith(origin)}
        for number in sorted(number for number, one in last.items() if not one["isDeleted"]):
            push = {"origin": origin, "registrationId": number, "data": data}
            devtools.send("ServiceWorker.deliverPushMessage", push)
        # Asked again and again from here: the browser takes a promise that it is asked to wait for as an answer.
        shown = page.evaluate(
            "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
            ".map(({ title, body, tag }) => [title, body, tag])"
        )
    return shown
