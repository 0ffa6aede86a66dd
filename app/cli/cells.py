"""`village cells …`."""

import argparse

from app.cli.output import as_json, line, table
from app.tenancy import cell_list


async def listing(asked: argparse.Namespace) -> int:
    """All cells."""
    cells = await cell_list.listing()
    if asked.json:
        as_json({"cells": cells})
    else:
        table([(one.name, one.server, one.tenants, one.capacity) for one in cells], ("NAME", "SERVER", "TOWNS", "MOST"))
    return 0


async def add(asked: argparse.Namespace) -> int:
    """Take in a database."""
    await cell_list.add(asked.name, asked.dsn)
    line(f"The cell {asked.name} takes towns now. Move one there: village tenants move SLUG {asked.name}")
    return 0
