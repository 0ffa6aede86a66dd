"""Signing keys change by themselves, and nobody's token fails because of it."""

import asyncio
from datetime import timedelta

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from app.identity.provider import keys
from app.kit import clock
from app.tenancy import control
from tests.village import Village


def signed(key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256"}, {"sub": "ada"}, KeySet([key]))


async def kids() -> set[str]:
    return {one["kid"] for one in (await keys.jwks())["keys"]}


async def fresh(platform: Village) -> None:
    """Begin without any key, as a new deployment does."""
    platform.edge.cache.empty("/")
    async with control() as connection:
        await connection.execute("DELETE FROM oidc_key")
    keys._kept.__init__()  # type: ignore[misc] # as a new process


async def test_a_key_is_published_before_it_signs_and_verifies_after(platform: Village) -> None:
    await fresh(platform)
    start = clock.now()
    first = await keys.signing()
    token = signed(first)

    with clock.at(start + keys.SIGNS - keys.AHEAD + timedelta(minutes=1)):
        still = await keys.signing()
        ahead = await kids()
    with clock.at(start + keys.SIGNS + timedelta(minutes=1)):
        second = await keys.signing()
        both = await kids()
        old_token = await keys.read(token)
    with clock.at(start + keys.SIGNS + keys.VERIFIES_AFTER + timedelta(minutes=1)):
        later = await kids()
        too_old = await keys.read(token)
        as_hint = await keys.read(token, ended_too=True)

    assert still.kid == first.kid
    assert ahead == {first.kid, second.kid}
    assert second.kid != first.kid
    assert both == {first.kid, second.kid}
    assert old_token is not None
    assert later == {second.kid}
    assert too_old is None
    assert as_hint is not None


async def test_processes_that_start_at_once_agree_on_one_key(platform: Village) -> None:
    await fresh(platform)

    made = await asyncio.gather(*(keys.signing() for _ in range(6)))

    assert len({one.kid for one in made}) == 1
    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM oidc_key") == 1


async def test_a_pause_of_months_is_survived(platform: Village) -> None:
    await fresh(platform)
    first = await keys.signing()

    with clock.at(clock.now() + timedelta(days=200)):
        second = await keys.signing()
        known = await kids()

    assert second.kid != first.kid
    assert known == {second.kid}


async def test_only_public_halves_leave_and_private_ones_lie_sealed(platform: Village) -> None:
    key = await keys.signing()

    published = (await platform.json("/identity/jwks"))["keys"]

    assert all(not {"d", "p", "q", "dp", "dq", "qi"} & one.keys() for one in published)
    assert all(one["alg"] == "RS256" and one["use"] == "sig" and one["kid"] for one in published)
    async with control() as connection:
        kept = await connection.fetchval("SELECT private_jwk FROM oidc_key WHERE kid = $1", key.kid)
    assert str(key.as_dict(private=True)["d"]) not in kept
    assert "kty" not in kept
