"""Access tokens: verified by themselves, for one village, and only what we made counts."""

import base64
import hmac
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.identity.provider import keys, tokens
from app.identity.provider.metadata import audience_of, issuer
from app.kit import clock
from tests.identity.relying import Asking, a_code, a_machine, basic, claims_of, signed_in, village
from tests.village import Village

TOKEN = "/identity/token"


def packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def forged(platform: Village) -> dict[str, str]:
    """Tokens that look like one of ours."""
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    body = (await platform.post(TOKEN, data=asking.form(await a_code(ada, asking)))).json()
    good, header = claims_of(body["access_token"]), {"alg": "RS256", "typ": "at+jwt"}
    own, strange = await keys.signing(), RSAKey.generate_key(2048, auto_kid=True)
    now = int(clock.now().timestamp())

    def signed(claims: dict[str, Any], **head: str) -> str:
        return jwt.encode(header | {"kid": str(own.kid)} | head, good | claims, own, ["RS256"])

    head, payload, signature = body["access_token"].split(".")
    unsigned, symmetric = packed(b'{"alg":"none","typ":"at+jwt"}'), packed(b'{"alg":"HS256","typ":"at+jwt"}')
    mac = hmac.digest(own.as_pem(private=False), f"{symmetric}.{payload}".encode(), "sha256")
    return {
        "id token": body["id_token"],
        "other issuer": signed({"iss": "https://evil.example"}),
        "other village": signed({"aud": [issuer(), audience_of("wiesenburg-mark")]}),
        "audience as text": signed({"aud": audience_of("bad-belzig")}),
        "expired": signed({"exp": now - 1}),
        "no end": signed({"exp": None}),
        "from the future": signed({"iat": now + 3600}),
        "other type": signed({}, typ="JWT"),
        "other key": jwt.encode(header | {"kid": str(strange.kid)}, good, strange),
        "other key, our name": jwt.encode(header | {"kid": str(own.kid)}, good, strange),
        "symmetric, by our public key": f"{symmetric}.{payload}.{packed(mac)}",
        "unsigned": f"{unsigned}.{payload}.",
        "changed": f"{head}.{payload[:-4]}AAAA.{signature}",
        "no signature": f"{head}.{payload}.",
        "garbage": "a.b.c",
        "nothing": "",
    }


async def test_only_our_own_fresh_tokens_for_this_village_count(platform: Village) -> None:
    for why, token in (await forged(platform)).items():
        with pytest.raises(tokens.BadToken):
            pytest.fail(f"{why}: {await tokens.verify(token, 'bad-belzig')}")


async def test_five_hundred_tokens_are_verified_without_a_question(platform: Village) -> None:
    client_id, secret = await a_machine()
    body = (
        await platform.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(client_id, secret))
    ).json()
    await tokens.verify(body["access_token"], "bad-belzig")
    read_at = keys._kept.read_at

    for _ in range(500):
        await tokens.verify(body["access_token"], "bad-belzig")

    assert keys._kept.read_at == read_at


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Bearer a.b.c", "Bearer \xe4"])
async def test_userinfo_without_a_good_token_challenges(platform: Village, header: str) -> None:
    for ask in (platform.get, platform.post):
        response = await ask("/identity/userinfo", headers=[(b"authorization", header.encode("latin-1"))])
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Bearer")
