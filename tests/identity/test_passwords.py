"""Passwords: what is too weak, and that checking takes as long whatever the reason is."""

import asyncio
import statistics
import time
import unicodedata

import pytest

from app.identity import passwords
from app.kit.errors import Unavailable

GOOD = "sieben Störche am Teich"


async def test_a_password_fits_its_hash_only() -> None:
    made = await passwords.hash_(GOOD)

    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert made != await passwords.hash_(GOOD)
    assert await passwords.verify(made, GOOD)
    # A keyboard may send the letter and its dots apart.
    assert await passwords.verify(made, unicodedata.normalize("NFD", GOOD))
    for wrong in ("", "sieben Störche am teich", GOOD + " ", GOOD + "\0", "\ud800", GOOD * 50_000):
        assert not await passwords.verify(made, wrong)
    assert not await passwords.verify("", "")
    assert not await passwords.verify("no hash", GOOD)
    assert not passwords.outdated(made)
    assert passwords.outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21l$RdescudvJCsgt3ub+b6dWRWJTmaaJObG")
    with pytest.raises(ValueError, match="1000"):
        await passwords.hash_("x" * 1001)


async def test_a_try_at_nobody_takes_as_long() -> None:
    made = await passwords.hash_(GOOD)

    async def median(password_hash: str, password: str) -> float:
        times = []
        for _ in range(7):
            started = time.perf_counter()
            await passwords.verify(password_hash, password)
            times.append(time.perf_counter() - started)
        return statistics.median(times)

    wrong = await median(made, "something else")
    others = [await median("", GOOD), await median("damaged", GOOD), await median(made, "x" * 1_000_000)]

    assert all(wrong / 3 < other < wrong * 3 for other in others), (wrong, others)


async def test_a_flood_is_turned_away() -> None:
    made = await passwords.hash_(GOOD)

    answers = await asyncio.gather(*(passwords.verify(made, GOOD) for _ in range(60)), return_exceptions=True)

    assert sum(answer is True for answer in answers) == 40
    assert sum(isinstance(answer, Unavailable) for answer in answers) == 20
    assert await passwords.verify(made, GOOD)


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "Gartenzaun im Mai",
        "correct horse battery",
        "kw9-Trm2-xQ7v",
        "7439208165",
        "αβγδ εζηθ ικλμ",
        "\N{SNOWMAN}\N{COMET}\N{UMBRELLA}\N{CLOUD}\N{ANCHOR} wetter",
    ],
)
def test_a_good_password_needs_no_signs(password: str) -> None:
    assert passwords.weakness(password, "ada.adler@post.example") == ""


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", passwords.TOO_SHORT),
        ("aB3$xY7!q", passwords.TOO_SHORT),
        ("x" * 1001, passwords.TOO_LONG),
        ("Passwort2026!", passwords.TOO_COMMON),
        ("p@ssw0rd_123", passwords.TOO_COMMON),
        ("123 Rathaus 123", passwords.TOO_COMMON),
        ("1234567890", passwords.TOO_COMMON),
        ("0987654321!", passwords.TOO_COMMON),
        ("qwertzuiopü", passwords.TOO_COMMON),
        ("aaaaaaaaaaaa", passwords.TOO_COMMON),
        ("tisch tisch tisch ", passwords.TOO_COMMON),
        ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11\uff12", passwords.TOO_COMMON),
        ("Ada.Adler!2026", passwords.TOO_PERSONAL),
        ("ada.adler@post.example", passwords.TOO_PERSONAL),
    ],
)
def test_a_weak_password_is_told_why(password: str, why: str) -> None:
    assert passwords.weakness(password, "ada.adler@post.example") == why
