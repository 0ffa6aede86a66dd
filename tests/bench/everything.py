"""The benchmarks in their order, each on what the one before left."""

import asyncio
import platform
from collections.abc import Sequence

from app.tenancy import cells
from app.tenancy.migrate import migrate
from tests.bench import feeds, lighthouse, reading, regions, register, towns, transit, village

PARTS = ("reading", "feeds", "column", "regions", "register", "transit", "village", "lighthouse")
"""What can be asked for by name; towns are created first, unless only the regions are asked for, which have others."""


async def run(chosen: Sequence[str] = ()) -> None:
    """Run and print what was chosen, or all."""
    wanted = [part for part in PARTS if not chosen or part in chosen]
    print(f"Python {platform.python_version()} on {platform.machine()}, all processes on this machine")
    await migrate()
    slugs = await towns.create() if set(wanted) - {"regions", "register", "transit", "village", "lighthouse"} else []
    if "reading" in wanted:
        await reading.fill(slugs)
        await asyncio.to_thread(reading.read, slugs)
    if "feeds" in wanted:
        await feeds.sync(slugs)
    if "column" in wanted:
        await towns.add_column(slugs)
    if "regions" in wanted:
        await regions.sync()
    if "register" in wanted:
        await register.search()
    if "transit" in wanted:
        await transit.run()
    if "village" in wanted:
        await village.run()
    await cells.close()
    if "lighthouse" in wanted:
        await asyncio.to_thread(lighthouse.judge)
