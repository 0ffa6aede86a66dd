"""The exports of the TMB's ContentNetzwerk, the tourism association of Brandenburg: events, or places and tours.

Two documents of different make, each a feed of its own: `<brandenburgevents>` has a row for each date of an event,
`<result>` has places whose categories, tours and pictures stand beside them. Partners get the address by contract, and
some only with a client certificate. An export of the state has hundreds of megabytes: it lies in a file and is read
row by row, so that only what comes of it is in memory.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.tmb.event import Row, event_of, row_of
from app.feeds.connectors.tmb.place import place_of
from app.feeds.connectors.tmb.tour import Line, line_of, tour_of
from app.feeds.connectors.tmb.tree import EVENTS, elements, line, name_of, root_of, written
from app.feeds.items import Event, Item, Place, Problem
from app.kit.http import BadCertificate
from app.kit.richtext import clean_line

ACCEPT: Final = "application/xml, text/xml, */*;q=0.5"
LARGEST_BYTES: Final = 400_000_000
TOTAL_SECONDS: Final = 600.0


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the export."""
    certificate: str = ""
    """Client certificate with its key: PEM text without a password, or the path of such a file."""
    nowhere: bool = False
    """Take what has no point on the map as well: only where all of the export belongs to one town."""
    ignore: tuple[str, ...] = ()
    """Categories that are not wanted, or parts of their names."""
    licence: str = ""
    attribution: str = ""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The export, conditionally, into a file."""
    try:
        return await http.download(
            config.url,
            cursor,
            accept=ACCEPT,
            total_seconds=TOTAL_SECONDS,
            file_bytes=LARGEST_BYTES,
            packed=True,
            certificate=config.certificate,
        )
    except BadCertificate as error:
        raise Stop(
            "The certificate can't be read. It must hold certificate and key as PEM, without a password.",
            code="certificate",
        ) from error


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """The items of either document; raises `Stop` for another one, and for one that breaks off."""
    return parse_file(BytesIO(body), config, context)


def parse_file(file: BinaryIO, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """As `parse`, of a document in a file."""
    found = _events(file, config, context) if root_of(file) == EVENTS else _places(file, config)
    counted = 0
    for one in found:
        if isinstance(one, Item):
            counted += 1
            if isinstance(one, Event | Place) and one.geo is None and not config.nowhere:
                yield Problem(one.external_id, "An entry has no point on the map: nobody knows whose it is.")
                continue
            one = msgspec.structs.replace(one, licence=config.licence, attribution=config.attribution)  # noqa: PLW2901
        yield one
    if not counted:
        raise Stop("The export is empty: it names neither events nor places.", code="empty")


def _events(file: BinaryIO, config: Config, context: ParseContext) -> Iterator[Event | Problem]:
    rows: dict[str, list[Row]] = {}
    for element in elements(file, frozenset({"EVENT"})):
        try:
            row = row_of(element, context.zone)
        except SkipItem as skipped:
            yield Problem(line(element, "E_ID") or None, skipped.reason)
            continue
        if not _ignored(row.categories, config):
            known = rows.setdefault(row.event, [])
            # The text of an event stands in each of its rows; once is enough in memory.
            known.append(msgspec.structs.replace(row, summary="", body="") if known else row)
    for number in list(rows):
        yield event_of(rows.pop(number), context)


def _places(file: BinaryIO, config: Config) -> Iterator[Item | Problem]:
    names: dict[str, str] = {}
    tours: dict[str, Line] = {}
    # What places refer to may stand behind them, so that the document is read twice.
    for element in elements(file, frozenset({"classification", "tour"}), top_only=True):
        number = element.get("id") or ""
        if name_of(element) == "tour":
            tours[number] = line_of(written(element, "geom"))
        else:
            names[number] = clean_line(element.get("name") or "")
    seen: set[str] = set()
    for element in elements(file, frozenset({"poi"}), top_only=True):
        try:
            item = tour_of(element, names, tours) or place_of(element, names)
        except SkipItem as skipped:
            yield Problem(element.get("id") or None, skipped.reason)
            continue
        if item.external_id not in seen and not _ignored(item.categories, config):
            seen.add(item.external_id)
            yield item


def _ignored(categories: tuple[str, ...], config: Config) -> bool:
    return any(word and word.casefold() in name.casefold() for word in config.ignore for name in categories)
