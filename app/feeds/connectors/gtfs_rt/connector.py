"""GTFS-Realtime 2.0: trip updates and service alerts as protocol buffers, the whole picture in one answer.

What is said about a trip belongs to one release of one timetable; whether it fits is judged where it is stored.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.gtfs_rt.trips import update_of
from app.feeds.connectors.gtfs_rt.words import alert_of
from app.feeds.items import Problem, Realtime

ACCEPT: Final = "application/x-protobuf, application/octet-stream;q=0.9, */*;q=0.5"
BODY_BYTES: Final = 60_000_000
MOST_ENTITIES: Final = 200_000
_LATEST: Final = 4_102_444_800
"""2100; a timestamp beyond is none."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator may set."""

    url: str
    """Address of the realtime data."""
    timetable: str = ""
    """Name of the region's feed whose timetable is meant; empty: the only one there is."""
    language: str = "de"
    """Of the alerts, where they come in several."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The answer, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Realtime | Problem]:
    """One item that holds everything; raises `Stop` when the bytes are no realtime data."""
    message = _message(body, context.url)
    if message.header.incrementality == pb.FeedHeader.DIFFERENTIAL:
        raise Stop("This source sends changes only, not the whole picture. That is not supported.", code="differential")
    if len(message.entity) > MOST_ENTITIES:
        raise Stop("The realtime data hold far more entries than any region has trips.", code="too-many")
    updates, alerts, problems = [], [], 0
    for entity in message.entity:
        if entity.is_deleted:
            continue
        if entity.HasField("trip_update"):
            update = update_of(entity.trip_update)
            problems += update is None
            updates += [update] if update is not None else []
        if entity.HasField("alert"):
            alert = alert_of(entity.id, entity.alert, config.language)
            problems += alert is None
            alerts += [alert] if alert is not None else []
    yield Realtime(
        external_id="realtime",
        title=config.timetable or "GTFS-Realtime",
        url=context.url,
        reported_at=_moment(message.header.timestamp),
        updates=tuple({(one.trip_id, one.start_date): one for one in updates}.values()),
        alerts=tuple({one.id: one for one in alerts}.values()),
    )
    if problems:
        yield Problem(None, "Some entries of the realtime data could not be read.")


def _message(body: bytes, url: str) -> Any:
    start = body[:400].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"\xef\xbb\xbf<html")):
        raise web_page(body.decode("utf-8", "replace"), url)
    message = pb.FeedMessage()
    none = Stop("These are no realtime data (GTFS-Realtime). Check the address.", code="no-realtime")
    try:
        message.ParseFromString(body)
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise none from error
    # Nothing at all is a message too, and so is a lot of noise.
    if not message.header.gtfs_realtime_version or not message.IsInitialized():
        raise none
    return message


def _moment(timestamp: int) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC) if 0 < timestamp < _LATEST else None
