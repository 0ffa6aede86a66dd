"""Warnings in CAP 1.2 as the weather service writes them, alone and in an archive; all of it is invented.

`python -m tests.feeds.cap.archives` writes the recordings.
"""

import io
import zipfile
from pathlib import Path
from typing import Final

OID: Final = "2.49.0.0.276.0.DWD.PVW.1795340000000.aaaabbbb-0000-4111-8222-ccccddddeeee"
BEFORE: Final = "2.49.0.0.276.0.DWD.PVW.1795330000000.aaaabbbb-0000-4111-8222-000000000000"

INFO: Final = """<info>
<language>{language}</language><category>Met</category><event>{event}</event><responseType>Prepare</responseType>
<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>
<eventCode><valueName>II</valueName><value>52</value></eventCode>
<effective>2026-11-22T14:00:00+01:00</effective><onset>2026-11-22T16:00:00+01:00</onset>
<expires>2026-11-22T23:00:00+01:00</expires><senderName>Deutscher Wetterdienst</senderName>
<headline>{headline}</headline><description>{description}</description>
<instruction>Sichern Sie Gegenstände im Freien.
Halten Sie Abstand von Bäumen.</instruction>
<web>https://www.wettergefahren.de</web><contact>Deutscher Wetterdienst</contact>
<area><areaDesc>polygonal event area</areaDesc>
<polygon>52.0,12.4 52.3,12.4 52.3,12.9 52.0,12.9 52.0,12.4 52.0,12.4</polygon>
<geocode><valueName>EXCLUDE_POLYGON</valueName><value>52.1,12.5 52.2,12.5 52.2,12.6 52.1,12.5</value></geocode></area>
{cells}</info>"""
CELL: Final = (
    "<area><areaDesc>{name}</areaDesc><geocode><valueName>WARNCELLID</valueName><value>{cell}</value></geocode></area>"
)


def cells(*pairs: tuple[str, str]) -> str:
    """Areas that are named by a warn cell."""
    return "\n".join(CELL.format(name=name, cell=cell) for name, cell in pairs)


def info(language: str = "de-DE", event: str = "STURMBÖEN", severity: str = "Moderate", **texts: str) -> str:
    """An information block."""
    told = {
        "headline": "Amtliche WARNUNG vor STURMBÖEN",
        "description": "Es treten Sturmböen um 70 km/h auf.",
        "cells": cells(("Stadt Bad Belzig", "812069020"), ("Kreis Uckermark", "112073000"), ("Müritz", "209900001"),
                       ("Greifswalder Bodden", "501000005")),
    }  # fmt: skip
    return INFO.format(language=language, event=event, severity=severity, **(told | texts))


def alert(identifier: str = f"{OID}.MUL", *, infos: str = "", message: str = "Alert", more: str = "") -> bytes:
    """A document."""
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>{identifier}</identifier><sender>opendata@dwd.de</sender><sent>2026-11-22T14:00:00+01:00</sent>
<status>Actual</status><msgType>{message}</msgType><source>PVW</source><scope>Public</scope>{more}
{infos or info(language="en", event="gusts", headline="Official WARNING of GUSTS") + info()}
</alert>
""".encode()


def update() -> bytes:
    """One that replaces an earlier one."""
    reference = f"<references>opendata@dwd.de,{BEFORE}.MUL,2026-11-22T12:00:00+01:00</references>"
    return alert(message="Update", more=f"<code>id:{OID}</code>{reference}")


def cancel() -> bytes:
    """The end of one; its severity is as it was."""
    reference = f"<references>opendata@dwd.de,{OID}.MUL,2026-11-22T14:00:00+01:00</references>"
    return alert(
        OID.replace("17953", "17954") + ".MUL",
        message="Cancel",
        more=reference,
        infos=info(severity="Extreme", headline="Amtliche WARNUNG vor STURMBÖEN"),
    )


def archive(*documents: tuple[str, bytes]) -> bytes:
    """A ZIP whose bytes are the same each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in documents:
            files.writestr(zipfile.ZipInfo(name, (2026, 11, 22, 14, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


if __name__ == "__main__":
    folder = Path(__file__).parent / "recordings"
    (folder / "update.xml").write_bytes(update())
    (folder / "latest.zip").write_bytes(
        archive(("a.xml", update()), ("b.xml", cancel()), ("c.xml", b"<alert"), ("README.txt", b"-"))
    )
