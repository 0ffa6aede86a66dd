"""What is put into the outbox: together with its cause, once, sealed, and only where a mail may go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.identity import outbox
from app.kit import clock
from app.notify.mail import deliver, forget_old
from app.tenancy import control, control_transaction
from tests.notify.post import Post

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RESET = {"link": "http://localhost:8000/identity/reset?token=open-sesame"}


async def rows() -> list[dict[str, Any]]:
    async with control() as connection:
        return [dict(row) for row in await connection.fetch("SELECT * FROM mail ORDER BY id")]


async def put(*told: Any, **more: Any) -> bool:
    async with control_transaction(), control() as connection:
        return await outbox.put(connection, *told, **more)


async def test_a_mail_leaves_with_what_it_tells_of_or_not_at_all(post: Post) -> None:
    async def register_and_fail() -> None:
        async with control_transaction(), control() as connection:
            assert await outbox.put(connection, "eva@example.org", "reset", context=RESET)
            raise RuntimeError("the account could not be written")

    with pytest.raises(RuntimeError):
        await register_and_fail()

    assert await deliver() == 0
    assert post.letters == []


async def test_links_are_not_readable_in_the_database() -> None:
    await put("eva@example.org", "reset", context=RESET)

    [row] = await rows()
    assert "open-sesame" not in str(row)
    assert outbox.opened(row["content"]) == RESET


async def test_the_same_is_told_once() -> None:
    told = {"town": "Bad Belzig", "feed": "Rathaus", "link": "http://x", "problem": "weg"}

    first = await put("eva@example.org", "feed-down", context=told, dedupe="feed-down bad-belzig 7 eva")
    second = await put("eva@example.org", "feed-down", context=told, dedupe="feed-down bad-belzig 7 eva")

    assert (first, second, len(await rows())) == (True, False, 1)


async def test_a_stranger_fills_nobodys_letter_box() -> None:
    with clock.at(NOON):
        spelt = ["eva@example.org", "Eva@example.org"] * 4
        put_in = [await put(recipient, "reset", context=RESET) for recipient in spelt]
        another = await put("ole@example.org", "reset", context=RESET)
    with clock.at(NOON + timedelta(minutes=61)):
        later = await put("eva@example.org", "reset", context=RESET)

    assert put_in == [True] * outbox.MOST_AN_HOUR + [False] * 3
    assert another
    assert later


@pytest.mark.parametrize(
    "recipient",
    [
        "eva@example.org\r\nBcc: all@example.org",
        "eva@example.org\nX: y",
        "eva@example.org, ole@example.org",
        "Eva <eva@example.org>",
        "eva@@example.org",
        "eva",
        "@example.org",
        "eva@example.org\u2028Bcc: x",
        "eva @example.org",
        "e" * 250 + "@example.org",
    ],
)
async def test_an_address_is_one_address(recipient: str) -> None:
    with pytest.raises(outbox.NotAnAddress):
        await put(recipient, "reset", context=RESET)

    assert await rows() == []


async def test_a_mail_that_no_text_exists_for_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no mail 'love-letter'"):
        await put("eva@example.org", "love-letter")
    with pytest.raises(ValueError, match="no mail 'reset'"):
        await put("eva@example.org", "reset")


async def test_after_a_month_nothing_is_remembered() -> None:
    with clock.at(NOON):
        await put("eva@example.org", "reset", context=RESET)
    with clock.at(NOON + timedelta(days=20)):
        await put("ole@example.org", "reset", context=RESET)

    with clock.at(NOON + timedelta(days=31)):
        await forget_old()

    assert [row["recipient"] for row in await rows()] == ["ole@example.org"]
