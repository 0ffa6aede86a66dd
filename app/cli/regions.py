"""`village regions …`."""

import argparse

import msgspec

from app.cli.output import as_json, line, progress, table
from app.cli.running import Refused
from app.feeds import regional_state
from app.feeds.connector import Failure
from app.feeds.regional_state import RegionHealth
from app.kit.http import STAYS_HOME
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
    if any(one.held_back for one in health):
        line(f"\nWhat rests: {STAYS_HOME}")
    return 0


async def sync(asked: argparse.Namespace) -> int:
    """Fetch now, and give it to the member towns."""
    # A file with a mistake is told here; while the platform runs, what was read before goes on.
    definition.regions()
    report = await regions.sync_now(
        asked.region, asked.feed, accept_gone=asked.accept_gone, say=_nothing if asked.json else progress
    )
    resting = [one.name for one in await regional_state.health([asked.region]) if one.held_back]
    if asked.json:
        as_json(msgspec.to_builtins(report) | {"resting": resting, "note": STAYS_HOME if resting else ""})
        return 0
    _told(report)
    if resting:
        line(f"{', '.join(resting)}: not asked. {STAYS_HOME}")
    elif not report.feeds:
        line(f"{asked.region} has no feeds that are switched on.")
    return 0


async def replay(asked: argparse.Namespace) -> int:
    """Read a kept answer again, and give the member towns what is new by it; nobody is asked for it."""
    try:
        report = await regions.replay_now(
            asked.region, asked.feed, back=asked.back, say=_nothing if asked.json else progress
        )
    except Failure as failure:
        raise Refused(f"{asked.feed}: {failure.text}") from failure
    if asked.json:
        as_json(report)
    else:
        _told(report)
    return 0


def _told(report: regions.SyncReport) -> None:
    for feed in report.feeds:
        line(
            f"{feed.name}: {feed.status}, {feed.new} new, {feed.changed} changed, {feed.unchanged} unchanged,"
            f" {feed.gone} gone"
        )
        for error in feed.errors:
            line(f"  {error}")
    line(f"{report.towns} towns have all that concerns them; it changed something in {report.towns_changed}.")
    for slug in report.towns_failed:
        line(f"  {slug} could not be reached; it is tried again.")


def _row(feed: RegionHealth) -> tuple[str, str, str, int, str]:
    status = "rests" if feed.held_back else feed.status if feed.enabled else "off"
    return f"{feed.region}.{feed.name}", feed.connector, status, feed.items, feed.problem or feed.url


def _nothing(_text: str) -> None:
    """Programs read stdout only."""
