"""Signing out: once at the issuer, and everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.identity import sessions
from app.identity.provider import clients, logout
from app.identity.provider.metadata import issuer
from app.kit.http import Http
from app.settings import settings
from app.tenancy import control
from tests.identity.relying import APP, Asking, Browser, a_code, an_application, signed_in, village
from tests.village import Village

END = "/identity/end-session"
BELZIG = "bad-belzig.localhost"


async def id_token(platform: Village, browser: Browser, slug: str = "bad-belzig") -> str:
    asking = Asking(*village(slug))
    body = (await platform.post("/identity/token", data=asking.form(await a_code(browser, asking)))).json()
    return str(body["id_token"])


async def at_villages(browser: Browser) -> list[str]:
    """The person is signed in at two villages as well; the cookies there."""
    sid = (await browser.session()).sid
    return [
        await sessions.start(account_id=browser.account.id, kind="village", host=f"{slug}.localhost", sid=sid)
        for slug in ("bad-belzig", "wiesenburg-mark")
    ]


def home(slug: str) -> str:
    return settings().origin_of(f"{slug}.{settings().domain}") + "/"


async def test_a_village_signs_the_person_out_everywhere_and_gets_them_back(platform: Village) -> None:
    ada, eva = await signed_in(platform), await signed_in(platform)
    there, theirs = await at_villages(ada), await at_villages(eva)
    hint = await id_token(platform, ada)

    response = await ada.get(END, id_token_hint=hint, post_logout_redirect_uri=home("bad-belzig"), state="abc")

    assert response.status_code == 303
    assert response.headers["location"] == home("bad-belzig") + "?state=abc"
    assert response.headers["set-cookie"].startswith(f"{sessions.COOKIE}=")
    assert await sessions.find(ada.cookie, settings().domain) is None
    assert [await sessions.find(one, BELZIG) for one in there] == [None, None]
    assert await sessions.find(theirs[0], BELZIG) is not None
    assert (await eva.session()).sub == eva.account.sub


async def test_the_hint_counts_also_when_the_browser_forgot_its_cookie(platform: Village) -> None:
    ada = await signed_in(platform)
    there = await at_villages(ada)
    hint = await id_token(platform, ada)

    response = await platform.get(END, params={"id_token_hint": hint, "post_logout_redirect_uri": home("bad-belzig")})

    assert response.headers["location"] == home("bad-belzig")
    assert await sessions.find(there[1], "wiesenburg-mark.localhost") is None


async def test_without_a_hint_the_person_is_asked(platform: Village) -> None:
    ada = await signed_in(platform)

    page = await ada.get(END, post_logout_redirect_uri=home("bad-belzig"), client_id="village:bad-belzig")
    forged = await ada.post(END, answer="yes", _csrf="made-up")
    before = await ada.session()
    done = await ada.post(END, answer="yes", _csrf=before.csrf)

    assert page.status_code == 200
    assert "location" not in page.headers
    assert ada.account.email in page.text
    assert forged.status_code == 409
    assert done.status_code == 200
    assert "location" not in done.headers
    assert await sessions.find(ada.cookie, settings().domain) is None


async def test_somebody_else_s_hint_does_not_sign_the_person_out(platform: Village) -> None:
    ada, eva = await signed_in(platform), await signed_in(platform)

    response = await ada.get(END, id_token_hint=await id_token(platform, eva))

    assert response.status_code == 200
    assert (await ada.session()).sub == ada.account.sub


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", APP, "", "http://[", "a\0b"]
)
async def test_nobody_is_sent_elsewhere_after_signing_out(platform: Village, address: str) -> None:
    ada = await signed_in(platform)

    response = await ada.get(END, id_token_hint=await id_token(platform, ada), post_logout_redirect_uri=address)

    assert response.status_code == 200
    assert "location" not in response.headers
    assert await sessions.find(ada.cookie, settings().domain) is None


@pytest.mark.parametrize("hint", ["", "garbage", "a.b.c", "access", "other client"])
async def test_a_hint_that_is_none_leads_to_the_question(platform: Village, hint: str) -> None:
    ada = await signed_in(platform)
    asking = Asking(*village("bad-belzig"))
    body = (await platform.post("/identity/token", data=asking.form(await a_code(ada, asking)))).json()
    shown = {"access": body["access_token"], "other client": body["id_token"]}.get(hint, hint)
    more = {"client_id": "village:wiesenburg-mark"} if hint == "other client" else {}

    response = await ada.get(END, id_token_hint=shown, post_logout_redirect_uri=home("bad-belzig"), **more)

    assert response.status_code == 200
    assert (await ada.session()).sub == ada.account.sub


async def test_a_sign_out_without_anybody_is_a_page(platform: Village) -> None:
    response = await platform.get(END)

    assert response.status_code == 200
    assert "<h1>" in response.text


class Listener:
    """An application's back-channel address."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, str]] = []
        self.status = 200
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        body = (await reader.readexactly(int(fields["content-length"]))).decode()
        self.bodies.append({name: one for name, [one] in parse_qs(body).items()})
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()
        await server.wait_closed()


async def taking_part(platform: Village, browser: Browser, address: str) -> clients.Client:
    """An application that the person has signed in to."""
    client, secret = await an_application(backchannel_logout_uri=address)
    asking = Asking(client.client_id)
    form = asking.form(await a_code(browser, asking), client_secret=secret)
    assert (await platform.post("/identity/token", data=form)).status_code == 200
    return client


async def test_an_application_elsewhere_is_told_by_a_signed_token(platform: Village) -> None:
    ada = await signed_in(platform)
    sid = (await ada.session()).sid
    async with listening() as listener, Http(private_hosts=frozenset({listener.host})) as http:
        client = await taking_part(platform, ada, f"http://{listener.host}/logout")
        assert [one.client_id for one in await clients.to_tell(sid)] == [client.client_id]
        await logout.deliver(http, client.client_id, ada.account.sub, sid)

    [body] = listener.bodies
    token = jwt.decode(body["logout_token"], KeySet.import_key_set(await platform.json("/identity/jwks")))
    assert token.header["typ"] == "logout+jwt"
    assert token.claims["iss"] == issuer()
    assert token.claims["aud"] == client.client_id
    assert (token.claims["sub"], token.claims["sid"]) == (ada.account.sub, sid)
    assert token.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert token.claims["exp"] - token.claims["iat"] == 120
    assert "nonce" not in token.claims


@pytest.mark.parametrize("status", [302, 400, 500])
async def test_an_application_that_did_not_hear_is_told_again(platform: Village, status: int) -> None:
    ada = await signed_in(platform)
    async with listening() as listener, Http(private_hosts=frozenset({listener.host})) as http:
        listener.status = status
        client = await taking_part(platform, ada, f"http://{listener.host}/logout")
        with pytest.raises(logout.StillThere):
            await logout.deliver(http, client.client_id, ada.account.sub, "x")
    async with Http(private_hosts=frozenset({listener.host})) as http:
        with pytest.raises(logout.StillThere):
            await logout.deliver(http, client.client_id, ada.account.sub, "x")


async def test_an_address_inside_the_network_is_never_asked(platform: Village) -> None:
    ada = await signed_in(platform)
    async with listening() as listener, Http(private_hosts=frozenset()) as http:
        client = await taking_part(platform, ada, f"http://{listener.host}/logout")
        with pytest.raises(logout.StillThere):
            await logout.deliver(http, client.client_id, ada.account.sub, "x")

    assert listener.bodies == []


async def test_the_job_for_it_is_sent_when_the_person_signs_out(
    platform: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Any, ...]] = []
    ada = await signed_in(platform)
    client = await taking_part(platform, ada, "https://verein.example/logout")
    sid = (await ada.session()).sid
    monkeypatch.setattr(logout.tell, "send", lambda *args: sent.append(args))

    await ada.get(END, id_token_hint=await id_token(platform, ada))

    assert sent == [(client.client_id, ada.account.sub, sid)]


async def test_a_new_password_ends_every_sign_in_but_this_one(platform: Village) -> None:
    here = await signed_in(platform)
    there = await signed_in(platform, here.account)

    await logout.end_account(here.account.id, here.account.sub, but=(await here.session()).sid)

    assert (await here.session()).sub == here.account.sub
    assert await sessions.find(there.cookie, settings().domain) is None


async def test_a_removed_application_leaves_no_token(platform: Village) -> None:
    ada = await signed_in(platform)
    client = await taking_part(platform, ada, f"{APP}/logout")

    assert await clients.remove(client.client_id) is True
    assert await clients.remove("village:bad-belzig") is False

    async with control() as connection:
        left = await connection.fetchval("SELECT count(*) FROM oidc_token WHERE client_id = $1", client.client_id)
    assert left == 0
    assert urlsplit((await ada.get("/identity/account")).headers.get("location", "")).netloc == ""
