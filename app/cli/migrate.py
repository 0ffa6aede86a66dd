"""`village migrate`."""

import argparse

from app.cli.output import line
from app.kit.errors import NotFound
from app.tenancy import lifecycle
from app.tenancy import migrate as migration


async def migrate(asked: argparse.Namespace) -> int:
    """Bring shared and every town up to date; 1 if a town could not be."""
    report = await migration.migrate(only=asked.tenant, jobs=asked.jobs)
    if asked.tenant and asked.tenant not in {town.slug for town in await lifecycle.listing()}:
        raise NotFound("There is no village %(slug)s here.", slug=asked.tenant)
    for text in report.lines():
        line(text)
    return 1 if report.failed else 0
