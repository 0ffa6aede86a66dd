"""The KML document of a forecast: time steps, and for each station a row of values for each element.

Element names and units: DWD, MOSMIX elements. Temperatures come in kelvin, pressure in pascal, wind in metres per
second; sums and maxima are those of the hour before a step, while ours are of the hour that begins at it.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lxml import etree

from app.feeds.connector import Stop
from app.feeds.connectors.mosmix.values import condition, humidity, number, whole
from app.feeds.items import Forecast, Geo, Hour, Problem
from app.kit.richtext import clean_line, shortened

DOCUMENT_BYTES: Final = 20_000_000
"""A single station has about 350 kB; the archive with all stations has hundreds of MB and is not for us."""
MOST_STATIONS: Final = 500
MOST_STEPS: Final = 400
_HOUR: Final = timedelta(hours=1)
_AT: Final = ("TTT", "Td", "FF", "DD", "N", "PPPP", "ww")
_BEFORE: Final = ("RR1c", "R101", "FX1")

Row = list[float | None]


def document_of(body: bytes) -> etree._Element:
    """The root of the document; entities are never resolved. Raises `Stop`."""
    if body.startswith(b"PK"):
        body = _unpacked(body)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Stop("The file is no forecast (MOSMIX, KMZ). Check the address.", code="no-feed") from error
    if root.getroottree().docinfo.doctype or _local(root) != "kml":
        raise Stop("The file is no forecast (MOSMIX, KMZ). Check the address.", code="no-feed")
    return root


def _unpacked(body: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [info for info in archive.infolist() if info.filename.lower().endswith(".kml")]
            if len(names) != 1:
                raise Stop("The file is no forecast (MOSMIX, KMZ). Check the address.", code="no-feed")
            with archive.open(names[0]) as document:
                content = document.read(DOCUMENT_BYTES + 1)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError,
    ) as error:  # fmt: skip
        raise Stop("The archive is damaged or incomplete.", code="damaged") from error
    if len(content) > DOCUMENT_BYTES:
        raise Stop("The archive unpacks to more than is plausible.", code="too-big")
    return content


def stations(root: etree._Element, attribution: str) -> Iterator[Forecast | Problem]:
    """The forecasts; a station or an element that can't be read loses only itself."""
    steps = [moment(_words(one)) for one in _below(root, "TimeStep")][:MOST_STEPS]
    places = _below(root, "Placemark")[:MOST_STATIONS]
    if not places or not steps:
        raise Stop("The file is no forecast (MOSMIX, KMZ). Check the address.", code="no-feed")
    issued = next((moment(_words(one)) for one in _below(root, "IssueTime")), None)
    for place in places:
        id_, geo = clean_line(_first(place, "name")), _geo(place)
        rows, remarks = _rows(place, len(steps))
        if not id_ or geo is None or not rows:
            yield Problem(id_[:80] or None, "A station has no name, no place or no forecast that can be read.")
            continue
        name = clean_line(_first(place, "description"))
        yield Forecast(
            external_id=id_[:80],
            title=shortened(name.title() if name.isupper() else name or id_, 200),
            attribution=attribution,
            geo=geo,
            issued_at=issued,
            hours=tuple(_hours(steps, rows)),
        )
        for remark in remarks:
            yield Problem(id_[:80], remark)


def moment(text: str) -> datetime | None:
    """A time in UTC; None when it can't be read or names no offset."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _rows(place: etree._Element, length: int) -> tuple[dict[str, Row], list[str]]:
    rows: dict[str, Row] = {}
    remarks: list[str] = []
    for element in _below(place, "Forecast"):
        name = next((str(value) for key, value in element.attrib.items() if str(key).endswith("elementName")), "")
        if name not in _AT and name not in _BEFORE:
            continue
        values = [number(one) for one in _first(element, "value").split()]
        if len(values) == length or len(values) > length == MOST_STEPS:
            rows[name] = values[:length]
        else:
            remarks.append("A row of values of a station doesn't fit the times. It was left out.")
    return rows, remarks


def _hours(steps: list[datetime | None], rows: dict[str, Row]) -> Iterator[Hour]:
    places = {at: place for place, at in enumerate(steps) if at is not None}
    for at, place in sorted(places.items()):
        after = places.get(at + _HOUR)

        def at_step(name: str, place: int | None = place) -> float | None:
            return rows[name][place] if place is not None and name in rows else None

        def over(name: str, after: int | None = after) -> float | None:
            return rows[name][after] if after is not None and name in rows else None

        temperature, cover = at_step("TTT"), whole(at_step("N"), 0, 100)
        hour: dict[str, Any] = {
            "temperature": None if temperature is None else round(temperature - 273.15, 1),
            "precipitation": over("RR1c"),
            "precipitation_probability": whole(over("R101"), 0, 100),
            "wind": _kmh(at_step("FF")),
            "gust": _kmh(over("FX1")),
            "wind_direction": whole(at_step("DD"), 0, 360),
            "cloud_cover": cover,
            "pressure": None if (pressure := at_step("PPPP")) is None else round(pressure / 100, 1),
            "humidity": humidity(temperature, at_step("Td")),
            "condition": condition(at_step("ww"), cover, over("RR1c")),
        }
        if any(value not in (None, "") for value in hour.values()):
            yield Hour(at=at, **hour)


def _kmh(metres_per_second: float | None) -> float | None:
    return None if metres_per_second is None else round(max(0.0, metres_per_second) * 3.6, 1)


def _geo(place: etree._Element) -> Geo | None:
    try:
        lon, lat = (float(one) for one in _first(place, "coordinates").split(",")[:2])
    except ValueError:
        return None
    return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _below(element: etree._Element, name: str) -> list[etree._Element]:
    return [one for one in element.iter() if _local(one) == name]


def _words(element: etree._Element) -> str:
    return "".join(element.itertext()).strip()


def _first(element: etree._Element, name: str) -> str:
    return next((_words(one) for one in element.iter() if _local(one) == name), "")
