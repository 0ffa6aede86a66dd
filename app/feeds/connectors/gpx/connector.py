"""Tours of GPX files; waypoints are stops along them, or places where the file has no track."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXTrack, GPXTrackPoint, GPXWaypoint
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop
from app.feeds.connectors.gpx.document import document_of
from app.feeds.items import Geo, Place, Problem, Tour, TourStop, short_id
from app.kit.geo import metres
from app.kit.richtext import absolute, clean_line, plain, shortened
from app.kit.tracks import Point, climbs_metres, length_metres, simplified_to

ACCEPT: Final = "application/gpx+xml, application/xml;q=0.9, */*;q=0.5"
BODY_BYTES: Final = 40_000_000
MOST_POINTS: Final = 5_000
TOLERANCE_METRES: Final = 10.0
MOST_TOURS: Final = 500
MOST_STOPS: Final = 200
STOP_METRES: Final = 500
"""A waypoint this near to a track belongs to it, where a file has several."""
Activity = Literal["walking", "cycling", "riding", "paddling", "driving", "other"]
_ACTIVITIES: Final[tuple[tuple[Activity, tuple[str, ...]], ...]] = (
    ("cycling", ("cycl", "bik", "rad", "mtb")),
    ("riding", ("horse", "reit", "riding")),
    ("paddling", ("canoe", "kayak", "kajak", "kanu", "padd", "boot", "rudern")),
    ("driving", ("motor", "driv", "auto", "car")),
    ("walking", ("walk", "hik", "wander", "lauf", "run", "spazier", "foot", "pilger")),
)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    activity: Literal["", "walking", "cycling", "riding", "paddling", "driving", "other"] = ""
    """Where the file does not say it; empty means walking."""
    title: str = ""
    """Name of the tour, where the file has one track and calls it badly."""
    kind: str = "attraction"
    """Kind of the places, for a file that has waypoints only."""
    page: str = ""
    """Address of the page about the tour."""
    difficulty: str = ""
    licence: str = ""
    attribution: str = ""
    language: str = "de"


class Way(Struct, frozen=True):
    """A track or a route, as far as both are alike."""

    name: str
    text: str
    link: str
    sort: str
    segments: list[list[Point]]


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The file, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Tour | Place | Problem]:
    """Each track and each route is a tour. Raises `Stop` when the bytes are no GPX."""
    document = document_of(body, context.charset, context.url)
    ways = [_of_track(one) for one in document.tracks] + [_of_route(one) for one in document.routes]
    drawn = [one for one in ways if sum(map(len, one.segments)) >= 2]
    if len(drawn) < len(ways):
        yield Problem(None, "A track has fewer than two points. It was left out.")
    if not drawn:
        yield from _places(document.waypoints, config, context)
        return
    if len(drawn) > MOST_TOURS:
        yield Problem(None, "The file has more than 500 tours. The rest was left out.")
    names: Counter[str] = Counter()
    for way in drawn[:MOST_TOURS]:
        found = _tour(way, document, config, context, alone=len(drawn) == 1)
        names[found.external_id] += 1
        if names[found.external_id] > 1:
            yield Problem(found.external_id, "Two entries have the same id. The first one was taken.")
            continue
        yield found


def _of_track(track: GPXTrack) -> Way:
    segments = [_points(one.points) for one in track.segments]
    return Way(
        _line(track.name), _text(track.description, track.comment), track.link or "", _line(track.type), segments
    )


def _of_route(route: GPXRoute) -> Way:
    return Way(
        _line(route.name),
        _text(route.description, route.comment),
        route.link or "",
        _line(route.type),
        [_points(route.points)],
    )


def _points(points: Sequence[GPXTrackPoint | GPXRoutePoint]) -> list[Point]:
    """Those that lie on the earth; heights that nobody can climb are none."""
    return [
        (round(one.longitude, 6), round(one.latitude, 6), _height(one.elevation))
        for one in points
        if _on_earth(one.latitude, one.longitude)
    ]


def _on_earth(lat: float, lon: float) -> bool:
    # Devices without a fix write 0/0.
    return math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180 and bool(lat or lon)


def _height(metres_up: float | None) -> float | None:
    fits = metres_up is not None and math.isfinite(metres_up) and -500 < metres_up < 9_000
    return round(metres_up, 1) if fits and metres_up is not None else None


def _tour(way: Way, document: GPX, config: Config, context: ParseContext, *, alone: bool) -> Tour:
    segments = [one for one in way.segments if one]
    start = segments[0][0]
    end = segments[-1][-1]
    title = (config.title if alone else "") or way.name or (_line(document.name) if alone else "") or config.title
    climbs = [found for one in segments if (found := climbs_metres(one)) is not None]
    text = way.text or (_text(document.description) if alone else "")
    lines = simplified_to(segments, TOLERANCE_METRES, MOST_POINTS)
    link = absolute(way.link or (document.link or "" if alone else ""), context.url)
    return Tour(
        # Files number nothing: the name alone may be given twice, where it begins and ends tells tours apart.
        external_id=short_id(f"{way.name or 'track'}@{start[1]:.3f},{start[0]:.3f}-{end[1]:.3f},{end[0]:.3f}"),
        title=shortened(title or "Tour", 300),
        url=config.page or link,
        language=config.language,
        published_at=document.time if document.time and document.time.tzinfo else None,
        summary=shortened(text, 400),
        author=shortened(_line(document.author_name), 200),
        geo=Geo(start[1], start[0]),
        activity=config.activity or _activity(way.sort),
        tracks=tuple(tuple(one) for one in lines if len(one) > 1),
        stops=_stops(document.waypoints, segments, alone=alone),
        length_metres=round(sum(length_metres(one) for one in segments)),
        ascent_metres=round(sum(up for up, _ in climbs)) if climbs else None,
        descent_metres=round(sum(down for _, down in climbs)) if climbs else None,
        difficulty=config.difficulty,
        licence=config.licence or _line(document.copyright_license),
        attribution=config.attribution or shortened(_line(document.copyright_author), 200),
    )


def _activity(sort: str) -> Activity:
    said = sort.casefold()
    return next((name for name, marks in _ACTIVITIES if any(mark in said for mark in marks)), "walking")


def _stops(waypoints: Iterable[GPXWaypoint], segments: list[list[Point]], *, alone: bool) -> tuple[TourStop, ...]:
    found: list[TourStop] = []
    for one in waypoints:
        title = shortened(_line(one.name), 200)
        if not title or not _on_earth(one.latitude, one.longitude):
            continue
        if alone or _near(one.latitude, one.longitude, segments):
            said = _text(one.description, one.comment)
            text = "" if said == title else shortened(said, 400)
            found.append(TourStop(title=title, lat=round(one.latitude, 6), lon=round(one.longitude, 6), text=text))
    return tuple(found[:MOST_STOPS])


def _near(lat: float, lon: float, segments: list[list[Point]]) -> bool:
    points = [point for one in segments for point in one]
    return any(metres(lat, lon, point[1], point[0]) < STOP_METRES for point in points[:: len(points) // 2_000 + 1])


def _places(waypoints: Sequence[GPXWaypoint], config: Config, context: ParseContext) -> Iterator[Place | Problem]:
    """The waypoints of a file without tracks."""
    if not waypoints:
        raise Stop("The GPX file has neither a track nor a point.", code="nothing-there")
    seen: set[str] = set()
    for number, one in enumerate(waypoints, 1):
        if not _on_earth(one.latitude, one.longitude):
            yield Problem(None, "A point lies nowhere on earth. It was left out.")
            continue
        title = shortened(_line(one.name) or _line(config.title) or f"Punkt {number}", 300)
        external_id = short_id(f"{title}@{one.latitude:.4f},{one.longitude:.4f}")
        if external_id in seen:
            continue
        seen.add(external_id)
        yield Place(
            external_id=external_id,
            title=title,
            kind=config.kind,
            url=absolute(_line(one.link), context.url) or config.page,
            language=config.language,
            summary=shortened(_text(one.description, one.comment), 400),
            geo=Geo(round(one.latitude, 6), round(one.longitude, 6)),
            licence=config.licence,
            attribution=config.attribution,
        )


def _line(text: str | None) -> str:
    return clean_line(text or "")


def _text(*texts: str | None) -> str:
    """The first that says something. Descriptions are HTML here and there; what is shown is plain."""
    return next((said for text in texts if (said := plain(text or ""))), "")
