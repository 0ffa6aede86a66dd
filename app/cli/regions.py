"""`village regions …`."""

import argparse
import sys

from app.cli.output import as_json, line, table
from app.feeds import regional_state
from app.feeds.regional_state import RegionHealth
from app.platform import regions
from app.tenancy import definition


async def listing(asked: argparse.Namespace) -> int:
    """All regions as their files describe them, and how their feeds are."""
    found = [one for _, one in sorted(definition.regions().items())]
    health = await regional_state.health()
    if asked.json:
        as_json({"regions": found, "health": health})
        return 0
    rows = [(one.name, one.title, one.kind, ", ".join(one.area), len(one.feeds)) for one in found]
    table(rows, ("NAME", "TITLE", "KIND", "AREA", "FEEDS"))
    if health:
        line("")
        table([_row(one) for one in health], ("FEED", "CONNECTOR", "STATUS", "ITEMS", "ADDRESS OR PROBLEM"))
    return 0


async def sync(asked: argparse.Namespace) -> int:
    """Fetch now, and give it to the member towns."""
    # A file with a mistake is told here; while the platform runs, what was read before goes on.
    definition.regions()
    report = await regions.sync_now(
        asked.region, asked.feed, accept_gone=asked.accept_gone, say=_nothing if asked.json else _progress
    )
    if asked.json:
        as_json(report)
        return 0
    for feed in report.feeds:
        line(
            f"{feed.name}: {feed.status}, {feed.new} new, {feed.changed} changed, {feed.unchanged} unchanged,"
            f" {feed.gone} gone"
        )
        for error in feed.errors:
            line(f"  {error}")
    if not report.feeds:
        line(f"{asked.region} has no feeds that are switched on.")
    line(f"{report.towns} towns have all that concerns them; it changed something in {report.towns_changed}.")
    for slug in report.towns_failed:
        line(f"  {slug} could not be reached; it is tried again.")
    return 0


def _row(feed: RegionHealth) -> tuple[str, str, str, int, str]:
    status = feed.status if feed.enabled else "off"
    return f"{feed.region}.{feed.name}", feed.connector, status, feed.items, feed.problem or feed.url


def _progress(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _nothing(_text: str) -> None:
    """Programs read stdout only."""
