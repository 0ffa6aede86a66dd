"""What a connector is: a folder with `manifest.toml` and `connector.py`, the latter with `Config`, `fetch`, `parse`.

`fetch` talks to the network and knows nothing of the format; `parse` is pure: bytes, configuration and context in,
items and problems out, no clock, no database, no network. It may be run again over stored bytes at any time.
"""

import html
import re
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from app.feeds.failures import Failure, SkipItem, Stop, TryLater
from app.feeds.items import KINDS, REGION_ONLY, Item, Problem
from app.kit.http import Cursor, Fetched, Http
from app.kit.richtext import absolute, clean_line, shortened

__all__ = [
    "Connector",
    "Cursor",
    "Failure",
    "Fetched",
    "Http",
    "InvalidConfig",
    "Manifest",
    "ParseContext",
    "SkipItem",
    "Stop",
    "TryLater",
    "connector_of",
    "own_headers",
    "web_page",
]

Delivers = Literal["snapshot", "increment", "release"]

_UNITS: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_LINK: Final = re.compile(r"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"\b(rel|type|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_FEED_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "text/calendar"}
)
MOST_HEADERS: Final = 10
LONGEST_HEADER: Final = 2_000
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}", re.ASCII)
_CLIENTS_OWN: Final = frozenset(
    """
    accept-encoding connection content-length content-type cookie expect host if-modified-since if-none-match
    keep-alive proxy-authorization proxy-connection range referer te trailer transfer-encoding upgrade user-agent via
    """.split()
)
_EVERY: Final = re.compile(r"(\d{1,4}) (s|min|h|d)")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`manifest.toml`."""

    name: str
    title: str
    """English msgid."""
    gives: tuple[str, ...]
    """Item kinds of `app.feeds.items.KINDS`; `timetable` for a connector that loads a whole release."""
    delivers: Delivers
    """`snapshot`: what is gone from the source is withdrawn. `increment`: a window, absence means nothing.
    `release`: a file too large for items, loaded beside the last one and put in its place whole. Where `Config` has a
    field `delivers`, each feed may say for itself whether its source is a snapshot or an increment."""
    every: str
    """Default interval, `15 min`; a tenant may ask less often, not more."""
    licence: str
    """Shown with each item that names none itself; empty when it depends on the publisher."""
    owner: str
    quality: Literal["bronze", "silver", "gold"]
    headers: tuple[str, ...] = ()
    """Request headers that options fill in, by name; `*`: any, from the option `headers` (see `own_headers`)."""
    ends_at_once: bool = False
    """All of a snapshot may end together, as warnings do: that more than half vanished is believed when a second
    answer in a row says so, instead of being held until a person has looked."""

    fills_gaps: bool = False
    """What it brings is the same everywhere: whatever another source says of the same goes first."""

    forgets: bool = False
    """It may name people: of what its source takes back no word is kept, only that it is gone."""

    def __post_init__(self) -> None:
        """Refuse a kind that nobody knows."""
        unknown = [kind for kind in self.gives if kind not in KINDS and kind not in REGION_ONLY]
        if unknown or not self.gives:
            raise ValueError(f"gives = {list(self.gives)!r}: there are {sorted({*KINDS, *REGION_ONLY})}")

    @property
    def only_for_regions(self) -> bool:
        """Whether what it brings lives in a region's schema, so that a single town can't have such a feed."""
        return any(kind in REGION_ONLY for kind in self.gives)

    @property
    def every_seconds(self) -> int:
        """The interval in seconds."""
        found = _EVERY.fullmatch(self.every)
        if not found:
            raise ValueError(f"every = {self.every!r}: write it like '15 min', with s, min, h or d")
        return int(found[1]) * _UNITS[found[2]]


class ParseContext(msgspec.Struct, frozen=True, kw_only=True):
    """What `parse` may know besides the bytes."""

    url: str = ""
    """Where the bytes came from in the end; relative links start there."""
    content_type: str = ""
    charset: str = ""
    """From the HTTP header."""
    window_start: datetime
    """Aware; series are expanded from here …"""
    window_end: datetime
    """… to here, exclusive."""
    zone: ZoneInfo = ZoneInfo("Europe/Berlin")
    """For times that name none."""


class InvalidConfig(ValueError):
    """The options of a feed don't fit its connector; the text names option and what is allowed."""


class Connector(msgspec.Struct, frozen=True):
    """The code for one format, ready for use."""

    manifest: Manifest
    config: type[Any]
    """Frozen Struct that forbids unknown fields; `url` first."""
    fetch: Callable[[Any, Http, Cursor], Awaitable[Fetched]]
    parse: Callable[[bytes, Any, ParseContext], Iterator[Item | Problem]]
    pace: Callable[[bytes], int | None] | None
    """Seconds that the body itself asks us to wait between fetches (RSS `ttl`); never raises."""
    parse_file: Callable[[BinaryIO, Any, ParseContext], Iterator[Item | Problem]] | None = None
    """As `parse`, for a body that `fetch` left in a file because it is too large for memory."""

    @property
    def name(self) -> str:
        return self.manifest.name

    def delivers(self, options: Mapping[str, Any]) -> Delivers:
        """How the answers of a feed with these options are to be understood."""
        said = options.get("delivers") if "delivers" in self.config.__struct_fields__ else None
        return said if said in ("snapshot", "increment") else self.manifest.delivers

    def configured(self, options: dict[str, Any]) -> Any:
        """The options as `Config`; texts from a command line become numbers where needed. Raises `InvalidConfig`."""
        try:
            return msgspec.convert(options, self.config, strict=False)
        except msgspec.ValidationError as error:
            names = ", ".join(field.name for field in msgspec.structs.fields(self.config))
            raise InvalidConfig(f"{self.name}: {error}. Options are: {names}.") from error


def own_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The option `headers` of a feed, for `Config.__post_init__`; raises `ValueError` for what the client says itself.

    They go to the feed's own origin only, never to one that it redirects to.
    """
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _CLIENTS_OWN:
            raise ValueError(f"headers: {name!r} can't be set")
        if len(value) > LONGEST_HEADER or not (value.isascii() and value.isprintable()):
            raise ValueError(f"headers: {name} must be plain letters, digits and signs on one line")
    if len(headers) > MOST_HEADERS:
        raise ValueError(f"headers: at most {MOST_HEADERS}")
    return headers


def web_page(text: str, url: str) -> Stop:
    """What to tell the clerk when a web page was served; names the feed that the page announces, if it does."""
    for link in _LINK.findall(text[:100_000]):
        fields = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(link)}
        if "alternate" in fields.get("rel", "").lower() and fields.get("type", "").lower() in _FEED_TYPES:
            address = absolute(html.unescape(fields.get("href", "")), url)
            if address:
                return Stop(
                    "This is the address of a web page, not of a feed. The page names this feed: %(feed)s",
                    code="web-page",
                    feed=shortened(clean_line(address), 300),
                )
    return Stop(
        "This is the address of a web page, not of a feed. Look on the page for a link named RSS, feed or calendar, "
        "and enter that address.",
        code="web-page",
    )


def connector_of(module: ModuleType) -> Connector:
    """A connector from its module and the `manifest.toml` beside it."""
    path = Path(str(module.__file__)).with_name("manifest.toml")
    manifest = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Manifest)
    if manifest.name != path.parent.name:
        raise ValueError(f"{path}: the name must be that of the folder")
    own = (getattr(module, name, None) for name in ("pace", "parse_file"))
    return Connector(manifest, module.Config, module.fetch, module.parse, *own)
