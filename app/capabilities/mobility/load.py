"""Puts a release of a timetable into the region's schema beside the last one, and in its place when it is complete.

Readers see the last release until one statement makes the new one the live one; the last one goes some seconds later,
when no page that was begun with it is still under way. Whatever fails before leaves the last one as it is.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np

from app.capabilities.mobility.cutting import inside
from app.capabilities.mobility.realtime import in_turn, lay_again
from app.feeds.connector import Stop
from app.feeds.connectors.gtfs.connector import Config
from app.feeds.connectors.gtfs.release import Part, Release, read
from app.feeds.items import Problem
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock, memory
from app.tenancy.scope import Scope

BLOCK_SECONDS: Final = 3 * 3600
GRACE_SECONDS: Final = 5.0
"""How long the last release stays after the new one took its place."""
HOLD_FROM: Final = 20
"""Below this many stops a new release may have less than half of the last one's."""
MOST_LINES_NAMED: Final = 40
_CLEAR: Final = (
    "DELETE FROM transit_block WHERE release = $1",
    "DELETE FROM transit_trip WHERE release = $1",
    "DELETE FROM transit_route WHERE release = $1",
    "DELETE FROM transit_stop WHERE release = $1",
    "DELETE FROM transit_day WHERE release = $1",
    "DELETE FROM transit_release WHERE id = $1",
)
_BATCH: Final = 1_000
_LARGE: Final = 500_000
"""Calls; a small timetable leaves nothing worth giving back."""


async def load(region: Scope, feed: RegionFeed, path: Path, config: Config) -> Kept:
    """Load the release; raises `Stop` when it can't be read or would leave the boards worse than they are."""
    key = f"timetable {feed.region} {feed.name}"
    # Two runs at once would each sweep away what the other has begun; the second finds that nothing is left to do.
    await region.fetch("SELECT pg_advisory_lock(hashtextextended($1, 0))", [key])
    try:
        return await _load(region, feed, path, config)
    finally:
        # A connection that broke has let go of the lock by itself.
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await region.fetch("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [key])


async def _load(region: Scope, feed: RegionFeed, path: Path, config: Config) -> Kept:
    today = clock.today(ZoneInfo(feed.zone))
    digest = await asyncio.to_thread(_digest, path, f"{config} {feed.area} {feed.attribution} {feed.licence} {today}")
    rows = await region.fetch(
        "SELECT stops, last_day, digest FROM transit_release WHERE feed = $1 AND state = 'live'", [feed.name]
    )
    before = rows[0] if rows else None
    if before and before["digest"] == digest:
        return Kept(unchanged=before["stops"])
    chosen = await inside(feed.area, config.box if config.bbox else None, config.margin_km)
    everything = chosen is None
    release = await asyncio.to_thread(read, path, chosen or _everywhere, today=today)
    stations, lines = await asyncio.to_thread(release.weekly, today)
    large = release.call_count > _LARGE
    if large:
        memory.give_back()
    last_day = max((one.last_day for one in release.covers if one.last_day), default=None)
    _judge(release, before, last_day, today)
    await clear(region, feed.name)
    number = await _begin(region, feed, release, last_day, digest)
    try:
        await _copy(region, number, release, stations, lines)
        outcome = await _switch(region, feed.name, number)
    except BaseException:
        with contextlib.suppress(Exception):
            await clear(region, feed.name)
        raise
    outcome.problems = _problems(release, last_day, today, everything=everything)
    await asyncio.sleep(GRACE_SECONDS)
    await clear(region, feed.name)
    del release, lines, stations
    if large:
        memory.give_back()
    return outcome


def _digest(path: Path, settings: str) -> str:
    """Of the file and of all that decides what becomes of it; the day counts, because the calendar ahead does."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
    found.update(settings.encode())
    return found.hexdigest()


async def clear(region: Scope, feed: str) -> None:
    """Remove every release of the feed that is not the live one: the last one, and what a killed run left."""
    rows = await region.fetch("SELECT id FROM transit_release WHERE feed = $1 AND state <> 'live'", [feed])
    for row in rows:
        for statement in _CLEAR:
            async with region.transaction():
                await region.fetch(statement, [row["id"]])


def _everywhere(lats: list[float], _lons: list[float]) -> list[bool]:
    return [True] * len(lats)


def _judge(release: Release, before: Any, last_day: date | None, today: date) -> None:
    """Refuse what would empty the boards."""
    if not release.stop_rows:
        raise Stop("No stop of this timetable lies in the region. Check the address and the region.", code="elsewhere")
    if before is None or (before["last_day"] is not None and before["last_day"] < today):
        return
    if last_day is None or last_day < today:
        raise Stop(
            "This timetable ended on %(day)s. The one before stays in place. Ask the publisher.",
            code="ended",
            day=f"{last_day:%d.%m.%Y}" if last_day else "?",
        )
    if before["stops"] >= HOLD_FROM and len(release.stop_rows) * 2 < before["stops"]:
        raise Stop(
            "More than half of the stops are missing in the new timetable (%(new)s instead of %(old)s). The one before"
            " stays in place. Ask the publisher.",
            code="shrunk",
            new=len(release.stop_rows),
            old=before["stops"],
        )


def _problems(release: Release, last_day: date | None, today: date, *, everything: bool) -> list[Problem]:
    """What a person should know of a release that was taken."""
    found = []
    if last_day is None or last_day < today:
        found.append(Problem(None, "This timetable has ended: there are no departures in it any more."))
    if everything:
        found.append(Problem(None, "Nobody knows the outlines of this region's towns. All stops were taken."))
    if release.stops.lost:
        found.append(Problem(None, "Some stops have no coordinates. They were left out."))
    if release.without_time or release.calls.unreadable or release.unknown_trips:
        found.append(Problem(None, "Some trips or departures could not be read. They were left out."))
    if len(release.covers) > 1:
        found.append(Problem(None, "The zip file holds several timetables. All of them were taken."))
    return found


async def _begin(region: Scope, feed: RegionFeed, release: Release, last_day: date | None, digest: str) -> int:
    cover = release.covers[0]
    first = min((one.first_day for one in release.covers if one.first_day), default=None)
    titles = list(dict.fromkeys(one.title for one in release.covers))
    async with region.transaction():
        number = await region.fetchval(
            """INSERT INTO transit_release (feed, state, title, version, zone, first_day, last_day, stops, trips,
                   calls, source, url, licence, marks, loaded_at, digest)
               VALUES ($1, 'loading', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                   $15)
               RETURNING id""",
            [
                feed.name,
                ", ".join(titles)[:300],
                cover.version,
                cover.zone or feed.zone,
                first,
                last_day,
                len(release.stop_rows),
                release.trip_count,
                release.call_count,
                feed.attribution or titles[0],
                cover.url,
                feed.licence,
                await asyncio.to_thread(release.marks),
                clock.now(),
                digest,
            ],
        )
    return int(number)


async def _switch(region: Scope, feed: str, number: int) -> Kept:
    """Make the new release the live one; the counts are of stations."""
    async with region.transaction():
        await in_turn(region)
        rows = await region.fetch(
            """WITH old AS (SELECT DISTINCT key FROM transit_stop s JOIN transit_release r ON r.id = s.release
                            WHERE r.feed = $1 AND r.state = 'live' AND s.station = s.number),
                    new AS (SELECT DISTINCT key FROM transit_stop WHERE release = $2 AND station = number)
               SELECT count(*) FILTER (WHERE old.key IS NULL) AS new, count(*) FILTER (WHERE new.key IS NULL) AS gone,
                   count(*) FILTER (WHERE old.key = new.key) AS same
               FROM old FULL JOIN new USING (key)""",
            [feed, number],
        )
        await region.fetch("UPDATE transit_release SET state = 'old' WHERE feed = $1 AND state = 'live'", [feed])
        await region.fetch("UPDATE transit_release SET state = 'live' WHERE id = $1", [number])
        await lay_again(region)
    return Kept(new=rows[0]["new"], changed=rows[0]["same"], gone=rows[0]["gone"])


async def _copy(region: Scope, number: int, release: Release, stations: Any, lines: dict[int, set[int]]) -> None:
    await _rows(
        region,
        "transit_day",
        ("release", "day", "active"),
        ((number, day, active) for day, active in release.services.active()),
    )
    await _rows(
        region,
        "transit_route",
        ("release", "number", "source_id", "line", "name", "mode", "operator"),
        ((number, one.number, one.source_id, one.line, one.name, one.mode, one.operator) for one in release.routes),
    )
    await _rows(
        region,
        "transit_stop",
        (
            *("release", "number", "station", "source_id", "key", "name", "latitude", "longitude"),
            *("platform", "wheelchair", "weekly", "modes", "lines"),
        ),
        _stops(number, release, stations, lines),
    )
    await _rows(
        region,
        "transit_trip",
        (
            *("release", "number", "source_id", "route", "service", "headsign", "wheelchair"),
            *("stops", "places", "departs"),
        ),
        ((number, *one) for one in release.trips()),
    )
    parts = release.parts()
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        await _rows(
            region,
            "transit_block",
            ("release", "stop", "part", "departs", "trips", "services", "places", "asked", "signs"),
            _blocks(number, part, release.sign_texts),
        )
    await region.fetch("ANALYZE transit_block, transit_trip, transit_stop, transit_route, transit_day")


async def _rows(region: Scope, table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """COPY in batches; between them other work of this process gets its turn."""
    while batch := list(islice(rows, _BATCH)):
        async with region.raw() as connection:
            await connection.copy_records_to_table(table, records=batch, columns=list(columns))
        await asyncio.sleep(0)


def _stops(number: int, release: Release, weekly: Any, lines: dict[int, set[int]]) -> Iterator[tuple[Any, ...]]:
    for row in release.stop_rows:
        routes = [release.routes[one] for one in sorted(lines.get(row.number, ()))]
        named = sorted({one.line for one in routes if one.line}, key=_natural)[:MOST_LINES_NAMED]
        yield (
            *(number, row.number, row.station, row.source_id, row.key, row.name, row.latitude, row.longitude),
            *(row.platform, row.wheelchair, int(weekly[row.number])),
            *(sorted({one.mode for one in routes}), named),
        )


def _natural(line: str) -> tuple[int, str]:
    """Lines by their number: 9 before 10."""
    digits = "".join(letter for letter in line if letter.isdigit())
    return (int(digits[:9]) if digits else 10**9, line)


def _blocks(number: int, part: Part, texts: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row for each stop and three hours."""
    span = part.departs // BLOCK_SECONDS
    edges = np.flatnonzero((np.diff(part.stops) != 0) | (np.diff(span) != 0)) + 1
    begins = [0, *edges.tolist()]
    columns = (part.departs, part.trips, part.services, part.places)
    for begin, end in zip(begins, [*begins[1:], len(part.stops)], strict=True):
        asked = part.asked[begin:end]
        signs = part.signs[begin:end]
        yield (
            number,
            int(part.stops[begin]),
            int(span[begin]),
            *(column[begin:end].tolist() for column in columns),
            asked.tolist() if asked.any() else None,
            [texts[one] or None for one in signs.tolist()] if signs.any() else None,
        )
