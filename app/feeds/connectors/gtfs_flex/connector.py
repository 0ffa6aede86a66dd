"""GTFS-Flex, part of GTFS Schedule since 2024: booking rules, areas, groups of stops, windows instead of times.

One item for each line that has to be ordered. Also lines with a timetable count whose rides must be ordered by phone.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.gtfs import tables
from app.feeds.connectors.gtfs_flex.areas import areas_of
from app.feeds.connectors.gtfs_flex.rides import Rides
from app.feeds.connectors.gtfs_flex.rules import rules_of, weeks_of
from app.feeds.connectors.gtfs_flex.services import on_demand
from app.feeds.items import OnDemand, Problem
from app.kit.zipped import BadArchive, Zipped

BODY_BYTES = 80_000_000
NEEDED = ("routes.txt", "trips.txt", "stop_times.txt")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set."""

    url: str
    """Address of the zip file."""
    phone: str = ""
    """Where the file names no number to call."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The zip file, conditionally."""
    return await http.get(config.url, cursor, total_seconds=120, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[OnDemand | Problem]:
    """The lines that come when called; raises `Stop` when the bytes hold no timetable."""
    start = body[:400].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"\xef\xbb\xbf<html")):
        raise web_page(body.decode("utf-8", "replace"), context.url)
    try:
        with tables.opened(body) as archive:
            folders = archive.folders_with(*NEEDED)
            if not folders:
                raise Stop(
                    "The timetable is incomplete: %(missing)s is missing in the zip file. Ask the publisher.",
                    code="incomplete",
                    missing=", ".join(name for name in NEEDED if not archive.folders_with(name)) or NEEDED[0],
                )
            for folder in folders:
                yield from _services(archive, folder, config)
    except BadArchive as error:
        raise Stop(error.reason, code=error.code) from error


def _services(archive: Zipped, folder: str, config: Config) -> Iterator[OnDemand | Problem]:
    rides = Rides()
    rides.read(archive, folder)
    areas, problem = areas_of(archive, folder)
    if problem:
        yield Problem(None, problem)
    yield from on_demand(
        archive,
        folder,
        rides,
        areas=areas,
        rules=rules_of(archive, folder),
        weeks=weeks_of(archive, folder),
        phone=config.phone,
    )
