"""`village feeds …`."""

import argparse

from app.cli.output import as_json, line, progress, table
from app.cli.running import Refused
from app.feeds import admin
from app.feeds.admin import NewFeed
from app.feeds.connector import Failure
from app.feeds.replay import replay as read_again
from app.platform import feeds
from app.platform.discovery import Options
from app.platform.discovery.search import search
from app.platform.discovery.shape import Step


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
    reports = await feeds.sync_now(asked.slug, names, accept_gone=asked.accept_gone, say=progress)
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


async def replay(asked: argparse.Namespace) -> int:
    """Read a kept answer again; nobody is asked for it."""
    try:
        report = await read_again(asked.slug, asked.name, takers=feeds.takers(), back=asked.back)
    except Failure as failure:
        raise Refused(f"{asked.name}: {failure.text}") from failure
    if asked.json:
        as_json({"feeds": [report]})
        return 0
    line(
        f"{report.name}: {report.status}, {report.new} new, {report.changed} changed, {report.unchanged} unchanged,"
        f" {report.gone} gone"
    )
    for error in report.errors:
        line(f"  {error}")
    return 0


async def discover(asked: argparse.Namespace) -> int:
    """Look what there is for a town; what was found is proposed to its clerk, nothing is published."""

    async def progress(step: Step) -> None:
        if not asked.json and step.state != "running":
            line(f"{step.source}: {step.state}{f', {step.count}' if step.count else ''}{_said(step)}")

    options = Options(wikidata=asked.wikidata, oparl_registry=asked.oparl_registry)
    found = await search(asked.slug, asked.website, progress, options)
    if asked.json:
        as_json(found)
        return 0
    rows = [(one.connector, one.count, one.title, one.url) for one in found.proposals]
    if rows:
        table(rows, ("CONNECTOR", "ENTRIES", "TITLE", "ADDRESS"))
    line(f"{len(rows)} proposals, {found.requests} requests, {found.seconds} s.")
    return 0


def _said(step: Step) -> str:
    return f": {step.text}" if step.text else ""
