"""A portal with the texts of two invented services.

`python -m tests.feeds.fim.portal` writes the recording.
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

API: Final = "/api/v1/leistung-stammtexte"
CARD, DOG, NONE = "99000000000011", "99000000000022", "99000000000033"


def text(number: str, key: str, name: str, *modules: tuple[str, str]) -> bytes:
    """A service as XZuFi."""
    written = "".join(
        f'<xzufi:modulText><xzufi:leikaTextmodul><code xmlns="">{code}</code></xzufi:leikaTextmodul>'
        f'<xzufi:inhalt languageCode="de-DE">{words}</xzufi:inhalt></xzufi:modulText>'
        for code, words in (("02", name), *modules)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xzufi:leistung xmlns:xzufi="http://xoev.de/schemata/xzufi/2_2_0">'
        f'<xzufi:id schemeAgencyID="L100000">{number}</xzufi:id>'
        f'<xzufi:referenzLeiKa><code xmlns="">{key}</code></xzufi:referenzLeiKa>{written}</xzufi:leistung>'
    ).encode()


TEXTS: Final = {
    CARD: ("B100019/11", text("11", CARD, "Personalausweis Ausstellung", ("06", "Ab 16 besteht Ausweispflicht."),
                              ("08", "&lt;ul&gt;&lt;li&gt;Foto&lt;/li&gt;&lt;/ul&gt;&lt;script&gt;x&lt;/script&gt;"))),
    DOG: ("B100019/22", text("22", DOG, "Hundesteuer Festsetzung", ("05", "Gemeinden erheben Hundesteuer."))),
}  # fmt: skip


class Portal:
    """The portal on a local server."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.options: dict[str, Any] = {"url": origin.url(API), "keys": [CARD, DOG, NONE], "pause_ms": 0}
        self.lists(NONE)
        for key, (way, body) in TEXTS.items():
            office, _, number = way.partition("/")
            state = {"redaktion_id": "L100012", "leistung_id": "7", "source": "pvog", "title": "Landestext"}
            self.lists(key, state, {"redaktion_id": office, "leistung_id": number, "source": "leika", "title": key})
            origin.file(f"{API}/{way}/leika/xzufi", body, "application/xml")

    def lists(self, key: str, *entries: dict[str, str]) -> None:
        """What the portal finds for a key."""
        answer = {"items": entries, "total_count": len(entries), "offset": 0, "limit": 30}
        query = f"leistungsschluessel={key}&source=leika&limit=30"
        self.origin.file(f"{API}?{query}", msgspec.json.encode(answer), "application/json")

    async def fetch(self, **options: Any) -> Fetched:
        """One run of the connector."""
        code = connector("fim")
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
        body = asyncio.run(Portal(origin).fetch()).body
        Path(__file__).with_name("recordings").joinpath("texts.json").write_bytes(recording(body, origin))


if __name__ == "__main__":
    main()
