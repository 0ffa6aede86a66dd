"""`village feeds …`."""

import argparse

from app.cli.output import as_json, line, table
from app.feeds import admin
from app.feeds.admin import NewFeed
from app.platform import feeds


async def listing(asked: argparse.Namespace) -> int:
    """A town's feeds."""
    found = await admin.listing(asked.slug)
    if asked.json:
        as_json({"feeds": found})
    elif found:
        rows = [
            (feed.name, feed.connector, feed.status if feed.enabled else "off", feed.items, feed.problem or feed.url)
            for feed in found
        ]
        table(rows, ("NAME", "CONNECTOR", "STATUS", "ITEMS", "ADDRESS OR PROBLEM"))
    else:
        line(f"{asked.slug} has no feeds. Add one: village feeds add {asked.slug} NAME --connector C --url URL")
    return 0


async def add(asked: argparse.Namespace) -> int:
    """Add a feed."""
    new = NewFeed(
        name=asked.name,
        connector=asked.connector,
        url=asked.url,
        options=dict(asked.option),
        title=asked.title,
        provider=asked.provider,
        category=asked.category,
        licence=asked.licence,
    )
    await admin.add(asked.slug, new)
    line(f"{asked.slug} has the feed {asked.name} now. Fetch it: village feeds sync {asked.slug} {asked.name}")
    return 0


async def sync(asked: argparse.Namespace) -> int:
    """Fetch now."""
    names = [asked.name] if asked.name else []
    reports = await feeds.sync_now(asked.slug, names, accept_gone=asked.accept_gone)
    if asked.json:
        as_json({"feeds": reports})
        return 0
    for report in reports:
        line(
            f"{report.name}: {report.status}, {report.new} new, {report.changed} changed, {report.unchanged} unchanged,"
            f" {report.gone} gone"
        )
        for error in report.errors:
            line(f"  {error}")
    if not reports:
        line(f"{asked.slug} has no feeds that are switched on.")
    return 0
