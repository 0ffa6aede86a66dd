"""The same request twice: one effect, the same answer; one that failed may come again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
import pytest

from app.kit import clock
from app.settings import settings, use
from app.tenancy import current, tenant
from app.web import idempotency
from tests import cast, loop
from tests.cast import Visitor
from tests.notify.telling import TOWN, count, sweep
from tests.push_service import PushService
from tests.village import Village

FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
ONE, OTHER = "1" * 20, "2" * 20


@pytest.fixture
def service(belzig: Village) -> Iterator[PushService]:
    before = settings()
    with PushService() as found:
        use(msgspec.structs.replace(settings(), feed_private_hosts=frozenset({found.host})))
        loop.run(swept())
        yield found
        loop.run(swept())
        loop.run(cast.away())
        use(before)


async def swept() -> None:
    await sweep()
    async with tenant(TOWN) as scope, scope.transaction():
        await scope.fetch("DELETE FROM sent_form")


async def send(who: Village | Visitor, fields: str, key: str = "", path: str = "/notifications", **headers: str) -> Any:
    header = {"idempotency-key": f'"{key}"'} if key else {}
    return await who.post(path, content=fields, headers=FORM | header | headers)


async def kept() -> list[Any]:
    async with tenant(TOWN):
        return [tuple(row) for row in await current().fetch("SELECT key_hash, answer FROM sent_form")]


async def test_a_form_that_comes_twice_acts_once_and_gets_the_same_answer(
    belzig: Village, service: PushService
) -> None:
    fields = service.browser("phone").form(category="news")

    first = await send(belzig, fields, ONE)
    belzig.client.cookies.clear()
    async with tenant(TOWN) as scope, scope.transaction():
        await scope.fetch("UPDATE subscriber SET categories = '{events}'")
    again = await send(belzig, fields, ONE)

    assert (again.status_code, again.headers["location"]) == (303, "/notifications?done=device")
    assert again.headers["set-cookie"] == first.headers["set-cookie"]
    async with tenant(TOWN) as scope:
        assert await scope.fetchval("SELECT categories FROM subscriber") == ["events"]
    [(key_hash, answer)] = await kept()
    assert ONE not in key_hash
    assert "notifications" not in answer


async def test_what_failed_may_come_again(belzig: Village, service: PushService) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    service_device = urlencode({"device": "1"})

    refused = await send(eva, service_device, ONE, "/notifications/remove")
    async with tenant(TOWN) as scope, scope.transaction():
        number = await scope.fetchval(
            "INSERT INTO subscriber (account_sub) VALUES ($1) RETURNING id", [eva.session.sub]
        )
        await scope.fetch(
            "INSERT INTO push_device (id, subscriber_id, endpoint, p256dh, auth) VALUES (1, $1, 'x', 'x', 'x')",
            [number],
        )
    done = [await send(eva, service_device, ONE, "/notifications/remove") for _ in range(2)]

    assert refused.status_code == 404
    assert [(one.status_code, one.headers["location"]) for one in done] == [(303, "/notifications?done=removed")] * 2
    assert await count("push_device") == 0


async def test_a_key_is_one_person_s_and_one_request_s(belzig: Village, service: PushService) -> None:
    eva, ole = [await (await cast.person(name)).at(belzig) for name in ("eva", "ole")]

    await send(eva, "category=news", ONE)
    other_person = await send(ole, "category=news", ONE)
    other_fields = await send(eva, "category=events", ONE)
    other_key = await send(eva, "category=events", OTHER)
    short = await send(eva, "category=news", "1")
    program = await send(eva, "category=waste", ONE, accept="application/json")

    assert (other_person.status_code, other_fields.status_code, other_key.status_code) == (303, 422, 303)
    assert (short.status_code, program.json()["code"]) == (400, "idempotency-key-reused")
    async with tenant(TOWN) as scope:
        rows = await scope.fetch("SELECT categories FROM subscriber ORDER BY id")
    assert [row["categories"] for row in rows] == [["events"], ["news"]]


async def test_a_page_s_own_key_does_the_same_and_gives_way_to_another_choice(
    belzig: Village, service: PushService
) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    page = (await eva.get("/notifications")).text
    key = page.partition('name="_once" value="')[2].partition('"')[0]

    answers = [
        (await send(eva, f"category={one}&_once={key}")).headers["location"]
        for one in ("news", "news", "waste", "news")
    ]

    assert len(key) >= 16
    assert answers == ["/notifications?done=saved"] * 4
    async with tenant(TOWN) as scope:
        assert await scope.fetchval("SELECT categories FROM subscriber") == ["news"]
    assert len(await kept()) == 1


async def test_what_lies_on_the_device_alone_is_not_kept_here(belzig: Village, service: PushService) -> None:
    for _ in range(2):
        answer = await send(belzig, "do=hide&card=news&next=/start", ONE, "/mine")
        assert answer.headers["set-cookie"].startswith("mine=")

    assert await kept() == []
    belzig.client.cookies.clear()


async def test_a_form_with_files_is_known_by_its_key(belzig: Village, service: PushService) -> None:
    replies: list[bytes] = []

    async def app(_scope: Any, receive: Any, answer: Any) -> None:
        body = (await receive())["body"]
        replies.append(body)
        await answer({"type": "http.response.start", "status": 201, "headers": [(b"x-number", b"%d" % len(replies))]})
        await answer({"type": "http.response.body", "body": b"thanks"})

    from app.web.edge import Buffered

    found = []
    for boundary in ("one", "two"):
        made = httpx2.Request(
            "POST",
            "http://x/reports",
            files=[("_once", (None, ONE)), ("photo", ("a.jpg", b"\xff" * 300, "image/jpeg"))],
            headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        )
        body = await made.aread()

        async def receive(body: bytes = body) -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {"method": "POST", "path": "/reports", "query_string": b"", "headers": made.headers.raw}
        answer = Buffered()
        async with tenant(TOWN) as town, town.transaction():
            await idempotency.once(app, scope, receive, answer)
        found.append((answer.status, dict(answer.headers), answer.body))

    assert found == [(201, {b"x-number": b"1"}, b"thanks")] * 2
    assert len(replies) == 1


async def test_after_a_day_a_key_is_new_again(belzig: Village, service: PushService) -> None:
    eva = await (await cast.person("eva")).at(belzig)
    await send(eva, "category=news", ONE)

    with clock.at(clock.now() + idempotency.KEEP + timedelta(minutes=1)):
        other = await send(eva, "category=events", ONE)
        async with tenant(TOWN) as scope, scope.transaction():
            await idempotency.forget_old()
    assert other.status_code == 303
    assert len(await kept()) == 1
