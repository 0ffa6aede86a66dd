"""Work that only one process does at a time: another one waits or is told, a killed one is no obstacle."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.tenancy import turns
from app.tenancy.turns import Taken, turn

HOLDS = """
import asyncio, sys
from app.tenancy.turns import turn

async def main():
    async with turn(sys.argv[1]):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """A process that has the turn `feed x/y`."""
    command = [sys.executable, "-c", HOLDS, "feed x/y"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


async def test_the_second_is_told_and_a_killed_first_is_no_obstacle(
    platform: object, holder: subprocess.Popen[str]
) -> None:
    assert platform
    waited = []
    with pytest.raises(Taken):
        async with turn("feed x/y"):
            pass
    async with turn("feed x/z"):
        pass

    began = time.monotonic()
    asyncio.get_running_loop().call_later(0.3, holder.kill)
    async with turn("feed x/y", patience_seconds=10, waiting=lambda: waited.append(time.monotonic())):
        took = time.monotonic() - began

    assert 0.3 <= took < 5
    assert len(waited) == 1


async def test_in_one_process_too_it_is_one_at_a_time(platform: object) -> None:
    assert platform
    order: list[str] = []

    async def one(name: str) -> None:
        async with turn("feed a/b", patience_seconds=5):
            order.append(f"{name} in")
            await asyncio.sleep(0.05)
            order.append(f"{name} out")

    await asyncio.gather(one("1"), one("2"))

    assert order in (["1 in", "1 out", "2 in", "2 out"], ["2 in", "2 out", "1 in", "1 out"])


async def test_a_line_that_was_closed_is_opened_anew(platform: object) -> None:
    assert platform
    async with turn("feed a/b"):
        await turns.close()
    async with turn("feed a/b"):
        with pytest.raises(Taken):
            async with turn("feed a/b"):
                pass
