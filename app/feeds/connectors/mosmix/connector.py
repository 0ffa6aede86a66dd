"""Forecasts for single stations from MOSMIX, a KML document in a ZIP archive (KMZ)."""

import asyncio
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.mosmix.kml import document_of, stations
from app.feeds.items import Forecast, Problem
from app.kit.http import FetchError

PLACE: Final = "{station}"
ACCEPT: Final = "application/vnd.google-earth.kmz, application/zip, */*;q=0.5"
MOST_STATIONS: Final = 60
_AT_ONCE: Final = 2
_STATION: Final = re.compile(r"[A-Za-z0-9]{2,8}")
_LOST: Final = "The forecast of this station could not be fetched. The last one stays until the next run."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of a station's forecast, or one with `{station}` in it and the stations beside it."""
    stations: str = ""
    """Ids of stations, with commas between them, e.g. `10379, K1130`."""
    attribution: str = "Deutscher Wetterdienst"
    """Who must be named."""

    def __post_init__(self) -> None:
        """Refuse stations without a place for them in the address, and ids that are none."""
        if bool(self.ids) != (PLACE in self.url):
            raise ValueError("stations and {station} in the address belong together")
        if len(self.ids) > MOST_STATIONS or not all(map(_STATION.fullmatch, self.ids)):
            raise ValueError("stations are at most 60 ids of letters and digits with commas between them")

    @property
    def ids(self) -> list[str]:
        """The stations, each once."""
        return list(dict.fromkeys(one.strip() for one in self.stations.split(",") if one.strip()))


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The archive, or those of all stations as one body; the first station tells whether there is a new run."""
    if not config.ids:
        return await http.get(config.url, cursor, accept=ACCEPT)
    first = await http.get(config.url.replace(PLACE, config.ids[0]), cursor, accept=ACCEPT)
    if first.status == "not_modified":
        return first
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(station: str) -> Part | None:
        async with gate:
            try:
                return part_of(station, await http.get(config.url.replace(PLACE, station), accept=ACCEPT))
            except FetchError:
                return None

    others = await asyncio.gather(*map(one, config.ids[1:]))
    answer = bundled([part_of(config.ids[0], first), *(part for part in others if part)], first)
    # What is missing is asked for again although the first station's run is the same.
    return answer if all(others) else msgspec.structs.replace(answer, etag="", last_modified="")


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Forecast | Problem]:
    """A forecast for each station; raises `Stop` when the bytes are none."""
    if not config.ids:
        yield from _of(body, config, context)
        return
    parts = unpack(body)
    for station in config.ids:
        part = next(named(parts, station), None)
        if part is None:
            yield Problem(station, _LOST)
            continue
        try:
            yield from _of(part.body, config, context)
        except Stop as stop:
            yield Problem(station, stop.reason)


def _of(body: bytes, config: Config, context: ParseContext) -> Iterator[Forecast | Problem]:
    head = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), context.url)
    seen: set[str] = set()
    for found in stations(document_of(body), config.attribution):
        if isinstance(found, Problem):
            yield found
        elif found.external_id not in seen:
            seen.add(found.external_id)
            yield found
