"""ID tokens, logout tokens and bearer tokens of a foreign issuer: each wrong one is refused."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from app.identity.party import bearer, provider
from app.identity.party.errors import BadToken
from app.identity.provider.metadata import audience_of
from tests.identity.issuer import CLIENT, CURVE, OTHER, SHARED, Claims, Issuer
from tests.identity.steps import (
    begun,
    come_back,
    in_time,
    refused,
    with_,
    without,
)
from tests.village import Village

WRONG: tuple[tuple[str, Callable[[Claims], Claims], str], ...] = (
    ("another issuer", with_(iss="https://evil.example"), "iss"),
    ("a slash more", lambda claims: claims | {"iss": claims["iss"] + "/"}, "iss"),
    ("no issuer", without("iss"), "iss"),
    ("another audience", with_(aud="somebody else"), "aud"),
    ("no audience", without("aud"), "aud"),
    ("two audiences without azp", with_(aud=[CLIENT, "other"]), "azp"),
    ("another azp", with_(azp="other"), "azp"),
    ("another nonce", with_(nonce="of another sign-in"), "nonce"),
    ("no nonce", without("nonce"), "nonce"),
    ("a nonce that is a number", with_(nonce=1), "nonce"),
    ("no subject", without("sub"), "sub"),
    ("an empty subject", with_(sub=""), "sub"),
    ("an endless subject", with_(sub="x" * 256), "sub"),
    ("expired", in_time(exp=-61), "expired"),
    ("issued in the future", in_time(iat=120), "too-early"),
    ("not yet valid", in_time(nbf=120), "too-early"),
    ("no expiry", without("exp"), "token"),
    ("an expiry that is a text", with_(exp="never"), "token"),
    ("another access token", with_(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "hash"),
)


@pytest.mark.parametrize(("twist", "reason"), [one[1:] for one in WRONG], ids=[one[0] for one in WRONG])
async def test_a_wrong_claim_signs_nobody_in(
    platform: Village, issuer: Issuer, twist: Callable[[Claims], Claims], reason: str
) -> None:
    roamer = await begun(platform, issuer)
    issuer.twist = twist

    await come_back(roamer)

    await refused(roamer, reason)


@pytest.mark.parametrize("skew", [{"exp": -55}, {"iat": 55}, {"nbf": 55}])
async def test_a_clock_may_be_wrong_by_a_minute(platform: Village, issuer: Issuer, skew: dict[str, int]) -> None:
    roamer = await begun(platform, issuer)
    issuer.twist = in_time(**skew)

    assert await (await come_back(roamer)).session() is not None


async def test_none_is_no_signature(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)

    def unsigned(claims: Claims, **_: Any) -> str:
        parts = (b'{"alg":"none"}', msgspec.json.encode(claims))
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."

    issuer.signed = unsigned  # type: ignore[method-assign]
    await refused(await come_back(roamer), "alg")


async def test_a_secret_that_both_sides_know_signs_nothing(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.key, issuer.header = SHARED, {"alg": "HS256", "kid": "right"}

    await refused(await come_back(roamer), "alg")


async def test_an_algorithm_the_issuer_does_not_announce_is_refused(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.header = {"alg": "RS512", "kid": "right"}

    await refused(await come_back(roamer), "alg")


async def test_a_key_nobody_published_is_refused(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.key, issuer.header = OTHER, {"alg": "RS256", "kid": "other"}

    await refused(await come_back(roamer), "key")


async def test_another_key_under_a_known_name_is_refused(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.key = OTHER

    await refused(await come_back(roamer), "signature")


async def test_a_key_of_another_kind_under_a_known_name_is_refused(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.key, issuer.header = CURVE, {"alg": "ES256", "kid": "right"}

    await refused(await come_back(roamer), "key")


async def test_a_weak_key_counts_for_nothing(platform: Village, issuer: Issuer) -> None:
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak", "use": "sig"}, private=True)
    issuer.keys = [weak]
    roamer = await begun(platform, issuer)
    issuer.key, issuer.header = weak, {"alg": "RS256", "kid": "weak"}

    await refused(await come_back(roamer), "key")


async def test_a_logout_token_is_no_id_token(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.header = issuer.header | {"typ": "logout+jwt"}

    await refused(await come_back(roamer), "kind")


async def test_curves_are_believed_too(platform: Village, issuer: Issuer) -> None:
    roamer = await begun(platform, issuer)
    issuer.key, issuer.header = CURVE, {"alg": "ES256", "kid": "curve"}

    assert await (await come_back(roamer)).session() is not None


async def test_a_new_key_is_learnt_when_it_is_used(
    platform: Village, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await (await come_back(await begun(platform, issuer))).session() is not None
    monkeypatch.setattr("app.identity.party.keys.AGAIN_SECONDS", 0)
    issuer.keys, issuer.key, issuer.header = [OTHER], OTHER, {"alg": "RS256", "kid": "other"}
    issuer.codes.add("good")

    assert await (await come_back(await begun(platform, issuer))).session() is not None


async def test_the_issuer_signs_somebody_out_behind_the_scenes(platform: Village, issuer: Issuer) -> None:
    roamer = await come_back(await begun(platform, issuer))
    village = platform.at("bad-belzig")

    wrong = [
        issuer.logout_token(aud="other"),
        issuer.logout_token(iss="https://evil.example"),
        issuer.logout_token(events={}),
        issuer.logout_token(nonce="x"),
        issuer.logout_token(sid=None),
        issuer.logout_token(exp=1),
        issuer.signed(issuer.claims()),
        "nonsense",
    ]
    for token in wrong:
        answer = await village.post("/sign-in/backchannel", data={"logout_token": token})
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
        assert await roamer.session() is not None

    answer = await village.post("/sign-in/backchannel", data={"logout_token": issuer.logout_token()})
    assert answer.status_code == 200
    assert await roamer.session() is None


async def test_a_logout_token_may_name_the_person_only(platform: Village, issuer: Issuer) -> None:
    roamer = await come_back(await begun(platform, issuer))

    token = issuer.logout_token(sid=None, sub="u-1")
    answer = await platform.at("bad-belzig").post("/sign-in/backchannel", data={"logout_token": token})

    assert answer.status_code == 200
    assert await roamer.session() is None


async def test_five_hundred_tokens_cost_one_question_for_keys(platform: Village, issuer: Issuer) -> None:
    await come_back(await begun(platform, issuer))
    provider.forget()
    issuer.asked.clear()
    token = issuer.signed(issuer.claims(aud=audience_of("bad-belzig"), scope="openid api"), typ="at+jwt")

    people = await asyncio.gather(*(bearer.person(token, "bad-belzig") for _ in range(500)))

    assert {person.name for person in people if person} == {"Ada Amt"}
    assert issuer.asked.count("/realm/jwks") == 1


@pytest.mark.parametrize(
    "changes",
    [{"aud": "account"}, {"scope": "openid"}, {"exp": 1}, {"iss": "https://evil.example"}, {"sub": "nobody"}],
)
async def test_a_bearer_token_for_something_else(platform: Village, issuer: Issuer, changes: Claims) -> None:
    await come_back(await begun(platform, issuer))
    right = issuer.claims(aud=audience_of("bad-belzig"), scope="openid api")
    assert await bearer.person(issuer.signed(right, typ="JWT"), "bad-belzig") is not None

    with pytest.raises(BadToken):
        await bearer.person(issuer.signed(right | changes, typ="JWT"), "bad-belzig")
    with pytest.raises(BadToken):
        await bearer.person(issuer.signed(right, typ="JWT"), "wiesenburg-mark")
