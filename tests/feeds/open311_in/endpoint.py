"""An Open311 endpoint of an invented town on a local address.

`python -m tests.feeds.open311_in.endpoint` writes the recordings.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from app.feeds.bundle import unpack
from app.feeds.connector import Cursor, Fetched
from app.feeds.items import Item, Problem
from app.feeds.registry import connector
from app.kit import clock
from app.kit.http import Http
from tests.feeds.reading import context
from tests.origin import Asked, Origin, send

NOW: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLACE: Final = "https://maengel.example"
SERVICES: Final = [
    {"service_code": "010", "service_name": "Straßenlampe defekt", "metadata": False, "type": "realtime"},
    {"service_code": "017", "service_name": "Müll in der Landschaft", "metadata": False, "type": "realtime"},
]
REQUESTS: Final[list[dict[str, Any]]] = [
    {
        "service_request_id": "2026-11",
        "status": "open",
        "status_notes": "Der Bauhof ist beauftragt, Rückfragen an bauhof@musterdorf.example.",
        "service_code": "010",
        "description": "Lampe 4 flackert. Sie erreichen mich unter 0171 2345678 oder erika@post.example.",
        "agency_responsible": "Bauhof",
        "requested_datetime": "2026-11-19T18:22:00+01:00",
        "updated_datetime": "2026-11-20T07:00:00+01:00",
        "address": "Dorfstraße 4",
        "lat": 52.14,
        "long": 12.59,
        "email": "erika@post.example",
        "first_name": "Erika",
        "last_name": "Beispiel",
        "phone": "0171 2345678",
        "device_id": "a-device",
        "media_url": "https://maengel.example/bild.jpg",
    },
    {
        "service_request_id": "2026-09",
        "status": "Fixed",
        "service_name": "Müll in der Landschaft",
        "service_code": "017",
        "description": "<p>Reifen am <b>Waldrand</b></p>",
        "requested_datetime": "2026-11-02T08:00:00Z",
    },
    {"service_request_id": None, "token": "noch-ohne-nummer", "service_code": "010"},
    {"service_request_id": "2026-08", "status": "open"},
]
XML: Final = """<?xml version="1.0" encoding="utf-8"?>
<service_requests>
 <request>
  <service_request_id>77</service_request_id><status>closed</status><service_name>Spielplatz</service_name>
  <service_code>020</service_code><description>Schaukel kaputt</description>
  <requested_datetime>2026-11-05T10:00:00+01:00</requested_datetime>
  <lat>52.13</lat><long>12.60</long><email>max@post.example</email>
 </request>
 <request><service_request_id>78</service_request_id><status/><service_code>020</service_code><lat/><long/></request>
</service_requests>
"""
XML_SERVICES: Final = """<?xml version="1.0" encoding="utf-8"?>
<services><service><service_code>020</service_code><service_name>Spielplatz</service_name></service></services>
"""


class Endpoint:
    """The endpoint; it knows no pages and so answers each with the same, unless told otherwise."""

    def __init__(self, origin: Origin, **options: Any) -> None:
        self.origin = origin
        self.config = connector("open311_in").configured({"url": origin.url("/v2")} | options)
        self.json("/v2/services.json", SERVICES)
        self.json("/v2/requests.json", REQUESTS, etag='"1"')
        origin.file("/v2/services.xml", XML_SERVICES.encode())
        origin.file("/v2/requests.xml", XML.encode())

    def json(self, path: str, answer: object, **headers: str) -> None:
        """Answer this path."""
        self.origin.file(path, msgspec.json.encode(answer), "application/json", **headers)

    def pages(self, *pages: list[dict[str, Any]]) -> None:
        """Reports in pages; beyond the last one nothing."""

        async def answer(asked: Asked, writer: Any) -> None:
            number = int(asked.target.rpartition("page=")[2]) if "page=" in asked.target else 1
            some = pages[number - 1] if number <= len(pages) else []
            send(writer, 200, msgspec.json.encode(some), {"Content-Type": "application/json"})

        self.origin.route("/v2/requests.json", answer)

    async def fetch(self, cursor: Cursor | None = None) -> Fetched:
        """One run of the connector, at a fixed time."""
        with clock.at(NOW):
            async with Http(private_hosts=frozenset({self.origin.host})) as http:
                return await connector("open311_in").fetch(self.config, http.impatient(), cursor or Cursor())

    def run(self) -> list[Item | Problem]:
        """What a run brings."""
        return list(connector("open311_in").parse(asyncio.run(self.fetch()).body, self.config, context()))


def recording(body: bytes, origin: Origin) -> bytes:
    """A run as it would have come from an address that never changes."""
    moved = [msgspec.structs.replace(one, url=one.url.replace(origin.url(""), PLACE)) for one in unpack(body)]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recordings."""
    for kind in ("json", "xml"):
        with Origin() as origin:
            body = asyncio.run(Endpoint(origin, format=kind).fetch()).body
            Path(__file__).with_name("recordings").joinpath(f"{kind}.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
