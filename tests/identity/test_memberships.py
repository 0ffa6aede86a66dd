"""Roles in villages: given, taken, handed over, and the last owner stays."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from app.identity import audit, memberships
from app.identity.memberships import LastOwner, NotAMember
from app.identity.person import Person
from app.identity.rights import may, needs_factor
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.platform import towns
from app.tenancy import control, lifecycle
from tests import cast, loop
from tests.village import Village

A, B = "bad-belzig", "wiesenburg-mark"


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


async def member_id(account_id: int, slug: str) -> int:
    return next(one.id for one in await memberships.members(slug) if one.account_id == account_id)


async def test_a_role_counts_in_its_own_village_only() -> None:
    eva = await cast.person("eva", {A: ["editor"]})

    assert await memberships.roles_in(eva.id, A) == (frozenset({"editor"}), frozenset(), "")
    assert await memberships.roles_in(eva.id, B) == (frozenset(), frozenset(), "")
    assert await memberships.roles_in(eva.id, "") == (frozenset(), frozenset(), "")


async def test_a_provider_publishes_for_named_providers() -> None:
    ada = await cast.person("ada", {A: ["provider"]}, provider="coconat")
    await memberships.grant(ada.id, A, "provider", provider="stadtbibliothek")

    roles, providers, _ = await memberships.roles_in(ada.id, A)

    assert roles == {"provider"}
    assert providers == {"coconat", "stadtbibliothek"}


async def test_the_state_sees_one_area() -> None:
    sven = await cast.person("sven", {"": ["state"]})
    await memberships.grant(sven.id, "", "state", area="12069")

    assert await memberships.roles_in(sven.id, "") == (frozenset({"state"}), frozenset(), "12069")


async def test_granting_twice_is_granting_once() -> None:
    eva = await cast.person("eva")

    assert await memberships.grant(eva.id, A, "editor")
    assert not await memberships.grant(eva.id, A, "editor")
    assert [one.role for one in await memberships.members(A)] == ["editor"]


@pytest.mark.parametrize(
    ("slug", "role", "more"),
    [
        (A, "king", {}),
        (A, "operator", {}),
        ("", "owner", {}),
        (A, "provider", {}),
        (A, "provider", {"provider": "nobody-of-this-name"}),
        (A, "editor", {"provider": "coconat"}),
        ("", "state", {}),
        ("", "state", {"area": "99"}),
        ("", "state", {"area": "12%"}),
        ("", "operator", {"area": "12"}),
    ],
)
async def test_a_role_that_can_not_be_is_refused(slug: str, role: str, more: dict[str, str]) -> None:
    eva = await cast.person("eva")

    with pytest.raises(InvalidInput):
        await memberships.grant(eva.id, slug, role, **more)  # type: ignore[arg-type]

    assert await memberships.villages_of(eva.id) == []


async def test_nobody_and_nowhere_get_no_role() -> None:
    eva = await cast.person("eva")

    with pytest.raises(NotFound):
        await memberships.grant(987654321, A, "editor")
    with pytest.raises(NotFound):
        await memberships.grant(eva.id, "no-such-town", "editor")


async def test_the_last_owner_can_not_leave() -> None:
    olga = await cast.person("olga", {A: ["owner", "editor"], B: ["owner"]})
    id_ = await member_id(olga.id, A)

    with pytest.raises(LastOwner):
        await memberships.revoke(id_, A)
    with pytest.raises(LastOwner):
        await memberships.leave(olga.id, A)

    assert (await memberships.roles_in(olga.id, A))[0] == {"owner", "editor"}


async def test_an_owner_whose_account_is_closing_does_not_count() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    otto = await cast.person("otto", {A: ["owner"]})
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closing' WHERE id = $1", otto.id)

    with pytest.raises(LastOwner):
        await memberships.leave(olga.id, A)
    assert await memberships.roles_in(otto.id, A) == (frozenset(), frozenset(), "")


async def test_two_owners_who_leave_at_once_leave_one_behind() -> None:
    for _ in range(5):
        olga = await cast.person("olga", {A: ["owner"]})
        otto = await cast.person("otto", {A: ["owner"]})

        results = await asyncio.gather(
            memberships.leave(olga.id, A), memberships.leave(otto.id, A), return_exceptions=True
        )

        assert [type(one) for one in results if one is not None] == [LastOwner]
        assert len(await memberships.members(A)) == 1
        await cast.away()


async def test_an_owner_of_one_village_can_not_take_roles_in_another() -> None:
    eva = await cast.person("eva", {B: ["editor"]})
    id_ = await member_id(eva.id, B)

    with pytest.raises(NotAMember):
        await memberships.revoke(id_, A)

    assert (await memberships.roles_in(eva.id, B))[0] == {"editor"}


async def test_handing_over_makes_an_owner_and_an_editor() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    eva = await cast.person("eva", {A: ["moderator"]})

    await memberships.hand_over(A, giver=olga.id, membership_id=await member_id(eva.id, A))

    assert (await memberships.roles_in(olga.id, A))[0] == {"editor"}
    assert (await memberships.roles_in(eva.id, A))[0] == {"owner", "moderator"}


async def test_one_can_not_hand_over_to_oneself_or_without_owning() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    eva = await cast.person("eva", {A: ["editor"]})

    with pytest.raises(Conflict):
        await memberships.hand_over(A, giver=olga.id, membership_id=await member_id(olga.id, A))
    with pytest.raises(NotAMember):
        await memberships.hand_over(A, giver=eva.id, membership_id=await member_id(olga.id, A))

    assert (await memberships.roles_in(olga.id, A))[0] == {"owner"}


async def test_what_was_done_to_roles_is_recorded_without_names() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    eva = await cast.person("eva", {A: ["editor"]})
    await memberships.revoke(await member_id(eva.id, A), A)

    done = [one for one in await audit.entries(A) if one.target in (olga.account.sub, eva.account.sub)]

    assert [(one.action, one.detail) for one in done] == [
        ("members.revoked", {"role": "editor"}),
        ("members.granted", {"role": "editor"}),
        ("members.granted", {"role": "owner"}),
    ]
    assert "example.org" not in str(done)


async def test_a_village_that_goes_takes_its_roles_along() -> None:
    await towns.create("roles-gone", template="village", ags="12069665")
    eva = await cast.person("eva", {"roles-gone": ["owner"], A: ["editor"]})

    await lifecycle.delete("roles-gone")
    await towns.create("roles-gone", template="village", ags="12069665")

    try:
        assert await memberships.members("roles-gone") == []
        assert [one.tenant for one in await memberships.villages_of(eva.id)] == [A]
    finally:
        await lifecycle.delete("roles-gone")


async def test_a_strong_role_sleeps_until_the_sign_in_was_strong() -> None:
    weak = Person(account_id=1, sub="s", name="", email="", roles=frozenset({"owner", "provider"}))
    strong = Person(account_id=1, sub="s", name="", email="", roles=frozenset({"owner", "provider"}), strong=True)

    assert weak.roles == {"provider"}
    assert (may(weak, "news.write"), needs_factor(weak, "news.write")) == (True, False)
    assert (may(weak, "members.write"), needs_factor(weak, "members.write")) == (False, True)
    assert may(strong, "members.write")
    assert not may(None, "news.write")
    with pytest.raises(KeyError):
        may(strong, "nobody.declared.this")


async def test_the_database_itself_refuses_a_role_on_the_wrong_floor() -> None:
    eva = await cast.person("eva")

    async with control() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "INSERT INTO membership (account_id, tenant, role) VALUES ($1, $2, 'operator')", eva.id, A
            )
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await connection.execute(
                "INSERT INTO membership (account_id, tenant, role) VALUES ($1, 'no-such-town', 'owner')", eva.id
            )
