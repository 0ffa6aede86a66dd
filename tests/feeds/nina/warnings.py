"""A district's warnings as the dashboard, its texts and its areas say them; all of it is invented.

`python -m tests.feeds.nina.warnings` writes the recordings.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from app.feeds.bundle import Part, pack
from tests.origin import Origin

BASE: Final = "/api31"
DASHBOARD: Final = f"{BASE}/dashboard/120690000000.json"
FLOOD: Final = "mow.DE-BB-PM-SE001-20261122-70-000"
CLEAR: Final = "mow.DE-BB-PM-SE001-20261122-70-001"
STORM_OID: Final = "2.49.0.0.276.0.DWD.PVW.1795340000000.aaaabbbb-0000-4111-8222-ccccddddeeee"
HEBREW: Final = "\u05d0\u05d6\u05d4\u05e8\u05ea \u05e9\u05d9\u05d8\u05e4\u05d5\u05df"
STORM: Final = f"dwd.{STORM_OID}.MUL"

Told = dict[str, Any]
"""`entry` of the dashboard, `detail` and `area`; one that is absent can't be fetched."""


def entry(id_: str, headline: str, **fields: Any) -> dict[str, Any]:
    """A line of the dashboard."""
    data = {"headline": headline, "provider": "MOWAS", "severity": "Severe", "urgency": "Immediate", "msgType": "Alert"}
    return {
        "id": id_,
        "payload": {"version": 1, "type": "ALERT", "id": id_, "data": data | fields},
        "i18nTitle": {"de": headline},
        "sent": "2026-11-22T06:10:00+01:00",
    }


def detail(id_: str, headline: str, info: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A text, CAP 1.2 as JSON."""
    block = {
        "language": "de",
        "category": ["Safety"],
        "event": "Hochwasser",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Observed",
        "headline": headline,
        "description": "Die Plane steigt seit der Nacht.<br/>Wege am Ufer stehen unter Wasser.",
        "instruction": "Meiden Sie das Ufer.<br/>Fahren Sie Autos fort.<br/><br/>Radio &amp; Nachbarn wissen mehr.",
        "web": "https://www.musterkreis.example/hochwasser",
        "parameter": [
            {"valueName": "sender_langname", "value": "Leitstelle Musterkreis"},
            {"valueName": "warnVerwaltungsbereiche", "value": "120690020020,120695902470"},
        ],
        "area": [
            {"areaDesc": "Bad Belzig, Ortsteile an der Plane", "geocode": [{"valueName": "AreaId", "value": "0"}]}
        ],
    }
    whole = {
        "identifier": id_,
        "sender": "DE-BB-PM-SE001",
        "sent": "2026-11-22T06:10:00+01:00",
        "status": "Actual",
        "msgType": "Alert",
        "scope": "Public",
        "code": ["DVN:1", "nina"],
        "info": [block | dict(info or {})],
    }
    return whole | fields


def square(west: float, south: float, size: float) -> list[list[float]]:
    """A closed ring."""
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def area(*polygons: list[list[list[float]]]) -> dict[str, Any]:
    """A drawn area."""
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": list(polygons)}}
    return {"type": "FeatureCollection", "features": [feature]}


def flood() -> Told:
    """A flood; its polygon has a hole."""
    title = "Hochwasser an der Plane: Wege am Ufer gesperrt"
    drawn = area([square(12.6, 52.12, 0.06), square(12.62, 52.14, 0.02)], [square(12.67, 52.19, 0.01)])
    return {"entry": entry(FLOOD, title), "detail": detail(FLOOD, title), "area": drawn}


def clear(severity: str = "Extreme", sent: str = "2026-11-22T11:30:00+01:00") -> Told:
    """Its all-clear, which carries a severity all the same."""
    title = "Entwarnung: Das Wasser der Plane sinkt"
    told = detail(
        CLEAR,
        title,
        {"severity": severity, "description": "Die Gefahr ist vorbei.", "instruction": ""},
        msgType="Cancel",
        sent=sent,
        references=f"DE-BB-PM-SE001,{FLOOD},2026-11-22T06:10:00+01:00",
    )
    first = entry(CLEAR, title, severity=severity, msgType="Cancel") | {"sent": sent}
    return {"entry": first, "detail": told, "area": flood()["area"]}


def storm() -> Told:
    """What the weather service warns of, repeated here."""
    title = "Amtliche WARNUNG vor STURMBÖEN"
    told = detail(
        STORM,
        title,
        {
            "category": ["Met"], "event": "STURMBÖEN", "severity": "Moderate", "certainty": "Likely",
            "senderName": "Deutscher Wetterdienst", "onset": "2026-11-22T16:00:00+01:00",
            "expires": "2026-11-22T23:00:00+01:00", "parameter": [], "web": "https://www.wettergefahren.de",
            "area": [{"areaDesc": "Kreis Potsdam-Mittelmark"}],
        },
        code=["DVN:2", f"id:{STORM_OID}"],
        sender="opendata@dwd.de",
    )  # fmt: skip
    first = entry(STORM, title, provider="DWD", severity="Moderate")
    return {"entry": first, "detail": told, "area": area([square(12.3, 51.9, 0.9)])}


def odd() -> list[Told]:
    """Strange ones: no end, an end before the start, one letter, 300 letters, right to left, hardly any field."""
    long = "Straßenverkehrszulassungsbehörde und " * 8 + "Ende"
    return [
        {
            "entry": entry("biw.BIWAPP-1", "X", severity="Minor"),
            "detail": detail("biw.BIWAPP-1", "X", {
                "onset": "2026-11-22T05:20:00+01:00", "expires": "2026-11-22T05:19:00+01:00", "event": "4",
                "category": "Other", "area": "überall", "parameter": None, "severity": "Kaum",
            }),
        },
        {
            "entry": entry("kat.lang", long),
            "detail": detail("kat.lang", long, {"expires": "3021-11-22T05:19:00+01:00"}),
        },
        {
            "entry": entry("kat.rechts", HEBREW),
            "detail": detail("kat.rechts", "\u202e" + HEBREW, {"category": ["Health"], "event": "Wasser"}),
        },
        {"entry": {"id": "kat.karg", "payload": {"data": {"headline": "Nur eine Zeile"}}}},
        {"entry": entry("kat.uebung", "Übung"), "detail": detail("kat.uebung", "Übung", status="Exercise")},
    ]  # fmt: skip


def answers(*warnings: Told) -> dict[str, Any]:
    """Every address of the interface and what it says."""
    found: dict[str, Any] = {DASHBOARD: [one["entry"] for one in warnings]}
    for one in warnings:
        for name, suffix in (("detail", "json"), ("area", "geojson")):
            if name in one:
                found[f"{BASE}/warnings/{one['entry']['id']}.{suffix}"] = one[name]
    return found


def serve(origin: Origin, *warnings: Told, etag: str = "") -> None:
    """Let a web server say this from now on."""
    marks = {"etag": etag} if etag else {}
    for path, body in answers(*warnings).items():
        origin.file(path, msgspec.json.encode(body), "application/json", **marks)


def body(*warnings: Told) -> bytes:
    """What `fetch` makes of them."""
    content = {"dashboard": [one["entry"] for one in warnings]}
    for one in warnings:
        content |= {f"{name} {one['entry']['id']}": one[name] for name in ("detail", "area") if name in one}
    parts = [Part(name=name, url="", body=msgspec.json.encode(value)) for name, value in content.items()]
    return pack(parts)


RECORDINGS: Final[dict[str, Callable[[], bytes]]] = {
    "flood.json": lambda: body(flood(), storm()),
    "all-clear.json": lambda: body(flood(), clear()),
    "odd.json": lambda: body(*odd()),
}

if __name__ == "__main__":
    for name, make in RECORDINGS.items():
        (Path(__file__).parent / "recordings" / name).write_bytes(make())
