"""The page "Notifications": with and without an account, on a device, by the link of a mail, and all off again."""

from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlencode

import lxml.html
import msgspec
import pytest

from app.notify import telling
from app.notify.letters import write
from app.notify.subscribers import MOST_DEVICES
from app.notify.templates import Sender, message
from app.settings import settings, use
from app.tenancy import current, tenant, transaction
from tests import cast, loop
from tests.cast import Visitor
from tests.notify.post import words
from tests.notify.telling import TOWN, count, say, subscribe, sweep, tell
from tests.push_service import PushService
from tests.village import Village

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
PATH = "/notifications"


@pytest.fixture
def service(belzig: Village) -> Iterator[PushService]:
    with PushService() as found:
        use(msgspec.structs.replace(settings(), feed_private_hosts=frozenset({found.host})))
        loop.run(sweep())
        yield found
        loop.run(sweep())
        loop.run(cast.away())


async def send(who: Village | Visitor, path: str = PATH, fields: str = "", **headers: str) -> Any:
    return await who.post(path, content=fields, headers=FORM | headers)


async def stored() -> list[dict[str, Any]]:
    async with tenant(TOWN):
        return [dict(row) for row in await current().fetch("SELECT * FROM subscriber ORDER BY id")]


def ticked(page: str, name: str = "category") -> list[str]:
    tree: Any = lxml.html.document_fromstring(page)
    return [str(value) for value in tree.xpath(f"//input[@name='{name}'][@checked]/@value")]


async def test_a_device_without_an_account_chooses_and_is_told(belzig: Village, service: PushService) -> None:
    phone = service.browser("phone")

    answer = await send(belzig, fields=phone.form(category=["news", "events"], quiet_from=0, quiet_until=0))
    await say("news:1")
    await tell()

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=device")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = (await belzig.get(PATH, headers={"accept": "text/html"})).text
    assert ticked(page) == ["news", "events"]
    assert [one["title"] for one in phone.shown] == ["Titel news:1"]


async def test_what_the_address_says_is_ticked_already(belzig: Village, service: PushService) -> None:
    async with tenant(TOWN), transaction():
        await current().fetch("INSERT INTO provider (slug, name) VALUES ('burg', 'Burg') ON CONFLICT DO NOTHING")
    page = (await belzig.get(f"{PATH}?category=news&street=haupt-strasse&provider=burg")).text

    assert ticked(page) == ["news"]
    assert ticked(page, "street") == ["haupt-strasse"]
    assert "Haupt Straße" in page
    assert len(ticked(page, "provider")) == 1
    assert ">Burg<" in page


async def test_an_account_needs_no_script_and_no_device(belzig: Village, service: PushService) -> None:
    eva = await (await cast.person("eva")).at(belzig)

    answer = await send(eva, fields=urlencode({"category": "warning", "mail": "yes", "urgency": "0", "wake": "yes"}))
    await say("warning:1", category="warning", urgency="now")
    await tell()

    assert answer.headers["location"] == f"{PATH}?done=saved"
    [row] = await stored()
    assert (row["account_sub"], row["categories"], row["mail"], row["urgency"]) == (
        eva.session.sub,
        ["warning"],
        True,
        0,
    )
    assert [(to, kind) for to, kind, _ in await cast.mails()] == [("eva@example.org", "announcement")]


async def test_nobody_can_choose_for_somebody_else(belzig: Village, service: PushService) -> None:
    answer = await send(belzig, fields=urlencode({"category": "news"}))
    foreign = await send(belzig, fields=service.browser("x").form(), origin="http://wiesenburg-mark.localhost:8000")
    crossed = await send(belzig, fields=service.browser("y").form(), **{"sec-fetch-site": "same-site"})

    assert answer.headers["location"] == f"{PATH}?done=nothing"
    assert (foreign.status_code, crossed.status_code) == (403, 403)
    assert await stored() == []


async def test_a_device_joins_the_account_that_signs_in_on_it(belzig: Village, service: PushService) -> None:
    phone = service.browser("phone")
    first = await send(belzig, fields=phone.form(category="news"))
    eva = await (await cast.person("eva")).at(belzig)
    told = first.headers["set-cookie"].partition(";")[0]

    await eva.post(PATH, content=urlencode({"category": "events"}), headers=FORM | {"cookie": f"{eva.cookie}; {told}"})

    [row] = await stored()
    assert row["account_sub"] == eva.session.sub
    assert await count("push_device") == 1
    page = (await eva.get(PATH)).text
    assert "Geräte, die Nachrichten bekommen" in page


async def test_a_device_changes_hands_and_leaves_nothing_behind(belzig: Village, service: PushService) -> None:
    phone = service.browser("phone")
    eva = await (await cast.person("eva")).at(belzig)
    ole = await (await cast.person("ole")).at(belzig)
    for one in (eva, ole):
        await send(one, fields=phone.form(category="news", quiet_from=0, quiet_until=0))

    await say("news:1")
    await tell()

    assert await count("push_device") == 1
    assert len(phone.shown) == 1


async def test_one_device_goes_and_then_all(belzig: Village, service: PushService) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    ole = await (await cast.person("ole")).at(belzig)
    for name in ("phone", "tablet"):
        await send(eva, fields=service.browser(name).form(category="news", mail="yes"))
    async with tenant(TOWN):
        rows = await current().fetch("SELECT id FROM push_device ORDER BY id")

    assert (await send(ole, f"{PATH}/remove", f"device={rows[0]['id']}")).status_code == 404
    assert await count("push_device") == 2
    await send(eva, f"{PATH}/remove", f"device={rows[0]['id']}")
    assert await count("push_device") == 1
    stopped = await send(eva, f"{PATH}/stop")
    await say("news:1")
    await tell()

    assert stopped.headers["location"] == f"{PATH}?done=stopped"
    assert await count("push_device") == 0
    assert await cast.mails() == []
    assert service.asked == []


async def test_everything_off_forgets_a_device_without_account(belzig: Village, service: PushService) -> None:
    await send(belzig, fields=service.browser("phone").form(category="news"))

    await send(belzig, f"{PATH}/stop")

    assert await stored() == []
    assert "Alles abschalten" not in (await belzig.get(PATH)).text


async def test_a_test_message_comes_once_a_minute_also_at_night(belzig: Village, service: PushService) -> None:
    phone = service.browser("phone")
    await send(belzig, fields=phone.form(category="news", quiet_from=0, quiet_until=23))

    done = [(await send(belzig, f"{PATH}/test")).headers["location"] for _ in range(2)]
    await tell()

    assert done == [f"{PATH}?done=test", f"{PATH}?done=wait"]
    assert [one["title"] for one in phone.shown] == ["So sieht eine Nachricht aus Bad Belzig aus"]


async def test_a_browser_that_changes_its_address_says_so(belzig: Village, service: PushService) -> None:
    old, new = service.browser("old"), service.browser("new")
    await subscribe(old)

    right = await send(belzig, f"{PATH}/renewed", new.form(old=old.endpoint))
    wrong = await send(belzig, f"{PATH}/renewed", new.form(old="https://push.example/guessed"))
    await say("news:1")
    await tell()

    assert (right.status_code, wrong.status_code) == (204, 404)
    assert (len(old.shown), len(new.shown)) == (0, 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://user:word@push.example/x"},
        {"endpoint": "https://push.example:8443/x"},
        {"endpoint": "javascript:alert(1)"},
        {"p256dh": "AAAA"},
        {"auth": "no"},
    ],
)
async def test_a_device_that_can_not_be_one_is_refused(
    belzig: Village, service: PushService, bad: dict[str, str]
) -> None:
    answer = await send(belzig, fields=service.browser("phone").form(category="news", **bad))

    assert answer.status_code == 422
    assert await stored() == []


async def test_nonsense_in_the_form_changes_nothing_else(belzig: Village, service: PushService) -> None:
    wild = {
        "category": ["news", "nonsense", "<script>"],
        "street": ["haupt", "<b>", "x" * 500],
        "provider": ["7", "-1", "9" * 30],
        "urgency": "9",
        "quiet_from": "25",
        "quiet_until": "sieben",
        "within_km": "77",
        "lat": "nan",
        "lon": "12.5",
    }

    await send(belzig, fields=service.browser("phone").form(**wild))

    [row] = await stored()
    assert (row["categories"], row["streets"], row["providers"]) == (["news"], ["haupt"], [7])
    assert (row["urgency"], row["quiet_from"], row["quiet_until"], row["within_km"]) == (2, 22, 7, 0)
    assert (row["lat"], row["lon"]) == (None, None)


async def test_a_place_is_kept_only_roughly(belzig: Village, service: PushService) -> None:
    await send(belzig, fields=service.browser("phone").form(lat="52.142099", lon="12.595612", within_km="5"))

    [row] = await stored()
    assert (row["lat"], row["lon"], row["within_km"]) == (52.14, 12.6, 5)


async def test_nobody_has_more_devices_than_there_is_room_for(belzig: Village, service: PushService) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    for number in range(MOST_DEVICES + 2):
        await send(eva, fields=service.browser(f"d{number}").form())

    assert await count("push_device") == MOST_DEVICES


async def test_the_page_is_kept_by_nobody(belzig: Village, service: PushService) -> None:
    answer = await belzig.get(PATH, headers={"accept": "text/html"})

    assert answer.headers["cache-control"] == "private, no-store"
    assert '<meta name="offline"' not in answer.text


async def test_a_mail_ends_with_one_tap_and_without_a_session(belzig: Village, service: PushService) -> None:
    eva = await cast.person("eva")
    await subscribe(sub=eva.account.sub, mail=True)
    await say("news:1")
    await tell()
    [(_to, _kind, told)] = await cast.mails()
    letter = message(write("announcement", "de", told), Sender(), to="eva@x.org", by="n@x.org", number=1, locale="de")
    mail = message_from_bytes(letter.as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    off = told["off"].removeprefix("http://bad-belzig.localhost:8000")

    assert mail["List-Unsubscribe"] == f"<{told['off']}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told["off"] in words(mail)
    looked = await belzig.get(off)
    assert (await stored())[0]["mail"], "a scanner that opens the link ends nothing"
    assert "E-Mails abschalten" in looked.text
    tapped = await send(belzig, off, "List-Unsubscribe=One-Click")
    again = await send(belzig, off, "List-Unsubscribe=One-Click")

    assert (tapped.status_code, again.status_code) == (200, 200)
    assert not (await stored())[0]["mail"]


@pytest.mark.parametrize("mark", ["", "abc", "x" * 300])
async def test_a_link_that_is_not_ours_ends_nothing(belzig: Village, service: PushService, mark: str) -> None:
    eva = await cast.person("eva")
    await subscribe(sub=eva.account.sub, mail=True)

    assert "gilt nicht mehr" in (await belzig.get(f"{PATH}/off?t={mark}")).text
    assert (await send(belzig, f"{PATH}/off?t={mark}")).status_code == 200
    assert (await stored())[0]["mail"]


async def test_a_link_of_another_village_ends_nothing_here(
    belzig: Village, wiesenburg: Village, service: PushService
) -> None:
    from app.notify.letter_box import mark_of

    eva = await cast.person("eva")
    number = await subscribe(sub=eva.account.sub, mail=True)

    await send(wiesenburg, f"{PATH}/off?t={mark_of(TOWN, number)}")

    assert (await stored())[0]["mail"]


async def test_the_inbox_shows_counts_and_forgets_to_count(belzig: Village, service: PushService) -> None:
    player = await cast.person("eva")
    eva = await player.at(belzig)
    await subscribe(sub=player.account.sub)
    for number in range(35):
        await say(f"news:{number}", title=f"Meldung {number} von vielen")
    await tell()

    page = (await eva.get("/account/inbox")).text
    unread = (await eva.get("/account/inbox/unread", headers={"accept": "application/json"})).json()
    tree: Any = lxml.html.document_fromstring(page)
    newest = tree.xpath("//input[@name='newest']/@value")[0]
    rest: Any = lxml.html.document_fromstring((await eva.get(tree.xpath("//p[@id='more']/a/@href")[0])).text)
    await send(eva, "/account/inbox/seen", f"newest={newest}")

    assert unread == {"unread": 35}
    assert (len(tree.xpath("//ul[@id='rows']/li")), len(rest.xpath("//ul[@id='rows']/li"))) == (30, 5)
    assert tree.xpath("//ul[@id='rows']/li[1]//a/text()") == ["Meldung 34 von vielen"]
    assert (await eva.get("/account/inbox/unread")).json() == {"unread": 0}


async def test_an_inbox_is_its_owner_s_alone(belzig: Village, service: PushService) -> None:
    eva, ole = await cast.person("eva"), await cast.person("ole")
    await subscribe(sub=eva.account.sub)
    await say("news:1", title="Nur für Eva")
    await tell()
    as_ole = await ole.at(belzig)

    page = await as_ole.get("/account/inbox")
    await send(as_ole, "/account/inbox/seen", "newest=999999")

    assert "Noch ist nichts gekommen" in page.text
    assert "Nur für Eva" not in page.text
    assert (await (await eva.at(belzig)).get("/account/inbox/unread")).json() == {"unread": 1}
    assert (await belzig.get("/account/inbox", headers={"accept": "text/html"})).status_code == 303


async def test_one_follows_a_provider_in_one_tap(belzig: Village, service: PushService) -> None:
    async with tenant(TOWN), transaction():
        await current().fetch("INSERT INTO provider (slug, name) VALUES ('burg', 'Burg') ON CONFLICT DO NOTHING")
    eva = await (await cast.person("eva")).at(belzig)
    await send(eva, fields="category=news")

    page = (await eva.get("/providers/burg")).text
    answer = await send(eva, f"{PATH}/follow", "provider=burg")
    nobody = await send(eva, f"{PATH}/follow", "provider=niemand")
    stranger = await send(belzig, f"{PATH}/follow", "provider=burg")

    assert 'action="/notifications/follow" data-offline=' in page
    assert 'href="/notifications?provider=burg"' in (await belzig.get("/providers/burg")).text
    assert answer.headers["location"] == f"{PATH}?done=followed"
    assert (nobody.status_code, stranger.status_code) == (404, 401)
    [row] = await stored()
    assert (row["categories"], len(row["providers"])) == (["news"], 1)


async def test_new_messages_are_counted_on_the_start_page_and_the_inbox_stays_small(
    belzig: Village, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    await subscribe(sub=eva.session.sub)
    for number in range(4):
        await say(f"news:{number}")
    await tell()
    assert "4 neue Nachrichten in Ihrem Postfach" in (await eva.get("/")).text

    monkeypatch.setattr(telling, "MOST_IN_INBOX", 3)
    async with tenant(TOWN), transaction():
        await telling.forget_old.function()
    inbox = (await eva.get("/account/inbox")).text
    newest = inbox.partition('name="newest" value="')[2].partition('"')[0]
    await send(eva, "/account/inbox/seen", f"newest={newest}")

    assert ("Titel news:3" in inbox, "Titel news:0" in inbox) == (True, False)
    assert "in Ihrem Postfach" not in (await eva.get("/")).text
    assert "in Ihrem Postfach" not in (await belzig.get("/")).text
