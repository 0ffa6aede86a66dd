"""What is done to tours: the town reads them in from GPX files, describes them, publishes and hides them.

Conflict
├── FromFeed      its source owns its words
└── NoWay         a tour without a way can't be published
InvalidInput
└── InvalidTour   names the fields
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, cast, get_args

import msgspec
from piccolo.columns import Column

from app.capabilities.places import tracks
from app.capabilities.places.folding import sort_name, words
from app.capabilities.places.tables import Tour
from app.capabilities.places.tour_queries import Stop
from app.feeds import items
from app.feeds.connector import ParseContext
from app.feeds.connectors.gpx import connector as gpx
from app.feeds.failures import Stop as Unreadable
from app.kit import clock, richtext
from app.kit.errors import Conflict, InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy.village import touched

LARGEST_BYTES: Final = 5_000_000
MOST_AT_ONCE: Final = 20
"""Ways of one file."""
MOST_STOPS: Final = 100
LONGEST_TITLE: Final = 200
ACTIVITIES: Final = get_args(gpx.Activity)
_GONE: Final = "This tour does not exist, or no longer."
_NO_FILE: Final = _("Please choose a GPX file.")
_TOO_LARGE: Final = _("This file is too large. A GPX file may have at most 5 MB.")
_NO_WAY: Final = _("The file has single points only and no way. Please save the tour as a track and try again.")
_TOO_MANY: Final = _("The file has more than 20 ways. Please save the tours one by one.")
_NOT_READ: Final = _("This file can't be read. Please choose another one.")
_REFUSED: Final = {
    "empty": _("The file is empty."),
    "web-page": _("This is a web page and no GPX file. Please download the file first, then choose it here."),
    "entities": _("This file has parts that can be used for attacks. Please export the tour anew."),
    "no-feed": _("This is no GPX file. A GPX file ends with .gpx and comes from a hiking app or a device."),
    "broken": _("The GPX file is damaged or incomplete. Please export it again."),
    "nothing-there": _("The GPX file has neither a way nor a point."),
}
_BAD_TITLE: Final = _("Please give a name of at most 200 characters.")
_BAD_URL: Final = _("Please give a whole address that begins with https://.")
_BAD_STOP: Final = _("A stop needs a name and a position on earth.")
_BAD_MINUTES: Final = _("Please give the time in minutes, for example 90.")


class FromFeed(Conflict):
    """The tour comes from a source: it can only be hidden."""


class InvalidTour(InvalidInput):
    """What was sent does not make a tour."""

    def __init__(self, **fields: str) -> None:
        super().__init__("Please check what you entered.", fields=fields)


class TourText(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor says about a tour; the way itself comes from the file."""

    title: str
    activity: str
    summary: str = ""
    body_html: str = ""
    """Sanitised when it is stored."""
    difficulty: str = ""
    duration_minutes: int | None = None
    """None: worked out from length and climb."""
    url: str = ""
    attribution: str = ""
    """Who walked it; stands under the tour."""
    stops: Sequence[Stop] = ()


def ways_in(file: bytes) -> list[items.Tour]:
    """The tours of a GPX file. Raises `InvalidTour`, with what is wrong in words for whoever chose the file."""
    if not file:
        raise InvalidTour(file=_NO_FILE.message)
    if len(file) > LARGEST_BYTES:
        raise InvalidTour(file=_TOO_LARGE.message)
    now = clock.now()
    context = ParseContext(window_start=now, window_end=now + timedelta(days=1))
    try:
        found = list(gpx.parse(file, gpx.Config(url=""), context))
    except Unreadable as refusal:
        raise InvalidTour(file=_REFUSED.get(refusal.code, _NOT_READ).message) from refusal
    tours = [one for one in found if isinstance(one, items.Tour)]
    if not tours:
        raise InvalidTour(file=_NO_WAY.message)
    if len(tours) > MOST_AT_ONCE:
        raise InvalidTour(file=_TOO_MANY.message)
    return tours


async def read_in(file: bytes, activity: str = "") -> list[int]:
    """Keep each way of a file as a draft; returns their ids. Raises `InvalidTour`."""
    made = []
    for one in ways_in(file):
        now = clock.now()
        text = TourText(
            title=one.title[:LONGEST_TITLE],
            activity=activity if activity in ACTIVITIES else one.activity,
            summary=one.summary,
            url=one.url,
            attribution=one.attribution,
            stops=[Stop(stop.title, stop.lat, stop.lon, stop.text) for stop in one.stops[:MOST_STOPS]],
        )
        row = Tour({**_columns(text), **_way(one), Tour.created_at: now, Tour.changed_at: now, Tour.language: "de"})
        await row.save()
        made.append(int(row.id))
    touched()
    return made


async def edit(tour_id: int, text: TourText, file: bytes = b"") -> None:
    """Change a tour of the town; with a file also its way. Raises `NotFound`, `FromFeed` and `InvalidTour`."""
    row = await _own(tour_id)
    columns = _columns(text)
    if file:
        columns |= _way(ways_in(file)[0])
    for column, value in columns.items():
        setattr(row, column._meta.name, value)
    row.changed_at = clock.now()
    await row.save([*columns, Tour.changed_at])
    touched()


async def publish(tour_id: int) -> None:
    """Show a tour of the town to everyone. Raises `NotFound` and `FromFeed`."""
    row = await _own(tour_id)
    published: Any = row.published_at
    if published is None:
        row.published_at = row.changed_at = clock.now()
        await row.save([Tour.published_at, Tour.changed_at])
        touched()


async def remove(tour_id: int) -> None:
    """Throw a draft away, or take a tour of the town off for good. Raises `NotFound` and `FromFeed`."""
    row = await _own(tour_id)
    row.withdrawn_at = row.changed_at = clock.now()
    await row.save([Tour.withdrawn_at, Tour.changed_at])
    touched()


async def hide(tour_id: int, *, hidden: bool) -> None:
    """Take a tour off the pages, or show it again. Raises `NotFound`."""
    values: dict[Column | str, Any] = {Tour.hidden_at: clock.now() if hidden else None}
    if not await Tour.update(values).where((Tour.id == tour_id) & Tour.withdrawn_at.is_null()).returning(Tour.id):
        raise NotFound(_GONE)
    touched()


async def _own(tour_id: int) -> Tour:
    row = await Tour.objects().get((Tour.id == tour_id) & Tour.withdrawn_at.is_null())
    if row is None:
        raise NotFound(_GONE)
    if row.feed_item_id is not None:
        raise FromFeed("This tour comes from a source. Here you can only hide it.")
    return row


def _way(tour: items.Tour) -> dict[Column, Any]:
    return {
        Tour.tracks: msgspec.json.encode(tracks.packed(tour.tracks)).decode(),
        Tour.latitude: tour.geo.lat if tour.geo else None,
        Tour.longitude: tour.geo.lon if tour.geo else None,
        Tour.length_metres: tour.length_metres,
        Tour.ascent_metres: tour.ascent_metres,
        Tour.descent_metres: tour.descent_metres,
    }


def _columns(text: TourText) -> dict[Column, Any]:
    """What an editor wrote, clean and checked, as columns."""
    fields = {}
    title = richtext.clean_line(text.title)
    if not title or len(title) > LONGEST_TITLE:
        fields["title"] = _BAD_TITLE.message
    if text.url and not richtext.absolute(text.url, ""):
        fields["url"] = _BAD_URL.message
    if text.duration_minutes is not None and not 0 < text.duration_minutes < 100_000:
        fields["minutes"] = _BAD_MINUTES.message
    stops = [_stop(one) for one in text.stops[:MOST_STOPS]]
    if None in stops:
        fields["stops"] = _BAD_STOP.message
    if fields:
        raise InvalidTour(**fields)
    kept = cast("list[Stop]", stops)
    summary = richtext.shortened(text.summary, 400)
    return {
        Tour.title: title,
        Tour.sort_name: sort_name(title),
        Tour.words: words((title, summary[:200], *(one.title for one in kept))),
        Tour.activity: text.activity if text.activity in ACTIVITIES else "walking",
        Tour.summary: summary,
        Tour.body_html: richtext.sanitise(text.body_html),
        Tour.difficulty: richtext.clean_line(text.difficulty)[:60],
        Tour.duration_minutes: text.duration_minutes,
        Tour.url: text.url.strip(),
        Tour.attribution: richtext.clean_line(text.attribution)[:200],
        Tour.stops: msgspec.json.encode(kept).decode(),
    }


def _stop(one: Stop) -> Stop | None:
    title = richtext.shortened(richtext.clean_line(one.title), 200)
    on_earth = abs(one.lat) <= 90 and abs(one.lon) <= 180 and bool(one.lat or one.lon)
    if not title or not on_earth:
        return None
    return Stop(title, round(one.lat, 6), round(one.lon, 6), richtext.shortened(one.text, 400))
