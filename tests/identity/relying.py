"""People and applications for the tests of the provider: who is signed in there, and who asks it."""

import base64
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped, unused-ignore]

from app.identity import accounts, sessions
from app.identity.account import Account
from app.identity.provider import clients
from app.identity.provider.clients import Client
from app.settings import settings
from tests.village import Village

APP = "https://verein.example"
CALLBACK = f"{APP}/callback"


async def a_person(name: str = "Ada Beispiel") -> Account:
    """A new account with a confirmed address."""
    return await accounts.create(f"{secrets.token_hex(8)}@example.org", "", verified=True, name=name)


class Browser:
    """A person's browser on the platform's host, signed in at the issuer."""

    def __init__(self, platform: Village, account: Account, cookie: str) -> None:
        self.platform = platform
        self.account = account
        self.cookie = cookie

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": f"{sessions.COOKIE}={self.cookie}", "accept": "text/html"}

    async def get(self, path: str, **query: str) -> Any:
        address = f"{path}?{urlencode(query)}" if query else path
        return await self.platform.get(address, headers=self.headers)

    async def post(self, path: str, **form: str) -> Any:
        return await self.platform.post(path, data=form, headers=self.headers)

    async def session(self) -> sessions.Session:
        found = await sessions.find(self.cookie, settings().domain)
        assert found is not None
        return found


async def signed_in(platform: Village, account: Account | None = None, *, sid: str = "", **more: Any) -> Browser:
    """Somebody with a session at the issuer, made as the sign-in page makes it."""
    person = account or await a_person()
    cookie = await sessions.start(
        account_id=person.id, kind="issuer", host=settings().domain, sid=sid, amr=("pwd",), **more
    )
    return Browser(platform, person, cookie)


async def an_application(**more: Any) -> tuple[Client, str]:
    """A registered application of somebody else."""
    chosen: dict[str, Any] = {"redirect_uris": [CALLBACK], "post_logout_uris": [f"{APP}/"], **more}
    return await clients.register("Vereinskalender", **chosen)


class Asking:
    """One authorization request, and what the client keeps of it."""

    def __init__(self, client_id: str, redirect_uri: str = CALLBACK, **more: str) -> None:
        self.verifier = secrets.token_urlsafe(48)
        self.redirect_uri = redirect_uri
        self.client_id = client_id
        self.query: dict[str, str] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid profile email",
            "state": secrets.token_urlsafe(16),
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": create_s256_code_challenge(self.verifier),
            "code_challenge_method": "S256",
        } | more

    def form(self, code: str, **more: str) -> dict[str, str]:
        """What the client sends to the token endpoint."""
        return {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        } | more


def told(response: Any) -> dict[str, str]:
    """The parameters a browser was sent back with."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def village(slug: str) -> tuple[str, str]:
    """Client id and callback of a village."""
    return f"village:{slug}", f"{settings().origin_of(f'{slug}.{settings().domain}')}/sign-in/callback"


async def a_code(browser: Browser, asking: Asking) -> str:
    """Go through the authorization endpoint, saying yes where it asks."""
    response = await browser.get("/identity/authorize", **asking.query)
    if response.status_code == 200:
        session = await browser.session()
        goes_to = f"/identity/authorize?{urlencode(asking.query)}"
        response = await browser.post("/identity/consent", _csrf=session.csrf, next=goes_to, answer="yes")
    assert response.status_code == 303, response.text
    return told(response)["code"]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=dict[str, Any])


async def a_machine(tenant: str = "bad-belzig") -> tuple[str, str]:
    client, secret = await an_application(tenant=tenant, grants=["client_credentials"], scopes=["openid", "api"])
    return client.client_id, secret
