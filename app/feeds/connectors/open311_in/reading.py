"""GeoReport v2 as plain fields, JSON and XML alike, and as items. Nothing about who reported is ever read."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

from app.feeds.connector import SkipItem, Stop, web_page
from app.feeds.items import Geo, Report, short_id
from app.kit.http.charset import decode
from app.kit.richtext import absolute, clean_line, plain, shortened

_CLOSED: Final = frozenset(
    "closed fixed resolved done archived duplicate rejected invalid not_responsible erledigt geschlossen behoben "
    "abgeschlossen abgelehnt gelöst".split()
)
"""What servers write besides `open` and `closed`; everything else is still open."""
_WORDS: Final[dict[str, str]] = {
    "open": "", "closed": "", "new": "neu", "received": "eingegangen", "acknowledged": "gesehen",
    "confirmed": "bestätigt", "investigating": "wird geprüft", "in_progress": "in Arbeit", "processing": "in Arbeit",
    "planned": "eingeplant", "fixed": "behoben", "resolved": "behoben", "duplicate": "schon gemeldet",
    "rejected": "nicht angenommen", "not_responsible": "nicht zuständig", "invalid": "nicht angenommen",
}  # fmt: skip
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+|00|0)[\d][\d ()/.-]{5,18}\d(?!\w)")
_DTD: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MOST_REPORTS: Final = 5_000


def entries_of(body: bytes, root: Literal["service", "request"]) -> list[dict[str, str]]:
    """The entries of an answer as fields in text; raises `Stop` when it is neither JSON nor XML of GeoReport."""
    head = body.lstrip()[:1]
    if head == b"<":
        return _of_xml(body, root)
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_report() from error
    if isinstance(document, dict):
        document = next(
            (document[key] for key in (f"{root}s", "service_requests", "requests") if key in document), None
        )
    if not isinstance(document, list):
        raise _no_report()
    return [{key: _text(value) for key, value in one.items()} for one in document if isinstance(one, dict)]


def report_of(entry: Mapping[str, str], services: Mapping[str, str], zone: ZoneInfo, base: str) -> Report:
    """A report; raises `SkipItem` without a number."""
    number = clean_line(entry.get("service_request_id", ""))
    if not number:
        raise SkipItem("A report has no number yet.")
    code = clean_line(entry.get("service_code", ""))
    service = clean_line(entry.get("service_name", "")) or services.get(code, "")
    words = masked(plain(entry.get("description", "")))
    status = clean_line(entry.get("status", "")).casefold().replace(" ", "_")
    title = clean_line(entry.get("title", "")) or service or shortened(words, 80)
    if not title:
        raise SkipItem("A report says nothing.")
    notes = masked(plain(entry.get("status_notes", ""), 300))
    return Report(
        external_id=short_id(number),
        title=masked(shortened(title, 200)),
        url=absolute(entry.get("detail_url", "") or entry.get("url", ""), base),
        language="de",
        published_at=_moment(entry.get("requested_datetime", ""), zone),
        updated_at=_moment(entry.get("updated_datetime", ""), zone),
        categories=(service,) if service else (),
        geo=_geo(entry),
        service_code=code[:80],
        service_name=shortened(service, 120),
        status="closed" if status in _CLOSED else "open",
        status_text=notes or _WORDS.get(status, clean_line(entry.get("status", "")))[:120],
        description=shortened(words, 2_000),
        address=shortened(clean_line(entry.get("address", "")), 200),
        requested_at=_moment(entry.get("requested_datetime", ""), zone),
    )


def newest(entries: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Each report once: the copy that was changed last."""
    found: dict[str, dict[str, str]] = {}
    for number, entry in enumerate(entries):
        id_ = entry.get("service_request_id", "") or f"?{number}"
        there = found.get(id_)
        if there is None or entry.get("updated_datetime", "") >= there.get("updated_datetime", ""):
            found[id_] = entry
    yield from found.values()


def masked(text: str) -> str:
    """The text without mail addresses and telephone numbers that somebody wrote into it."""
    return _PHONE.sub("…", _MAIL.sub("…", text))


def _of_xml(body: bytes, root: str) -> list[dict[str, str]]:
    text = decode(body)
    if re.search(r"<(?:!doctype\s+html|html)\b", text[:1_000], re.IGNORECASE):
        raise web_page(text, "")
    if _DTD.search(body, 0, 100_000):
        raise Stop(
            "The file defines XML entities. Such files can be used for attacks and are not read.", code="entities"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _no_report() from error
    if etree.QName(tree).localname not in {f"{root}s", "service_requests", "requests"}:
        raise _no_report()
    return [
        {etree.QName(field).localname: "".join(field.itertext()) for field in one if isinstance(field.tag, str)}
        for one in tree
        if isinstance(one.tag, str)
    ]


def _no_report() -> Stop:
    return Stop("The file is not Open311 (GeoReport v2). Check the address.", code="no-feed")


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _moment(written: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(written.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _geo(entry: Mapping[str, str]) -> Geo | None:
    try:
        lat, lon = float(entry.get("lat", "")), float(entry.get("long", "") or entry.get("lon", ""))
    except ValueError:
        return None
    return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon) else None
