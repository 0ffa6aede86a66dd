"""What tests of foreign issuers do again and again: go there, come back, be refused."""

from collections.abc import Callable
from typing import Any

from lxml import html

from app.identity import sessions
from app.kit import clock
from app.tenancy import control, tenant, transaction
from app.tenancy.village import set_setting
from tests.identity.issuer import CLIENT, Claims, Issuer
from tests.identity.roaming import Roamer
from tests.village import Village

HOST = "bad-belzig.localhost"


async def nobody() -> None:
    async with control() as connection:
        await connection.execute("DELETE FROM account")


async def begun(platform: Village, issuer: Issuer, address: str = "/sign-in?next=/news") -> Roamer:
    """Sent to the issuer, which is about to answer."""
    roamer = Roamer(platform, HOST)
    await roamer.get(address)
    assert roamer.led_to == f"{issuer.url}/authorize", roamer.answer.text
    issuer.nonce = roamer.asked["nonce"]
    return roamer


def back(roamer: Roamer, **more: str) -> dict[str, Any]:
    return {"params": {"code": "good", "state": roamer.asked["state"]} | more}


async def come_back(roamer: Roamer, **more: str) -> Roamer:
    await roamer.get("/sign-in/callback", **back(roamer, **more))
    return roamer


async def refused(roamer: Roamer, reason: str, status: int = 400) -> None:
    """As below, and nobody else is signed in either."""
    await refused_here(roamer, reason, status)
    async with control() as connection:
        assert await connection.fetchval("SELECT count(*) FROM session WHERE host = $1", HOST) == 0


async def refused_here(roamer: Roamer, reason: str, status: int = 400) -> None:
    """A page that says what happened, what is safe and what to do; and no session."""
    assert roamer.answer.status_code == status, roamer.answer.text
    main = html.fromstring(roamer.answer.text).xpath("//main")[0]
    assert main.xpath(".//h1")[0].text_content() == "Sie sind nicht angemeldet"
    assert f"dieses Wort: {reason}." in main.text_content()
    assert main.xpath(".//a[starts-with(@href, '/sign-in?next=')]")
    assert roamer.answer.headers["cache-control"] == "no-store"
    assert sessions.COOKIE not in roamer.mine


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def with_(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: claims | changes


def in_time(**seconds: int) -> Callable[[Claims], Claims]:
    return lambda claims: claims | {name: int(clock.now().timestamp()) + value for name, value in seconds.items()}


async def told(url: str, secret: str) -> None:
    async with tenant("bad-belzig"), transaction():
        await set_setting("oidc", {"issuer": url, "client_id": CLIENT, "client_secret": secret, "title": "Kreis"})
