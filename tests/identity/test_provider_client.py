"""A client that knows nothing of us but the discovery document: Authlib's own, over the real application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped, unused-ignore]
from authlib.oidc.core import CodeIDToken, UserInfo  # type: ignore[import-untyped, unused-ignore]
from joserfc import jwt
from joserfc.jwk import KeySet

from app.settings import settings
from tests.identity.relying import CALLBACK, Asking, a_code, an_application, signed_in
from tests.village import Village


def discovery() -> str:
    return f"{settings().origin}/identity/.well-known/openid-configuration"


@asynccontextmanager
async def authlib_client(platform: Village, client_id: str, secret: str, scope: str) -> AsyncIterator[Any]:
    transport = httpx2.ASGITransport(app=platform.edge)  # type: ignore[arg-type]
    async with AsyncOAuth2Client(
        client_id,
        secret,
        scope=scope,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        transport=transport,
        base_url=settings().origin,
    ) as client:
        yield client


async def test_authlib_s_client_signs_a_person_in_by_the_discovery_document(platform: Village) -> None:
    ada = await signed_in(platform)
    app, secret = await an_application()
    asking = Asking(app.client_id)
    await a_code(ada, asking)  # agreed once
    verifier = asking.verifier

    async with authlib_client(platform, app.client_id, secret, "openid profile email") as client:
        found = await client.request("GET", discovery(), withhold_token=True)
        told = found.json()
        url, state = client.create_authorization_url(
            told["authorization_endpoint"], code_verifier=verifier, nonce="n-0S6_WzA2Mj"
        )
        back = await ada.get(url.removeprefix(settings().origin))
        tokens = await client.fetch_token(
            told["token_endpoint"],
            authorization_response=back.headers["location"],
            code_verifier=verifier,
            state=state,
        )
        ring = KeySet.import_key_set((await client.request("GET", told["jwks_uri"], withhold_token=True)).json())
        told_by = jwt.decode(tokens["id_token"], ring, told["id_token_signing_alg_values_supported"])
        claims = told_by.claims
        checked = CodeIDToken(
            claims,
            told_by.header,
            options={
                "iss": {"essential": True, "value": told["issuer"]},
                "aud": {"essential": True, "value": app.client_id},
            },
            params={"nonce": "n-0S6_WzA2Mj", "client_id": app.client_id, "access_token": tokens["access_token"]},
        )
        checked.validate(leeway=5)
        info = UserInfo((await client.get(told["userinfo_endpoint"])).json())
        renewed = await client.refresh_token(told["token_endpoint"], tokens["refresh_token"])
        again = (await client.get(told["userinfo_endpoint"])).json()
        introspected = await client.introspect_token(
            told["introspection_endpoint"], token=renewed["access_token"], token_type_hint="access_token"
        )
        await client.revoke_token(told["revocation_endpoint"], token=renewed["refresh_token"])
        after = await client.get(told["userinfo_endpoint"])

    assert claims["sub"] == info["sub"] == ada.account.sub
    assert info["email"] == ada.account.email
    assert again == dict(info)
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert introspected.json()["active"] is True
    assert after.status_code == 401


async def test_authlib_s_client_works_on_its_own_behalf(platform: Village) -> None:
    app, secret = await an_application(tenant="bad-belzig", grants=["client_credentials"], scopes=["api"])

    async with authlib_client(platform, app.client_id, secret, "api") as client:
        told = (await client.request("GET", discovery(), withhold_token=True)).json()
        tokens = await client.fetch_token(told["token_endpoint"], grant_type="client_credentials")

    assert tokens["scope"] == "api"
    assert tokens["token_type"] == "Bearer"
