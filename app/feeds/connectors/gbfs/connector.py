"""GBFS 2.x and 3.x: a discovery file names the files; stations, how many vehicles stand there, and free vehicles.

Version 3 renamed much (`bike_id` → `vehicle_id`), made texts a list by language and times RFC 3339; both are read.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.gbfs import files
from app.feeds.connectors.gbfs.vehicles import stations, vehicles
from app.feeds.items import Problem, Station

DISCOVERY: Final = "gbfs"
WANTED: Final = {
    "system_information": "system",
    "vehicle_types": "types",
    "station_information": "stations",
    "station_status": "status",
    "free_bike_status": "vehicles",
    "vehicle_status": "vehicles",
}
"""File of the discovery → what it is to us."""
NEEDED: Final = frozenset({"station_information", "station_status"})
LEAST_SECONDS: Final = 60
_AT_ONCE: Final = 2


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set."""

    url: str
    """Address of the discovery file, `…/gbfs.json`."""
    language: str = "de"
    """Of the texts, where they come in several."""
    with_vehicles: bool = True
    """Also vehicles that stand at no station."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The discovery file and what it names, as one body. The files change each minute: they are asked for whole."""
    first = await http.get(config.url, cursor, accept="application/json")
    found = files.named_in(first.body, first.url, config.language) if first.status == "new" else {}
    wanted = {name: url for name, url in found.items() if name in WANTED}
    if not wanted:
        return first
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str, url: str) -> Part:
        async with gate:
            return part_of(WANTED[name], await http.get(url, accept="application/json"))

    parts = await asyncio.gather(*(one(name, url) for name, url in sorted(wanted.items())))
    # No validators: that the discovery file hasn't changed says nothing about the bicycles.
    bare = Fetched(status="new", url=first.url, max_age=first.max_age, retry_after=first.retry_after)
    return bundled([part_of(DISCOVERY, first), *parts], bare)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Station | Problem]:
    """The stations and free vehicles; raises `Stop` when the bytes are no GBFS."""
    parts = _parts(body, context.url)
    data = {name: files.data_of(part.body) for part in parts for name in [part.name]}
    system = files.system_of(data.get("system"), config.language)
    forms = files.forms_of(data.get("types"))
    found = 0
    for one in stations(data.get("stations"), data.get("status"), forms, system, config.language):
        found += isinstance(one, Station)
        yield one
    if config.with_vehicles:
        for one in vehicles(data.get("vehicles"), forms, system):
            found += isinstance(one, Station)
            yield one
    if not found and not any(name in data for name in ("stations", "vehicles")):
        raise Stop("This sharing system names neither stations nor vehicles. Check the address.", code="no-stations")


def pace(body: bytes) -> int | None:
    """The longest `ttl` of the files that change, at least a minute."""
    try:
        parts = unpack(body)
        found = [files.ttl_of(part.body) for name in ("status", "vehicles") for part in named(parts, name)]
    except (Stop, msgspec.DecodeError, RecursionError):
        return None
    told = [one for one in found if one is not None]
    return max(LEAST_SECONDS, *told) if told else None


def _parts(body: bytes, url: str) -> list[Part]:
    if body[:1] == b"[":
        return unpack(body)
    start = body[:400].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"\xef\xbb\xbf<html")):
        raise web_page(body.decode("utf-8", "replace"), url)
    known: Any = files.named_in(body, url, "")
    if known:
        raise Stop("This sharing system names neither stations nor vehicles. Check the address.", code="no-stations")
    raise Stop("This is no sharing system (GBFS). Enter the address of its file gbfs.json.", code="no-gbfs")
