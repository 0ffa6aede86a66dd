"""How often and how many at once a host is asked, in one process and in several."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from app.feeds import failures
from app.feeds.failures import TryLater
from app.kit.http import BadStatus, Busy, Fetched, FetchError, Http, Reset, Resting, TooSlow
from app.kit.http.hosts import PLACES, Breaker, Places
from app.settings import settings
from tests.origin import Origin


@pytest.fixture(name="origin")
def _origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


def patiently(origin: Origin, path: str, **options: Any) -> tuple[Fetched | FetchError, list[float]]:
    """Fetch as a background job does, and how long it would have slept between its attempts."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def run() -> Fetched | FetchError:
        async with Http(private_hosts=frozenset({origin.host}), sleep=sleep, **options) as http:
            try:
                return await http.get(origin.url(path))
            except FetchError as error:
                return error

    return asyncio.run(run()), slept


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_passing_trouble_is_waited_out(origin: Origin, status: int) -> None:
    origin.status("/bad", status)
    origin.file("/good", b"here")
    origin.in_turn("/feed", "/bad", "/bad", "/bad", "/good")

    found, slept = patiently(origin, "/feed")

    assert isinstance(found, Fetched)
    assert found.body == b"here"
    assert [10 <= slept[0] <= 12, 30 <= slept[1] <= 36, 90 <= slept[2] <= 108] == [True, True, True]


def test_after_three_pauses_it_gives_up(origin: Origin) -> None:
    origin.reset("/feed")

    found, slept = patiently(origin, "/feed")

    assert isinstance(found, Reset)
    assert (len(slept), len(origin.asked)) == (3, 4)


@pytest.mark.parametrize("status", [400, 404, 410, 500, 501])
def test_what_will_not_pass_is_not_tried_again(origin: Origin, status: int) -> None:
    origin.status("/feed", status)

    found, slept = patiently(origin, "/feed")

    assert isinstance(found, BadStatus)
    assert (slept, len(origin.asked)) == ([], 1)


def test_a_short_retry_after_is_kept_and_a_long_one_left_to_the_schedule(origin: Origin) -> None:
    origin.status("/short", 503, retry_after="60")
    origin.status("/long", 503, retry_after="7200")

    _, short = patiently(origin, "/short")
    found, long = patiently(origin, "/long")

    assert [seconds >= 60 for seconds in short] == [True, True, True]
    assert long == []
    assert isinstance(found, BadStatus)
    assert found.retry_after == 7_200


def test_whoever_waits_is_told_at_once(origin: Origin) -> None:
    async def never(_: float) -> None:
        raise AssertionError("nobody sleeps while a person waits")

    async def run() -> None:
        async with Http(private_hosts=frozenset({origin.host}), sleep=never) as http:
            await http.impatient().get(origin.url("/feed"))

    origin.status("/feed", 503)

    with pytest.raises(BadStatus):
        asyncio.run(run())
    assert len(origin.asked) == 1


def test_a_host_that_fails_again_and_again_is_left_alone_for_a_while(origin: Origin) -> None:
    async def run() -> list[type[FetchError] | None]:
        breaker = Breaker(failures=3, rest_seconds=0.3)
        seen: list[type[FetchError] | None] = []
        async with Http(private_hosts=frozenset({origin.host}), breaker=breaker) as http:
            for path in ["/broken"] * 4 + ["wait", "/good", "/good"]:
                if path == "wait":
                    await asyncio.sleep(0.35)
                    continue
                try:
                    await http.impatient().get(origin.url(path))
                    seen.append(None)
                except FetchError as error:
                    seen.append(type(error))
        return seen

    origin.reset("/broken")
    origin.file("/good", b"back")

    # Each fetch is tried twice: the third failure comes within the second one.
    assert asyncio.run(run()) == [Reset, Resting, Resting, Resting, None, None]
    assert len(origin.asked) == 5


def test_the_first_one_after_the_rest_goes_alone() -> None:
    breaker = Breaker(failures=1, rest_seconds=0.1)
    breaker.failed("town.example:80")
    with pytest.raises(Resting):
        breaker.check("town.example:80")
    asyncio.run(asyncio.sleep(0.12))

    breaker.check("town.example:80")
    with pytest.raises(Resting) as resting:
        breaker.check("town.example:80")
    breaker.worked("town.example:80")
    breaker.check("town.example:80")

    found = failures.of(resting.value)
    assert isinstance(found, TryLater)
    assert found.after == resting.value.retry_after == 1


def test_a_rest_doubles_up_to_an_hour() -> None:
    breaker = Breaker(failures=2)
    rests = []
    for _ in range(12):
        breaker.failed("town.example:80")
        try:
            breaker.check("town.example:80")
        except Resting as error:
            rests.append(error.retry_after)

    assert rests == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600, 3_600]


def test_an_answer_of_any_kind_is_no_failure_of_the_host(origin: Origin) -> None:
    async def run() -> None:
        async with Http(private_hosts=frozenset({origin.host}), breaker=Breaker(failures=1)) as http:
            for path in ("/missing", "/slow", "/missing"):
                with pytest.raises((BadStatus, TooSlow)):
                    await http.impatient().get(origin.url(path), total_seconds=0.2)

    origin.drip("/slow")
    asyncio.run(run())
    assert len(origin.asked) == 3


async def most_at_once(*places: Places, host: str, visits: int, limit: int = PLACES) -> int:
    now = most = 0

    async def visit(number: int) -> None:
        nonlocal now, most
        async with places[number % len(places)].at(host, limit, 20):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.002)
            now -= 1

    await asyncio.gather(*(visit(number) for number in range(visits)))
    return most


def test_a_process_takes_two_places_at_a_host() -> None:
    assert asyncio.run(most_at_once(Places(), host="town.example", visits=30)) == PLACES == 2


def test_the_fetcher_keeps_to_its_places(origin: Origin) -> None:
    async def run() -> None:
        async with Http(private_hosts=frozenset({origin.host})) as http:
            await asyncio.gather(*(http.impatient().get(origin.url("/feed"), total_seconds=5) for _ in range(40)))

    async def slowly(*_: object) -> None:
        await asyncio.sleep(0.02)
        await answer(*_)

    origin.file("/feed", b"x")
    answer: Callable[..., Awaitable[None]] = origin._routes["/feed"]
    origin.route("/feed", slowly)
    asyncio.run(run())

    assert 2 < origin.most_under_way <= 16


def test_who_finds_no_place_in_time_comes_back_later() -> None:
    async def run() -> None:
        places = Places()
        async with places.at("town.example", 1, 1):
            async with places.at("other.example", 1, 1):
                pass
            async with places.at("town.example", 1, 0.15):
                pass

    with pytest.raises(Busy) as busy:
        asyncio.run(run())
    assert isinstance(failures.of(busy.value), TryLater)


def test_a_place_is_free_again_after_a_failure_or_a_cancelled_visit() -> None:
    async def run() -> int:
        places = Places()
        for _ in range(5):
            with pytest.raises(ValueError, match="broken"):
                async with places.at("town.example", 1, 1):
                    raise ValueError("broken")
        async with places.at("town.example", 1, 1):
            waiting = asyncio.create_task(places.at("town.example", 1, 9).__aenter__())
            await asyncio.sleep(0.01)
            waiting.cancel()
        return await most_at_once(places, host="town.example", visits=4, limit=1)

    assert asyncio.run(run()) == 1


needs_redis = pytest.mark.skipif(not settings().redis_url, reason="no Redis or Valkey here")


@needs_redis
def test_all_processes_share_the_places_of_a_host() -> None:
    async def run() -> tuple[int, int]:
        clients = [Redis.from_url(settings().redis_url) for _ in range(3)]
        places = [Places(client) for client in clients]
        most = await most_at_once(*places, host="shared.example", visits=30)
        for one in places:
            await one.aclose()
        left = await clients[0].zcard("http:places:shared.example")
        for client in clients:
            await client.aclose()
        return most, left

    assert asyncio.run(run()) == (2, 0)


@needs_redis
def test_a_place_lingers_for_the_next_visit_and_is_then_given_back() -> None:
    async def run() -> tuple[int, int]:
        client = Redis.from_url(settings().redis_url)
        places = Places(client)
        async with places.at("linger.example", 2, 1):
            pass
        soon = await client.zcard("http:places:linger.example")
        await asyncio.sleep(0.35)
        later = await client.zcard("http:places:linger.example")
        await client.aclose()
        return soon, later

    assert asyncio.run(run()) == (1, 0)


def test_without_redis_in_reach_a_process_counts_alone() -> None:
    async def run() -> int:
        client = Redis.from_url("redis://127.0.0.1:9/0")
        most = await most_at_once(Places(client), host="town.example", visits=6)
        await client.aclose()
        return most

    assert asyncio.run(run()) == 2
