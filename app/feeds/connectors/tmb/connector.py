"""The exports of the TMB's ContentNetzwerk, the tourism association of Brandenburg: events, or places and tours.

Two documents of different make, each a feed of its own: `<brandenburgevents>` has a row for each date of an event,
`<result>` has places whose categories, tours and pictures stand beside them. Partners get the address by contract, and
some only with a client certificate.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.tmb.event import Row, event_of, row_of
from app.feeds.connectors.tmb.place import place_of
from app.feeds.connectors.tmb.tour import tour_of
from app.feeds.connectors.tmb.tree import EVENTS, elements, line, name_of, root_of, written
from app.feeds.items import Event, Item, Place, Problem
from app.kit.http import BadCertificate
from app.kit.richtext import clean_line

ACCEPT: Final = "application/xml, text/xml, */*;q=0.5"
LARGEST_BYTES: Final = 150_000_000
TOTAL_SECONDS: Final = 120.0


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
    """The export's bytes, conditionally."""
    try:
        return await http.get(
            config.url,
            cursor,
            accept=ACCEPT,
            total_seconds=TOTAL_SECONDS,
            body_bytes=LARGEST_BYTES,
            certificate=config.certificate,
        )
    except BadCertificate as error:
        raise Stop(
            "The certificate can't be read. It must hold certificate and key as PEM, without a password.",
            code="certificate",
        ) from error


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """The items of either document; raises `Stop` for another one, and for one that breaks off."""
    found = _events(body, config, context) if root_of(body) == EVENTS else _places(body, config)
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


def _events(body: bytes, config: Config, context: ParseContext) -> Iterator[Event | Problem]:
    rows: dict[str, list[Row]] = {}
    for element in elements(body, frozenset({"EVENT"})):
        try:
            row = row_of(element, context.zone)
        except SkipItem as skipped:
            yield Problem(line(element, "E_ID") or None, skipped.reason)
            continue
        if not _ignored(row.categories, config):
            known = rows.setdefault(row.event, [])
            # The text of an event stands in each of its rows; once is enough in memory.
            known.append(msgspec.structs.replace(row, summary="", body="") if known else row)
    for dates in rows.values():
        yield event_of(dates, context)


def _places(body: bytes, config: Config) -> Iterator[Item | Problem]:
    names: dict[str, str] = {}
    tours: dict[str, str] = {}
    # What places refer to may stand behind them, so that the document is read twice.
    for element in elements(body, frozenset({"classification", "tour"}), top_only=True):
        number = element.get("id") or ""
        if name_of(element) == "tour":
            tours[number] = written(element, "geom")
        else:
            names[number] = clean_line(element.get("name") or "")
    seen: set[str] = set()
    for element in elements(body, frozenset({"poi"}), top_only=True):
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
