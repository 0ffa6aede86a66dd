"""The authorization endpoint: who gets a code, who is asked first, and whom nobody sends anywhere."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata  # type: ignore[import-untyped, unused-ignore]

from app.identity import sessions
from app.identity.provider import clients, codes
from app.identity.provider.metadata import issuer
from app.kit import clock
from app.kit.errors import InvalidInput
from app.tenancy import control
from tests.identity.relying import APP, CALLBACK, Asking, a_code, a_person, an_application, signed_in, told, village
from tests.village import Village

AUTHORIZE = "/identity/authorize"


async def test_the_discovery_document_is_whole_and_says_only_what_we_do(platform: Village) -> None:
    document = await platform.json("/identity/.well-known/openid-configuration")

    OpenIDProviderMetadata(document).validate()
    assert document["issuer"] == issuer()
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in document["grant_types_supported"]
    assert "implicit" not in document["grant_types_supported"]
    assert "none" not in document["id_token_signing_alg_values_supported"]
    for path in ("/.well-known/openid-configuration/identity", "/.well-known/oauth-authorization-server/identity"):
        assert await platform.json(path) == document


async def test_a_village_gets_a_code_for_whoever_is_signed_in_and_asks_for_no_consent(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))

    response = await ada.get(AUTHORIZE, **asking.query)

    assert response.status_code == 303
    assert response.headers["location"].startswith(asking.redirect_uri + "?")
    answer = told(response)
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == asking.query["state"]
    assert answer["iss"] == issuer()
    assert response.headers["cache-control"] == "private, no-store"


async def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(platform: Village) -> None:
    asking = Asking(*village("bad-belzig"))

    response = await platform.get(AUTHORIZE, params=asking.query)

    assert response.status_code == 303
    address = urlsplit(response.headers["location"])
    assert address.path == "/identity/sign-in"
    back = urlsplit(parse_qs(address.query)["next"][0])
    assert back.path == AUTHORIZE
    assert {name: one for name, [one] in parse_qs(back.query).items()} == asking.query


async def test_parameters_may_come_in_a_form(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))

    sent = await platform.post(AUTHORIZE, data=asking.query)
    response = await ada.get(sent.headers["location"])

    assert sent.status_code == 303
    assert told(response)["state"] == asking.query["state"]


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        f"{APP}/callback/",
        f"{APP}/callback?x=1",
        f"{APP}/callback#x",
        f"{APP}.evil.example/callback",
        "http://verein.example/callback",
        "javascript:alert(1)",
        "//evil.example",
        f"{APP}/../callback",
        f"{APP}:443/callback",
        "https://verein.example@evil.example/callback",
        f"{APP}/\\callback",
        f'{APP}/"callback',
        f"{APP}/cällback",
        "",
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(platform: Village, redirect_uri: str) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    asking = Asking(client.client_id, redirect_uri)

    response = await ada.get(AUTHORIZE, **asking.query)

    assert response.status_code == 422
    assert "location" not in response.headers
    assert "<h1>" in response.text


@pytest.mark.parametrize("client_id", ["", "nobody", "village:no-such-town", "village:", "a\0b", "x" * 5000, "ä"])
async def test_an_unknown_client_gets_a_page_and_no_redirect(platform: Village, client_id: str) -> None:
    ada = await signed_in(platform)

    response = await ada.get(AUTHORIZE, **Asking(client_id).query)

    assert response.status_code == 422
    assert "location" not in response.headers


async def test_a_village_can_not_be_asked_for_under_the_address_of_another(platform: Village) -> None:
    ada = await signed_in(platform)
    belzig, _ = village("bad-belzig")
    _, theirs = village("wiesenburg-mark")

    response = await ada.get(AUTHORIZE, **Asking(belzig, theirs).query)

    assert response.status_code == 422


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "town-hall"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://verein.example/r"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "consent_required"),
    ],
)
async def test_what_we_do_not_offer_is_refused_back_at_the_client(
    platform: Village, changed: dict[str, str], error: str
) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    asking = Asking(client.client_id, **changed)

    response = await ada.get(AUTHORIZE, **asking.query)

    assert response.status_code == 303
    assert response.headers["location"].startswith(CALLBACK + "?")
    answer = told(response)
    assert answer["error"] == error
    assert answer["iss"] == issuer()
    assert answer["state"] == asking.query["state"]
    assert "code" not in answer


async def test_a_parameter_that_stands_there_twice_is_refused(platform: Village) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    query = urlencode([*Asking(client.client_id).query.items(), ("redirect_uri", "https://evil.example/")])

    response = await ada.get(f"{AUTHORIZE}?{query}")

    assert response.status_code == 422


async def test_prompt_none_without_a_session_says_so_to_the_client(platform: Village) -> None:
    response = await platform.get(AUTHORIZE, params=Asking(*village("bad-belzig"), prompt="none").query)

    assert told(response)["error"] == "login_required"


async def test_prompt_none_with_a_session_gets_a_code_at_once(platform: Village) -> None:
    ada = await signed_in(platform)

    response = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig"), prompt="none").query)

    assert "code" in told(response)


async def sent_to_sign_in(response: Any) -> tuple[dict[str, str], str]:
    """The query of the sign-in page and where it leads afterwards."""
    address = urlsplit(response.headers["location"])
    assert address.path == "/identity/sign-in"
    query = {name: one for name, [one] in parse_qs(address.query).items()}
    return query, query["next"]


@pytest.mark.parametrize("more", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
async def test_a_client_can_have_the_person_sign_in_anew(platform: Village, more: dict[str, str]) -> None:
    ada = await signed_in(platform, signed_in_at=clock.now() - timedelta(minutes=5))
    asking = Asking(*village("bad-belzig"), **more)

    first = await ada.get(AUTHORIZE, **asking.query)
    query, back = await sent_to_sign_in(first)
    without = await ada.get(back)
    again = await signed_in(platform, ada.account, sid=(await ada.session()).sid)
    after = await again.get(back)

    assert query["again"] == "yes"
    assert urlsplit(without.headers["location"]).path == "/identity/sign-in"
    assert "code" in told(after)


async def test_the_proof_of_a_fresh_sign_in_counts_for_one_request_only(platform: Village) -> None:
    ada = await signed_in(platform, signed_in_at=clock.now() - timedelta(minutes=5))
    first = Asking(*village("bad-belzig"), prompt="login")
    _, back = await sent_to_sign_in(await ada.get(AUTHORIZE, **first.query))
    proof = parse_qs(urlsplit(back).query)["proof"][0]
    again = await signed_in(platform, ada.account)

    other = await again.get(AUTHORIZE, **Asking(*village("bad-belzig"), prompt="login").query, proof=proof)
    made_up = await again.get(AUTHORIZE, **first.query, proof="AAAA")

    for response in (other, made_up):
        assert urlsplit(response.headers["location"]).path == "/identity/sign-in"


async def test_max_age_asks_only_when_the_sign_in_is_older(platform: Village) -> None:
    ada = await signed_in(platform, signed_in_at=clock.now() - timedelta(minutes=5))

    young = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig"), max_age="3600").query)
    old = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig"), max_age="60").query)
    silent = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig"), max_age="60", prompt="none").query)

    assert "code" in told(young)
    assert urlsplit(old.headers["location"]).path == "/identity/sign-in"
    assert told(silent)["error"] == "login_required"


async def test_another_s_application_is_told_nothing_before_the_person_agrees(platform: Village) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    asking = Asking(client.client_id)

    page = await ada.get(AUTHORIZE, **asking.query)
    code = await a_code(ada, asking)
    second_time = await ada.get(AUTHORIZE, **Asking(client.client_id).query)
    more = await ada.get(AUTHORIZE, **Asking(client.client_id, prompt="consent").query)

    assert page.status_code == 200
    assert "Vereinskalender" in page.text
    assert f"form-action 'self' {APP};" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "private, no-store"
    assert code
    assert "code" in told(second_time)
    assert more.status_code == 200
    async with control() as connection:
        given = await connection.fetch(
            "SELECT version FROM consent WHERE account_id = $1 AND document = $2",
            ada.account.id,
            f"client:{client.client_id}",
        )
    assert [row["version"] for row in given] == ["email openid profile"]


async def test_more_scopes_than_agreed_to_are_asked_for_again(platform: Village) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    await a_code(ada, Asking(client.client_id, scope="openid"))

    same = await ada.get(AUTHORIZE, **Asking(client.client_id, scope="openid").query)
    wider = await ada.get(AUTHORIZE, **Asking(client.client_id, scope="openid email").query)

    assert "code" in told(same)
    assert wider.status_code == 200


async def test_a_no_is_told_to_the_client(platform: Village) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    goes_to = f"{AUTHORIZE}?{urlencode(Asking(client.client_id).query)}"

    response = await ada.post("/identity/consent", _csrf=(await ada.session()).csrf, next=goes_to, answer="no")

    assert told(response)["error"] == "access_denied"
    assert told(response)["iss"] == issuer()


@pytest.mark.parametrize("token", ["", "made-up"])
async def test_no_other_site_can_agree_for_the_person(platform: Village, token: str) -> None:
    ada = await signed_in(platform)
    client, _ = await an_application()
    asking = Asking(client.client_id)
    goes_to = f"{AUTHORIZE}?{urlencode(asking.query)}"

    response = await ada.post("/identity/consent", _csrf=token, next=goes_to, answer="yes")

    assert response.status_code in (403, 409)
    assert (await ada.get(AUTHORIZE, **asking.query)).status_code == 200


async def test_the_consent_form_leads_nowhere_but_to_the_provider(platform: Village) -> None:
    ada = await signed_in(platform)
    csrf = (await ada.session()).csrf

    for goes_to in ("https://evil.example/", "//evil.example", "/identity/account", "/identity/authorizeX?a=b"):
        response = await ada.post("/identity/consent", _csrf=csrf, next=goes_to, answer="yes")
        assert response.status_code == 404


async def test_an_account_that_is_closing_is_nobody_for_clients(platform: Village) -> None:
    ada = await signed_in(platform)
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closing' WHERE id = $1", ada.account.id)

    shown = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig")).query)
    silent = await ada.get(AUTHORIZE, **Asking(*village("bad-belzig"), prompt="none").query)

    assert shown.headers["location"] == "/identity/account"
    assert told(silent)["error"] == "access_denied"


async def test_a_village_session_is_no_session_at_the_issuer(platform: Village) -> None:
    person = await a_person()
    cookie = await sessions.start(account_id=person.id, kind="village", host="bad-belzig.localhost", amr=("pwd",))

    response = await platform.get(
        AUTHORIZE,
        params=Asking(*village("bad-belzig")).query,
        headers={"cookie": f"{sessions.COOKIE}={cookie}"},
    )

    assert urlsplit(response.headers["location"]).path == "/identity/sign-in"


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uris": ["http://verein.example/x"]},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["https://verein.example/#x"]},
        {"redirect_uris": ["https://user@verein.example/"]},
        {"backchannel_logout_uri": "ftp://verein.example/"},
        {"grants": ["password"]},
        {"grants": ["client_credentials"], "public": True},
        {"scopes": ["everything"]},
    ],
)
async def test_an_application_that_can_not_be_safe_is_not_registered(platform: Village, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await clients.register("Falsch", **wrong)


async def test_the_village_redeems_inside_the_process_by_the_same_rules(platform: Village) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    code = await a_code(ada, asking)

    with pytest.raises(codes.RedeemRefused, match="sign-in"):
        await codes.redeem(
            client_id=asking.client_id, code=code, redirect_uri=asking.redirect_uri, code_verifier="x" * 43
        )
    redeemed = await codes.redeem(
        client_id=asking.client_id, code=code, redirect_uri=asking.redirect_uri, code_verifier=asking.verifier
    )

    assert redeemed.id_token
    assert redeemed.refresh_token == ""
