"""A double tap on the platform's host, and on what is written at the desk: one effect, the same answer."""

import asyncio

import httpx2
import msgspec
import pytest

from app.identity import sessions
from app.settings import settings, use
from app.tenancy import signals, tenant
from tests import cast
from tests.cast import Visitor
from tests.forms import filled
from tests.identity.forms import PASSWORD, Browser, account_of
from tests.identity.letters import kinds, somebody, token
from tests.village import Village


@pytest.fixture
def browser(platform: Village) -> Browser:
    return Browser(platform)


async def tapped(browser: Browser, action: str, **typed: str) -> list[httpx2.Response]:
    """The button of a page's form pressed twice, before anything came back."""
    hands = [Browser(browser.village), Browser(browser.village)]
    for hand in hands:
        hand.cookies, hand.answer = dict(browser.cookies), browser.answer
    return list(await asyncio.gather(*[hand.hand_in(action, **typed) for hand in hands]))


def told(answers: list[httpx2.Response]) -> list[tuple[int, str, list[str]]]:
    """What the browser does with each: status, where to, cookies."""
    return [(one.status_code, one.headers.get("location", ""), one.headers.get_list("set-cookie")) for one in answers]


async def test_an_account_is_made_confirmed_and_entered_once(browser: Browser) -> None:
    email = somebody()
    typed = {"name": "Ada", "email": email, "password": PASSWORD, "again": PASSWORD, "consent": "yes"}

    await browser.open("/identity/register")
    registered = told(await tapped(browser, "/identity/register", **typed))
    mails = await kinds(email)
    await browser.open(f"/identity/confirm?token={await token(email, 'confirm')}")
    confirmed = told(await tapped(browser, "/identity/confirm"))
    await browser.open("/identity/sign-in")
    entered = told(await tapped(browser, "/identity/sign-in", email=email, password=PASSWORD))

    assert registered[0] == registered[1]
    assert registered[0][:2] == (303, "/identity/mail-sent?for=register")
    assert mails == ["confirm"]
    assert confirmed[0] == confirmed[1]
    assert confirmed[0][0] == 303
    assert entered[0] == entered[1]
    assert any(cookie.startswith(sessions.COOKIE) for cookie in entered[0][2])
    assert len(await sessions.listing((await account_of(email)).id)) == 1


async def test_a_session_that_is_renewed_stays_the_browser_s(browser: Browser) -> None:
    email, new = await browser.join(), PASSWORD + " 2"
    await browser.open("/identity/account/password")

    changed = told(await tapped(browser, "/identity/account/password", old=PASSWORD, password=new, again=new))

    assert changed[0] == changed[1]
    assert changed[0][:2] == (303, "/identity/account?done=password")
    assert (await kinds(email)).count("password-changed") == 1


async def test_what_was_refused_may_come_again_from_the_same_page(browser: Browser) -> None:
    email = await browser.join()
    browser.cookies.pop(sessions.COOKIE)
    await browser.open("/identity/sign-in")

    refused = await tapped(browser, "/identity/sign-in", email=email, password="falsch")
    [entered, _again] = await tapped(browser, "/identity/sign-in", email=email, password=PASSWORD)

    assert [one.status_code for one in refused] == [422, 422]
    assert entered.headers["location"] == "/identity/account"


async def test_another_browser_gets_nothing_by_a_key_that_it_knows(browser: Browser, platform: Village) -> None:
    email = await browser.join()
    browser.cookies.pop(sessions.COOKIE)
    await browser.open("/identity/sign-in")
    stolen = Browser(platform)
    await stolen.open("/identity/sign-in")
    page, stolen.answer = stolen.answer, browser.answer

    await browser.hand_in("/identity/sign-in", email=email, password=PASSWORD)
    answer = await stolen.hand_in("/identity/sign-in", email=email, password=PASSWORD)

    assert page.status_code == 200
    assert answer.status_code == 409
    assert sessions.COOKIE not in stolen.cookies


async def test_without_redis_a_form_acts_as_if_it_had_no_key(browser: Browser) -> None:
    await browser.join()
    await browser.open("/identity/account/name")
    before = settings()

    use(msgspec.structs.replace(before, redis_url="redis://127.0.0.1:1"))
    await signals.close()
    try:
        answer = await browser.hand_in("/identity/account/name", name="Ada Amsel")
    finally:
        use(before)
        await signals.close()

    assert answer.headers["location"] == "/identity/account?done=name"


async def test_an_article_is_written_once_without_javascript(belzig: Village) -> None:
    eva: Visitor = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    form = filled((await eva.get("/manage/news/new")).text) | {"title": "Der Brunnen läuft wieder", "do": "save"}

    answers = await asyncio.gather(*[eva.post("/manage/news", data=form) for _ in range(2)])

    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    async with tenant("bad-belzig") as scope:
        assert await scope.fetchval("SELECT count(*) FROM article") == 1
    await cast.away()


async def test_what_is_kept_for_all_carries_nobody_s_key(belzig: Village) -> None:
    for path in ("/", "/news", "/waste", "/providers", "/mobility"):
        assert 'name="_once"' not in (await belzig.get(path)).text
