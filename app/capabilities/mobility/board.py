"""Departures of a station: what the timetable plans, and what is known to be different right now."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from app.capabilities.mobility.live import Live, live_of
from app.capabilities.mobility.stations import Station
from app.kit import clock
from app.tenancy.regions import region

BLOCK_SECONDS: Final = 3 * 3600
"""Of a row of transit_block."""
AT_ONCE: Final = 20
MOST: Final = 60
"""Departures of one part: a minute isn't torn in two unless it has more."""
SOON: Final = timedelta(hours=3)
AHEAD: Final = timedelta(hours=30)
"""As far as a part looks: over the night and a day without buses."""
LATE: Final = timedelta(hours=1)
"""A bus that should have left is looked for so long, if it is known to be late."""
DAYS_BEFORE: Final = 2
Status = Literal["planned", "on_time", "late", "early", "cancelled", "skipped", "extra"]

_CALLS: Final = """
WITH day AS (
    SELECT d.day, d.base, d.since, d.until, a.active
    FROM unnest($2::date[], $3::timestamptz[], $4::integer[], $5::integer[]) AS d (day, base, since, until)
    JOIN transit_day a ON a.release = $1 AND a.day = d.day
), call AS (
    SELECT d.day, d.base + c.departs * interval '1 second' AS leaves, b.stop, c.trip, c.place, c.asked, c.sign
    FROM day d
    JOIN transit_stop s ON s.release = $1 AND s.station = $6
    JOIN transit_block b ON b.release = $1 AND b.stop = s.number AND b.part BETWEEN d.since / 10800 AND d.until / 10800
    CROSS JOIN LATERAL unnest(b.departs, b.trips, b.services, b.places, b.asked, b.signs)
        AS c (departs, trip, service, place, asked, sign)
    WHERE c.departs >= d.since AND c.departs < d.until AND get_bit(d.active, c.service) = 1
      AND (NOT $8 OR EXISTS (SELECT FROM transit_delay u WHERE u.release = $1 AND u.trip = c.trip AND u.day = d.day))
    ORDER BY leaves, c.trip LIMIT $7
)
SELECT c.day, c.leaves, c.place, coalesce(c.asked, 0) AS asked, coalesce(c.sign, t.headsign) AS headsign,
    s.platform, s.wheelchair AS stop_wheelchair, t.source_id AS trip, t.wheelchair, r.number AS route, r.line,
    r.mode, r.operator, u.trip IS NOT NULL AS updated, u.cancelled, u.delay, u.places, u.delays, u.skipped
FROM call c
JOIN transit_stop s ON s.release = $1 AND s.number = c.stop
JOIN transit_trip t ON t.release = $1 AND t.number = c.trip
JOIN transit_route r ON r.release = $1 AND r.number = t.route
LEFT JOIN LATERAL (SELECT * FROM transit_delay u WHERE u.release = $1 AND u.trip = c.trip AND u.day = c.day LIMIT 1) u
    ON true
ORDER BY c.leaves, r.line, c.trip"""

_EXTRA: Final = """
SELECT x.departs_at AS leaves, x.line, x.mode, x.headsign, x.trip_id AS trip, s.platform
FROM transit_extra x JOIN transit_stop s ON s.release = $1 AND s.number = x.stop
WHERE x.release = $1 AND s.station = $2 AND x.departs_at >= $3 AND x.departs_at < $4"""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A departure; times are aware, in UTC."""

    planned_at: datetime
    expected_at: datetime | None
    """None when nobody knows whether it is on time, and when it doesn't leave."""
    status: Status
    line: str
    mode: int
    """GTFS route_type."""
    headsign: str
    platform: str
    operator: str = ""
    asked: bool = False
    """Comes only when one has called before."""
    wheelchair: int = 0
    trip: str = ""
    service_day: date | None = None
    """The timetable's day: a bus at half past midnight belongs to the evening before."""
    route: int = -1

    @property
    def leaves_at(self) -> datetime:
        return self.expected_at or self.planned_at

    @property
    def minutes_late(self) -> int:
        """Whole minutes; negative when it is early."""
        return round(((self.expected_at or self.planned_at) - self.planned_at).total_seconds() / 60)


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """What a station's board shows."""

    departures: list[Departure]
    next_at: datetime | None
    """From when on the next part begins; None when nothing more comes soon."""
    live: Live


def base_of(day: date, zone: ZoneInfo) -> datetime:
    """Noon minus 12 hours, where GTFS counts a day's seconds from: not midnight when the clocks change."""
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    return noon - timedelta(hours=12)


async def departures(
    stations: Sequence[Station], since: datetime, *, limit: int = AT_ONCE, ahead: timedelta = AHEAD
) -> Board:
    """The next departures from `since` on, by when they leave; a part ends where a minute ends.

    With what is known about delays, if that is fresh and belongs to this timetable.
    """
    found: list[Departure] = []
    live = Live()
    for station in stations:
        async with region(station.region) as scope:
            live = await live_of(scope, station)
            ask = _Asking(scope, station, fresh=live.known)
            # Stations with many departures need only the next hours; only a quiet one is asked for the whole night.
            part = await ask.window(since, since + min(SOON, ahead), most=MOST + 1)
            if len(part) <= limit and ahead > SOON:
                part += await ask.window(since + SOON, since + ahead, most=MOST + 1 - min(len(part), MOST))
            if live.known:
                late = await ask.window(since - LATE, since, most=200, only_updated=True)
                part += [one for one in late if one.expected_at is not None and one.expected_at >= since]
                part += await ask.added(since, since + ahead)
            found += part
    found.sort(key=lambda one: (one.leaves_at, one.line, one.headsign))
    return _cut(found, limit, live, since)


def _cut(found: list[Departure], limit: int, live: Live, since: datetime) -> Board:
    if len(found) <= limit:
        return Board(departures=found, next_at=None, live=live)
    first = found[limit].leaves_at.replace(second=0, microsecond=0)
    kept = [one for one in found[:limit] if one.leaves_at < first]
    if not kept or first <= since:
        # One minute has more than a part holds: it stands there whole, as far as it was asked for.
        first = since.replace(second=0, microsecond=0) + timedelta(minutes=1)
        kept = [one for one in found if one.leaves_at < first] or found[:limit]
    return Board(departures=kept, next_at=first, live=live)


class _Asking:
    """Asks for windows of one station's departures."""

    def __init__(self, scope: Any, station: Station, *, fresh: bool) -> None:
        self._scope = scope
        self._station = station
        self._zone = ZoneInfo(station.zone)
        self._fresh = fresh

    async def window(self, begin: datetime, end: datetime, *, most: int, only_updated: bool = False) -> list[Departure]:
        days, bases, since, until = [], [], [], []
        day = begin.astimezone(self._zone).date() - timedelta(days=DAYS_BEFORE)
        while (base := base_of(day, self._zone)) < end:
            last = int((end - base).total_seconds())
            days.append(day)
            bases.append(base)
            since.append(max(0, int((begin - base).total_seconds())))
            until.append(last)
            day += timedelta(days=1)
        rows = await self._scope.fetch(
            _CALLS, [self._station.release, days, bases, since, until, self._station.number, most, only_updated]
        )
        return [self._departure(row) for row in rows]

    async def added(self, begin: datetime, end: datetime) -> list[Departure]:
        rows = await self._scope.fetch(_EXTRA, [self._station.release, self._station.number, begin, end])
        return [
            Departure(
                planned_at=row["leaves"],
                expected_at=row["leaves"],
                status="extra",
                line=row["line"],
                mode=row["mode"],
                headsign=row["headsign"],
                platform=row["platform"],
                trip=row["trip"],
            )
            for row in rows
        ]

    def _departure(self, row: Any) -> Departure:
        status, expected = self._known(row)
        return Departure(
            planned_at=row["leaves"],
            expected_at=expected,
            status=status,
            line=row["line"],
            mode=row["mode"],
            headsign=row["headsign"],
            platform=row["platform"],
            operator=row["operator"],
            asked=row["asked"] > 0,
            wheelchair=row["wheelchair"],
            trip=row["trip"],
            service_day=row["day"],
            route=row["route"],
        )

    def _known(self, row: Any) -> tuple[Status, datetime | None]:
        """What is known of a call. A trip that realtime doesn't mention is not known to be on time."""
        if not self._fresh or not row["updated"]:
            return "planned", None
        if row["cancelled"]:
            return "cancelled", None
        if row["place"] in row["skipped"]:
            return "skipped", None
        delay = row["delay"]
        for place, seconds in zip(row["places"], row["delays"], strict=True):
            if place > row["place"]:
                break
            delay = seconds
        if delay is None:
            return "planned", None
        expected = row["leaves"] + timedelta(seconds=delay)
        minutes = round(delay / 60)
        return ("late" if minutes > 0 else "early" if minutes < 0 else "on_time"), expected


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A time of day that a reader chose; in the night of the clock change the first one, or the next that there is."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def now() -> datetime:
    """From when on a board shows departures: this minute."""
    return clock.now().replace(second=0, microsecond=0)
