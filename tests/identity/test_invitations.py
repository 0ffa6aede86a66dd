"""Invitations by e-mail: once, in time, and for the invited address only; and the pages an owner sees."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.identity import accounts, invitations, memberships
from app.identity.address import BadAddress
from app.identity.invitations import AnotherAddress, NoInvitation
from app.kit import clock
from app.kit.errors import Conflict, InvalidInput, TooMany
from app.platform import towns
from app.tenancy import control, lifecycle
from tests import cast, loop
from tests.village import Village

A, B = "bad-belzig", "wiesenburg-mark"
EVA = "eva@example.org"
PAGE = "/manage/members"


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


async def link() -> str:
    """The link of the latest invitation."""
    return [content["link"] for _to, kind, content in await cast.mails() if kind == "invitation"][-1]


async def token() -> str:
    return parse_qs(urlsplit(await link()).query)["token"][0]


async def roles(account_id: int, slug: str = A) -> set[str]:
    return set((await memberships.roles_in(account_id, slug))[0])


async def test_whoever_owns_the_address_accepts() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    await invitations.invite(A, "Eva@Example.org", "editor", by=olga.id)
    eva = await cast.person("eva")

    await invitations.accept(await token(), A, eva.id)

    assert await roles(eva.id) == {"editor"}
    assert await invitations.pending(A) == []
    [(to, _kind, content)] = await cast.mails()
    assert to.lower() == EVA
    assert (content["town"], content["role"], content["inviter"]) == ("Bad Belzig", "editor", "Olga")
    assert content["link"].startswith("http://bad-belzig.localhost:8000/invitation?token=")


async def test_two_tabs_accept_once_and_both_say_so() -> None:
    await invitations.invite(A, EVA, "editor")
    eva, given = await cast.person("eva"), await token()

    await asyncio.gather(*(invitations.accept(given, A, eva.id) for _ in range(4)))

    assert [one.role for one in await memberships.members(A)] == ["editor"]


async def test_a_used_link_does_not_give_back_a_role_that_was_taken_away() -> None:
    await invitations.invite(A, EVA, "editor")
    eva, given = await cast.person("eva"), await token()
    await invitations.accept(given, A, eva.id)
    await memberships.leave(eva.id, A)

    with pytest.raises(NoInvitation):
        await invitations.accept(given, A, eva.id)

    assert await roles(eva.id) == set()


async def test_nobody_else_can_use_the_link() -> None:
    await invitations.invite(A, EVA, "owner")
    mallory, given = await cast.person("mallory"), await token()
    unconfirmed = await accounts.create("unconfirmed@example.org")

    for somebody in (mallory.id, unconfirmed.id):
        with pytest.raises(AnotherAddress):
            await invitations.accept(given, A, somebody)
    with pytest.raises(NoInvitation):
        await invitations.accept(given, B, (await cast.person("eva")).id)

    assert await memberships.members(A) == []


async def test_an_unconfirmed_account_of_the_address_gets_nothing() -> None:
    await invitations.invite(A, EVA, "editor")
    given = await token()
    eva = await accounts.create(EVA)

    with pytest.raises(AnotherAddress):
        await invitations.accept(given, A, eva.id)

    assert await roles(eva.id) == set()


async def test_it_expires_and_can_be_withdrawn() -> None:
    eva = await cast.person("eva")
    await invitations.invite(A, EVA, "editor")
    late = await token()
    with clock.at(clock.now() + invitations.VALID_FOR + timedelta(seconds=1)), pytest.raises(NoInvitation):
        await invitations.accept(late, A, eva.id)
    [open_one] = await invitations.pending(A)

    with pytest.raises(NoInvitation):
        await invitations.withdraw(open_one.handle, B)
    await invitations.withdraw(open_one.handle, A)

    with pytest.raises(NoInvitation):
        await invitations.accept(late, A, eva.id)
    with pytest.raises(NoInvitation):
        await invitations.accept(open_one.handle, A, eva.id)
    assert await roles(eva.id) == set()


async def test_inviting_again_makes_the_first_link_worthless() -> None:
    eva = await cast.person("eva")
    await invitations.invite(A, EVA, "editor")
    first = await token()
    await invitations.invite(A, EVA, "editor")

    with pytest.raises(NoInvitation):
        await invitations.accept(first, A, eva.id)
    await invitations.accept(await token(), A, eva.id)

    assert await roles(eva.id) == {"editor"}


async def test_whoever_has_the_role_is_not_invited_to_it() -> None:
    await cast.person("eva", {A: ["editor"]})

    with pytest.raises(Conflict):
        await invitations.invite(A, EVA, "editor")
    await invitations.invite(A, EVA, "moderator")

    assert len(await cast.mails()) == 1


@pytest.mark.parametrize("email", ["", "eva", "eva@", "eva@example.org\nBcc: all@example.org", "eva@exa mple.org"])
async def test_what_is_no_address_gets_no_mail(email: str) -> None:
    with pytest.raises(BadAddress):
        await invitations.invite(A, email, "editor")

    assert await cast.mails() == []


async def test_a_platform_role_is_not_given_by_invitation() -> None:
    with pytest.raises(InvalidInput):
        await invitations.invite(A, EVA, "operator")

    assert await cast.mails() == []


async def test_a_village_can_not_be_used_to_flood_others() -> None:
    olga = await cast.person("olga", {A: ["owner"]})
    for number in range(invitations.MOST_AN_HOUR):
        await invitations.invite(A, f"p{number}@example.org", "editor", by=olga.id)

    with pytest.raises(TooMany):
        await invitations.invite(A, EVA, "editor", by=olga.id)

    assert len(await cast.mails()) == invitations.MOST_AN_HOUR


async def test_a_new_village_invites_its_owner_once() -> None:
    await towns.create("with-owner", template="village", ags="12069665", owner="Olga@example.org")
    try:
        assert not await invitations.invite_first_owner("with-owner", "olga@example.org")
        olga = await cast.person("olga")
        await invitations.accept(await token(), "with-owner", olga.id)

        assert await roles(olga.id, "with-owner") == {"owner"}
        assert len(await cast.mails()) == 1
    finally:
        await lifecycle.delete("with-owner")


async def test_a_village_with_an_owner_nobody_can_reach_is_not_begun() -> None:
    with pytest.raises(BadAddress):
        await towns.create("no-owner", template="village", ags="12069665", owner="olga")

    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM tenant WHERE slug = 'no-owner'") == 0


async def test_an_owner_invites_on_the_page_and_the_invited_accepts_there(belzig: Village) -> None:
    olga = await (await cast.person("olga", {A: ["owner"]})).at(belzig)
    form = {"email": EVA, "role": "provider", "provider": "coconat"}

    sent = await olga.post(f"{PAGE}/invite", data=form)
    listed = await olga.get(PAGE)
    eva = await (await cast.person("eva")).at(belzig, strong=False)
    where = await link()
    shown = await eva.get(where)
    accepted = await eva.post("/invitation", data={"token": await token()})
    own = await eva.get(accepted.headers["location"])

    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    assert EVA in listed.text
    assert "Einladung annehmen" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert accepted.status_code == 303
    assert "Coconat" in own.text
    assert await roles(eva.session.account_id) == {"provider"}


async def test_a_link_shows_nobody_s_address(belzig: Village) -> None:
    await invitations.invite(A, EVA, "editor")
    mallory = await (await cast.person("mallory")).at(belzig)
    where = await link()

    strangers = await belzig.get(where)
    other = await mallory.get(where)
    refused = await mallory.post("/invitation", data={"token": await token()})

    assert strangers.status_code == other.status_code == 200
    assert "/sign-in?next=/invitation%3Ftoken%3D" in strangers.text
    assert "no-store" in strangers.headers["cache-control"]
    for page in (strangers, other, refused):
        assert EVA not in page.text
    assert refused.status_code == 403
    assert await memberships.members(A) == []


async def test_what_was_typed_is_kept_and_the_error_named(belzig: Village) -> None:
    olga = await (await cast.person("olga", {A: ["owner"]})).at(belzig)

    answer = await olga.post(f"{PAGE}/invite", data={"email": "eva(at)example.org", "role": "editor"})
    none = await olga.post(f"{PAGE}/invite", data={"email": EVA, "role": "king"})

    assert (answer.status_code, none.status_code) == (422, 422)
    assert 'value="eva(at)example.org"' in answer.text
    assert 'href="#f-email"' in answer.text
    assert 'href="#f-role"' in none.text
    assert await cast.mails() == []


async def test_the_last_owner_is_told_on_the_page(belzig: Village) -> None:
    player = await cast.person("olga", {A: ["owner"]})
    olga = await player.at(belzig)
    [member] = await memberships.members(A)

    revoked = await olga.post(f"{PAGE}/revoke", data={"membership": str(member.id)})
    left = await olga.post("/manage/membership/leave")

    assert (revoked.status_code, left.status_code) == (409, 409)
    assert await roles(player.id) == {"owner"}


async def test_an_owner_hands_over_and_loses_the_page_at_once(belzig: Village) -> None:
    player = await cast.person("olga", {A: ["owner"]})
    eva = await cast.person("eva", {A: ["editor"]})
    olga = await player.at(belzig)
    [id_] = [one.id for one in await memberships.members(A) if one.account_id == eva.id]

    done = await olga.post(f"{PAGE}/hand-over", data={"membership": str(id_)})
    after = await olga.get(PAGE)

    assert done.status_code == 303
    assert after.status_code == 403
    assert await roles(player.id) == {"editor"}
    assert await roles(eva.id) == {"owner", "editor"}


async def test_a_form_without_its_token_changes_nothing(belzig: Village, wiesenburg: Village) -> None:
    olga = await (await cast.person("olga", {A: ["owner"]})).at(belzig)
    form = {"email": EVA, "role": "editor"}

    without = await olga.post(f"{PAGE}/invite", data=form, headers={"x-csrf-token": ""})
    sister = await olga.post(f"{PAGE}/invite", data=form, headers={"origin": "http://wiesenburg-mark.localhost:8000"})

    assert (without.status_code, sister.status_code) == (403, 403)
    assert await cast.mails() == []
