"""From the outbox to a real mail server: taken, refused, away, encrypted."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.identity import outbox
from app.kit import clock
from app.notify import mail, smtp
from app.notify.mail import deliver, enqueue_due
from app.settings import InvalidSetting
from app.tenancy import control, control_transaction, tenant, transaction
from tests.notify.certificate import certificate
from tests.notify.post import USER, Post, words

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RESET = {"link": "http://localhost:8000/identity/reset?token=open-sesame"}


async def put(recipient: str = "eva@example.org", kind: str = "reset", **more: Any) -> None:
    more.setdefault("context", RESET)
    async with control_transaction(), control() as connection:
        assert await outbox.put(connection, recipient, kind, **more)


async def rows() -> list[dict[str, Any]]:
    async with control() as connection:
        return [dict(row) for row in await connection.fetch("SELECT * FROM mail ORDER BY id")]


async def test_a_mail_arrives_and_its_text_is_forgotten(post: Post) -> None:
    await put(tenant="bad-belzig")

    assert await deliver() == 1
    assert await deliver() == 0

    [letter], [row] = post.letters, await rows()
    assert letter["To"] == "eva@example.org"
    assert letter["From"] == "Bad Belzig <post@village.example>"
    assert letter["Subject"] == "Neues Passwort wählen"
    assert RESET["link"] in words(letter)
    assert post.envelopes[0].rcpt_tos == ["eva@example.org"]
    assert post.envelopes[0].mail_from == "post@village.example"
    assert (row["content"], row["sent_at"] is not None, row["tries"]) == ("", True, 1)


async def test_many_leave_over_one_line(post: Post) -> None:
    for number in range(60):
        await put(f"p{number}@example.org")

    assert await deliver() == 60

    assert len({letter["To"] for letter in post.letters}) == 60
    assert post.lines == 2  # fifty are claimed at once


async def test_two_workers_send_nothing_twice(post: Post) -> None:
    for number in range(30):
        await put(f"p{number}@example.org")

    sent = await asyncio.gather(deliver(), deliver(), deliver())

    assert sum(sent) == 30
    assert len({letter["Message-ID"] for letter in post.letters}) == len(post.letters) == 30


async def test_a_server_that_is_away_for_an_hour_costs_no_mail(sends_by: Callable[[str], None]) -> None:
    with Post() as gone:
        url = gone.url
    sends_by(url)
    with clock.at(NOON):
        await put()
        await put("ole@example.org")
    for minute in range(60):
        with clock.at(NOON + timedelta(minutes=minute)):
            assert await deliver() == 0

    [waiting, _] = await rows()
    assert "ConnectionRefusedError" in waiting["problem"]
    assert waiting["given_up_at"] is None
    assert 5 <= waiting["tries"] <= 10

    with Post() as back:
        sends_by(back.url)
        with clock.at(NOON + timedelta(minutes=70)):
            assert await deliver() == 2
    assert [letter["To"] for letter in back.letters] == ["eva@example.org", "ole@example.org"]


async def test_a_new_mail_does_not_wake_those_that_wait(sends_by: Callable[[str], None]) -> None:
    with Post() as gone:
        url = gone.url
    sends_by(url)
    with clock.at(NOON):
        await put()
        await deliver()

    with clock.at(NOON + timedelta(seconds=30)):
        await put("ole@example.org")
        await deliver()

    assert [row["tries"] for row in await rows()] == [1, 1]


async def test_after_two_days_a_mail_is_given_up(sends_by: Callable[[str], None]) -> None:
    with Post() as gone:
        url = gone.url
    sends_by(url)
    with clock.at(NOON):
        await put()
    for hour in range(0, 60, 4):
        with clock.at(NOON + timedelta(hours=hour)):
            await deliver()

    [row] = await rows()
    assert row["given_up_at"] == NOON + timedelta(hours=52)
    assert row["content"] == ""


async def test_what_lay_there_before_there_was_a_server_is_not_sent_late(post: Post) -> None:
    with clock.at(NOON):
        await put()

    with clock.at(NOON + timedelta(days=3)):
        assert await deliver() == 0

    assert post.letters == []
    assert (await rows())[0]["given_up_at"] is not None


async def test_a_refused_recipient_keeps_nobody_else_waiting(post: Post) -> None:
    post.answers = {"nobody@example.org": "550 5.1.1 There is no such person", "full@example.org": "452 4.2.2 Full"}
    with clock.at(NOON):
        for name in ("eva", "nobody", "full", "ole"):
            await put(f"{name}@example.org")
        assert await deliver() == 2

        _, nobody, full, _ = await rows()
        assert [letter["To"] for letter in post.letters] == ["eva@example.org", "ole@example.org"]
        assert (nobody["given_up_at"], nobody["content"]) == (NOON, "")
        assert nobody["problem"] == "550 5.1.1 There is no such person"
        assert (full["given_up_at"], full["next_at"]) == (None, NOON + timedelta(minutes=1))

    post.answers = {}
    with clock.at(NOON + timedelta(minutes=1)):
        assert await deliver() == 1
    assert post.letters[-1]["To"] == "full@example.org"


async def test_a_server_that_has_enough_is_asked_later(post: Post) -> None:
    post.answers["DATA"] = "421 4.7.0 Too many, closing"
    with clock.at(NOON):
        await put()
        await put("ole@example.org")
        assert await deliver() == 0
        assert [row["given_up_at"] for row in await rows()] == [None, None]

    post.answers = {}
    with clock.at(NOON + timedelta(minutes=1)):
        assert await deliver() == 2


async def test_a_killed_worker_leaves_its_mail_to_the_next(post: Post) -> None:
    with clock.at(NOON):
        await put()
        assert len(await mail.claim()) == 1  # and is killed
        assert await deliver() == 0

    with clock.at(NOON + timedelta(minutes=11)):
        assert await deliver() == 1
    assert len(post.letters) == 1


async def test_a_worker_that_is_stopped_notes_what_it_handed_over_and_leaves_the_rest(post: Post) -> None:
    for number in range(20):
        await put(f"p{number}@example.org")
    post.pause_seconds = 0.05

    work = asyncio.create_task(deliver())
    while len(post.letters) < 3:  # noqa: ASYNC110 - the server runs in another thread
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.wait([work])
    handed_over = len(post.letters)
    noted = [row["sent_at"] is not None for row in await rows()].count(True)

    assert work.cancelled()
    assert noted == handed_over < 20
    assert await deliver() == 20 - handed_over
    assert len({letter["To"] for letter in post.letters}) == len(post.letters) == 20


async def test_a_secret_that_changed_spoils_one_mail_only(post: Post) -> None:
    await put()
    async with control() as connection:
        await connection.execute("UPDATE mail SET content = 'c2VhbGVkIGVsc2V3aGVyZSwgb25jZQ'")
    await put("ole@example.org")

    assert await deliver() == 1

    assert (await rows())[0]["problem"] == "can't be written: NotSealedHere"
    assert post.letters[0]["To"] == "ole@example.org"


async def test_without_a_server_nothing_is_tried() -> None:
    await put()

    assert await deliver() == 0
    assert await enqueue_due() is False
    assert (await rows())[0]["tries"] == 0


async def test_the_tick_asks_for_a_delivery_only_when_one_is_due(post: Post) -> None:
    before = await enqueue_due()
    await put()
    due = await enqueue_due()
    await deliver()
    after = await enqueue_due()

    assert (before, due, after) == (False, True, False)
    assert len(post.letters) == 1


async def test_no_mail_is_sent_inside_a_towns_transaction(post: Post) -> None:
    await put()

    async with tenant("bad-belzig"), transaction():
        with pytest.raises(RuntimeError, match="a transaction is open"):
            await deliver()

    assert post.letters == []


async def test_encryption_is_taken_where_it_is_offered(sends_by: Callable[[str], None], tmp_path: Path) -> None:
    server, _ = certificate(tmp_path)
    with Post(tls=server) as post:
        sends_by(post.url)
        await put()
        assert await deliver() == 1

    assert post.encrypted == [True]


async def test_a_password_goes_to_the_right_server_only(
    sends_by: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = certificate(tmp_path)
    with Post(tls=server, sign_in=True) as post:
        sends_by(post.url_with_password)
        await put()
        assert await deliver() == 0
        assert "CERTIFICATE_VERIFY_FAILED" in (await rows())[0]["problem"]

        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(authority))
        with clock.at(clock.now() + timedelta(minutes=2)):
            assert await deliver() == 1

    assert (post.encrypted, post.signed_in) == ([True], [True])


async def test_a_password_is_not_said_aloud(sends_by: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp.Server, "local", property(lambda _: False))
    with Post(sign_in=True) as post:
        sends_by(post.url_with_password)
        await put()
        assert await deliver() == 0

    assert "offers no encryption" in (await rows())[0]["problem"]
    assert post.letters == []


async def test_a_wrong_password_makes_mails_wait(sends_by: Callable[[str], None]) -> None:
    with Post(sign_in=True) as post:
        sends_by(post.url_with_password.replace(USER, "another"))
        await put()
        assert await deliver() == 0

    [row] = await rows()
    assert row["problem"].startswith("535")
    assert row["given_up_at"] is None


async def test_smtps_is_encrypted_from_the_first_byte(
    sends_by: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = certificate(tmp_path)
    with Post(tls=server, implicit=True) as post:
        sends_by(post.url)
        await put()
        assert await deliver() == 0

        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(authority))
        with clock.at(clock.now() + timedelta(minutes=2)):
            assert await deliver() == 1

    assert post.encrypted == [True]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 587, False, "", "", "noreply@localhost")),
        ("smtps://mail.example", ("mail.example", 465, True, "", "", "noreply@localhost")),
        ("smtp://a%40b:c%2Fd@[::1]:25?from=x@y.example", ("::1", 25, False, "a@b", "c/d", "x@y.example")),
    ],
)
def test_an_address_of_a_mail_server(url: str, expected: tuple[Any, ...]) -> None:
    server = smtp.server_of(url)

    assert (server.host, server.port, server.implicit, server.user, server.password, server.sender) == expected


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://x:y", "smtp://x?from=a,b@c", "smtp://[x"]
)
def test_what_is_no_mail_server_is_told(url: str) -> None:
    with pytest.raises(InvalidSetting, match="VILLAGE_SMTP_URL"):
        smtp.server_of(url)
