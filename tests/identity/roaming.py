"""A browser that goes from host to host: villages and the platform over ASGI, a foreign provider over real HTTP."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

from app.identity import sessions
from app.identity.sessions import Session
from app.settings import settings
from tests.village import Village


class Roamer:
    """Keeps cookies host by host, as `__Host-` demands; follows no redirect unless told to."""

    def __init__(self, platform: Village, host: str) -> None:
        self.platform = platform
        self.url = settings().origin_of(host) + "/"
        self.cookies: dict[str, dict[str, str]] = {}
        self.answer = httpx2.Response(204)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def mine(self) -> dict[str, str]:
        """The cookies of the host that is shown."""
        return self.cookies.setdefault(self.host, {})

    async def send(self, method: str, address: str, **more: Any) -> httpx2.Response:
        """One request; the address may be relative to what is shown."""
        self.url = urljoin(self.url, address)
        parts = urlsplit(self.url)
        headers = {"accept": "text/html", "accept-language": "de", "user-agent": "Firefox/140.0 Linux"}
        headers |= more.pop("headers", {})
        if self.mine:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.mine.items())
        if self.host.endswith(settings().domain) and parts.port == settings().port:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            self.answer = await self.platform.on(self.host).request(method, path, headers=headers, **more)
        else:
            async with httpx2.AsyncClient() as client:
                self.answer = await client.request(method, self.url, headers=headers, **more)
        for line in self.answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.mine.pop(name, None)
                else:
                    self.mine[name] = morsel.value
        return self.answer

    async def get(self, address: str, **more: Any) -> httpx2.Response:
        return await self.send("GET", address, **more)

    async def post(self, address: str, **more: Any) -> httpx2.Response:
        return await self.send("POST", address, **more)

    async def follow(self) -> httpx2.Response:
        """Go where the answers lead, to whatever host."""
        for _ in range(10):
            if not self.answer.is_redirect:
                break
            await self.get(self.answer.headers["location"])
        return self.answer

    @property
    def led_to(self) -> str:
        """Where the answer leads, without its query."""
        return self.answer.headers.get("location", "").partition("?")[0]

    @property
    def asked(self) -> dict[str, str]:
        """The parameters of where the answer leads."""
        query = urlsplit(self.answer.headers["location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    async def session(self) -> Session | None:
        """The session behind the cookie of the host that is shown."""
        return await sessions.find(self.mine.get(sessions.COOKIE, ""), self.host)

    async def sign_out(self) -> httpx2.Response:
        """Press the button in the head of the page."""
        session = await self.session()
        return await self.post("/sign-out", data={"_csrf": session.csrf if session else ""})


async def at_issuer(platform: Village, roamer: Roamer, account_id: int, amr: tuple[str, ...] = ("pwd",)) -> None:
    """Signed in on the platform's host, as its own page does it."""
    value = await sessions.start(account_id=account_id, kind="issuer", host=platform.host, amr=amr)
    roamer.cookies.setdefault(platform.host, {})[sessions.COOKIE] = value
