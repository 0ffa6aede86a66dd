"""Places of OpenStreetMap: an Overpass server's JSON for a municipality, or for a query of one's own."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, TryLater, web_page
from app.feeds.connectors.osm.element import Element, place
from app.feeds.connectors.osm.query import query_of
from app.feeds.items import Place, Problem
from app.kit.geo import metres
from app.kit.http.charset import decode

SERVER: Final = "https://overpass-api.de/api/interpreter"
TOTAL_SECONDS: Final = 120.0
BODY_BYTES: Final = 60_000_000
REST_SECONDS: Final = 3_600
MOST_PLACES: Final = 60_000
_BUSY: Final = re.compile(r"too busy|rate_limited|timed? ?out|out of memory|runtime error|gateway", re.IGNORECASE)
_TWIN_METRES: Final = 60
_AGS: Final = re.compile(r"\d{8}")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str = SERVER
    """Overpass server, or, without `ags` and `query`, a file in Overpass JSON (an extract of one's own)."""
    ags: str = ""
    """Official key of the municipality, 8 digits: everything in it that we have a kind for."""
    query: str = ""
    """Overpass QL instead of ours; must say `[out:json]` and `out center`."""
    leave_out: tuple[str, ...] = ()
    """Kinds that are not wanted, e.g. `["bench", "parking"]`."""

    def __post_init__(self) -> None:
        """Refuse a key that is none, and a query whose answer we could not read."""
        if self.ags and not _AGS.fullmatch(self.ags):
            raise ValueError(f"ags must be the 8 digits of a municipality, not {self.ags!r}")
        if self.query and "[out:json]" not in self.query.replace(" ", ""):
            raise ValueError("query must say [out:json]")


class Answer(msgspec.Struct):
    """What an Overpass server sends."""

    elements: list[msgspec.Raw]
    remark: str = ""
    osm3s: dict[str, Any] = {}


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """One question for the whole municipality; never for a page."""
    query = config.query or (query_of(config.ags) if config.ags else "")
    url = config.url or SERVER
    if query:
        url = f"{url}{'&' if '?' in url else '?'}{urlencode({'data': query})}"
    return await http.get(url, cursor, accept="application/json", total_seconds=TOTAL_SECONDS, body_bytes=BODY_BYTES)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Place | Problem]:
    """The places; raises `TryLater` when the server gave up half-way, because half a town is no snapshot."""
    answer = _answer(body, context)
    if answer.remark and _BUSY.search(answer.remark):
        raise TryLater(
            REST_SECONDS,
            "The map server of OpenStreetMap gave up before it was done. We ask again later.",
            code="incomplete",
        )
    if not answer.elements and (config.ags or config.query):
        raise Stop(
            "OpenStreetMap knows nothing there. Check the official key of the municipality.", code="nothing-there"
        )
    stamp = _stamp(str(answer.osm3s.get("timestamp_osm_base", "")))
    base = context.url
    unread = without = 0
    seen: set[str] = set()
    twins: dict[tuple[str, str], list[Place]] = {}
    unwanted = frozenset(config.leave_out)
    for raw in answer.elements:
        if len(seen) >= MOST_PLACES:
            yield Problem(None, "The area has more than 60,000 places. The rest was left out.")
            break
        try:
            element = msgspec.json.decode(raw, type=Element)
            found = place(element, stamp, base) if element.tags else None
        except msgspec.DecodeError:
            unread += 1
            continue
        if found is None or found.kind in unwanted or found.external_id in seen:
            continue
        if found.geo is None and not found.address.street:
            without += 1
            continue
        seen.add(found.external_id)
        if not _twin(found, twins):
            yield found
    if unread:
        yield Problem(None, "Some objects of the map can't be read. They were left out.")
    if without:
        yield Problem(None, "Some places have neither a position nor an address. They were left out.")


def _answer(body: bytes, context: ParseContext) -> Answer:
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if text[:1] == b"<":
        page = decode(body, context.charset)
        if "overpass" in page[:20_000].lower() and _BUSY.search(page[:20_000]):
            raise TryLater(
                REST_SECONDS, "The map server of OpenStreetMap is too busy. We ask again later.", code="busy"
            )
        raise web_page(page, context.url)
    try:
        return msgspec.json.decode(text, type=Answer)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(
            "The file is not an answer of an Overpass server (JSON). Check the address.", code="no-feed"
        ) from error


def _stamp(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _twin(found: Place, twins: dict[tuple[str, str], list[Place]]) -> bool:
    """Whether the same place came before: many are mapped as a point and as a building."""
    if found.geo is None or found.details.get("named") == "no":
        return False
    same = twins.setdefault((found.kind, found.title.casefold()), [])
    if any(metres(found.geo.lat, found.geo.lon, one.geo.lat, one.geo.lon) < _TWIN_METRES for one in same if one.geo):
        return True
    same.append(found)
    return False
