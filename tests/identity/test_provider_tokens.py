"""The token endpoint and what hangs on it: exchange, rotation, theft, machines, revocation, introspection, audience."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.identity.provider import tokens
from app.identity.provider.metadata import audience_of, issuer
from app.identity.sessions import end_sid
from app.kit import clock
from app.tenancy import control
from tests.identity.relying import (
    Asking,
    Browser,
    a_code,
    a_machine,
    an_application,
    basic,
    claims_of,
    signed_in,
    village,
)
from tests.village import Village

TOKEN = "/identity/token"


async def userinfo(platform: Village, token: str) -> Any:
    return await platform.get("/identity/userinfo", headers={"authorization": f"Bearer {token}"})


class Granted:
    """An application with tokens of a person."""

    def __init__(self, platform: Village, browser: Browser, client_id: str, secret: str, first: Any) -> None:
        self.platform = platform
        self.browser = browser
        self.auth = basic(client_id, secret)
        self.first = first

    async def refresh(self, token: str, **more: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token} | more
        return await self.platform.post(TOKEN, data=form, headers=self.auth)


async def granted(platform: Village, scope: str = "openid profile email", **more: Any) -> Granted:
    browser = await signed_in(platform)
    chosen = {"scopes": ["openid", "profile", "email", "offline_access"], **more}
    client, secret = await an_application(**chosen)
    asking = Asking(client.client_id, scope=scope)
    code = await a_code(browser, asking)
    response = await platform.post(TOKEN, data=asking.form(code), headers=basic(client.client_id, secret))
    assert response.status_code == 200, response.text
    return Granted(platform, browser, client.client_id, secret, response.json())


async def test_a_code_becomes_tokens_that_say_who_and_how(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))

    response = await platform.post(TOKEN, data=asking.form(await a_code(ada, asking)))

    body = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert "refresh_token" not in body
    session = await ada.session()
    told = jwt.decode(body["id_token"], KeySet.import_key_set(await platform.json("/identity/jwks")))
    assert told.header["alg"] == "RS256"
    assert told.claims["iss"] == issuer()
    assert told.claims["aud"] == asking.client_id
    assert told.claims["sub"] == ada.account.sub
    assert told.claims["nonce"] == asking.query["nonce"]
    assert told.claims["sid"] == session.sid
    assert told.claims["amr"] == ["pwd"]
    assert told.claims["auth_time"] == int(session.signed_in_at.timestamp())
    assert "email" not in told.claims
    assert "name" not in told.claims


async def test_userinfo_tells_what_the_scopes_allow(platform: Village) -> None:
    wide, narrow = await granted(platform), await granted(platform, "openid")

    everything = (await userinfo(platform, wide.first["access_token"])).json()
    little = (await userinfo(platform, narrow.first["access_token"])).json()

    ada = wide.browser.account
    assert everything.pop("updated_at") > 0
    assert everything == {
        "sub": ada.sub,
        "name": ada.name,
        "locale": ada.locale,
        "email": ada.email,
        "email_verified": True,
    }
    assert little == {"sub": narrow.browser.account.sub}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "ä" * 43}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"code": "a\0b"}, "invalid_request"),
        ({"client_id": "village:wiesenburg-mark"}, "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_secret": "guess"}, "invalid_client"),
        ({"grant_type": "password", "username": "ada", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
async def test_a_code_alone_is_worth_nothing(platform: Village, changed: dict[str, str], error: str) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    code = await a_code(ada, asking)

    refused = await platform.post(TOKEN, data=asking.form(code) | changed)
    right = await platform.post(TOKEN, data=asking.form(code))

    assert refused.status_code in (400, 401)
    assert refused.json()["error"] == error
    assert right.status_code == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic /w==", "Basic YQ==", "Basic " + "A" * 5000, "Bearer x", "Basic AAA6AAA="]
)
async def test_a_client_s_header_that_can_not_be_read_is_a_refusal_not_a_crash(platform: Village, header: str) -> None:
    response = await platform.post(TOKEN, data={"grant_type": "client_credentials"}, headers={"authorization": header})

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe=1", b"{}", b"a=1&a=2&grant_type=x", b"&".join([b"a=1"] * 60)])
async def test_a_body_that_can_not_be_read_is_a_refusal_not_a_crash(platform: Village, body: bytes) -> None:
    for door in ("token", "revoke", "introspect"):
        response = await platform.post(
            f"/identity/{door}", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
        )
        assert response.status_code in (400, 401), door
        assert response.json()["error"], door


async def test_a_code_lives_for_a_minute(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    code = await a_code(ada, asking)

    with clock.at(clock.now() + timedelta(seconds=61)):
        response = await platform.post(TOKEN, data=asking.form(code))

    assert response.json()["error"] == "invalid_grant"


async def test_a_code_shown_twice_takes_back_what_it_gave(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    code = await a_code(ada, asking)
    token = (await platform.post(TOKEN, data=asking.form(code))).json()["access_token"]
    before = await userinfo(platform, token)

    again = await platform.post(TOKEN, data=asking.form(code))
    after = await userinfo(platform, token)

    assert before.status_code == 200
    assert again.json()["error"] == "invalid_grant"
    assert after.status_code == 401


async def test_two_who_show_a_code_at_the_same_moment_get_it_once(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    form = asking.form(await a_code(ada, asking))

    answers = await asyncio.gather(*(platform.post(TOKEN, data=form) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


async def test_a_refresh_token_is_changed_with_each_use(platform: Village) -> None:
    app = await granted(platform)

    second = (await app.refresh(app.first["refresh_token"])).json()
    third = await app.refresh(second["refresh_token"])

    assert third.status_code == 200
    assert len({app.first["refresh_token"], second["refresh_token"], third.json()["refresh_token"]}) == 3
    told = claims_of(third.json()["id_token"])
    assert told["auth_time"] == claims_of(app.first["id_token"])["auth_time"]
    assert told["amr"] == ["pwd"]
    assert "nonce" not in told


async def test_a_stolen_refresh_token_ends_the_whole_family(platform: Village) -> None:
    app = await granted(platform)
    second = (await app.refresh(app.first["refresh_token"])).json()

    thief = await app.refresh(app.first["refresh_token"])
    owner = await app.refresh(second["refresh_token"])
    info = await userinfo(platform, second["access_token"])

    assert thief.json()["error"] == "invalid_grant"
    assert owner.json()["error"] == "invalid_grant"
    assert info.status_code == 401


async def test_another_client_can_neither_use_nor_kill_a_refresh_token(platform: Village) -> None:
    app, other = await granted(platform), await granted(platform)
    used = app.first["refresh_token"]
    second = (await app.refresh(used)).json()

    theirs = await other.refresh(used)
    ours = await app.refresh(second["refresh_token"])

    assert theirs.json()["error"] == "invalid_grant"
    assert ours.status_code == 200


async def test_a_narrower_access_token_leaves_the_refresh_token_as_it_was(platform: Village) -> None:
    app = await granted(platform)

    narrow = (await app.refresh(app.first["refresh_token"], scope="openid")).json()
    wide = (await app.refresh(narrow["refresh_token"])).json()
    wider = await app.refresh(wide["refresh_token"], scope="openid offline_access")

    assert narrow["scope"] == "openid"
    assert wide["scope"] == "openid profile email"
    assert wider.json()["error"] == "invalid_scope"


async def test_refresh_tokens_end_with_the_sign_in_unless_they_were_given_for_longer(platform: Village) -> None:
    bound = await granted(platform)
    offline = await granted(platform, "openid offline_access")
    for app in (bound, offline):
        await end_sid((await app.browser.session()).sid)

    gone = await bound.refresh(bound.first["refresh_token"])
    stays = await offline.refresh(offline.first["refresh_token"])

    assert gone.json()["error"] == "invalid_grant"
    assert (await userinfo(platform, bound.first["access_token"])).status_code == 401
    assert stays.status_code == 200


async def test_refresh_tokens_end_after_a_month_unused_and_with_the_account(platform: Village) -> None:
    idle, closed = await granted(platform, "openid offline_access"), await granted(platform, "openid offline_access")
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closing' WHERE id = $1", closed.browser.account.id)

    with clock.at(clock.now() + timedelta(days=31)):
        late = await idle.refresh(idle.first["refresh_token"])
    of_closed = await closed.refresh(closed.first["refresh_token"])

    assert late.json()["error"] == "invalid_grant"
    assert of_closed.json()["error"] == "invalid_grant"


async def test_a_machine_gets_a_token_of_its_own_for_its_village_only(platform: Village) -> None:
    client_id, secret = await a_machine()

    response = await platform.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(client_id, secret))

    body = response.json()
    assert body["scope"] == "api"
    assert "refresh_token" not in body
    assert "id_token" not in body
    claims = await tokens.verify(body["access_token"], "bad-belzig")
    assert (claims.sub, claims.personal, claims.sid) == (client_id, False, "")
    with pytest.raises(tokens.BadToken):
        await tokens.verify(body["access_token"], "wiesenburg-mark")
    assert (await userinfo(platform, body["access_token"])).status_code == 403


@pytest.mark.parametrize("scope", ["openid", "api openid", "everything"])
async def test_a_machine_is_no_person(platform: Village, scope: str) -> None:
    client_id, secret = await a_machine()

    response = await platform.post(
        TOKEN, data={"grant_type": "client_credentials", "scope": scope}, headers=basic(client_id, secret)
    )

    assert response.json()["error"] == "invalid_scope"


async def test_a_wrong_secret_is_refused_and_a_secret_is_never_kept(platform: Village) -> None:
    client_id, secret = await a_machine()

    wrong = await platform.post(TOKEN, data={"grant_type": "client_credentials"}, headers=basic(client_id, "guess"))
    twice = await platform.post(
        TOKEN,
        data={"grant_type": "client_credentials", "client_secret": secret},
        headers=basic(client_id, secret),
    )
    posted = await platform.post(
        TOKEN, data={"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    )

    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"].startswith("Basic")
    assert twice.json()["error"] == "invalid_request"
    assert posted.status_code == 200
    async with control() as connection:
        kept = await connection.fetchval("SELECT secret_hash FROM oidc_client WHERE client_id = $1", client_id)
    assert secret not in kept


async def test_a_client_takes_back_its_tokens(platform: Village) -> None:
    app, other = await granted(platform), await granted(platform)
    token = app.first["refresh_token"]

    foreign = await platform.post("/identity/revoke", data={"token": token}, headers=other.auth)
    unknown = await platform.post("/identity/revoke", data={"token": "made-up"}, headers=app.auth)
    still = await userinfo(platform, app.first["access_token"])
    access = await platform.post("/identity/revoke", data={"token": app.first["access_token"]}, headers=app.auth)
    gone = await userinfo(platform, app.first["access_token"])
    refreshed = (await app.refresh(token)).json()
    both = await platform.post("/identity/revoke", data={"token": refreshed["refresh_token"]}, headers=app.auth)

    assert foreign.json()["error"] == "invalid_grant"
    assert unknown.status_code == 200
    assert still.status_code == 200
    assert access.status_code == 200
    assert gone.status_code == 401
    assert both.status_code == 200
    assert (await userinfo(platform, refreshed["access_token"])).status_code == 401
    assert (await app.refresh(refreshed["refresh_token"])).json()["error"] == "invalid_grant"


async def test_introspection_tells_only_those_who_may_know(platform: Village) -> None:
    app = await granted(platform, tenant="bad-belzig", scopes=["openid", "api"], scope="openid api")
    machine, stranger = await a_machine("bad-belzig"), await a_machine("wiesenburg-mark")

    async def ask(token: str, headers: dict[str, str]) -> Any:
        return await platform.post("/identity/introspect", data={"token": token}, headers=headers)

    own = (await ask(app.first["access_token"], app.auth)).json()
    neighbour = (await ask(app.first["access_token"], basic(*machine))).json()
    elsewhere = (await ask(app.first["access_token"], basic(*stranger))).json()
    refresh = (await ask(app.first["refresh_token"], app.auth)).json()
    nobody = await ask(app.first["access_token"], {})
    await app.refresh(app.first["refresh_token"])
    used = (await ask(app.first["refresh_token"], app.auth)).json()

    assert own["active"] is True
    assert own["sub"] == app.browser.account.sub
    assert own["aud"] == [issuer(), audience_of("bad-belzig")]
    assert neighbour == own
    assert elsewhere == {"active": False}
    assert refresh["active"] is True
    assert nobody.status_code == 401
    assert used == {"active": False}
