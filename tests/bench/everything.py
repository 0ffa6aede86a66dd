"""The benchmarks in their order, each on what the one before left."""

import asyncio
import platform
from collections.abc import Sequence

from app.tenancy import cells
from app.tenancy.migrate import migrate
from tests.bench import feeds, reading, towns

PARTS = ("reading", "feeds", "column")
"""What can be asked for by name; towns are always created first."""


async def run(chosen: Sequence[str] = ()) -> None:
    """Run and print what was chosen, or all."""
    wanted = [part for part in PARTS if not chosen or part in chosen]
    print(f"Python {platform.python_version()} on {platform.machine()}, all processes on this machine")
    await migrate()
    slugs = await towns.create()
    if "reading" in wanted:
        await reading.fill(slugs)
        await asyncio.to_thread(reading.read, slugs)
    if "feeds" in wanted:
        await feeds.sync(slugs)
    if "column" in wanted:
        await towns.add_column(slugs)
    await cells.close()
