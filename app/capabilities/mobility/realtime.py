"""Lays what realtime says onto the live timetable of the region: trip by trip, on the right day, stop by stop.

A trip id means something within one release only. Where most ids are strange to the live one, the report is another
release's: it is kept as such, and boards say that delays are not known.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from app.capabilities.mobility import telling
from app.capabilities.mobility.board import base_of
from app.capabilities.mobility.live import STALE
from app.feeds.items import Problem, Realtime, StopTime, TransitAlert, TripUpdate
from app.feeds.regional import Kept, RegionFeed
from app.kit import clock
from app.tenancy.scope import Scope

ENOUGH: Final = 5
"""Trips that must be named before anything can be said about the release."""
LEAST_KNOWN: Final = 0.5
"""Share of the named trips that the release knows."""

_DELAYS: Final = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS g (release bigint, trip integer, day date, cancelled boolean,
        delay integer, places integer[], delays integer[], skipped integer[])
), gone AS (
    DELETE FROM transit_delay d WHERE d.feed = $1 AND NOT EXISTS (
        SELECT FROM given g WHERE g.release = d.release AND g.trip = d.trip AND g.day = d.day)
    RETURNING 1
), put AS (
    INSERT INTO transit_delay AS d (feed, release, trip, day, cancelled, delay, places, delays, skipped)
    SELECT $1, release, trip, day, cancelled, delay, places, delays, skipped FROM given
    ON CONFLICT (release, trip, day, feed) DO UPDATE SET cancelled = excluded.cancelled, delay = excluded.delay,
        places = excluded.places, delays = excluded.delays, skipped = excluded.skipped
    WHERE (d.cancelled, d.delay, d.places, d.delays, d.skipped)
        IS DISTINCT FROM (excluded.cancelled, excluded.delay, excluded.places, excluded.delays, excluded.skipped)
    RETURNING xmax = 0 AS new
)
SELECT (SELECT count(*) FROM put WHERE new) AS new, (SELECT count(*) FROM put WHERE NOT new) AS changed,
    (SELECT count(*) FROM gone) AS gone"""

_STATE: Final = """
INSERT INTO transit_realtime (feed, timetable, release, state, reported_at, received_at, known, unknown, wanted,
    report)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (feed) DO UPDATE SET timetable = excluded.timetable, release = excluded.release, state = excluded.state,
    reported_at = excluded.reported_at, received_at = excluded.received_at, known = excluded.known,
    unknown = excluded.unknown, wanted = excluded.wanted, report = excluded.report"""

_PLACES: Final = """
SELECT t.number AS trip, c.place, c.departs, s.source_id
FROM transit_trip t
CROSS JOIN LATERAL unnest(t.stops, t.places, t.departs) AS c (stop, place, departs)
JOIN transit_stop s ON s.release = $1 AND s.number = c.stop
WHERE t.release = $1 AND t.number = ANY ($2)"""


async def keep_realtime(region: Scope, feed: RegionFeed, given: Sequence[Realtime]) -> Kept:
    """Put the newest report in the place of the last one."""
    await in_turn(region)
    if not given:
        return Kept()
    before = await telling.known(region, feed.name)
    kept = await _lay(region, feed.name, str(feed.options.get("timetable", "")), given[-1])
    await telling.tell_if_new(region, feed, before)
    return kept


async def in_turn(region: Scope) -> None:
    """Reports and new timetables come one after the other, to the end of the transaction, so that none misses one."""
    await region.fetch("SELECT pg_advisory_xact_lock(hashtextextended('realtime ' || current_schema(), 0))")


async def lay_again(region: Scope) -> None:
    """Lay the last reports onto the timetable that has just taken its place."""
    rows = await region.fetch("SELECT feed, wanted, report FROM transit_realtime")
    for row in rows:
        report = msgspec.json.decode(zlib.decompress(row["report"]), type=Realtime)
        await _lay(region, row["feed"], row["wanted"], report)


async def _lay(region: Scope, feed: str, wanted: str, report: Realtime) -> Kept:
    release = await _release(region, wanted)
    now = clock.now()
    if release is None:
        await _state(region, feed, wanted, None, "none", report)
        problem = Problem(None, "There is no timetable yet that these delays could belong to.")
        return Kept(problems=[problem])
    known, unknown = _counted(report.updates, release["marks"])
    if known + unknown >= ENOUGH and known < LEAST_KNOWN * (known + unknown):
        await _state(region, feed, wanted, release, "mismatch", report, (known, unknown))
        await _put(region, feed, [])
        problem = Problem(None, "The delays belong to another release of the timetable. They are not shown.")
        return Kept(problems=[problem])
    trips = await _trips(region, release["id"], [one.trip_id for one in report.updates if one.status != "added"])
    kept = await _put(region, feed, await _rows(region, release, report, trips))
    await _extra(region, feed, release, [one for one in report.updates if one.status == "added"])
    await _alerts(region, feed, release["id"], report.alerts)
    await _state(region, feed, wanted, release, "ok", report, (known, unknown))
    if report.reported_at is None or report.reported_at < now - STALE:
        kept.problems.append(Problem(None, "The report of delays is too old. Boards say that delays are not known."))
    return kept


async def _release(region: Scope, timetable: str) -> Any:
    rows = await region.fetch(
        """SELECT id, feed, zone, marks FROM transit_release WHERE state = 'live' AND ($1 = '' OR feed = $1)
           ORDER BY calls DESC LIMIT 1""",
        [timetable],
    )
    return rows[0] if rows else None


def _counted(updates: Sequence[TripUpdate], marks: bytes) -> tuple[int, int]:
    """How many of the named trips the release's file knows, also those that were cut off, and how many not."""
    named = {one.trip_id for one in updates if one.status != "added"}
    if not named:
        return 0, 0
    asked = np.fromiter((zlib.crc32(one.encode()) for one in named), np.uint32, len(named))
    known = int(np.isin(asked, np.frombuffer(marks, "<u4")).sum())
    return known, len(named) - known


async def _trips(region: Scope, release: int, ids: Sequence[str]) -> dict[str, int]:
    rows = await region.fetch(
        "SELECT source_id, number FROM transit_trip WHERE release = $1 AND source_id = ANY ($2)",
        [release, list(ids)],
    )
    return {row["source_id"]: row["number"] for row in rows if row["source_id"]}


async def _rows(region: Scope, release: Any, report: Realtime, trips: Mapping[str, int]) -> list[dict[str, Any]]:
    """A row for each trip and day; delays by the place in the trip, also where the source names stops or times."""
    zone = ZoneInfo(release["zone"])
    today = (report.reported_at or clock.now()).astimezone(zone).date()
    updates = [(one, trips[one.trip_id]) for one in report.updates if one.trip_id in trips and one.status != "added"]
    vague = [trip for one, trip in updates if any(_vague(stop) for stop in one.stops)]
    places = await _places(region, release["id"], vague)
    rows = {}
    for one, trip in updates:
        day = one.start_date or today
        rows[trip, day] = {
            "release": release["id"],
            "trip": trip,
            "day": day,
            "cancelled": one.status == "cancelled",
            "delay": one.delay,
            **_by_place(one, places.get(trip, {}), day, zone),
        }
    return list(rows.values())


def _vague(stop: StopTime) -> bool:
    """Whether the timetable must say which stop of the trip is meant, or how late that time is."""
    return stop.sequence is None or (stop.delay is None and stop.at is not None)


async def _places(region: Scope, release: int, trips: Sequence[int]) -> dict[int, dict[int | str, tuple[int, int]]]:
    """Of each trip: place or stop id → (place, planned seconds)."""
    found: dict[int, dict[int | str, tuple[int, int]]] = {}
    if not trips:
        return found
    for row in await region.fetch(_PLACES, [release, list(trips)]):
        known = found.setdefault(row["trip"], {})
        known[row["place"]] = known[row["source_id"]] = (row["place"], row["departs"])
    return found


def _by_place(
    update: TripUpdate, places: Mapping[int | str, tuple[int, int]], day: date, zone: ZoneInfo
) -> dict[str, list[int] | list[int | None]]:
    delays: dict[int, int | None] = {}
    skipped: list[int] = []
    base = base_of(day, zone)
    for stop in update.stops:
        place, planned = places.get(stop.sequence if stop.sequence is not None else stop.stop_id, (stop.sequence, None))
        if place is None:
            continue
        if stop.skipped:
            skipped.append(place)
        elif stop.no_data:
            delays[place] = None
        elif stop.delay is not None:
            delays[place] = stop.delay
        elif stop.at is not None and planned is not None:
            late = datetime.fromtimestamp(stop.at, UTC) - (base + timedelta(seconds=planned))
            delays[place] = int(late.total_seconds())
    order = sorted(delays)
    return {"places": order, "delays": [delays[place] for place in order], "skipped": skipped}


async def _put(region: Scope, feed: str, rows: Sequence[dict[str, Any]]) -> Kept:
    found = await region.fetch(_DELAYS, [feed, msgspec.json.encode(rows).decode()])
    new, changed, gone = found[0]["new"], found[0]["changed"], found[0]["gone"]
    return Kept(new=new, changed=changed, unchanged=len(rows) - new - changed, gone=gone)


async def _extra(region: Scope, feed: str, release: Any, updates: Sequence[TripUpdate]) -> None:
    """Trips that stand in no timetable: their departures at stops that we know."""
    await region.fetch("DELETE FROM transit_extra WHERE feed = $1", [feed])
    rows = [
        {"trip_id": one.trip_id, "route": one.route_id, "headsign": one.headsign, "stop": stop.stop_id, "at": stop.at}
        for one in updates
        # Nobody boards where it ends.
        for stop in one.stops[:-1]
        if stop.at is not None and stop.stop_id and not stop.skipped
    ]
    if rows:
        await region.fetch(
            """INSERT INTO transit_extra (feed, release, stop, trip_id, departs_at, line, mode, headsign)
               SELECT $1, $2, s.number, g.trip_id, to_timestamp(g.at), coalesce(r.line, ''), coalesce(r.mode, 3),
                   g.headsign
               FROM jsonb_to_recordset($3::jsonb) AS g (trip_id text, route text, headsign text, stop text, at bigint)
               JOIN transit_stop s ON s.release = $2 AND s.source_id = g.stop
               LEFT JOIN transit_route r ON r.release = $2 AND r.source_id = g.route""",
            [feed, release["id"], msgspec.json.encode(rows).decode()],
        )


async def _alerts(region: Scope, feed: str, release: int, alerts: Sequence[TransitAlert]) -> None:
    await region.fetch("DELETE FROM transit_alert WHERE feed = $1", [feed])
    if alerts:
        await region.fetch(
            """INSERT INTO transit_alert (feed, source_id, release, title, body, url, language, severity, periods,
                   everywhere, routes, stations, trips)
               SELECT $1, g.id, $2, g.title, g.text, g.url, g.language, g.severity, g.periods, g.everywhere,
                   ARRAY(SELECT number FROM transit_route WHERE release = $2 AND source_id = ANY (g.route_ids)),
                   ARRAY(SELECT DISTINCT station FROM transit_stop WHERE release = $2 AND source_id = ANY (g.stop_ids)),
                   ARRAY(SELECT number FROM transit_trip WHERE release = $2 AND source_id = ANY (g.trip_ids))
               FROM jsonb_to_recordset($3::jsonb) AS g (id text, title text, text text, url text, language text,
                   severity text, periods jsonb, everywhere boolean, route_ids text[], stop_ids text[],
                   trip_ids text[])""",
            [feed, release, msgspec.json.encode(alerts).decode()],
        )


async def _state(
    region: Scope,
    feed: str,
    wanted: str,
    release: Any,
    state: str,
    report: Realtime,
    trips: tuple[int, int] = (0, 0),
) -> None:
    timetable, number = (release["feed"], release["id"]) if release else ("", 0)
    kept = zlib.compress(msgspec.json.encode(report), 1)
    values = [feed, timetable, number, state, report.reported_at, clock.now(), *trips, wanted, kept]
    await region.fetch(_STATE, values)
