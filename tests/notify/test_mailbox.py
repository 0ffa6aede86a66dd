"""The letter box for trying out: what would be sent, for whoever sits at this machine and for nobody else."""

import httpx2
import msgspec
import pytest

from app.identity import outbox
from app.settings import settings, use
from app.tenancy import control, control_transaction
from tests.notify.post import Post
from tests.village import Village

LINK = "http://localhost:8000/identity/confirm?token=open-sesame"


async def put() -> int:
    async with control_transaction(), control() as connection:
        await outbox.put(connection, "eva@example.org", "confirm", "de", context={"link": LINK, "name": "Eva"})
        number: int = await connection.fetchval("SELECT max(id) FROM mail")
    return number


async def test_a_mail_is_shown_with_its_link(platform: Village) -> None:
    empty = await platform.get("/mailbox")
    number = await put()

    listed = await platform.get("/mailbox")
    shown = await platform.get(f"/mailbox/{number}")
    saved = await platform.get(f"/mailbox/{number}/message.eml")

    assert "Noch keine E-Mail" in empty.text
    assert f'href="/mailbox/{number}"' in listed.text
    assert "eva@example.org" in listed.text
    assert f'href="{LINK}"' in shown.text
    assert "Guten Tag Eva," in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    assert saved.headers["content-type"] == "message/rfc822"
    assert "To: eva@example.org" in saved.text


async def test_there_is_none_beside_a_real_mail_server(platform: Village, post: Post) -> None:
    number = await put()

    answers = [
        await platform.get(path) for path in ("/mailbox", f"/mailbox/{number}", f"/mailbox/{number}/message.eml")
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert post.letters == []


async def test_there_is_none_on_a_villages_host(belzig: Village) -> None:
    assert (await belzig.get("/mailbox")).status_code == 404


async def test_there_is_none_where_others_may_come(platform: Village) -> None:
    use(msgspec.structs.replace(settings(), domain="village.example"))

    assert (await platform.on("village.example").get("/mailbox")).status_code == 404


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "", "unix"])
async def test_there_is_none_for_another_machine(platform: Village, address: str) -> None:
    number = await put()
    away = httpx2.ASGITransport(app=platform.edge, client=(address, 50000))  # type: ignore[arg-type]

    async with httpx2.AsyncClient(transport=away, base_url="http://localhost:8000") as client:
        answers = [await client.get("/mailbox"), await client.get(f"/mailbox/{number}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "open-sesame" not in answers[1].text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_there_is_none_behind_a_proxy(platform: Village, header: str) -> None:
    assert (await platform.get("/mailbox", headers={header: "127.0.0.1"})).status_code == 404


async def test_a_mail_that_is_not_there(platform: Village) -> None:
    assert (await platform.get("/mailbox/99999999")).status_code == 404
    assert (await platform.get("/mailbox/99999999999999999999999")).status_code == 404


async def test_one_that_can_not_be_read_does_not_hide_the_others(platform: Village) -> None:
    await put()
    async with control() as connection:
        await connection.execute("UPDATE mail SET content = 'c2VhbGVkIGVsc2V3aGVyZSwgb25jZQ'")
    number = await put()

    listed = await platform.get("/mailbox")

    assert listed.status_code == 200
    assert f"/mailbox/{number}" in listed.text
