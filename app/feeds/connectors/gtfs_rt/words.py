"""A service alert, as the protocol buffer has it → ours."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from google.transit import gtfs_realtime_pb2 as pb

from app.feeds.connectors.gtfs_rt.texts import text as said
from app.feeds.items import TransitAlert, short_id
from app.kit.richtext import absolute, clean_line, plain, shortened

LONGEST_TEXT: Final = 2_000
MOST_NAMED: Final = 500
_SEVERE: Final = frozenset({pb.Alert.NO_SERVICE})
_MILD: Final = frozenset({pb.Alert.ADDITIONAL_SERVICE, pb.Alert.NO_EFFECT, pb.Alert.ACCESSIBILITY_ISSUE})


def alert_of(entity_id: str, alert: Any, language: str) -> TransitAlert | None:
    """The alert in this language, else in its first; None without any text."""
    title, tongue = _text(alert.header_text, language)
    text, other = _text(alert.description_text, language)
    title = title or shortened(text, 120)
    if not title:
        return None
    named = alert.informed_entity[:MOST_NAMED]
    routes = _each(one.route_id or one.trip.route_id for one in named)
    stops = _each(one.stop_id for one in named)
    trips = _each(one.trip.trip_id for one in named)
    return TransitAlert(
        id=short_id(said(entity_id) or title),
        title=title[:300],
        text=text[:LONGEST_TEXT],
        url=absolute(_text(alert.url, language)[0], ""),
        language=tongue or other,
        severity=_severity(alert),
        periods=tuple((one.start or None, one.end or None) for one in alert.active_period[:50]),
        route_ids=routes,
        stop_ids=stops,
        trip_ids=trips,
        everywhere=not (routes or stops or trips),
    )


def _each(ids: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one[:400] for id_ in ids if (one := said(id_))))


def _text(translated: Any, language: str) -> tuple[str, str]:
    """Text and its language."""
    found = list(translated.translation)
    if not found:
        return "", ""
    wanted = [one for one in found if said(one.language).lower().partition("-")[0] == language]
    one = (wanted or [one for one in found if not one.language] or found)[0]
    return clean_line(plain(said(one.text))), said(one.language).lower()[:10]


def _severity(alert: Any) -> Literal["info", "warning", "severe"]:
    if alert.severity_level == pb.Alert.SEVERE or alert.effect in _SEVERE:
        return "severe"
    if alert.severity_level == pb.Alert.INFO or alert.effect in _MILD:
        return "info"
    return "warning"
