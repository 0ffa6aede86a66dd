"""A search service with the services of an invented town, as the gateway answers.

`python -m tests.feeds.pvog.gateway` writes the recording.
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

ARS: Final = "120690020020"
STATE: Final = "120000000000"
CARD, DOG, MOVE, PILOT = "L100012.LB.101", "L100012.LB.102", "L100012.LB.103", "L100012.LB.104"
OFFICE, KEYS, AWAY = "L100012.OE.7", "L100012.OE.8", "L100012.OE.9"


def listed(id_: str, name: str, *ars: str, **fields: Any) -> dict[str, Any]:
    """A line of the list."""
    return {"id": id_, "name": name, "ars": list(ars or (STATE,))} | fields


def module(code: str, text: str = "", **fields: Any) -> dict[str, Any]:
    """A text module."""
    return {"code": code, "text": text, "placeholder": False} | fields


SERVICES: Final = (
    listed(CARD, "Personalausweis beantragen"),
    listed(DOG, "Hundesteuer anmelden", STATE, ARS),
    listed(PILOT, "Luftfahrerschein für Ballonfahrende"),
)
SEARCHED: Final = (listed(MOVE, "Wohnung: Ummeldung"),)
DETAILS: Final[dict[str, dict[str, Any]]] = {
    CARD: listed(CARD, "Personalausweis beantragen") | {
        "leikakeys": ["99123456789012"],
        "details": [
            module("24", "<p>Sie brauchen einen Ausweis, sobald Sie 16 Jahre alt sind.</p>"),
            module("08", "<ul><li>alter Ausweis</li><li onclick='x()'>biometrisches Foto</li></ul><script>x</script>"),
            module("98", "", details=[{"title": "Ab 24 Jahren", "text": "37,00 Euro"}]),
            module("97", "keine Angabe"),
            module("95", "2 bis 3 Wochen"),
            module("07", "", links=[{"title": "§ 9 PAuswG", "uri": "https://gesetze.example/pauswg"}]),
            module("14", "", links=[{"title": "Vollmacht", "uri": "/formulare/vollmacht.pdf"}]),
            module("15", "Platzhalter", placeholder=True),
            module("93", "Ministerium", date="2026-05-01"),
        ],
        "onlineServiceLinks": [{"title": "Termin buchen", "uri": "https://termine.example/ausweis"}],
        "sourcePortals": [{"title": "Dienstleistungsportal", "uri": "https://portal.example/ausweis"}],
        "externalLastUpdate": "2026-10-01T08:00:00",
    },
    DOG: {
        "id": DOG,
        "leikakeys": ["99000000000077"],
        "details": [
            module("06", "Wer einen Hund hält, zahlt Hundesteuer.\nDas gilt ab dem dritten Monat."),
            module("98", "60 Euro im Jahr"),
            module("97", "Zwei Wochen, nachdem der Hund bei Ihnen lebt"),
        ],
        "synonyms": ["Hund anmelden", {"name": "Hundemarke"}],
        "lifeSituations": [{"name": "Tierhaltung"}],
    },
}  # fmt: skip
UNITS: Final = {
    CARD: [
        {"id": KEYS, "title": "Schlüsselstelle", "role": {"code": "03", "name": "Ansprechpunkt"}},
        {"id": OFFICE, "title": "Einwohnermeldeamt", "role": {"code": "01", "name": "Zuständige Stelle"}},
    ],
    DOG: [{"id": OFFICE, "title": "Einwohnermeldeamt", "role": {"code": "01"}}],
}
OFFICES: Final[dict[str, dict[str, Any]]] = {
    OFFICE: {
        "title": "Stadt Musterdorf, Einwohnermeldeamt",
        "location": {
            "addresses": [
                {"type": "Postanschrift", "postbox": "1234", "zip": "14806", "city": "Musterdorf"},
                {"type": "Hausanschrift", "street": "Markt", "houseNumber": "1", "zip": "14806", "city": "Musterdorf",
                 "geo": {"latitude": 52.14, "longitude": 12.59}, "wheelchairAccessible": True},
            ],
            "communications": [
                {"code": "02", "value": "+49 33841 000-0"},
                {"code": "04", "value": "+49 33841 000-9"},
                {"code": "01", "value": "meldeamt@musterdorf.example"},
            ],
        },
        "openingHours": "<p>Dienstag: 9–12 Uhr und 14–18 Uhr</p><p>Donnerstag: 9–12 Uhr</p>",
        "internetAddresses": [{"uri": "https://www.musterdorf.example/meldeamt"}],
    },
    KEYS: {"name": "Schlüsselstelle", "openingHours": [{"dayOfWeek": "monday", "from": "09:00:00", "to": "12:00:00"}]},
}  # fmt: skip
ONLINE: Final = (
    {
        "onlineservices": [
            {"id": "L1.OD.1", "name": "Hund online anmelden", "leikaIds": ["99000000000077"],
             "links": [{"url": "https://online.example/hund"}]},
        ],
        "nextPageToken": "zwei",
    },
    {"onlineservices": [{"id": "L1.OD.2", "title": "Ohne Leistung", "url": "https://online.example/x"}]},
)  # fmt: skip


def page(entries: tuple[dict[str, Any], ...], number: int = 0, pages: int = 1) -> dict[str, Any]:
    """A page of the list."""
    return {"serviceDescriptions": {"content": list(entries), "number": number, "totalPages": pages}}


class Gateway:
    """The service on a local server; what is not there answers 404, as the real one does for "no hit"."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self.config = connector("pvog").configured(
            {"url": origin.url("/api"), "ars": ARS, "pause_ms": 0, "page_size": 5,
             "wanted": ["Personalausweis", "Wohnung ummelden", "99123456789012", "Drachenschein"]}
        )  # fmt: skip
        self.put(f"/v7/servicedescriptions/{ARS}?size=5&page=0", page(SERVICES[:2], 0, 2), etag='"1"')
        self.put(f"/v7/servicedescriptions/{ARS}?size=5&page=1", page(SERVICES[2:], 1, 2))
        self.put(f"/v7/servicedescriptions/{ARS}?q=Wohnung+ummelden&size=5", page(SEARCHED))
        self.put(
            f"/v3/servicedescriptions/leikaid?ars={ARS}&leikaIds=99123456789012&size=5", {"content": [SERVICES[0]]}
        )
        for id_, detail in DETAILS.items():
            self.put(f"/v6/servicedescriptions/{id_}/detail?ars={ARS}", detail)
        for id_, units in UNITS.items():
            self.put(f"/v2/organisationunits/titles?ars={ARS}&lbId={id_}", units)
        for id_, office in OFFICES.items():
            self.put(f"/v5/organisationunits/detail?q={id_}", office)
        self.put(f"/v1beta2/onlineservices?ars={ARS}", ONLINE[0])
        self.put(f"/v1beta2/onlineservices?ars={ARS}&pageToken=zwei", ONLINE[1])

    def put(self, target: str, answer: object, **headers: str) -> None:
        """Answer this request."""
        self._origin.file(f"/api{target}", msgspec.json.encode(answer), "application/json", **headers)

    async def fetch(self, cursor: Cursor | None = None) -> Fetched:
        """One run of the connector."""
        async with Http(private_hosts=frozenset({self._origin.host})) as http:
            return await connector("pvog").fetch(self.config, http.impatient(), cursor or Cursor())


def recording(body: bytes, origin: Origin) -> bytes:
    """A run as it would have come from an address that never changes."""
    parts = unpack(body)
    moved = [msgspec.structs.replace(one, url=one.url.replace(origin.url(""), URL)) for one in parts]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recording."""
    with Origin() as origin:
        body = asyncio.run(Gateway(origin).fetch()).body
        Path(__file__).with_name("recordings").joinpath("town.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
