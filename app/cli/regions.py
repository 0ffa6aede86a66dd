"""`village regions …`."""

import argparse

from app.cli.output import as_json, table
from app.tenancy import definition


async def listing(asked: argparse.Namespace) -> int:
    """All regions, as their files describe them."""
    regions = [one for _, one in sorted(definition.regions().items())]
    if asked.json:
        as_json({"regions": regions})
        return 0
    rows = [(one.name, one.title, one.kind, ", ".join(one.area), len(one.feeds)) for one in regions]
    table(rows, ("NAME", "TITLE", "KIND", "AREA", "FEEDS"))
    return 0
