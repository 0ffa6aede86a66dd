"""The record: what was done stays, what was rolled back was not done, and no name gets in."""

import contextlib
from collections.abc import Iterator

import asyncpg
import pytest

from app.identity import audit
from app.identity.person import Person, set_person
from app.tenancy import control, control_transaction, tenant, transaction
from tests import cast, loop
from tests.village import Village

A, B = "bad-belzig", "wiesenburg-mark"


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


async def actions(slug: str, mark: str) -> list[str]:
    return [one.action for one in await audit.entries(slug, target=mark)]


class _UndoError(Exception):
    """Rolls back."""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'nothing'",
        "UPDATE audit SET detail = '{}' WHERE id = 1",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "DROP TABLE audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
    ],
)
async def test_the_runtime_login_can_not_tidy_up_the_record(statement: str) -> None:
    await audit.record("test.kept", tenant=A, target="kept")

    async with control() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)

    assert "test.kept" in await actions(A, "kept")


async def test_a_village_may_not_read_the_record_of_the_platform() -> None:
    async with tenant(A) as scope:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await scope.fetch("SELECT * FROM shared.audit")


async def test_it_belongs_to_the_village_and_to_whoever_did_it() -> None:
    eva = await cast.person("eva")
    set_person(Person(account_id=eva.id, sub=eva.account.sub, name="Eva", email="eva@example.org"))
    try:
        async with tenant(A):
            await audit.record("test.done", target=f"article:{eva.account.sub}", detail={"fields": ["title"]})
    finally:
        set_person(None)

    [entry] = await audit.entries(A, target=f"article:{eva.account.sub}")

    assert (entry.actor, entry.actor_name, entry.detail) == (eva.account.sub, "Eva", {"fields": ["title"]})
    assert await audit.entries(B, target=f"article:{eva.account.sub}") == []
    assert await audit.entries("", target=f"article:{eva.account.sub}") == []


async def test_what_was_rolled_back_in_a_village_was_not_done() -> None:
    with contextlib.suppress(_UndoError):
        async with tenant(A), transaction():
            await audit.record("test.undone", target="undone")
            raise _UndoError
    async with tenant(A), transaction():
        await audit.record("test.done", target="done")
        assert await actions(A, "done") == []

    assert await actions(A, "undone") == []
    assert await actions(A, "done") == ["test.done"]


async def test_what_was_rolled_back_on_the_platform_was_not_done() -> None:
    with contextlib.suppress(_UndoError):
        async with tenant(A), transaction(), control_transaction():
            await audit.record("test.undone", target="undone-there")
            raise _UndoError

    assert await actions(A, "undone-there") == []


async def test_addresses_and_long_texts_do_not_get_in() -> None:
    detail = {"to": "eva@example.org", "deep": [{"cc": ("otto@example.org",)}], "long": "x" * 5000, "number": 3}

    await audit.record("test.scrubbed", tenant=A, target="mail to eva@example.org", detail=detail)

    [entry] = [one for one in await audit.entries(A, limit=1) if one.action == "test.scrubbed"]
    assert entry.target == "mail to …"
    assert entry.detail == {"to": "…", "deep": [{"cc": ["…"]}], "long": "x" * 200, "number": 3}


async def test_it_is_read_page_by_page_newest_first() -> None:
    for number in range(5):
        await audit.record(f"test.{number}", tenant=B, target="paged")

    first = await audit.entries(B, limit=2, target="paged")
    then = await audit.entries(B, limit=2, before=first[-1].id, target="paged")

    assert [one.action for one in (*first, *then)] == ["test.4", "test.3", "test.2", "test.1"]
