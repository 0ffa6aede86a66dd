"""A trip update, as the protocol buffer has it → ours."""

import re
from datetime import date
from typing import Any, Final, Literal

from google.transit import gtfs_realtime_pb2 as pb

from app.feeds.connectors.gtfs_rt.texts import text
from app.feeds.items import StopTime, TripUpdate

MOST_DELAY: Final = 6 * 3600
"""Seconds; beyond, it is another trip or a mistake."""
MOST_STOPS: Final = 300
_DAY: Final = re.compile(r"\d{8}", re.ASCII)
_TRIP: Final = pb.TripDescriptor
_STOP: Final = pb.TripUpdate.StopTimeUpdate
_GONE: Final = frozenset({_TRIP.CANCELED, _TRIP.DELETED})
_NEW: Final = frozenset({_TRIP.ADDED, _TRIP.UNSCHEDULED, _TRIP.DUPLICATED, _TRIP.NEW})


def update_of(update: Any) -> TripUpdate | None:
    """What is different about a trip; None when nobody can tell which trip is meant."""
    trip = update.trip
    if not trip.trip_id:
        return None
    relation = trip.schedule_relationship
    status: Literal["scheduled", "cancelled", "added"] = "cancelled" if relation in _GONE else "scheduled"
    if relation in _NEW:
        status = "added"
    return TripUpdate(
        trip_id=text(trip.trip_id)[:400],
        start_date=_day(text(trip.start_date)),
        status=status,
        route_id=text(trip.route_id)[:400],
        delay=_delay(update.delay) if update.HasField("delay") else None,
        stops=tuple(_stop(one) for one in update.stop_time_update[:MOST_STOPS]) if status != "cancelled" else (),
    )


def _stop(update: Any) -> StopTime:
    event = update.departure if update.HasField("departure") else update.arrival
    relation = update.schedule_relationship
    return StopTime(
        sequence=update.stop_sequence if update.HasField("stop_sequence") and update.stop_sequence < 2**31 else None,
        stop_id=text(update.stop_id)[:400],
        delay=_delay(event.delay) if event.HasField("delay") else None,
        at=event.time if 0 < event.time < 2**40 else None,
        skipped=relation == _STOP.SKIPPED,
        no_data=relation == _STOP.NO_DATA,
    )


def _delay(seconds: int) -> int | None:
    return seconds if abs(seconds) <= MOST_DELAY else None


def _day(said: str) -> date | None:
    if not _DAY.fullmatch(said):
        return None
    try:
        return date(int(said[:4]), int(said[4:6]), int(said[6:]))
    except ValueError:
        return None
