"""Growing delays: nobody gets round them by many addresses, many requests at once or an account of their own."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.identity import limits
from app.identity.limits import ACCOUNT, ADDRESS, Rule, TooMany
from app.kit import clock
from app.tenancy import signals
from tests.identity.letters import somebody

BEGIN = datetime(2026, 11, 22, 12, tzinfo=UTC)


async def wait_after(tries: int, rule: Rule, who: str) -> int:
    """The wait in seconds after so many tries, each as soon as it was possible."""
    moment = BEGIN
    done = 0
    while True:
        with clock.at(moment):
            try:
                await limits.attempt(("test", who, rule))
                done += 1
            except TooMany as error:
                if done == tries:
                    return error.retry_after
                moment += timedelta(seconds=error.retry_after)


async def test_delays_grow() -> None:
    slow = Rule(free=5, first=2, longest=900, drain=10**7)

    waits = [await wait_after(tries, slow, somebody()) for tries in (5, 6, 7, 8, 13, 20)]

    assert waits == [2, 4, 8, 16, 512, 900]


async def test_guessing_an_account_stays_slow_and_fades() -> None:
    who = somebody()

    assert await wait_after(40, ACCOUNT, who) == 900
    with clock.at(BEGIN + timedelta(days=2)):
        for _ in range(4):
            await limits.attempt(("test", who, ACCOUNT))
        await limits.attempt(("test", who, ACCOUNT))
        with pytest.raises(TooMany) as refused:
            await limits.attempt(("test", who, ACCOUNT))
        assert refused.value.retry_after == 2
        assert str(refused.value) == "Too many attempts. Please wait 2 seconds and try again."


async def test_a_thousand_tries_at_once_are_counted_before_they_are_judged() -> None:
    who = somebody()

    tries = [limits.attempt(("test", who, ACCOUNT)) for _ in range(200)]
    answers = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(answer is None for answer in answers) == 5
    assert sum(isinstance(answer, TooMany) for answer in answers) == 195


async def test_many_addresses_slow_the_account_down() -> None:
    who = somebody()

    passed = 0
    for number in range(50):
        try:
            await limits.attempt(("test", who, ACCOUNT), ("test-from", f"198.51.100.{number}", ADDRESS))
            passed += 1
        except TooMany:
            continue

    assert passed == 5


async def test_a_success_of_one_s_own_doesn_t_clean_the_address() -> None:
    place, moment, waits = f"test {somebody()}", BEGIN, 0

    for number in range(80):
        with clock.at(moment):
            try:
                await limits.attempt(("test-from", place, ADDRESS))
            except TooMany as error:
                waits += 1
                moment += timedelta(seconds=error.retry_after)
                continue
            if number % 2:
                await limits.give_back("test-from", place)
    for _ in range(60):
        with clock.at(moment):
            try:
                await limits.attempt(("test-from", place, ADDRESS))
            except TooMany as error:
                waits += 1
                moment += timedelta(seconds=error.retry_after)

    assert waits >= 10


async def test_a_success_clears_the_account() -> None:
    who = somebody()
    with clock.at(BEGIN):
        for _ in range(5):
            await limits.attempt(("test", who, ACCOUNT))
        await limits.clear("test", who)
        for _ in range(5):
            await limits.attempt(("test", who, ACCOUNT))
        with pytest.raises(TooMany):
            await limits.attempt(("test", who, ACCOUNT))


async def test_what_is_kept_names_nobody_and_goes_away() -> None:
    who = somebody("frieda")
    await limits.attempt(("test-kept", who, ACCOUNT))

    client = signals.speaker()
    keys = [key async for key in client.scan_iter("identity:limit:test-kept:*")]

    assert len(keys) == 1
    assert b"frieda" not in keys[0]
    assert b"frieda" not in str(await client.hgetall(keys[0])).encode()
    assert 0 < await client.ttl(keys[0]) <= 2 * ACCOUNT.drain


async def test_a_visitor_s_forms_are_counted() -> None:
    with clock.at(BEGIN):
        for _ in range(limits.VISIT.free):
            await limits.visit("test", "203.0.113.9")
        with pytest.raises(TooMany):
            await limits.visit("test", "::ffff:203.0.113.9")
        await limits.visit("other", "203.0.113.9")


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_a_household_is_one_address(address: str, known_as: str) -> None:
    assert limits.network(address) == known_as
