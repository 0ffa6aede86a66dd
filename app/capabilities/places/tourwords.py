"""Tours in words and numbers: length, climb, how long it takes."""

from typing import Final

import msgspec
from babel.numbers import format_decimal

from app.capabilities.places import tracks
from app.capabilities.places.tour_queries import ListedTour, WholeTour
from app.capabilities.places.wording import distance_words
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language, lazy
from app.kit.slug import numbered
from app.web.cards import Fact

ACTIVITIES: Final = {
    "walking": lazy("On foot"),
    "cycling": lazy("By bicycle"),
    "riding": lazy("On horseback"),
    "paddling": lazy("By boat"),
    "driving": lazy("By car"),
    "other": lazy("Other tours"),
}
_KMH: Final = {"walking": 4.0, "cycling": 15.0, "riding": 8.0, "paddling": 4.0, "driving": 40.0, "other": 4.0}
_UP_METRES_AN_HOUR: Final = 300.0
_DOWN_METRES_AN_HOUR: Final = 500.0
PROFILE_ROWS: Final = 8
_SAVED_FROM: Final = 1_000_000_000_000
"""Readers put tours aside among places, under numbers that no place reaches."""


class Step(msgspec.Struct, frozen=True):
    """A line of the table beside the height profile."""

    way: str
    height: str


def path_of(tour_id: int, title: str) -> str:
    """The address of a tour's page."""
    return "/tours/" + numbered(tour_id, title)


def saved_number(tour_id: int) -> int:
    """Under which number a reader puts a tour aside."""
    return _SAVED_FROM + tour_id


def tour_of(saved: int) -> int | None:
    """The tour that was put aside under a number; None: it is a place."""
    return saved - _SAVED_FROM if saved > _SAVED_FROM else None


def minutes_of(one: ListedTour | WholeTour) -> int | None:
    """How long it takes: as the source says, else on foot by DIN 33466, otherwise at a usual speed."""
    if one.duration_minutes:
        return one.duration_minutes
    if one.length_metres <= 0:
        return None
    flat = one.length_metres / 1000 / _KMH.get(one.activity, 4.0)
    if one.activity != "walking":
        return max(5, round(flat * 60 / 5) * 5)
    steep = (one.ascent_metres or 0) / _UP_METRES_AN_HOUR + (one.descent_metres or 0) / _DOWN_METRES_AN_HOUR
    # DIN 33466: the longer of both, and half of the shorter.
    hours = max(flat, steep) + min(flat, steep) / 2
    return max(5, round(hours * 60 / 5) * 5)


def duration_words(minutes: int) -> str:
    """`45 Minuten`, `2 Stunden`, `2 Std. 20 Min.`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s minutes") % {"minutes": rest}
    if not rest:
        return _("1 hour") if hours == 1 else _("%(hours)s hours") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def line(one: ListedTour) -> str:
    """`12 km, 180 m Anstieg, etwa 3 Stunden`."""
    parts = [distance_words(one.length_metres)] if one.length_metres else []
    if one.ascent_metres:
        parts.append(_("%(metres)s m up") % {"metres": _number(one.ascent_metres)})
    minutes = minutes_of(one)
    if minutes:
        parts.append(_("about %(time)s") % {"time": duration_words(minutes)})
    return ", ".join(parts)


def facts(one: WholeTour) -> list[Fact]:
    """The summary list of a tour's page."""
    found = [Fact(_("How"), str(ACTIVITIES.get(one.activity, ACTIVITIES["other"])), icon="people")]
    if one.length_metres:
        found.append(Fact(_("Length"), distance_words(one.length_metres)))
    if one.ascent_metres is not None:
        climb = _("%(up)s m up, %(down)s m down") % {
            "up": _number(one.ascent_metres),
            "down": _number(one.descent_metres or 0),
        }
        found.append(Fact(_("Climb"), climb))
    minutes = minutes_of(one)
    if minutes:
        said = duration_words(minutes)
        found.append(
            Fact(_("Time"), said if one.duration_minutes else _("about %(time)s") % {"time": said}, icon="clock")
        )
    if one.difficulty:
        found.append(Fact(_("Difficulty"), one.difficulty))
    if one.latitude is not None and one.longitude is not None:
        point = f"{one.latitude:.6f},{one.longitude:.6f}"
        found.append(Fact(_("To the start"), _("Open in your map app"), f"geo:{point}?q={point}", icon="place"))
    return found


def steps(one: WholeTour) -> list[Step]:
    """The height profile as a table: some distances and how high it is there; empty without heights."""
    curve = tracks.profile(one.tracks)
    if len(curve) < 2:
        return []
    length = curve[-1][0]
    ways = [length * number / (PROFILE_ROWS - 1) for number in range(PROFILE_ROWS)]
    return [
        Step(distance_words(way) if way else _("Start"), f"{_number(round(tracks.height_at(curve, way)))} m")
        for way in ways
    ]


def _number(value: int) -> str:
    return str(format_decimal(value, locale=language()))
