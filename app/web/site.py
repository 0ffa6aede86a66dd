"""Whose pages are shown, and which address was asked for: set once per request, read by every template."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import msgspec

from app.kit.capability import NavPlace


class Theme(msgspec.Struct, frozen=True):
    """The look that a town chooses: one colour, the rest is derived in `app.web.theme`."""

    colour: str = "#1f5c45"
    """The brand colour as `#rrggbb`."""
    colour_dark: str = ""
    """The brand colour on dark ground as `#rrggbb`; empty means derived from `colour`."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A town's village, or the platform's own pages."""

    kind: Literal["tenant", "platform"]
    slug: str
    name: str
    """The name people use, e.g. `Bad Belzig`."""
    host: str
    origin: str
    """Scheme, host and port without a slash at the end, e.g. `http://bad-belzig.localhost:8000`."""
    theme: Theme = Theme()
    nav: tuple[NavPlace, ...] = ()
    """The places of the navigation besides the start page, in order."""
    offers: frozenset[str] = frozenset()
    """Names of the capabilities that the town has switched on."""
    zone: str = "Europe/Berlin"
    """Name of the IANA time zone that the town lives in."""
    district: str = ""
    """Landkreis."""
    state: str = ""
    """Bundesland."""
    tagline: str = ""
    arms: str = ""
    """URL path of the coat of arms; empty means initials."""

    @property
    def timezone(self) -> ZoneInfo:
        """The zone as a `tzinfo`."""
        return ZoneInfo(self.zone)

    @property
    def initials(self) -> str:
        """At most two letters that stand for the name where there are no arms."""
        return "".join(word[0] for word in self.name.replace("-", " ").split() if word[0].isalpha())[:2].upper() or "?"


class Visit(msgspec.Struct, frozen=True):
    """The address that was asked for."""

    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()


_site: ContextVar[Site] = ContextVar("site")
_visit: ContextVar[Visit | None] = ContextVar("visit", default=None)
_HOME = Visit()

PAGE_MARKERS = frozenset({"after", "before", "cursor", "page"})
"""Query names that say how far a reader has paged; another filter begins at the first page again."""


def current_site() -> Site:
    """The site of this request; raises `LookupError` outside `on_site`."""
    return _site.get()


def current_visit() -> Visit:
    """The address of this request, `/` outside `on_site`."""
    return _visit.get() or _HOME


@contextmanager
def on_site(site: Site, path: str = "/", query: str = "") -> Iterator[None]:
    """Show pages of `site` inside the block; `query` is the raw text after the question mark."""
    pairs = tuple(parse_qsl(query, keep_blank_values=False, max_num_fields=50)) if query and len(query) < 8000 else ()
    here, there = _site.set(site), _visit.set(Visit(path, pairs))
    try:
        yield
    finally:
        _visit.reset(there)
        _site.reset(here)


def path_with(**changes: object) -> str:
    """This page's address with other query values; `None` or `""` drops one, a change starts at the first page."""
    visit = current_visit()
    pairs = [(key, value) for key, value in visit.query if key not in changes and key not in PAGE_MARKERS]
    pairs += [(key, str(value)) for key, value in changes.items() if value is not None and value != ""]
    # One slash at the front: `//host` would be another host's address.
    path = quote("/" + visit.path.lstrip("/\\"), safe="/:@!$&'()*+,;=~-._%")
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe=',:')}" for key, value in pairs)
    return f"{path}?{query}" if query else path
