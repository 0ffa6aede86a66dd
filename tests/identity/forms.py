"""A browser without JavaScript: keeps cookies as browsers do, fills the forms of a page and follows where they lead."""

import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import httpx2
from lxml import html

from app.identity import accounts, totp
from app.identity.account import Account
from app.settings import settings
from tests.identity.letters import somebody, token
from tests.village import Village

PASSWORD = "sieben Störche am Teich"


class Browser:
    """One person's browser on the platform's host."""

    def __init__(self, village: Village, agent: str = "Mozilla/5.0 (X11; Linux) Firefox/140.0") -> None:
        self.village = village
        self.agent = agent
        self.cookies: dict[str, str] = {}
        self.answer = httpx2.Response(204)

    @property
    def page(self) -> Any:
        """What is shown, as a tree."""
        return html.fromstring(self.answer.text)

    @property
    def text(self) -> str:
        """What is to be read in the main part of the page."""
        return " ".join(self.page.xpath("//main")[0].text_content().split())

    @property
    def heading(self) -> str:
        """The first heading."""
        return str(self.page.xpath("//h1")[0].text_content())

    async def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request, no redirect followed."""
        headers = {"accept": "text/html", "user-agent": self.agent, "accept-language": "de"} | more.pop("headers", {})
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.answer = await self.village.request(method, path, headers=headers, **more)
        for line in self.answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                assert "Secure" in line
                assert "HttpOnly" in line
                assert re.search("samesite=lax", line, re.IGNORECASE)
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return self.answer

    async def open(self, path: str, **more: Any) -> httpx2.Response:
        """Call an address and follow redirects on this host."""
        await self.send("GET", path, **more)
        for _ in range(5):
            target = self.answer.headers.get("location", "")
            if not self.answer.is_redirect or not target.startswith("/") or target.startswith("/identity/authorize"):
                break
            await self.send("GET", target)
        return self.answer

    def fields(self, action: str) -> dict[str, str]:
        """What the form of the page would send, untouched."""
        form = next(one for one in self.page.forms if one.action == action)
        return dict(form.form_values())

    async def hand_in(self, action: str, **typed: str) -> httpx2.Response:
        """Fill in the form of the page that goes to `action`, and send it off; stay at the answer."""
        body = urlencode(self.fields(action) | typed)
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": settings().origin}
        return await self.send("POST", action, content=body, headers=headers)

    async def submit(self, action: str, **typed: str) -> httpx2.Response:
        """The same, and follow where it leads on this host."""
        await self.hand_in(action, **typed)
        target = self.answer.headers.get("location", "")
        if self.answer.is_redirect and target.startswith("/identity/") and not target.startswith("/identity/authorize"):
            return await self.open(target)
        return self.answer

    async def sign_in(self, email: str, password: str = PASSWORD, goes_to: str = "") -> httpx2.Response:
        """Type e-mail and password."""
        await self.open("/identity/sign-in" + (f"?{urlencode({'next': goes_to})}" if goes_to else ""))
        return await self.submit("/identity/sign-in", email=email, password=password)

    async def join(self, name: str = "Ada Adler") -> str:
        """Register, confirm and sign in; returns the address."""
        email = somebody()
        await self.open("/identity/register")
        await self.submit(
            "/identity/register", name=name, email=email, password=PASSWORD, again=PASSWORD, consent="yes"
        )
        await self.open(f"/identity/confirm?token={await token(email, 'confirm')}")
        await self.submit("/identity/confirm")
        await self.submit("/identity/sign-in", email=email, password=PASSWORD)
        assert self.heading == "Mein Konto", self.text
        return email

    async def add_app(self, account: Account) -> str:
        """Set up an authenticator app; returns its secret."""
        await self.open("/identity/account/app")
        return totp.offered(account, self.fields("/identity/account/app")["offer"]).secret.replace(" ", "")


def other(browser: Browser) -> Browser:
    """Another device."""
    return Browser(browser.village, "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36")


async def account_of(email: str) -> Account:
    """The account of an address, which there must be."""
    account = await accounts.by_email(email)
    assert account is not None
    return account
