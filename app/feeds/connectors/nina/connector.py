"""Warnings of a district from the dashboard of NINA: one list, then text and area of each warning.

The list is asked for conditionally, so that a quiet district costs one small answer. Texts are taken unaltered.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from app.feeds.bundle import Part, bundled, named, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.nina.warning import Told, notice_of
from app.feeds.items import Notice, Problem
from app.kit.http import BadStatus, FetchError

MOST_WARNINGS: Final = 200
ACCEPT: Final = "application/json"
_AT_ONCE: Final = 4
_ITEM_BYTES: Final = 3_000_000
_KEY: Final = re.compile(r"/dashboard/(\d+)\.json")
_MARK: Final = "probe:"
_NO_LIST: Final = "The answer is no list of warnings. Check the address."
_LOST: Final = "The text of this warning could not be fetched. Only its headline is shown until the next run."


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of a district's dashboard; with `ags` or `ars` the part of it before `/dashboard/` is enough."""
    ags: str = ""
    """Amtlicher Gemeindeschlüssel of a town or the 5 digits of a district."""
    ars: str = ""
    """Amtlicher Regionalschlüssel, 12 digits."""
    probe: bool = False
    """Ask first whether anything at all changed in the country."""

    def __post_init__(self) -> None:
        """Refuse keys that the dashboard doesn't know: it wants the district's, filled up with zeros."""
        if self.ags and not re.fullmatch(r"\d{5}(\d{3})?", self.ags):
            raise ValueError(f"ags must have 8 digits, or 5 for a district, not {self.ags!r}")
        if self.ars and not re.fullmatch(r"\d{12}", self.ars):
            raise ValueError(f"ars must have 12 digits, not {self.ars!r}")
        written = _KEY.search(self.url)
        if written and not (len(written[1]) == 12 and written[1].endswith("0000000")):
            raise ValueError(f"the dashboard is a district's: 5 digits and 7 zeros, not {written[1]}")

    @property
    def district(self) -> str:
        """The 5 digits of the district (Kreisschlüssel), empty when nothing tells."""
        written = _KEY.search(self.url)
        return (self.ags or self.ars or (written[1] if written else ""))[:5]

    @property
    def base(self) -> str:
        """The address that the parts of the interface hang on."""
        return self.url.split("/dashboard/")[0].rstrip("/")

    @property
    def dashboard(self) -> str:
        """The address of the list."""
        return f"{self.base}/dashboard/{self.district}0000000.json" if self.ags or self.ars else self.url


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The list, then text and area of each warning in it; what can't be had is asked for again next time."""
    known, mark = cursor, ""
    if config.probe:
        mark = await _version(config, http)
        before, _, etag = cursor.etag.partition(" ") if cursor.etag.startswith(_MARK) else ("", "", cursor.etag)
        if mark and mark == before and not cursor.force:
            return Fetched(status="not_modified", url=config.dashboard, etag=cursor.etag, bytes_saved=cursor.size)
        known = msgspec.structs.replace(cursor, etag=etag)
    listed = await http.get(config.dashboard, known, accept=ACCEPT)
    etag = f"{mark} {listed.etag}" if mark else listed.etag
    listed = msgspec.structs.replace(listed, etag=etag)
    if listed.status == "not_modified":
        return listed
    gate = asyncio.Semaphore(_AT_ONCE)
    pairs = await asyncio.gather(*(_one(config, http, gate, id_) for id_ in _ids(listed.body)))
    answer = bundled([part_of("dashboard", listed), *(part for parts, _ in pairs for part in parts)], listed)
    if any(lost for _, lost in pairs):
        # The list will say that nothing changed, but something is missing here: the next run must ask in full.
        answer = msgspec.structs.replace(answer, etag="", last_modified="")
    return answer


async def _version(config: Config, http: Http) -> str:
    """A short mark of the country's state of warnings, empty when it can't be had."""
    try:
        answer = await http.get(f"{config.base}/dynamic/version/dataVersion.json", accept=ACCEPT, body_bytes=100_000)
    except FetchError:
        return ""  # it only saves work
    return _MARK + hashlib.sha256(answer.body).hexdigest()[:24]


async def _one(config: Config, http: Http, gate: asyncio.Semaphore, id_: str) -> tuple[list[Part], bool]:
    """Text and area of a warning, and whether something is missing that may come later."""
    found: list[Part] = []
    lost = False
    for name, suffix in (("detail", "json"), ("area", "geojson")):
        address = f"{config.base}/warnings/{quote(id_, safe='')}.{suffix}"
        async with gate:
            try:
                answer = await http.get(address, accept=ACCEPT, body_bytes=_ITEM_BYTES)
            except FetchError as error:
                # Some warnings have no drawn area.
                lost |= not (name == "area" and isinstance(error, BadStatus) and error.answer == 404)
                continue
        found.append(msgspec.structs.replace(part_of(f"{name} {id_}", answer), url=address))
    return found, lost


def parse(body: bytes, config: Config, _context: ParseContext) -> Iterator[Notice | Problem]:
    """The warnings of the list; one whose text is missing keeps what the list says of it."""
    try:
        parts = unpack(body)
    except Stop as error:
        raise Stop(_NO_LIST, code="no-feed") from error
    listed = _list(next((part.body for part in named(parts, "dashboard")), b""))
    if listed is None:
        raise Stop(_NO_LIST, code="no-feed")
    content = {part.name: part.body for part in parts}
    seen: set[str] = set()
    for entry in listed[:MOST_WARNINGS]:
        id_ = _id(entry)
        if not id_ or id_ in seen:
            if not id_:
                yield Problem(None, "A warning has no id.")
            continue
        seen.add(id_)
        detail = _object(content.get(f"detail {id_}"))
        if detail is None:
            yield Problem(id_, _LOST)
        try:
            made = notice_of(Told(id_, entry, detail or {}, _object(content.get(f"area {id_}")) or {}, config.district))
        except SkipItem as skipped:
            yield Problem(id_, skipped.reason)
            continue
        if made is not None:
            yield made
    if len(listed) > MOST_WARNINGS:
        yield Problem(None, "The list has more than 200 warnings. The rest was left out.")


def _ids(body: bytes) -> list[str]:
    """The ids of the list; none when it can't be read, which `parse` will say."""
    return list(dict.fromkeys(id_ for id_ in map(_id, (_list(body) or [])[:MOST_WARNINGS]) if id_))


def _list(body: bytes) -> list[Any] | None:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _id(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    payload = entry.get("payload")
    found = entry.get("id") or (payload.get("id") if isinstance(payload, dict) else "")
    return found.strip() if isinstance(found, str) and len(found) <= 300 and found.isprintable() else ""


def _object(body: bytes | None) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(body or b"")
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
