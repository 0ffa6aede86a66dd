"""Bodies that somebody made to hurt: entities that grow, archives that burst, nests without a floor, lying headers."""

import functools
import io
import zipfile
from collections.abc import Callable
from typing import Final

LAUGHS: Final = "".join(f'<!ENTITY l{step} "{f"&l{step - 1};" * 10}">' for step in range(1, 10))
MEMBERS: Final = ("a.xml", "a.kml", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "calendar.txt")
"""What connectors look for in an archive."""
SECONDS: Final = 5
"""Of the processor, for one body."""
_TABLE: Final = b"stop_id,route_id,trip_id,service_id,stop_sequence,departure_time\n"
BURST_BYTES: Final = 30_000_000


def document(declared: str, root: str = "rss", inside: str = "&l9;") -> bytes:
    """An XML document with a declaration of its own."""
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{declared}]><{root}>{inside}</{root}>'.encode()


def archive(**members: bytes) -> bytes:
    """A ZIP file; `stops_txt=…` is the member `stops.txt`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in members.items():
            head, _, ending = name.rpartition("_")
            files.writestr(f"{head}.{ending}", content)
    return packed.getvalue()


def bomb(header: bytes) -> bytes:
    """An archive whose members unpack to 30 MB each, after a plausible beginning."""
    return archive(**{name.replace(".", "_"): header + bytes(BURST_BYTES) for name in MEMBERS})


def disguised(whole: bytes) -> bytes:
    """The same archive, whose headers say that it is small."""
    changed = bytearray(whole)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        found = changed.find(mark)
        while found >= 0:
            changed[found + place : found + place + 4] = (1_000).to_bytes(4, "little")
            found = changed.find(mark, found + 4)
    return bytes(changed)


def crowd() -> bytes:
    """An archive of 6,000 documents."""
    return archive(**{f"warning{number}_xml": b"<alert/>" for number in range(6_000)})


def nameless() -> bytes:
    """An archive whose members have no name."""
    return archive(a_xml=b"<alert/>", a_kml=b"<kml/>").replace(b"a.xml", b"\0.xml").replace(b"a.kml", b"\0.kml")


def displaced() -> bytes:
    """An archive that says its members lie before its beginning."""
    whole = bytearray(archive(**{name.replace(".", "_"): b"a,b\n1,2\n" for name in MEMBERS}))
    end = whole.rindex(b"PK\x05\x06")
    whole[end + 16 : end + 20] = (2**31).to_bytes(4, "little")
    return bytes(whole)


def locked() -> bytes:
    """An archive that wants a password."""
    whole = bytearray(archive(**{name.replace(".", "_"): b"a,b\n1,2\n" for name in MEMBERS}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = whole.find(mark)
        while found >= 0:
            whole[found + place] |= 1
            found = whole.find(mark, found + 4)
    return bytes(whole)


BODIES: Final[dict[str, Callable[[], bytes]]] = {
    "laughs": lambda: document(f'<!ENTITY l0 "ha">{LAUGHS}'),
    "laughs in an archive": lambda: archive(
        a_xml=document(f'<!ENTITY l0 "ha">{LAUGHS}', "alert"), a_kml=document(f'<!ENTITY l0 "ha">{LAUGHS}', "kml")
    ),
    "one long entity": lambda: document(f'<!ENTITY l9 "{"a" * 100_000}">', inside="&l9;" * 10_000),
    "an entity from a file": lambda: document('<!ENTITY l9 SYSTEM "file:///etc/hostname">'),
    "an entity from a server": lambda: document('<!ENTITY % l9 SYSTEM "http://127.0.0.1:9/x.dtd"> %l9;', inside="x"),
    "entities in UTF-16": lambda: document('<!ENTITY l9 "ha">').decode().encode("utf-16"),
    "deep XML": lambda: b"<rss>" + b"<a>" * 200_000,
    "deep XML with an end": lambda: b"<kml>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</kml>",
    "a long attribute": lambda: b'<rss version="' + b"2" * 12_000_000 + b'"/>',
    "deep JSON": lambda: b'{"a":' * 100_000,
    "numbers without an end": lambda: b'{"elements": [' + b"9" * 1_000_000 + b', 1e999], "weather": [-1e999]}',
    "one line": lambda: b"x" * 5_000_000,
    "a quote that never ends": lambda: b'a;b;c\n"' + b"x;\n" * 300_000,
    "semicolons": lambda: b";" * 2_000_000,
    "calendars in calendars": lambda: b"BEGIN:VCALENDAR\r\n" * 50_000,
    "a script": lambda: b'<script type="application/ld+json">' + b"{" * 500_000,
    "scripts": lambda: b'<script type="application/ld+json">' * 50_000,
    "a length that lies": lambda: b"\x0a\xff\xff\xff\xff\x0f2.0",
    "groups in groups": lambda: b"\x0b" * 100_000,
    "a bomb of documents": lambda: bomb(b'<?xml version="1.0"?><alert>'),
    "a bomb in disguise": lambda: disguised(bomb(_TABLE)),
    "an archive of archives": lambda: archive(a_zip=archive(stops_txt=b"stop_id\n")),
    "a crowd": crowd,
    "an archive without names": nameless,
    "an archive that lies elsewhere": displaced,
    "an archive with a lock": locked,
}


@functools.cache
def body(name: str) -> bytes:
    """One of them, made once."""
    return BODIES[name]()
