"""Announced once, told once: to whom, when, on which way, and what happens when the way is closed."""

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from app.identity import privacy
from app.kit import clock
from app.notify import due, spread, telling
from app.notify.announce import Message, announce
from app.settings import settings, use
from app.tenancy import current, personal, tenant, transaction
from tests import cast, loop
from tests.notify.telling import TOWN, count, due_at, lines, say, subscribe, sweep, tell
from tests.push_service import PushService
from tests.village import Village

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)


@pytest.fixture
def service(belzig: Village) -> Iterator[PushService]:
    with PushService() as found:
        use(msgspec.structs.replace(settings(), feed_private_hosts=frozenset({found.host})))
        loop.run(sweep())
        yield found
        loop.run(sweep())
        loop.run(cast.away())


def titles(browser: Any) -> list[str]:
    return [one["title"] for one in browser.shown]


async def test_who_asked_for_it_is_told_once(service: PushService) -> None:
    phone, other = service.browser("phone"), service.browser("other")
    await subscribe(phone)
    await subscribe(other, categories=("events",))

    assert await say("news:1")
    assert not await say("news:1", title="Noch einmal")
    await tell()
    await tell()

    assert titles(phone) == ["Titel news:1"]
    assert other.shown == []
    assert phone.shown[0] | {"tag": ""} == {
        "title": "Titel news:1",
        "body": "Text",
        "href": "/news/1",
        "tag": "",
        "urgent": False,
    }
    assert await lines() == [("news:1", "push", None)]
    assert await due_at() is None


async def test_nothing_leaves_that_was_rolled_back(service: PushService) -> None:
    await subscribe(service.browser("phone"))

    with contextlib.suppress(RuntimeError):
        async with tenant(TOWN), transaction():
            await announce(Message(key="news:1", category="news", title="Doch nicht"))
            raise RuntimeError
    await tell()

    assert service.asked == []
    assert await count("announcement") == 0


async def test_every_device_of_a_person_is_told_and_each_once(service: PushService) -> None:
    phone, tablet = service.browser("phone"), service.browser("tablet")
    await subscribe(phone, tablet, sub="eva")

    await say("news:1")
    await tell()

    assert titles(phone) == titles(tablet) == ["Titel news:1"]
    assert service.asked == ["/push/phone", "/push/tablet"]


async def test_a_device_that_is_gone_is_forgotten_at_once(service: PushService) -> None:
    phone, old = service.browser("phone"), service.browser("old")
    old.statuses = [410]
    await subscribe(phone)
    await subscribe(old)

    await say("news:1")
    await tell()
    await say("news:2")
    await tell()

    assert service.asked.count("/push/old") == 1
    assert titles(phone) == ["Titel news:1", "Titel news:2"]
    assert await count("push_device") == 1
    assert await count("subscriber") == 1


async def test_a_busy_service_is_tried_again_as_late_as_it_asks(service: PushService) -> None:
    phone, tablet = service.browser("phone"), service.browser("tablet")
    phone.statuses, phone.retry_after = [429, 503], 120
    await subscribe(phone, tablet, sub="eva")
    with clock.at(NOON):
        await say("news:1")
        await tell()
        assert await lines() == [("news:1", "push", NOON + timedelta(seconds=120))]
        assert await due_at() == NOON + timedelta(seconds=120)
        phone.retry_after = 0
    with clock.at(NOON + timedelta(seconds=121)):
        await tell()
        assert await due_at() == NOON + timedelta(seconds=121 + 60)
    with clock.at(NOON + timedelta(seconds=300)):
        await tell()

    assert titles(phone) == titles(tablet) == ["Titel news:1"]
    assert await due_at() is None


async def test_after_a_day_of_trying_it_is_left(service: PushService) -> None:
    phone = service.browser("phone")
    phone.statuses = [503] * 99
    await subscribe(phone)
    for hour in range(0, 30, 3):
        with clock.at(NOON + timedelta(hours=hour)):
            if not hour:
                await say("news:1")
            await tell()

    assert await due_at() is None
    assert service.asked.count("/push/phone") == 9


async def test_what_is_over_is_not_told(service: PushService) -> None:
    phone = service.browser("phone")
    phone.statuses = [503]
    await subscribe(phone)
    with clock.at(NOON):
        assert not await say("warning:1", category="warning", expires_at=NOON)
        await say("warning:2", category="warning", expires_at=NOON + timedelta(minutes=10))
        await tell()
        assert await due_at() is not None
    with clock.at(NOON + timedelta(minutes=11)):
        await tell()

    assert phone.shown == []
    assert await due_at() is None


async def test_at_night_only_what_is_urgent_and_allowed_wakes(service: PushService) -> None:
    light, deep = service.browser("light"), service.browser("deep")
    await subscribe(light, quiet_from=22, quiet_until=7)
    await subscribe(deep, quiet_from=22, quiet_until=7, wake=False)
    morning = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    with clock.at(NIGHT):
        await say("warning:1", category="warning", urgency="now")
        await say("news:1")
        await tell()
        assert (titles(light), titles(deep)) == (["Titel warning:1"], [])
        assert light.shown[0]["urgent"]
        assert await due_at() == morning
    with clock.at(morning):
        await tell()

    assert titles(light) == ["Titel warning:1", "Titel news:1"]
    assert titles(deep) == ["Titel warning:1", "Titel news:1"]


async def test_urgency_street_provider_and_place_narrow_it(service: PushService) -> None:
    names = ("urgent", "street", "elsewhere", "follower", "near", "far")
    who = {name: service.browser(name) for name in names}
    await subscribe(who["urgent"], urgency=0)
    await subscribe(who["street"], categories=("waste",), streets=("haupt",))
    await subscribe(who["elsewhere"], categories=("waste",), streets=("neben",))
    await subscribe(who["follower"], categories=(), providers=(7,))
    await subscribe(who["near"], lat=52.14, lon=12.59, within_km=5)
    await subscribe(who["far"], lat=52.39, lon=13.06, within_km=5)

    await say("a", category="waste", street="haupt", urgency="today")
    await say("b", category="events", provider_id=7)
    await say("c", category="news", geo=(52.13, 12.60))
    await say("d", category="warning", geo=(52.13, 12.60), urgency="now")
    await tell()

    told = {name: sorted(one["tag"] for one in browser.shown) for name, browser in who.items()}
    assert told == {
        "urgent": ["d"],
        "street": ["a"],
        "elsewhere": [],
        "follower": ["b"],
        "near": ["c", "d"],
        "far": ["d"],
    }


async def test_warnings_leave_before_everything_else(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "LINES", 1)
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    monkeypatch.setattr(spread, "AT_ONCE", 2)
    for number in range(3):
        await subscribe(service.browser(f"p{number}"))

    await say("news:1")
    await say("warning:1", category="warning", urgency="today")
    await tell()

    order = [one["tag"] for browser in service.browsers.values() for one in browser.shown]
    assert order == ["warning:1", "news:1"] * 3
    assert len(service.asked) == len(set(service.asked[:3])) * 2 == 6


async def test_a_heap_that_can_wait_comes_as_one(service: PushService) -> None:
    phone = service.browser("phone")
    await subscribe(phone)
    for number in range(5):
        await say(f"news:{number}")
    await say("today:1", urgency="today")
    await tell()

    assert titles(phone) == ["Titel today:1", "Bad Belzig: 5 neue Nachrichten"]
    assert phone.shown[1]["body"] == "Titel news:0\nTitel news:1\nTitel news:2\n…"


async def test_a_mail_comes_only_when_no_device_could_be_reached(service: PushService) -> None:
    eva, ole = await cast.person("eva"), await cast.person("ole")
    phone, old = service.browser("phone"), service.browser("old")
    old.statuses = [404]
    await subscribe(phone, sub=eva.account.sub, mail=True)
    await subscribe(old, sub=ole.account.sub, mail=True)

    await say("news:1", title="Straße gesperrt", text="Bis Freitag.")
    await tell()

    assert titles(phone) == ["Straße gesperrt"]
    [(to, kind, told)] = await cast.mails()
    assert (to, kind, told["title"], told["text"]) == (
        "ole@example.org",
        "announcement",
        "Straße gesperrt",
        "Bis Freitag.",
    )
    assert told["link"] == "http://bad-belzig.localhost:8000/news/1"
    assert sorted(way for _key, way, _due in await lines()) == ["mail", "push"]


async def test_a_killed_worker_tells_nobody_twice_by_mail(service: PushService) -> None:
    eva = await cast.person("eva")
    await subscribe(sub=eva.account.sub, mail=True)
    with clock.at(NOON):
        await say("news:1")
        await tell()
        async with tenant(TOWN), transaction():
            # As if it had been killed before it could note what it had done.
            await current().fetch("UPDATE delivery SET due_at = $1, way = ''", [NOON])
        await tell()

    assert len(await cast.mails()) == 1


async def test_two_workers_share_the_work(service: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 3)
    phones = [service.browser(f"p{number}") for number in range(20)]
    for phone in phones:
        await subscribe(phone)
    await say("news:1")

    await asyncio.gather(tell(), tell(), tell())

    assert [len(phone.shown) for phone in phones] == [1] * 20


async def test_a_message_for_one_person_lies_in_their_inbox_only(service: PushService) -> None:
    eva, other = service.browser("eva"), service.browser("other")
    await subscribe(eva, sub="eva", categories=("neighbours",))
    await subscribe(other, categories=("neighbours",))

    await say("match:1", category="neighbours", account_sub="eva")
    await say("match:2", category="neighbours", account_sub="nobody-asked")
    await tell()

    assert (titles(eva), titles(other)) == (["Titel match:1"], [])
    assert [key for key, _way, _due in await lines()] == ["match:1", "match:2"]


async def test_the_tick_finds_what_the_queue_lost(service: PushService) -> None:
    with clock.at(NOON):
        await subscribe(service.browser("phone"))
        await say("news:1")
        assert await due.enqueue() == 0
    with clock.at(NOON + due.GRACE):
        assert await due.enqueue() == 1
        assert await due.enqueue() == 0
    with clock.at(NOON + due.GRACE + due.LEASE):
        # Whoever took it did not come back.
        assert await due.enqueue() == 1


async def test_a_town_that_is_suspended_tells_nobody(service: PushService) -> None:
    from app.tenancy.lifecycle import resume, suspend

    phone = service.browser("phone")
    await subscribe(phone)
    await say("news:1")
    await suspend(TOWN)
    try:
        await telling.tell.run(tenant=TOWN)
    finally:
        await resume(TOWN)

    assert phone.shown == []


async def test_a_copy_tells_it_and_an_erased_account_takes_it_along(service: PushService) -> None:
    eva = await cast.person("eva")
    phone, anonymous = service.browser("phone"), service.browser("anonymous")
    await subscribe(phone, sub=eva.account.sub)
    await subscribe(anonymous)
    await say("news:1")
    await say("match:1", category="neighbours", account_sub=eva.account.sub)
    await tell()

    told = (await privacy.copy_of(eva.id)).villages[TOWN]
    assert {"subscriber", "push_device", "delivery", "announcement"} <= told.keys()
    assert told["push_device"][0]["endpoint"] == phone.endpoint
    async with tenant(TOWN), transaction():
        await personal.erase(eva.account.sub)

    assert (await count("subscriber"), await count("push_device"), await count("delivery")) == (1, 1, 1)
    assert await count("announcement") == 1


async def test_what_was_told_long_ago_is_forgotten(service: PushService) -> None:
    await subscribe(service.browser("phone"))
    await subscribe()
    with clock.at(NOON - telling.KEEP - timedelta(days=1)):
        await say("news:1")
        await tell()
    with clock.at(NOON):
        await say("news:2")
        await telling.forget_old.run(tenant=TOWN)

    assert await count("announcement") == 1
    # Nobody can be told any more who has neither account nor device.
    assert await count("subscriber") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": "x" * 201},
        {"title": "  "},
        {"category": "advertising"},
        {"href": "https://evil.example/"},
        {"href": "//evil.example/"},
        {"href": "/\\evil.example/"},
        {"expires_at": datetime(2026, 11, 22)},  # noqa: DTZ001 - that is what is wrong with it
    ],
)
async def test_what_can_not_be_told_is_refused(service: PushService, wrong: dict[str, Any]) -> None:
    told: dict[str, Any] = {"key": "a", "category": "news", "title": "Titel"} | wrong
    with pytest.raises(ValueError, match=r".+"):
        async with tenant(TOWN), transaction():
            await announce(Message(**told))


async def test_a_long_text_is_cut_at_a_word(service: PushService) -> None:
    await say("news:1", title="Wort " * 100, text="Zeile\n\nzwei\x00 " + "x" * 2000)
    async with tenant(TOWN):
        [row] = await current().fetch("SELECT title, body FROM announcement")

    assert len(row["title"]) <= 160
    assert row["title"].endswith("Wort…")
    assert row["body"].startswith("Zeile zwei x")
    assert len(row["body"]) <= 600
