"""Water levels of federal waterways (`/webservices/rest-api/v2/stations.json`), with the last measurement of each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop, web_page
from app.feeds.items import Geo, Level, Problem, Trend, WaterState
from app.kit.richtext import absolute, plain, shortened

ACCEPT: Final = "application/json"
MOST: Final = 2_000
WATER_LEVEL: Final = "W"
_TRENDS: Final[dict[int, Trend]] = {-1: "falling", 0: "steady", 1: "rising"}
_STATES: Final[dict[str, WaterState]] = {"low": "low", "normal": "normal", "high": "high"}
_PAGE: Final = "/gast/stammdaten?pegelnr="
_NO_FEED: Final = "The answer is no list of PEGELONLINE's stations. Check the address."
_NO_STATION: Final = "An entry of the list is no station."
_NO_VALUE: Final = "The water level of a gauge can't be read."
_NOTHING: Final = "No station of the answer has a water level. Check waters and stations."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set; without waters and stations it is all of the country."""

    url: str
    """Address of `…/rest-api/v2/stations.json`."""
    waters: str = ""
    """Names of waterways with commas between them, e.g. `ELBE`."""
    stations: str = ""
    """Names, numbers or UUIDs of stations with commas between them, e.g. `WITTENBERGE`."""
    attribution: str = "Wasserstraßen- und Schifffahrtsverwaltung des Bundes (WSV)"
    """Who should be named; the licence does not ask for it."""


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The stations, each with the last measurement of its time series."""
    asked = {"waters": config.waters, "ids": config.stations}
    query = {name: ",".join(part.strip() for part in text.split(",")) for name, text in asked.items() if text.strip()}
    query |= {"includeTimeseries": "true", "includeCurrentMeasurement": "true", "prettyprint": "false"}
    joint = "&" if "?" in config.url else "?"
    return await http.get(f"{config.url}{joint}{urlencode(query, safe=',')}", cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Level | Problem]:
    """A level for each station that measures one; raises `Stop` when the bytes are no such list."""
    seen: set[str] = set()
    for record in _listed(body, context)[:MOST]:
        if not isinstance(record, dict) or not _words(record, "uuid", 60):
            yield Problem(None, _NO_STATION)
            continue
        try:
            made = _level(record, config, context)
        except SkipItem as skipped:
            yield Problem(_words(record, "uuid", 60), skipped.reason)
            continue
        if made is not None and made.external_id not in seen:
            seen.add(made.external_id)
            yield made
    if not seen:
        yield Problem(None, _NOTHING)


def _listed(body: bytes, context: ParseContext) -> list[Any]:
    text = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        raise web_page(body[:100_000].decode("utf-8", "replace"), context.url)
    try:
        found: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(_NO_FEED, code="no-feed") from error
    if not isinstance(found, list):
        raise Stop(_NO_FEED, code="no-feed")
    return found


def _level(record: dict[str, Any], config: Config, context: ParseContext) -> Level | None:
    """The level; None for a station that measures none or has nothing to say now. Raises `SkipItem`."""
    series = record.get("timeseries")
    rows = [one for one in series if isinstance(one, dict)] if isinstance(series, list) else []
    told = next((one for one in rows if one.get("shortname") == WATER_LEVEL), None)
    now = told.get("currentMeasurement") if told is not None else None
    if told is None or not isinstance(now, dict):
        return None
    value, at = _number(now.get("value"), -10_000, 100_000), _moment(now.get("timestamp"))
    if value is None or at is None:
        raise SkipItem(_NO_VALUE)
    number = _words(record, "number", 30)
    lat, lon = _number(record.get("latitude"), 40, 60), _number(record.get("longitude"), 0, 20)
    water, state, trend = record.get("water"), now.get("stateMnwMhw"), now.get("trend")
    uuid = _words(record, "uuid", 60)
    return Level(
        external_id=uuid,
        title=_name(record) or number or uuid,
        url=absolute(_PAGE + number, context.url) if number.isascii() and number.isdigit() else "",
        language="de",
        topic="gauge",
        value=value,
        unit=_words(told, "unit", 20),
        trend=_TRENDS.get(trend, "") if isinstance(trend, int) and not isinstance(trend, bool) else "",
        state=_STATES.get(state, "") if isinstance(state, str) else "",
        water=_name(water) if isinstance(water, dict) else "",
        number=number,
        measured_at=at,
        attribution=config.attribution,
        geo=Geo(lat, lon) if lat is not None and lon is not None else None,
    )


def _name(record: dict[str, Any]) -> str:
    """`SCHWEDT-ODERBRÜCKE` as `Schwedt-Oderbrücke`: names come in capitals."""
    name = _words(record, "longname", 120) or _words(record, "shortname", 120)
    return name.title() if name.isupper() else name


def _words(record: dict[str, Any], name: str, longest: int) -> str:
    found = record.get(name)
    return shortened(plain(found), longest) if isinstance(found, str) else ""


def _number(value: Any, least: float, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if least <= value <= most else None


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None and 2000 < found.year < 2100 else None
