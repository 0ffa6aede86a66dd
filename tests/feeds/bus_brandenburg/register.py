"""A register with the services of an invented town, as the interface answers.

`python -m tests.feeds.bus_brandenburg.register` writes the recording.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import msgspec

from app.feeds.bundle import unpack
from app.feeds.connector import Cursor, Fetched
from app.feeds.registry import connector
from app.kit.http import Http
from tests.feeds.reading import URL
from tests.origin import Origin

KEY: Final = "schluessel-der-stadt"
AGS: Final = "12069999"
AREA: Final = "10004"
AREAS: Final = {
    "values": [
        {"id": "3679", "name": "Feldhof", "displayName": "Musterdorf - OT Feldhof", "ags": AGS},
        {"id": AREA, "name": "Musterdorf", "displayName": "Musterdorf", "ags": AGS},
        {"id": "77", "name": "Musterdorf", "displayName": "Musterdorf (Sachsen)", "ags": "14521999"},
    ]
}
OFFICE, KIOSK = "501", "502"
UNIT: Final = {
    "id": OFFICE,
    "name": "Stadt Musterdorf, Bürgeramt",
    "addresses": [
        {"type": {"key": "POST", "name": "Postanschrift"}, "mailbox": "12 34", "zipcode": "14999",
         "area": {"name": "Musterdorf"}},
        {"type": {"key": "HOUSE", "name": "Hausanschrift"}, "street": "Markt", "houseNumber": "1", "zipcode": "14999",
         "area": {"name": "Musterdorf"}, "wheelchairAccessible": True, "accessibleInfo": "<p>Rampe am Hof</p>",
         "geoLocation": {"coordinate1": 389919.26, "coordinate2": 5819698.77, "projection": "EPSG:25833"}},
    ],
    "communications": [
        {"type": {"key": "PHONE", "name": "Telefon"}, "value": "+49 33000 100"},
        {"type": {"key": "FAX", "name": "Telefax"}, "value": "+49 33000 109"},
        {"type": {"key": "MAIL", "name": "E-Mail"}, "value": "amt@musterdorf.example"},
    ],
    "openingHours": "<p>Dienstag 9–12 Uhr</p><p>Donnerstag 14–18 Uhr</p>",
    "forms": [{"name": "Vollmacht", "links": [{"url": "https://formulare.example/vollmacht.pdf"}]}],
}  # fmt: skip
SERVICES: Final[dict[str, dict[str, Any]]] = {
    "9001": {
        "id": "9001",
        "name": "Personalausweis beantragen",
        "leikaKeys": ["99123456789012"],
        "teaser": "<p>Ab 16 Jahren brauchen Sie einen Ausweis.</p>",
        "textBlocks": [
            {"type": {"key": "X08", "name": "Erforderliche Unterlagen"},
             "text": "<ul><li>biometrisches Foto</li></ul><script>x</script>"},
            {"type": {"key": "07", "name": "Rechtsgrundlage(n)"},
             "externalLinks": [{"name": "§ 9 PAuswG", "url": "https://gesetze.example/pauswg"}]},
            {"type": {"key": "Z1", "name": "Urheber"}, "text": "Ministerium"},
        ],
        "charges": [
            {"type": "FIX", "name": "Ab 24 Jahren", "amount": 37.0, "currency": "EUR"},
            {"type": "VARIABLE", "name": "Eilig", "lowerLimit": 10, "upperLimit": 20.5, "note": "nach Aufwand"},
        ],
        "servicePeriods": [{"type": "SPANINTERVAL", "name": "Üblich", "timeSpan": 2, "timeSpanTo": 3,
                            "periodUnit": "WEEK"}],
        "synonyms": ["Perso"],
        "lastUpdated": "2026-10-01T08:00:00+02:00",
        "organisationalUnits": [UNIT],
        "onlineServices": [{"id": "1", "name": "Ausweis vormerken", "link": "https://online.example/ausweis"}],
    },
    "9002": {
        "id": "9002",
        "name": "Hundesteuer anmelden",
        "textBlocks": [{"type": {"key": "06", "name": "Volltext"}, "text": "Wer einen Hund hält, zahlt Steuer."}],
        "organisationalUnits": [{"id": KIOSK, "name": "Steueramt"}],
    },
}  # fmt: skip
LISTED: Final = [{"id": id_, "name": one["name"]} for id_, one in SERVICES.items()]
WHOLE: Final = {"object": {"id": KIOSK, "name": "Steueramt", "openingHours": "nach Vereinbarung"}}


class Register:
    """The interface on a local server."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.hosts = frozenset({origin.host})
        self.options: dict[str, Any] = {
            "url": origin.url("/v4/"), "api_key": KEY, "town": "Musterdorf", "ags": AGS, "pause_ms": 0, "page_size": 2,
            "wanted": ["Personalausweis", "Hundesteuer", "Drachenschein"],
        }  # fmt: skip
        self.put("/political-area/search?searchWords=Musterdorf*", AREAS)
        self.page(0, [*LISTED[:1], {"id": "9003", "name": "Luftfahrerschein"}])
        self.page(2, LISTED[1:])
        self.put(f"/pstExtended/9001?areaId={AREA}", {"object": SERVICES["9001"]})
        self.put(f"/pst/9002?areaId={AREA}", SERVICES["9002"])
        self.put(f"/ou/{KIOSK}?areaId={AREA}", WHOLE)

    def put(self, target: str, answer: object) -> None:
        """Answer this request."""
        self.origin.file(f"/v4{target}", msgspec.json.encode(answer), "application/json")

    def page(self, offset: int, entries: list[dict[str, Any]]) -> None:
        """A page of the list."""
        query = f"areaId={AREA}&limit=2&offset={offset}&searchWord=&selectAttributes=id,name"
        self.put(f"/pst/find?{query}", {"results": [{"score": 1, "object": one} for one in entries]})

    async def fetch(self, **options: Any) -> Fetched:
        """One run of the connector."""
        code = connector("bus_brandenburg")
        async with Http(private_hosts=self.hosts) as http:
            return await code.fetch(code.configured(self.options | options), http.impatient(), Cursor())


def recording(body: bytes, origin: Origin) -> bytes:
    """A run as it would have come from an address that never changes."""
    parts = unpack(body)
    moved = [msgspec.structs.replace(one, url=one.url.replace(origin.url(""), URL)) for one in parts]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recording."""
    with Origin() as origin:
        body = asyncio.run(Register(origin).fetch()).body
        Path(__file__).with_name("recordings").joinpath("town.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
