"""The flood class of gauges (`/public/v1/data/stations`): 0 no flood to 4 very large flood, without water levels.

The plain JSON has flat entries under `data`. A cache before the interface sometimes serves the GeoJSON of the same
address, whatever was asked for, so both are read.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, web_page
from app.feeds.items import Geo, Level, Problem
from app.kit.richtext import absolute, plain, shortened

ACCEPT: Final = "application/json"
MOST: Final = 5_000
_STATES: Final = frozenset("BB BE BW BY HB HE HH MV NI NW RP SH SL SN ST TH".split())
_ID: Final = re.compile(r"[A-Z]{2}_[\w.\-]{1,80}", re.ASCII)
_NO_FEED: Final = "The answer is no list of gauges. Check the address."
_NO_GAUGE: Final = "An entry of the list is no gauge."
_NO_CLASS: Final = "The flood class of a gauge is not from -1 to 4. It is shown as unknown."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of `…/public/v1/data/stations`."""
    states: str = ""
    """Codes of states with commas between them, e.g. `BB,ST`; empty: all."""
    attribution: str = "Länderübergreifendes Hochwasserportal (LHP)"
    """Who must be named."""

    def __post_init__(self) -> None:
        """Refuse states that are none: the interface would answer with the whole country."""
        if unknown := [code for code in self.codes if code not in _STATES]:
            raise ValueError(f"states are codes like BB,ST with commas between them, not {', '.join(unknown)}")

    @property
    def codes(self) -> list[str]:
        """The codes of the states."""
        return [code.strip().upper() for code in self.states.split(",") if code.strip()]


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The gauges of the states; the interface knows ETags."""
    address = config.url
    if config.codes:
        joint = "&" if "?" in address else "?"
        address = f"{address}{joint}{urlencode({'states': ','.join(config.codes)}, safe=',')}"
    return await http.get(address, cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Level | Problem]:
    """A level for each gauge; raises `Stop` when the bytes are no such list."""
    answer = _answer(body, context)
    updated = _moment(answer.get("updated"), context.zone)
    entries = answer["data"] if isinstance(answer.get("data"), list) else answer["features"]
    seen: set[str] = set()
    for entry in entries[:MOST]:
        record = _flat(entry)
        id_ = record.get("id")
        if not isinstance(id_, str) or not _ID.fullmatch(id_):
            yield Problem(None, _NO_GAUGE)
            continue
        if id_ in seen or (config.codes and id_[:2] not in config.codes):
            continue
        seen.add(id_)
        said = record.get("lhpClass")
        class_ = said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= 4 else None
        if class_ is None and said is not None and said != -1:
            yield Problem(id_, _NO_CLASS)
        at = _moment(record.get("timestamp"), context.zone) or updated
        yield _level(id_, record, class_, at, absolute(str(record.get("stationLink") or "")[:500], context.url), config)


def _level(
    id_: str, record: dict[str, Any], class_: int | None, at: datetime | None, link: str, config: Config
) -> Level:
    number = id_.partition("_")[2]
    return Level(
        external_id=id_,
        title=_words(record, "name") or number,
        url=link,
        language="de",
        topic="gauge",
        level=class_,
        water=_words(record, "water"),
        number=number,
        measured_at=at,
        attribution=config.attribution,
        geo=_point(record.get("coordinates")),
    )


def _answer(body: bytes, context: ParseContext) -> dict[str, Any]:
    text = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), context.url)
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(_NO_FEED, code="no-feed") from error
    listed = isinstance(found, dict) and any(isinstance(found.get(name), list) for name in ("data", "features"))
    if not listed or found.get("status", "success") != "success":
        raise Stop(_NO_FEED, code="no-feed")
    answer: dict[str, Any] = found
    return answer


def _flat(entry: Any) -> dict[str, Any]:
    """An entry with its properties and coordinates on top, as the plain JSON has them."""
    if not isinstance(entry, dict):
        return {}
    properties, geometry = entry.get("properties"), entry.get("geometry")
    flat = dict(entry) | (properties if isinstance(properties, dict) else {})
    flat["id"] = entry.get("id") or flat.get("id")
    if isinstance(geometry, dict):
        flat["coordinates"] = geometry.get("coordinates")
    return flat


def _words(record: dict[str, Any], name: str) -> str:
    found = record.get(name)
    return shortened(plain(found), 120) if isinstance(found, str) else ""


def _point(pair: Any) -> Geo | None:
    """Longitude and latitude; None where they are none, or both zero."""
    if not isinstance(pair, list) or len(pair) < 2 or any(type(one) not in (int, float) for one in pair[:2]):
        return None
    lon, lat = float(pair[0]), float(pair[1])
    return Geo(lat, lon) if 40 <= lat <= 60 and 0 <= lon <= 20 else None


def _moment(text: Any, zone: ZoneInfo) -> datetime | None:
    """`2026-07-13 11:15:00` is a time of the country's clock, `…+01:00` one that says so."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    if not 2000 < found.year < 2100:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
