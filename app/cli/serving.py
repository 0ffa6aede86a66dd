"""Waits until a town answers, if a web process of this deployment runs."""

import asyncio
import time
from http import HTTPStatus

import msgspec

from app.cli.running import Refused
from app.settings import settings
from app.up import folder
from app.up.asking import status

SERVED_WITHIN_SECONDS = 10.0
_EVERY_SECONDS = 0.05


async def wait_until_served(host: str) -> float | None:
    """Seconds until the host's first page, `None` when no web process runs; raises `Refused` when it does not come."""
    port = _port()
    if await asyncio.to_thread(status, settings().bind, port, settings().domain, "/health/live") != HTTPStatus.OK:
        return None
    began = time.monotonic()
    while True:
        answer = await asyncio.to_thread(status, settings().bind, port, host, "/")
        if answer == HTTPStatus.OK:
            return time.monotonic() - began
        if time.monotonic() - began > SERVED_WITHIN_SECONDS:
            raise Refused(
                f"It is made, but {address_of(host)} does not answer within"
                f" {SERVED_WITHIN_SECONDS:.0f} seconds ({answer or 'no answer'}); look into the log of the web process."
            )
        await asyncio.sleep(_EVERY_SECONDS)


def address_of(host: str) -> str:
    """Where the running web process serves a host."""
    return msgspec.structs.replace(settings(), port=_port()).origin_of(host)


def _port() -> int:
    run = folder.living_run(settings().data)
    return run.port if run is not None and run.port else settings().port
