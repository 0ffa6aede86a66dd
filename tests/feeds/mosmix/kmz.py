"""Forecasts of MOSMIX as the weather service writes them; all of it is invented.

`python -m tests.feeds.mosmix.kmz` writes the recordings.
"""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

START: Final = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
VALUES: Final = {
    "TTT": "281.15 282.65 283.15 282.15 280.15 -",
    "Td": "279.15 279.15 279.15 279.15 - -",
    "FF": "4.00 5.00 6.50 5.00 4.00 3.00",
    "DD": "225.00 230.00 240.00 250.00 260.00 -",
    "FX1": "8.00 9.00 12.00 11.00 9.00 7.00",
    "N": "10.00 50.00 95.00 100.00 100.00 40.00",
    "PPPP": "101500.00 101480.00 101470.00 101450.00 101440.00 -",
    "ww": "0.00 1.00 61.00 95.00 71.00 -",
    "RR1c": "0.00 0.00 0.10 0.40 6.20 1.10",
    "R101": "5.00 5.00 30.00 70.00 95.00 60.00",
    "Rad1h": "100.00 100.00 100.00 100.00 - -",
}
DOCUMENT: Final = """<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>
<kml:kml xmlns:dwd="https://opendata.dwd.de/weather/lib/pointforecast_dwd_extension_V1_0.xsd" xmlns:kml="http://www.opengis.net/kml/2.2">
<kml:Document><kml:ExtendedData><dwd:ProductDefinition><dwd:Issuer>Deutscher Wetterdienst</dwd:Issuer>
<dwd:ProductID>MOSMIX</dwd:ProductID><dwd:IssueTime>{issued}</dwd:IssueTime><dwd:ForecastTimeSteps>
{steps}
</dwd:ForecastTimeSteps></dwd:ProductDefinition></kml:ExtendedData>
{places}
</kml:Document></kml:kml>
"""
PLACE: Final = """<kml:Placemark><kml:name>{id}</kml:name><kml:description>{name}</kml:description><kml:ExtendedData>
{rows}
</kml:ExtendedData><kml:Point><kml:coordinates>{where}</kml:coordinates></kml:Point></kml:Placemark>"""


def place(
    id_: str = "X123", name: str = "MUSTERBERG", where: str = "12.58,52.14,86.0", values: Mapping[str, str] = VALUES
) -> str:
    """A station."""
    rows = "\n".join(
        f'<dwd:Forecast dwd:elementName="{element}"><dwd:value>      {row}</dwd:value></dwd:Forecast>'
        for element, row in values.items()
    )
    return PLACE.format(id=id_, name=name, where=where, rows=rows)


def document(*places: str, start: datetime = START, hours: int = 6) -> bytes:
    """A document with hourly steps."""
    steps = "\n".join(
        f"<dwd:TimeStep>{start + timedelta(hours=step):%Y-%m-%dT%H:%M:%S.000Z}</dwd:TimeStep>" for step in range(hours)
    )
    issued = f"{start - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z}"
    return DOCUMENT.format(issued=issued, steps=steps, places="\n".join(places or (place(),))).encode("latin-1")


def kmz(content: bytes = b"", name: str = "MOSMIX_L_2026112209_X123.kml") -> bytes:
    """The document in its archive, whose bytes are the same each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        info = zipfile.ZipInfo(name, (2026, 11, 22, 9, 0, 0))
        files.writestr(info, content or document(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    folder = Path(__file__).parent / "recordings"
    (folder / "station.kmz").write_bytes(kmz())
    short = dict(VALUES, TTT="281.15 282.65")
    (folder / "stations.kml").write_bytes(
        document(place(), place("Y1", "Kleindorf", "12.9,52.3,40", short), place("Z1", where="-"))
    )
