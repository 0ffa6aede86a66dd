"""An OParl server of an invented town on a local address; it misbehaves where a test asks it to.

`python -m tests.feeds.oparl.server` writes the recording.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

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
PLACE: Final = "https://ratsinfo.example"
SCHEMA: Final = "https://schema.oparl.org/1.1/"


def council(at: str) -> dict[str, list[dict[str, Any]]]:
    """The objects of the council, with addresses on the server `at`."""
    return {
        "organization": [
            {"id": f"{at}/org/1", "type": f"{SCHEMA}Organization", "name": "Stadtverordnetenversammlung"},
            {"id": f"{at}/org/2", "type": f"{SCHEMA}Organization", "name": "Ausschuss für Bauen und Umwelt"},
        ],
        "paper": [
            {
                "id": f"{at}/paper/1",
                "type": f"{SCHEMA}Paper",
                "name": "Sanierung der Kita „Waldwichtel“",
                "reference": "BV 2026/041",
                "paperType": "Beschlussvorlage",
                "date": "2026-10-30",
                "originatorPerson": [f"{at}/person/9"],
                "underDirectionOf": [f"{at}/org/2"],
                "mainFile": {
                    "id": f"{at}/file/1",
                    "name": "Vorlage",
                    "accessUrl": f"{at}/files/1.pdf",
                    "mimeType": "application/pdf",
                },
                "auxiliaryFile": [{"id": f"{at}/file/2", "fileName": "plan.pdf", "downloadUrl": f"{at}/files/2.pdf"}],
                "consultation": [{"id": f"{at}/consultation/1", "meeting": f"{at}/meeting/1"}],
                "web": f"{at}/vorlage/1",
                "modified": "2026-11-01T10:00:00+01:00",
            },
            {"id": f"{at}/paper/2", "type": f"{SCHEMA}Paper", "deleted": True, "modified": "2026-11-02T10:00:00+01:00"},
            {"id": f"{at}/paper/3", "type": f"{SCHEMA}Paper", "modified": "2026-11-02T10:00:00+01:00"},
        ],
        "meeting": [
            {
                "id": f"{at}/meeting/1",
                "type": f"{SCHEMA}Meeting",
                "name": "9. Sitzung des Bauausschusses",
                "organization": [f"{at}/org/2"],
                "start": "2026-11-26T18:00:00+01:00",
                "end": "2026-11-26T20:30:00+01:00",
                "location": {
                    "description": "Rathaus",
                    "room": "Sitzungssaal",
                    "streetAddress": "Markt 1",
                    "postalCode": "14806",
                    "locality": "Musterdorf",
                },
                "participant": [f"{at}/person/9"],
                "agendaItem": [
                    {"id": f"{at}/agenda/1", "number": "1", "name": "Eröffnung", "public": True},
                    {"id": f"{at}/agenda/2", "number": "2", "name": "Kita „Waldwichtel“", "public": True,
                     "consultation": f"{at}/consultation/1", "result": "beschlossen"},
                    {"id": f"{at}/agenda/3", "number": "3", "name": "Grundstück von Frau Beispiel", "public": False},
                ],
                "invitation": {"id": f"{at}/file/3", "name": "Einladung", "accessUrl": f"{at}/files/3.pdf"},
                "web": f"{at}/sitzung/1",
                "license": "https://www.govdata.de/dl-de/by-2-0",
                "modified": "2026-11-10T10:00:00+01:00",
            },
            {
                "id": f"{at}/meeting/2",
                "type": f"{SCHEMA}Meeting",
                "organization": [f"{at}/org/1"],
                "start": "2026-12-10T19:00:00",
                "cancelled": True,
                "modified": "2026-11-11T10:00:00+01:00",
            },
        ],
    }  # fmt: skip


class Server:
    """The server, with its lists under the names of the standard."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.at = origin.url("")
        self.lists = council(self.at)
        self.config = connector("oparl").configured({"url": origin.url("/system")})
        self.body: dict[str, Any] = {
            "id": f"{self.at}/body/1",
            "type": f"{SCHEMA}Body",
            "name": "Stadt Musterdorf",
            "ags": "12069020",
            **{name: f"{self.at}/{name}" for name in self.lists},
        }
        self.put("/system", {"id": f"{self.at}/system", "type": f"{SCHEMA}System", "body": f"{self.at}/bodies"})
        self.put("/bodies", {"data": [self.body], "links": {}})
        self.put("/consultation/1", {"id": f"{self.at}/consultation/1", "paper": f"{self.at}/paper/1"})
        for name in self.lists:
            self.listing(name)

    def put(self, path: str, answer: object) -> None:
        """Answer this path."""
        self.origin.file(path, msgspec.json.encode(answer), "application/json")

    def listing(self, name: str) -> None:
        """A list that can be asked for what changed."""

        async def answer(asked: Asked, writer: Any) -> None:
            since = parse_qs(urlsplit(asked.target).query).get("modified_since", [""])[0]
            some = [
                one
                for one in self.lists[name]
                if not since or datetime.fromisoformat(one.get("modified", "2020-01-01T00:00:00+01:00"))
                >= datetime.fromisoformat(since)
            ]  # fmt: skip
            page = msgspec.json.encode({"data": some, "pagination": {"totalElements": len(some)}, "links": {}})
            send(writer, 200, page, {"Content-Type": "application/json"})

        self.origin.route(f"/{name}", answer)

    def pages(self, name: str, *pages: tuple[Mapping[str, Any], str]) -> None:
        """A list of pages: each its object and its own target; the first is asked for without `modified_since`."""
        for document, target in pages:
            self.put(target, document)

        async def first(asked: Asked, writer: Any) -> None:
            target = asked.target if "page=" in asked.target else pages[0][1]
            for document, own in pages:
                if own == target:
                    send(writer, 200, msgspec.json.encode(document), {"Content-Type": "application/json"})
                    return
            send(writer, 404, b"", {})

        self.origin.route(f"/{name}", first)

    async def fetch(self, cursor: Cursor | None = None) -> Fetched:
        """One run of the connector, at a fixed time."""
        with clock.at(NOW):
            async with Http(private_hosts=frozenset({self.origin.host})) as http:
                return await connector("oparl").fetch(self.config, http.impatient(), cursor or Cursor())

    def run(self, cursor: Cursor | None = None) -> list[Item | Problem]:
        """What a run brings."""
        body = asyncio.run(self.fetch(cursor)).body
        return list(connector("oparl").parse(body, self.config, context()))


def recording(body: bytes, server: Server) -> bytes:
    """A run as it would have come from an address that never changes, without what was taken back."""
    moved = [
        msgspec.structs.replace(
            one, url=one.url.replace(server.at, PLACE), body=one.body.replace(server.at.encode(), PLACE.encode())
        )
        for one in unpack(body)
    ]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recording."""
    with Origin() as origin:
        server = Server(origin)
        server.lists["paper"] = [one for one in server.lists["paper"] if not one.get("deleted")]
        body = asyncio.run(server.fetch()).body
        Path(__file__).with_name("recordings").joinpath("council.json").write_bytes(recording(body, server))


if __name__ == "__main__":
    main()
