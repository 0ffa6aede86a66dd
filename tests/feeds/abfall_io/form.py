"""The form of an invented district: each step hands out a field that the next one must bring back.

`python -m tests.feeds.abfall_io.form` writes the recording.
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import msgspec

from app.feeds.bundle import unpack
from app.feeds.connector import Cursor, Fetched
from app.feeds.registry import connector
from app.kit import clock
from app.kit.http import Http
from tests.feeds.reading import URL
from tests.origin import Asked, Origin, send

if TYPE_CHECKING:
    from asyncio import StreamWriter

KEY: Final = "0123456789abcdef0123456789abcdef"
AT: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
STREETS: Final = (
    {"name": "Musterdorf, Anger", "kommune": "11", "bezirk": "3", "strasse": "21", "hausnummer": "5"},
    {"name": "Musterfeld", "kommune": "12", "strasse": "40"},
)
STEPS: Final = ("init", "auswahl_bezirk_set", "auswahl_strasse_set", "auswahl_hnr_set")


def calendar(*entries: tuple[str, str]) -> bytes:
    """The calendar as the form sends it, with a form around it."""
    lines = ["<br>Bitte wählen Sie:<b>Schadstoffe</b>", "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Muster//DE"]
    for number, (day, title) in enumerate(entries):
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{title}", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


CALENDARS: Final = {
    "21": calendar(("20261124", "Restabfall"), ("20261201", "Gelbe Tonne"), ("20261228", "Bioabfall")),
    "40": calendar(("20261125", "Restabfall"), ("20270112", "Weihnachtsbaum")),
}


class District:
    """The service on a local server; `key` is the one it takes."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.key = KEY
        self.forms: list[dict[str, str]] = []
        self.options: dict[str, Any] = {
            "url": origin.url(""), "api_key": KEY, "streets": STREETS, "pause_ms": 0,
        }  # fmt: skip
        origin.route("/", self._answer)

    async def _answer(self, asked: Asked, writer: "StreamWriter") -> None:
        query = {name: values[0] for name, values in parse_qs(asked.target.partition("?")[2]).items()}
        form = {name: values[0] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}
        if query.get("key") != self.key:
            send(writer, 401, b"", {})
        elif query.get("mode") == "export":
            send(writer, 200, CALENDARS[query["idhousenumber"]], {"Content-Type": "text/calendar"})
        elif query["waction"] == "export_ics":
            self.forms.append(form)
            send(writer, 200, CALENDARS.get(form.get("f_id_strasse", ""), b""), {"Content-Type": "text/calendar"})
        else:
            step = query["waction"]
            page = (
                f'<form><input type="hidden" name="nach_{step}" value="{len(form)}"><select name="x"></select></form>'
            )
            send(writer, 200, page.encode(), {"Content-Type": "text/html"})

    async def fetch(self, **options: Any) -> Fetched:
        """One run of the connector."""
        code = connector("abfall_io")
        async with Http(private_hosts=frozenset({self.origin.host})) as http:
            with clock.at(AT):
                return await code.fetch(code.configured(self.options | options), http.impatient(), Cursor())


def recording(body: bytes, origin: Origin) -> bytes:
    """A run as it would have come from an address that never changes."""
    parts = unpack(body)
    moved = [msgspec.structs.replace(one, url=one.url.replace(origin.url(""), URL)) for one in parts]
    return msgspec.json.format(msgspec.json.encode(moved), indent=1) + b"\n"


def main() -> None:
    """Write the recording."""
    with Origin() as origin:
        body = asyncio.run(District(origin).fetch()).body
        Path(__file__).with_name("recordings").joinpath("district.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
