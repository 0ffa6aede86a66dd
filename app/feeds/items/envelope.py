"""What feeds yield: the same few kinds for every format, with where it comes from and under which licence.

Times are aware and in UTC, `zone` keeps the tz id they were meant in. A day is a `date`, and the days of an event are
inclusive (`first_day` = `last_day` for one day, as people say "vom 3. bis 5."), while times are half-open.
An item is made of bytes alone, without a clock: whether a date lies too far ahead is judged where it is stored.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec


class Geo(msgspec.Struct, frozen=True):
    """A point, WGS 84, decimal degrees."""

    lat: float
    lon: float


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """The towns that an item of a region is for: those named by a key and those that a polygon touches."""

    keys: tuple[str, ...] = ()
    """Beginnings of AGS: 2 digits a state, 5 a district, 8 a municipality. A DWD warn cell becomes one of these."""
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Outer rings in GeoJSON order (longitude, latitude), WGS 84."""
    names: tuple[str, ...] = ()
    """As the source names the area, for people."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """The common envelope."""

    external_id: str
    """Identity within the feed, at most 400 characters; never the title alone."""
    title: str
    """One clean line."""
    url: str = ""
    """Absolute link to the original, or empty."""
    language: str = ""
    """BCP 47, lower-case, e.g. `de`; empty when nothing says."""
    published_at: datetime | None = None
    published_day_only: bool = False
    """The source names a day without a time: `published_at` is its midnight in the feed's zone, show the date only."""
    updated_at: datetime | None = None
    summary: str = ""
    """Plain text, one paragraph."""
    body_html: str = ""
    """Sanitised by `app.kit.richtext`."""
    categories: tuple[str, ...] = ()
    author: str = ""
    licence: str = ""
    """SPDX or dl-de identifier, or the publisher's words."""
    attribution: str = ""
    """Who must be named."""
    image_url: str = ""
    """Absolute address at the source; never shown from there, only fetched through the guard."""
    geo: Geo | None = None
    area: Area | None = None
    """Whom a region's item concerns; None: the towns around `geo`, or all of the region when there is none."""


class Gone(Item, frozen=True, kw_only=True):
    """The source says that it took this item back (a tombstone): withdrawn at once, whatever the feed delivers."""

    title: str = ""


class Unread(Item, frozen=True, kw_only=True):
    """The source has this item but it could not be read this time: what is stored of it stays as it is."""

    title: str = ""


class Problem(msgspec.Struct, frozen=True):
    """One item that could not be read, or not in full; the others are stored."""

    external_id: str | None
    reason: str
    """A msgid, shown to the editor in their language."""


LONGEST_ID: Final = 400
_ID: Final = "\0"
"""In the place of an id; no id has it."""


def short_id(text: str) -> str:
    """An id of at most 400 characters: a longer one keeps its beginning and gets a hash."""
    if len(text) <= LONGEST_ID:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{text[: LONGEST_ID - 33]}#{digest}"


def content_hash(item: Item) -> str:
    """SHA-256 of everything an item says, in hex; the same over processes and versions of Python.

    The window moves every day, so occurrences count: a new date is a change. `updated_at` does not count, because
    many sources set it to the moment of the request.
    """
    return hashes_as(item)(item.external_id)


def hashes_as(item: Item) -> Callable[[str], str]:
    """The content hash that the item would have under another id."""
    fields = {name: getattr(item, name) for name in item.__struct_fields__ if name != "updated_at"}
    encoded = msgspec.json.encode([type(item).__name__, fields | {"external_id": _ID}], order="sorted")
    head, _, tail = encoded.partition(b'"external_id":' + msgspec.json.encode(_ID))
    begun = hashlib.sha256(head + b'"external_id":')

    def hashed(external_id: str) -> str:
        whole = begun.copy()
        whole.update(msgspec.json.encode(external_id) + tail)
        return whole.hexdigest()

    return hashed
