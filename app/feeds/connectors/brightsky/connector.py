"""Forecasts for points from a Bright Sky server (`/weather`), the public one or one's own."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop, web_page
from app.feeds.connectors.brightsky.answer import forecast_of
from app.feeds.items import Forecast, Problem
from app.kit import clock
from app.kit.http import FetchError

ACCEPT: Final = "application/json"
DAYS: Final = 9
MOST_POINTS: Final = 60
_AT_ONCE: Final = 2
_POINT: Final = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)")
_LOST: Final = "The forecast of this point could not be fetched. The last one stays until the next run."
_NO_FEED: Final = "The answer is no forecast of Bright Sky. Check the address."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of `/weather`; without points it has its whole query."""
    points: str = ""
    """Latitude and longitude of places, with semicolons between them: `52.14,12.60; 52.40,12.55`."""
    attribution: str = "Deutscher Wetterdienst"
    """Who must be named."""

    def __post_init__(self) -> None:
        """Refuse points that are none."""
        written = [one.strip() for one in self.points.split(";") if one.strip()]
        if len(written) > MOST_POINTS or not all(map(_POINT.fullmatch, written)):
            raise ValueError("points are at most 60 pairs like 52.14,12.60 with semicolons between them")

    @property
    def places(self) -> list[tuple[str, str]]:
        """Latitude and longitude of each point as they were written, each once."""
        found = [_POINT.fullmatch(one.strip()) for one in self.points.split(";")]
        return list(dict.fromkeys((one[1], one[2]) for one in found if one))


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The answer, or those for all points as one body. A point that fails is asked for again at the next run."""
    if not config.places:
        return await http.get(config.url, cursor, accept=ACCEPT)
    today = clock.now().date()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(lat: str, lon: str) -> Fetched | FetchError:
        query = urlencode({"lat": lat, "lon": lon, "date": today, "last_date": today + timedelta(days=DAYS)})
        async with gate:
            try:
                return await http.get(f"{config.url}{'&' if '?' in config.url else '?'}{query}", accept=ACCEPT)
            except FetchError as error:
                return error

    answers = await asyncio.gather(*(one(lat, lon) for lat, lon in config.places))
    parts: list[Part] = []
    first: Fetched | None = None
    for (lat, lon), answer in zip(config.places, answers, strict=True):
        if isinstance(answer, Fetched):
            first = first or answer
            parts.append(part_of(f"{lat},{lon}", answer))
    if first is None:
        raise next(answer for answer in answers if isinstance(answer, FetchError))
    # The address has the day in it: what a server says about changes of one of them says nothing about all.
    return msgspec.structs.replace(bundled(parts, first), etag="", last_modified="")


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Forecast | Problem]:
    """A forecast for each station that the points led to; raises `Stop` when the bytes are none."""
    if not config.places:
        yield _of(body, config, context)
        return
    parts = unpack(body)
    seen: set[str] = set()
    for lat, lon in config.places:
        name = f"{lat},{lon}"
        part = next(named(parts, name), None)
        if part is None:
            yield Problem(name, _LOST)
            continue
        try:
            made = _of(part.body, config, context)
        except Stop as stop:
            yield Problem(name, stop.reason)
            continue
        # Points that lie near each other lead to the same station.
        if made.external_id not in seen:
            seen.add(made.external_id)
            yield made


def _of(body: bytes, config: Config, context: ParseContext) -> Forecast:
    text = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), context.url)
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(_NO_FEED, code="no-feed") from error
    try:
        return forecast_of(answer, config.attribution)
    except SkipItem as skipped:
        raise Stop(skipped.reason, code="no-feed") from skipped
