"""A disposal company at Jumomind with an invented town: two parts, a street in two areas, a village without streets.

`python -m tests.feeds.jumomind.works` writes the recording.
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

API: Final = "/mmapp/api.php"
CITIES: Final = (
    {"name": "Musterstadt", "_name": "Musterstadt", "id": "7", "area_id": "7", "has_streets": True},
    {"name": "Musterstadt, OT Feldhof", "_name": "Feldhof", "id": "8", "area_id": "81", "has_streets": False},
    {"name": "Musterstadtfelde", "_name": "Musterstadtfelde", "id": "9", "area_id": "90", "has_streets": True},
)
STREETS: Final = (
    {"name": "Ahornweg", "_name": "Ahornweg", "area_id": "71"},
    {"name": "Birkenstraße", "_name": "Birkenstr.", "area_id": 71},
    {
        "name": "Lange Straße", "_name": "Lange Str.", "area_id": "71",
        "houseNumbers": [["10", "72"], ["1", "71"], ["2", "71"], ["09", "72"], ["11a", "71"]],
    },
)  # fmt: skip


def day(when: str, title: str, description: str | None = None) -> dict[str, Any]:
    """A collection day as the service names it."""
    return {"id": f"{when}-{title}", "day": when, "title": title, "trash_name": "X1", "description": description}


DAYS: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "7/71": (
        day("2026-11-20", "Restmüll"),
        day("2026-12-01", "Restmüll 2-wöchentlich"),
        day("2026-12-28", "Biotonne", "statt Fr., 25.12."),
        day("2026-12-31", "Papier", "entfällt"),
        day("2027-01-11", "Weihnachtsbäume"),
    ),
    "7/72": (day("2026-12-02", "Restmüll 2-wöchentlich"), day("2026-12-09", "Gelbe Tonne, Papier")),
    "8/81": (day("2026-12-03", "Schadstoffmobil", "<b>Dorfplatz</b>, 10 bis 11 Uhr"),),
}


class Works:
    """The service on a local server."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.options: dict[str, Any] = {"url": origin.url(API), "city": "Musterstadt", "pause_ms": 0}
        self.put("r=cities_web", CITIES)
        self.put("r=streets&city_id=7", STREETS)
        for key, days in DAYS.items():
            city, _, area = key.partition("/")
            self.put(f"r=dates/0&city_id={city}&area_id={area}&ws=3", days)

    def put(self, query: str, answer: object) -> None:
        """Answer this request."""
        self.origin.file(f"{API}?{query}", msgspec.json.encode(answer), "application/json")

    async def fetch(self, **options: Any) -> Fetched:
        """One run of the connector."""
        code = connector("jumomind")
        async with Http(private_hosts=frozenset({self.origin.host})) as http:
            return await code.fetch(code.configured(self.options | options), http.impatient(), Cursor())


def recording(body: bytes, origin: Origin) -> bytes:
    """A run as it would have come from an address that never changes."""
    parts = unpack(body)
    moved = [msgspec.structs.replace(one, url=one.url.replace(origin.url(""), URL)) for one in parts]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recording."""
    with Origin() as origin:
        body = asyncio.run(Works(origin).fetch()).body
        Path(__file__).with_name("recordings").joinpath("town.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
