"""A thing as JSON-LD names it: its values read leniently, references followed."""

import hashlib
import html as htmllib
import re
from datetime import UTC, date, datetime, time
from typing import Any, Final
from urllib.parse import urldefrag
from zoneinfo import ZoneInfo

from app.feeds.items import Address, Geo, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_MARKUP: Final = re.compile(r"<[a-z/!][^<>]*>", re.IGNORECASE)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_FRACTION: Final = re.compile(r"(?<=:\d\d)[.,]\d+")
_MOST_CATEGORIES: Final = 12


class Node:
    """One thing of a page."""

    def __init__(self, raw: dict[str, Any], known: dict[str, dict[str, Any]], page: str, language: str) -> None:
        self._raw = raw
        self._known = known
        self.page = page
        self.language = language

    # Values

    @property
    def types(self) -> frozenset[str]:
        """The bare names of its types: `Event` for `http://schema.org/Event` and `schema:Event`."""
        given = self._raw.get("@type")
        names = given if isinstance(given, list) else [given]
        return frozenset(re.split(r"[/#:]", name)[-1] for name in names if isinstance(name, str))

    def first(self, name: str) -> Any:
        """The first value of a property; a reference becomes what it refers to."""
        value = self._raw.get(name)
        if isinstance(value, list):
            value = next((one for one in value if one), None)
        return self._resolved(value)

    def every(self, name: str) -> list[Any]:
        """All values of a property."""
        value = self._raw.get(name)
        return [self._resolved(one) for one in (value if isinstance(value, list) else [value]) if one is not None]

    def node(self, name: str) -> "Node | None":
        """The first value as a thing."""
        value = next((one for one in self.every(name) if isinstance(one, dict)), None)
        return Node(value, self._known, self.page, self.language) if value is not None else None

    def text(self, name: str) -> str:
        """The first value as text: of a thing its name, of a value with a language the value."""
        value = self.first(name)
        if isinstance(value, dict):
            value = value.get("@value", value.get("name"))
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return ""
        return str(value).strip()[:200_000]

    def line(self, name: str, limit: int = 300) -> str:
        """A value as one line without markup."""
        text = self.text(name)
        return shortened(plain(text) if _MARKUP.search(text) or "&" in text else clean_line(text), limit)

    def link(self, name: str) -> str:
        """A value as an absolute address; of a thing its `url`, `contentUrl` or `@id`."""
        value = self.first(name)
        if isinstance(value, dict):
            value = value.get("url") or value.get("contentUrl") or value.get("@id")
        return absolute(value, self.page) if isinstance(value, str) else ""

    def body(self) -> tuple[str, str]:
        """The description as safe HTML and as one paragraph of text."""
        text = self.text("description")
        if not _MARKUP.search(text) and "&lt;" in text:
            text = htmllib.unescape(text)
        if _MARKUP.search(text):
            safe = sanitise(text, self.page)
        else:
            parts = (htmllib.escape(part.strip(), quote=False) for part in re.split(r"\n\s*\n", text))
            safe = sanitise("".join(f"<p>{part}</p>".replace("\n", "<br>") for part in parts if part))
        return safe, plain(safe, 400)

    def address(self) -> tuple[Address, str]:
        """The address in parts, and as one line."""
        given = self.first("address")
        if isinstance(given, str):
            return Address(), shortened(clean_line(given), 300)
        there = self.node("address")
        if there is None:
            return Address(), ""
        postcode, town = there.line("postalCode", 12), there.line("addressLocality", 100)
        found = Address(street=there.line("streetAddress", 200), postcode=postcode, town=town)
        place = f"{postcode} {town}".strip()
        return found, ", ".join(part for part in (found.street, place) if part)

    def geo(self) -> Geo | None:
        """The point of `geo`."""
        there = self.node("geo")
        if there is None:
            return None
        try:
            lat, lon = (float(there.text(name).replace(",", ".")) for name in ("latitude", "longitude"))
        except ValueError:
            return None
        return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon) else None

    def when(self, name: str, zone: ZoneInfo) -> datetime | date | None:
        """A moment in UTC, or a day; a time without an offset is meant in `zone`. None when it can't be read."""
        text = _FRACTION.sub("", self.text(name))
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
            moment = datetime.fromisoformat(text.replace(" ", "T", 1))
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    def moment(self, name: str, zone: ZoneInfo) -> tuple[datetime | None, bool]:
        """A moment in UTC, and whether only a day was named."""
        found = self.when(name, zone)
        if found is None or isinstance(found, datetime):
            return found, False
        return datetime.combine(found, time(), zone).astimezone(UTC), True

    # What all items share

    @property
    def identity(self) -> str:
        """What names it: its `@id`, its own page, or the page that tells of it with the title."""
        id_ = self._raw.get("@id")
        if isinstance(id_, str) and id_.strip() and not id_.startswith("_:"):
            return absolute(id_, self.page) or clean_line(id_)
        url = urldefrag(self.link("url"))[0]
        if url and url != urldefrag(self.page)[0]:
            return url
        return f"{urldefrag(self.page)[0]}#{clean_line(self.text('name') or self.text('title'))}"

    def id_with(self, more: str, *, shared: bool) -> str:
        """The identity; what several things share is told apart by `more`."""
        if not shared:
            return short_id(self.identity)
        digest = hashlib.sha1(more.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:12]
        return short_id(f"{self.identity[:380]}#{digest}")

    def envelope(self, category: str, licence: str, attribution: str) -> dict[str, Any]:
        """The fields of every kind, without id, title and dates."""
        body, summary = self.body()
        names = [category, *(clean_line(str(one))[:80] for one in self.every("keywords") if isinstance(one, str))]
        language = self.line("inLanguage", 8) or self.language
        return {
            "url": self.link("url") or absolute(self.page, ""),
            "language": language.partition("-")[0].lower(),
            "summary": summary,
            "body_html": body,
            "categories": tuple(dict.fromkeys(name for name in names if name))[:_MOST_CATEGORIES],
            "licence": licence or self.line("license", 200),
            "attribution": attribution,
            "image_url": self.link("image"),
        }

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"@id"} and isinstance(value["@id"], str):
            return self._known.get(value["@id"], value)
        return value
