"""What a person may demand: the whole copy, and to be forgotten everywhere after a time to think."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from app.identity import audit, copy_words, invitations, memberships, outbox, privacy, sessions
from app.identity.accounts import by_id
from app.identity.privacy import OwnsAlone
from app.kit import clock, i18n
from app.kit.errors import NotFound
from app.tenancy import control, personal, tenant, transaction
from tests import cast, loop
from tests.village import Village

A, B = "bad-belzig", "wiesenburg-mark"
PARTS_ELSEWHERE = {"oidc_code", "audit"}
"""Tables about accounts that need no part of their own: codes live for a minute, the record is told as `record`."""


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


@pytest.fixture
def picture(belzig: Village) -> Iterator[str]:
    """A table of a village that knows people both ways; gives its name."""

    async def make() -> None:
        async with tenant(A) as scope, transaction():
            await scope.fetch(
                "CREATE TABLE wish (id bigint PRIMARY KEY, account_sub text NOT NULL, answered_by text NOT NULL"
                " DEFAULT '', title text NOT NULL)"
            )

    async def drop() -> None:
        async with tenant(A) as scope, transaction():
            await scope.fetch("DROP TABLE wish")

    loop.run(make())
    yield "wish"
    loop.run(drop())


async def wishes() -> list[tuple[str, str, str]]:
    async with tenant(A) as scope:
        rows = await scope.fetch("SELECT account_sub, answered_by, title FROM wish ORDER BY id")
    return [(row["account_sub"], row["answered_by"], row["title"]) for row in rows]


async def wish(number: int, sub: str, answered_by: str, title: str) -> None:
    async with tenant(A) as scope, transaction():
        await scope.fetch("INSERT INTO wish VALUES ($1, $2, $3, $4)", [number, sub, answered_by, title])


async def after_grace(account_id: int) -> int:
    await privacy.close(account_id)
    with clock.at(clock.now() + privacy.GRACE + timedelta(minutes=1)):
        return await privacy.erase_due()


async def test_the_copy_holds_everything_from_all_villages(belzig: Village, picture: str) -> None:
    player = await cast.person("eva", {A: ["editor"], B: ["moderator"]})
    await player.at(belzig)
    await invitations.invite(B, "eva@example.org", "editor")
    await wish(1, player.account.sub, "", "A bench at the station")
    await wish(2, "another", player.account.sub, "A secret of somebody else")

    copy = await privacy.copy_of(player.id)
    told = msgspec.json.decode(copy.as_json())

    assert told["platform"]["account"][0]["email"] == "eva@example.org"
    assert {(one["village"], one["role"]) for one in told["platform"]["roles"]} == {(A, "editor"), (B, "moderator")}
    assert told["platform"]["sessions"][0]["host"] == "bad-belzig.localhost"
    assert told["platform"]["invitations"][0]["village"] == B
    assert told["platform"]["mails"][0]["kind"] == "invitation"
    assert {one["action"] for one in told["platform"]["record"]} >= {"members.granted"}
    assert told["villages"][A]["wish"] == [
        {"id": 1, "account_sub": player.account.sub, "answered_by": "", "title": "A bench at the station"},
        {"id": 2, "title": "A secret of somebody else", "answered_by": player.account.sub},
    ]
    assert B not in told["villages"]


async def test_the_copy_has_no_secret_in_it(belzig: Village) -> None:
    player = await cast.person("eva")
    visitor = await player.at(belzig)

    text = (await privacy.copy_of(player.id)).as_json().decode()

    for secret_ in (visitor.session.csrf, visitor.session.id_hash, visitor.session.sid, visitor.cookie):
        assert secret_ not in text
    assert "password_hash" not in text


async def test_no_table_about_accounts_is_forgotten(platform: Village) -> None:
    async with control() as connection:
        rows = await connection.fetch(
            "SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'account'::regclass"
        )
    there = {row["name"].rpartition(".")[2] for row in rows} - PARTS_ELSEWHERE

    missing = {name for name in there if not any(f"FROM {name}" in question for question in privacy._TOLD.values())}

    assert len(there) >= 7
    assert not missing


async def test_the_copy_is_told_in_words(platform: Village) -> None:
    player = await cast.person("eva", {A: ["editor"]})
    copy = await privacy.copy_of(player.id)

    with i18n.reading_in("de"):
        told = {part.title: part.entries for part in copy_words.sections(copy, ZoneInfo("Europe/Berlin"))}

    assert ("E-Mail-Adresse", "eva@example.org") in told["Ihr Konto"][0]
    assert ("Dorf", A) in told["Ihre Rollen"][0]
    assert told["E-Mails an Sie"] == []
    assert set(copy.platform) == set(copy_words.SECTIONS)
    assert {key for rows in copy.platform.values() for row in rows for key in row} <= set(copy_words.LABELS)


async def test_closing_signs_out_everywhere_and_can_be_undone(belzig: Village, wiesenburg: Village) -> None:
    player = await cast.person("eva", {A: ["editor"]})
    here, there = await player.at(belzig), await player.at(wiesenburg)

    closes_at = await privacy.close(player.id)
    again = await privacy.close(player.id)

    assert closes_at == again
    assert await sessions.listing(player.id) == []
    for visitor in (here, there):
        assert (await visitor.get("/manage/membership")).status_code == 303
    assert await memberships.roles_in(player.id, A) == (frozenset(), frozenset(), "")
    [(to, kind, content)] = await cast.mails()
    assert (to, kind, content["closes_on"]) == ("eva@example.org", "account-closing", closes_at.date().isoformat())

    await privacy.reopen(player.id)

    assert (await memberships.roles_in(player.id, A))[0] == {"editor"}
    with clock.at(clock.now() + privacy.GRACE * 2):
        assert await privacy.erase_due() == 0


async def test_nobody_is_erased_before_the_time_is_over(platform: Village) -> None:
    player = await cast.person("eva")
    await privacy.close(player.id)

    with clock.at(clock.now() + privacy.GRACE - timedelta(minutes=1)):
        assert await privacy.erase_due() == 0
        assert not await privacy.erase(player.id)

    assert await by_id(player.id) is not None


async def test_it_is_too_late_to_reopen_after_the_time(platform: Village) -> None:
    player = await cast.person("eva")
    await privacy.close(player.id)

    with clock.at(clock.now() + privacy.GRACE), pytest.raises(NotFound):
        await privacy.reopen(player.id)


async def test_an_erased_person_is_nowhere_any_more(belzig: Village, picture: str) -> None:
    player = await cast.person("eva", {A: ["editor"]})
    other = await cast.person("otto", {A: ["owner"]})
    sub = player.account.sub
    await invitations.invite(B, "eva@example.org", "editor")
    await wish(1, sub, "", "goes")
    await wish(2, other.account.sub, sub, "stays, unsigned")

    assert await after_grace(player.id) == 1

    assert await by_id(player.id) is None
    assert await wishes() == [(other.account.sub, "", "stays, unsigned")]
    async with control() as connection:
        tables = [
            row["name"]
            for row in await connection.fetch(
                "SELECT relname AS name FROM pg_class WHERE relnamespace = 'shared'::regnamespace AND relkind = 'r'"
            )
        ]
        found = {
            name
            for name in tables
            if await connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {name} t WHERE t::text ILIKE '%eva@example%')")
        }
        record = await connection.fetchval("SELECT count(*) FROM audit WHERE target = $1", sub)
    # The last mail is on its way; it is forgotten when it is old.
    assert found == {"mail"}
    assert [kind for _to, kind, _content in await cast.mails()] == ["account-closed"]
    assert record >= 3


async def test_the_record_names_nobody_after_the_erasure(platform: Village) -> None:
    player = await cast.person("eva")
    await audit.record("test.done", tenant=A, actor=player.account.sub, target="erasure")

    await after_grace(player.id)

    [entry] = await audit.entries(A, target="erasure")
    assert (entry.actor, entry.actor_name) == (player.account.sub, "")


async def test_the_only_owner_of_a_village_hands_over_first(platform: Village) -> None:
    olga = await cast.person("olga", {A: ["owner"]})

    with pytest.raises(OwnsAlone) as refused:
        await privacy.close(olga.id)

    assert "Bad Belzig" in str(refused.value)
    account = await by_id(olga.id)
    assert account is not None
    assert account.state == "active"
    assert await cast.mails() == []


async def test_two_owners_who_close_at_once_leave_one_behind(platform: Village) -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    otto = await cast.person("otto", {A: ["owner"]})

    done = await asyncio.gather(privacy.close(olga.id), privacy.close(otto.id), return_exceptions=True)

    assert sum(isinstance(one, OwnsAlone) for one in done) == 1


async def test_a_killed_erasure_goes_on_the_next_night(belzig: Village, picture: str) -> None:
    player = await cast.person("eva")
    await wish(1, player.account.sub, "", "goes")
    await privacy.close(player.id)
    async with tenant(A), transaction():
        await personal.erase(player.account.sub)

    with clock.at(clock.now() + privacy.GRACE + timedelta(minutes=1)):
        assert await privacy.erase_due() == 1
        assert await privacy.erase_due() == 0

    assert await wishes() == []


async def test_columns_that_know_people_are_found_by_their_names(belzig: Village, picture: str) -> None:
    async with tenant(A) as scope, scope.raw() as connection:
        found = {(one.table, one.column): one.own for one in await personal.traces(connection)}

    assert found[picture, "account_sub"]
    assert not found[picture, "answered_by"]
    assert not found["media", "uploaded_by"]


def test_a_mail_can_say_that_the_account_is_closed() -> None:
    assert {"account-closing", "account-closed"} <= set(outbox.KINDS)
