"""Whether delays are known right now, and what disturbs the traffic."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from app.capabilities.mobility.stations import Station
from app.kit import clock
from app.tenancy.scope import Scope

STALE: Final = timedelta(minutes=5)
"""A report that is older says nothing about now."""
AHEAD_OF_US: Final = timedelta(minutes=5)
"""Clocks differ; a report from further ahead is as good as one without a time."""
MOST_ALERTS: Final = 20
State = Literal["live", "stale", "mismatch", "none"]


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """`none`: nobody reports delays here; `stale` and `mismatch`: somebody does, but it can't be used."""

    state: State = "none"
    reported_at: datetime | None = None

    @property
    def known(self) -> bool:
        return self.state == "live"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A disruption in the operator's own words."""

    title: str
    body: str
    url: str
    severity: str
    language: str


async def live_of(scope: Scope, station: Station) -> Live:
    """What the realtime reports that belong to the station's timetable are worth now."""
    rows = await scope.fetch(
        """SELECT feed, state, release, reported_at FROM transit_realtime WHERE timetable = $1
           ORDER BY reported_at DESC NULLS LAST""",
        [station.feed],
    )
    found = Live()
    for row in rows:
        state = _state(row, station.release)
        if state == "live":
            return Live(state=state, reported_at=row["reported_at"])
        if found.state == "none":
            found = Live(state=state, reported_at=row["reported_at"])
    return found


def _state(row: Any, release: int) -> State:
    reported, now = row["reported_at"], clock.now()
    if row["state"] != "ok" or row["release"] != release:
        return "mismatch"
    if reported is None or reported < now - STALE or reported > now + AHEAD_OF_US:
        return "stale"
    return "live"


async def alerts_of(scope: Scope, station: Station, routes: Sequence[int]) -> list[Alert]:
    """Disruptions of the station and of lines that stop there, the severe ones first."""
    rows = await scope.fetch(
        """SELECT feed, title, body, url, severity, language, periods::text AS periods FROM transit_alert
           WHERE release = $1 AND (everywhere OR $2 = ANY (stations) OR routes && $3)
           ORDER BY array_position(ARRAY['severe', 'warning', 'info'], severity), title LIMIT $4""",
        [station.release, station.number, list(routes), MOST_ALERTS],
    )
    now = clock.now().timestamp()
    return [
        Alert(title=row["title"], body=row["body"], url=row["url"], severity=row["severity"], language=row["language"])
        for row in rows
        if _holds(msgspec.json.decode(row["periods"], type=list[tuple[int | None, int | None]]), now)
    ]


def _holds(periods: Sequence[tuple[int | None, int | None]], now: float) -> bool:
    """Whether one of the periods is now; without any it holds as long as it is sent."""
    return not periods or any((begin or 0) <= now and (end is None or now < end) for begin, end in periods)
