"""A provider that somebody else wrote, over real HTTP."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from lxml import html

from app.identity.party import provider
from app.settings import settings, use
from tests import loop
from tests.identity.roaming import Roamer
from tests.identity.steps import (
    HOST,
    nobody,
    refused_here,
)
from tests.village import Village


@pytest.fixture
def stranger(platform: Village) -> Iterator[str]:
    """A provider that somebody else wrote, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ada = '{"sub": "ada", "email": "ada@example.org", "name": "Ada Fremd"}'
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", ada]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = settings()
    url = f"http://127.0.0.1:{port}"
    try:
        loop.run(answers(port))
        use(msgspec.structs.replace(before, oidc_issuer=url, oidc_client_id="dorf", oidc_client_secret="geheim"))
        yield url
    finally:
        use(before)
        provider.forget()
        process.terminate()
        process.wait(10)
        loop.run(nobody())


async def answers(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise TimeoutError


async def test_a_provider_somebody_else_wrote(platform: Village, stranger: str) -> None:
    roamer = Roamer(platform, HOST)
    await roamer.get("/sign-in?next=/events")
    assert roamer.led_to == f"{stranger}/oauth2/authorize"
    await roamer.post(roamer.answer.headers["location"], data={"sub": "ada"})
    callback = roamer.answer.headers["location"]

    await roamer.get(callback)

    assert roamer.answer.headers["location"] == "/events", roamer.answer.text
    session = await roamer.session()
    assert session is not None
    assert session.issuer == stranger
    assert "Ada Fremd" in (await roamer.get("/events")).text

    thief = Roamer(platform, HOST)
    await thief.get("/sign-in")
    await thief.get(callback.replace(parse_qs(urlsplit(callback).query)["state"][0], thief.asked["state"]))
    await refused_here(thief, "code")


async def test_a_stranger_s_provider_signs_out_too(platform: Village, stranger: str) -> None:
    roamer = Roamer(platform, HOST)
    await roamer.get("/sign-in")
    await roamer.post(roamer.answer.headers["location"], data={"sub": "ada"})
    await roamer.get(roamer.answer.headers["location"])

    await roamer.sign_out()

    refresh = html.fromstring(roamer.answer.text).xpath("//meta[@http-equiv='refresh']/@content")[0]
    assert refresh.startswith(f"0; url={stranger}/oauth2/end_session?")
    assert await roamer.session() is None
