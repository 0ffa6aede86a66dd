"""What people ask about tours, and what is known about the municipality."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from app.capabilities.places import tracks
from app.capabilities.places.folding import folded
from app.kit import alike, clock
from app.kit.errors import NotFound
from app.kit.i18n import lazy as _
from app.kit.search import words_of
from app.kit.tracks import Point
from app.tenancy import current

MOST_TOURS: Final = 500
_GONE: Final = _("This tour does not exist, or no longer.")
_LONGEST_NUMBER: Final = 2**63 - 1


class Stop(msgspec.Struct, frozen=True):
    """A point along a tour worth stopping at."""

    title: str
    lat: float
    lon: float
    text: str = ""


class ListedTour(msgspec.Struct, frozen=True, gc=False):
    """A tour as lists show it; in the order of the columns of `_LISTED`."""

    id: int
    activity: str
    title: str
    summary: str
    latitude: float | None
    longitude: float | None
    length_metres: int
    ascent_metres: int | None
    descent_metres: int | None
    duration_minutes: int | None
    difficulty: str
    language: str
    source_name: str
    licence: str
    attribution: str


class WholeTour(msgspec.Struct, frozen=True, kw_only=True):
    """A tour in full."""

    id: int
    activity: str
    title: str
    summary: str
    body_html: str
    language: str
    latitude: float | None
    longitude: float | None
    tracks: list[list[Point]]
    stops: list[Stop]
    length_metres: int
    ascent_metres: int | None
    descent_metres: int | None
    duration_minutes: int | None
    difficulty: str
    url: str
    source_name: str
    source_url: str
    licence: str
    attribution: str
    changed_at: datetime


class Known(msgspec.Struct, frozen=True):
    """A fact about the municipality."""

    name: str
    value: str
    as_of: str
    source_name: str
    source_url: str
    licence: str
    attribution: str
    changed_at: datetime


_LISTED: Final = """SELECT id, activity, title, summary, latitude, longitude, length_metres, ascent_metres,
    descent_metres, duration_minutes, difficulty, language, source_name, licence, attribution FROM tour"""
_PUBLIC: Final = "withdrawn_at IS NULL AND hidden_at IS NULL AND published_at <= $1"
_BY_NAME: Final = f"{_LISTED} WHERE {_PUBLIC} AND ($2 = '' OR activity = $2) ORDER BY sort_name, id LIMIT $3"
_BY_ID: Final = f"{_LISTED} WHERE {_PUBLIC} AND id = ANY ($2)"
_ALIKE: Final = f"SELECT title FROM tour WHERE {_PUBLIC} AND {alike.written_like('words', 2)} LIMIT 20"  # noqa: S608 - constant
_COUNTS: Final = f"SELECT activity, count(*) FROM tour WHERE {_PUBLIC} GROUP BY activity ORDER BY 2 DESC, 1"  # noqa: S608 - constant
_WHOLE: Final = """SELECT id, activity, title, summary, body_html, language, latitude, longitude,
    tracks::text AS tracks, stops::text AS stops, length_metres, ascent_metres, descent_metres, duration_minutes,
    difficulty, url, source_name, source_url, licence, attribution, changed_at
FROM tour WHERE id = $1 AND withdrawn_at IS NULL"""
_SHOWN: Final = f"{_WHOLE} AND {_PUBLIC.replace('$1', '$2')}"
_FACTS: Final = """SELECT name, value, as_of, source_name, source_url, licence, attribution, changed_at
FROM fact WHERE withdrawn_at IS NULL ORDER BY name, as_of DESC, id"""


async def tours(activity: str = "", limit: int = MOST_TOURS) -> list[ListedTour]:
    """The tours by name, or those of one activity."""
    return [ListedTour(*row) for row in await current().fetch(_BY_NAME, [clock.now(), activity, limit])]


async def tour_counts() -> dict[str, int]:
    """How many tours each activity has, the most first."""
    return {row[0]: row[1] for row in await current().fetch(_COUNTS, [clock.now()])}


async def tour(tour_id: int, *, any_state: bool = False) -> WholeTour:
    """One tour; raises `NotFound`, also for what is a draft or hidden unless `any_state`."""
    text, values = (_WHOLE, [tour_id]) if any_state else (_SHOWN, [tour_id, clock.now()])
    rows = await current().fetch(text, values) if 0 < tour_id <= _LONGEST_NUMBER else []
    if not rows:
        raise NotFound(_GONE.message)
    row: dict[str, Any] = dict(rows[0])
    row["tracks"] = tracks.unpacked(msgspec.json.decode(row["tracks"]))
    row["stops"] = msgspec.json.decode(row["stops"], type=list[Stop])
    return WholeTour(**row)


async def search_tours(words: str, limit: int) -> list[ListedTour]:
    """Tours that have all the words; there are a few dozen."""
    said = words_of(folded(words))
    if not said:
        return []
    every = " AND ".join(f"words LIKE ${place}" for place in range(3, 3 + len(said)))
    text = f"{_LISTED} WHERE {_PUBLIC} AND {every} ORDER BY sort_name, id LIMIT $2"
    rows = await current().fetch(text, [clock.now(), limit, *(f"%{word}%" for word in said)])
    return [ListedTour(*row) for row in rows]


async def tours_alike(word: str, *, wider: bool) -> list[str]:
    """Titles of tours that have something written like a word."""
    said = words_of(folded(word))
    rows = await current().fetch(_ALIKE, [clock.now(), *alike.asked(said[0], wider=wider)]) if said else []
    return [row["title"] for row in rows]


async def listed_tours(ids: Sequence[int]) -> list[ListedTour]:
    """The tours with these ids that are public, in this order."""
    found = {row[0]: ListedTour(*row) for row in await current().fetch(_BY_ID, [clock.now(), list(ids)[:200]])}
    return [found[id_] for id_ in ids if id_ in found]


async def known() -> list[Known]:
    """What is known about the municipality."""
    return [Known(*row) for row in await current().fetch(_FACTS, [])]
