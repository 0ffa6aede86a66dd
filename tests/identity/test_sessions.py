"""Sessions: found by their cookie on their host only, over when they are over, ended one by one or all at once."""

from datetime import timedelta

import pytest

from app.identity import memberships, secret, sessions
from app.identity.account import Account
from app.kit import clock
from app.tenancy import control
from tests.identity.relying import a_person
from tests.village import Village

HOST = "bad-belzig.localhost"


async def started(account: Account, **more: str) -> str:
    return await sessions.start(account_id=account.id, kind="village", host=HOST, sid=more.pop("sid", ""), **more)  # type: ignore[arg-type]


async def test_a_session_is_found_by_its_cookie(platform: Village) -> None:
    ada = await a_person()
    value = await sessions.start(
        account_id=ada.id, kind="village", host=HOST, sid="s", amr=("pwd", "otp"), device="Firefox, Linux"
    )

    session = await sessions.find(value, HOST)

    assert session is not None
    assert (session.account_id, session.sub, session.name, session.sid) == (ada.id, ada.sub, ada.name, "s")
    assert session.strong
    assert len(session.csrf) >= 43


async def test_the_database_does_not_know_the_cookie(platform: Village) -> None:
    value = await started(await a_person())

    async with control() as connection:
        rows = await connection.fetch("SELECT s::text AS told FROM session s")

    assert not any(value in row["told"] for row in rows)
    assert any(secret.hashed(value) in row["told"] for row in rows)


@pytest.mark.parametrize("host", ["wiesenburg-mark.localhost", "localhost", "", HOST.upper()])
async def test_a_session_holds_on_its_host_only(platform: Village, host: str) -> None:
    assert await sessions.find(await started(await a_person()), host) is None


@pytest.mark.parametrize("value", ["", "x", "ö" * 43, "a" * 1_000_000, "'; DROP TABLE session; --"])
async def test_a_made_up_cookie_finds_nothing(platform: Village, value: str) -> None:
    assert await sessions.find(value, HOST) is None


async def test_a_session_of_the_issuer_is_none_of_a_village(platform: Village) -> None:
    value = await started(await a_person())

    assert await sessions.find(value, HOST, kind="issuer") is None
    assert await sessions.find(value, HOST, kind="village") is not None


@pytest.mark.parametrize(("days", "holds"), [(29, True), (30, False)])
async def test_a_session_nobody_uses_ends(platform: Village, days: int, holds: bool) -> None:  # noqa: FBT001 - what is expected
    value = await started(await a_person())

    with clock.at(clock.now() + timedelta(days=days)):
        assert (await sessions.find(value, HOST) is not None) is holds


async def test_a_session_in_use_ends_after_ninety_days(platform: Village) -> None:
    value = await started(await a_person())
    began = clock.now()

    for days in range(20, 90, 20):
        with clock.at(began + timedelta(days=days)):
            assert await sessions.find(value, HOST) is not None
    with clock.at(began + timedelta(days=91)):
        assert await sessions.find(value, HOST) is None
        assert await sessions.purge() >= 1


async def test_whoever_may_do_much_is_signed_out_sooner(platform: Village) -> None:
    mayor = await a_person()
    await memberships.grant(mayor.id, "bad-belzig", "owner")
    value = await started(mayor)

    with clock.at(clock.now() + timedelta(hours=11)):
        assert await sessions.find(value, HOST) is not None
    with clock.at(clock.now() + timedelta(hours=24)):
        assert await sessions.find(value, HOST) is None


async def test_use_is_written_down_once_a_minute(platform: Village) -> None:
    value = await started(await a_person())
    began = clock.now()

    seen = []
    for seconds in (30, 70, 100):
        with clock.at(began + timedelta(seconds=seconds)):
            await sessions.find(value, HOST)
        async with control() as connection:
            row = await connection.fetchval("SELECT seen_at FROM session WHERE id_hash = $1", secret.hashed(value))
        seen.append(round((row - began).total_seconds()))

    assert seen == [0, 70, 70]


async def test_a_new_sign_in_ends_the_one_before_in_this_browser(platform: Village) -> None:
    ada = await a_person()
    before = await started(ada)

    after = await started(ada, replaces=before)

    assert after != before
    assert await sessions.find(before, HOST) is None
    assert await sessions.find(after, HOST) is not None


async def test_one_sign_out_ends_all_of_one_sign_in(platform: Village) -> None:
    ada = await a_person()
    sid = secret.token()
    here, there = await started(ada, sid=sid), await started(ada, sid=sid)
    foreign, other = await started(ada, sid=sid, issuer="https://other.example"), await started(ada)

    assert await sessions.end_sid(sid) == 2

    assert [await sessions.find(value, HOST) is None for value in (here, there, foreign, other)] == [
        True,
        True,
        False,
        False,
    ]


async def test_a_person_sees_and_ends_their_sessions(platform: Village) -> None:
    ada, bob = await a_person("Ada"), await a_person("Bob")
    mine, other, his = await started(ada), await started(ada), await started(bob)

    listed = await sessions.listing(ada.id)
    assert {session.id_hash for session in listed} == {secret.hashed(mine), secret.hashed(other)}

    assert await sessions.end_hash(secret.hashed(his), ada.id) is False
    assert await sessions.end_all(ada.id, but=secret.hashed(mine)) == 1
    assert await sessions.find(mine, HOST) is not None
    assert await sessions.find(other, HOST) is None
    assert await sessions.find(his, HOST) is not None


@pytest.mark.parametrize("state", ["closing", "closed"])
async def test_who_leaves_is_nobody_in_the_villages(platform: Village, state: str) -> None:
    ada = await a_person()
    value = await started(ada)

    async with control() as connection:
        await connection.execute("UPDATE account SET state = $2 WHERE id = $1", ada.id, state)

    assert await sessions.find(value, HOST) is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"__Host-session=abc", "abc"),
        (b"lang=de; __Host-session=abc; x=y", "abc"),
        (b"__Host-session=a=b", "a=b"),
        (b"", ""),
        (b"session=abc", ""),
        (b"__host-session=abc", ""),
        (b"__Host-session=abc; __Host-session=evil", ""),
        (b"\xc2\xa0__Host-session=evil", ""),
        (b"x=1; \x85__Host-session=evil", ""),
        (b"x=__Host-session=evil", ""),
        (b"$Version=1; __Host-sessionx=evil", ""),
    ],
)
def test_only_the_cookie_itself_counts(header: bytes, value: str) -> None:
    assert sessions.cookie_value(header) == value


def test_the_cookie_goes_to_this_host_only_and_to_no_script() -> None:
    assert sessions.cookie("v") == "__Host-session=v; Path=/; Max-Age=7776000; Secure; HttpOnly; SameSite=Lax"
    assert "Max-Age=0" in sessions.no_cookie()


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_device_has_a_name_that_people_know(agent: str, shown: str) -> None:
    assert sessions.device(agent) == shown
