"""Collection days (Abfuhrtermine) of a town from Jumomind, the service behind the app MyMüll and many companies' pages.

The service knows places, their streets and, behind these, areas that many streets share. The days of an area are
fetched once, however many streets lie in it, with a rest between two requests. When one area does not come, the run
stops and everything known stays: half a calendar would take the other half away.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.feeds.bundle import bundled, named, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.connectors.jumomind.asking import AREA, STREETS, Asker
from app.feeds.connectors.jumomind.places import Street, decoded, lines_of, text
from app.feeds.connectors.waste_ics.words import bins_of, called_off, usual_day
from app.feeds.items import Collection, Fraction, Problem, short_id
from app.kit.richtext import clean_line, plain, shortened

MOST_DAYS: Final = 1_000
"""Of an area; a year has about 150."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the service up to `api.php`; may stay empty where `service` is set."""
    service: str = ""
    """Short name of the disposal company at Jumomind, e.g. `udg` for the Uckermark."""
    city: str = ""
    """The place as the service names it; its parts (`Ort-Ortsteil`, `Ort, Ortsteil`) belong to it."""
    streets: tuple[str, ...] = ()
    """Only these streets; empty means all of the place."""
    most_areas: int = 200
    """More areas than this are refused: then choose streets."""
    pause_ms: int = 500
    """Milliseconds between two requests."""
    fractions: dict[str, Fraction] = {}
    """Part of an entry's name → our fraction; goes before the usual words."""
    ignore: tuple[str, ...] = ()
    """Entries whose name holds one of these are no collection."""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        """Refuse what would hurt the service, and a short name that is none."""
        if self.service and not (self.service.isascii() and self.service.isalnum()):
            raise ValueError(f"service must be a short name such as udg, not {self.service!r}")
        if not 1 <= self.most_areas <= 500:
            raise ValueError("most_areas must lie between 1 and 500")


async def fetch(config: Config, http: Http, _: Cursor) -> Fetched:
    """Streets and days of all areas, packed; the service knows no validators, so that it is asked in full."""
    if not config.city:
        raise Stop("Please enter the place (city) as the disposal company names it.", code="config")
    parts, first = await Asker(config, http).everything()
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Collection | Problem]:
    """The collections of each street from the window's first day on; raises `Stop` when anything is missing."""
    if body.lstrip()[:1] == b"<":
        raise web_page(body[:20_000].decode("utf-8", "replace"), context.url)
    parts = unpack(body)
    listed = next(named(parts, STREETS), None)
    if listed is None:
        raise Stop("What came from the source can't be read.", code="unreadable")
    streets = _streets(listed.body)
    days = {part.name.removeprefix(AREA): _entries(part.body) for part in parts if part.name.startswith(AREA)}
    if missing := next((street.name for street in streets if street.key not in days), None):
        raise Stop("The days of %(street)s are missing. Nothing was changed.", code="incomplete", street=missing)
    first = context.window_start.astimezone(context.zone).date()
    seen: set[str] = set()
    unread: set[str] = set()
    for street in streets:
        for entry in days[street.key][:MOST_DAYS]:
            for one in _collections(entry, street, config):
                if isinstance(one, Problem):
                    if street.key not in unread:
                        unread.add(street.key)
                        yield one
                elif one.day >= first and one.external_id not in seen:
                    seen.add(one.external_id)
                    yield one
    if not seen and not unread:
        yield Problem(None, "The source names no days for this place yet.")


def _streets(body: bytes) -> list[Street]:
    try:
        found = msgspec.json.decode(body, type=list[Street])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop("What came from the source can't be read.", code="unreadable") from error
    return [one for one in found if one.name and one.area]


def _entries(body: bytes) -> list[dict[str, Any]]:
    document = decoded(body)
    if not isinstance(document, list):
        raise Stop("What came from the source can't be read.", code="unreadable")
    return [one for one in document if isinstance(one, dict)]


def _collections(entry: dict[str, Any], street: Street, config: Config) -> Iterator[Collection | Problem]:
    title = shortened(text(entry, "title") or text(entry, "trash_name"), 200)
    try:
        day = date.fromisoformat(text(entry, "day")[:10])
    except ValueError:
        yield Problem(None, "A collection day can't be read.")
        return
    if not title:
        yield Problem(None, "A collection day does not say what is taken.")
        return
    note = shortened(clean_line(" ".join(lines_of(plain(text(entry, "description"))))), 300)
    said = f"{title} {note}"
    if called_off(said) or any(word and word.casefold() in title.casefold() for word in config.ignore):
        return
    for name, fraction in bins_of(title, config.fractions):
        yield Collection(
            external_id=short_id(f"{street.name}/{day.isoformat()}/{name}"),
            title=name,
            licence=config.licence,
            attribution=config.attribution,
            day=day,
            fraction=fraction,
            street=street.name,
            moved_from=usual_day(said, day),
            note=note,
        )
