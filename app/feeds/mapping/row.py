"""One row under a mapping: reads its values and remembers which names of the mapping lead nowhere."""

import html
import re
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.feeds.items import Geo
from app.feeds.mapping.dates import day_of, moment_of
from app.feeds.mapping.paths import text_of, value_of
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

_MARKUP: Final = re.compile(r"<[a-z/!][^<>]*>", re.IGNORECASE)
_LIST: Final = re.compile(r"[,;|]")
_MOST_CATEGORIES: Final = 12


class Reading:
    """What all rows of a run have in common."""

    def __init__(
        self,
        fields: dict[str, str],
        constants: dict[str, str],
        values: dict[str, dict[str, str]],
        formats: tuple[str, ...],
        zone: ZoneInfo,
        base: str,
    ) -> None:
        self.fields = fields
        self.constants = constants
        self.values = {name: {key.casefold(): to for key, to in known.items()} for name, known in values.items()}
        self.formats = formats
        self.zone = zone
        self.base = base
        self.found: set[str] = set()
        """Names of the mapping that led to something in at least one row."""
        self.unread: set[str] = set()
        """Names whose value could not be read in at least one row."""


class Row:
    """A row; each method reads a field by the name that our item has for it."""

    def __init__(self, raw: Any, reading: Reading) -> None:
        self.raw = raw
        self._reading = reading

    @property
    def zone(self) -> str:
        """Tz id in which the source thinks."""
        return self._reading.zone.key

    def value(self, name: str) -> Any:
        """The value as the source sends it, translated by `values`; the constant where the row has none."""
        spec = self._reading.fields.get(name)
        found = value_of(self.raw, spec) if spec else None
        if found is not None and found not in ("", [], {}):
            self._reading.found.add(name)
            known = self._reading.values.get(name)
            return known.get(text_of(found).casefold(), found) if known else found
        return self._reading.constants.get(name)

    def text(self, name: str) -> str:
        """A value as text, lines kept."""
        return text_of(self.value(name))

    def line(self, name: str, limit: int = 300) -> str:
        """A value as one line without markup."""
        text = self.text(name)
        return shortened(plain(text) if _MARKUP.search(text) or "&" in text else clean_line(text), limit)

    def address(self, name: str) -> str:
        """An absolute http(s) address, or an empty text."""
        return absolute(self.text(name), self._reading.base)

    def body(self) -> tuple[str, str]:
        """`body` as safe HTML, and `summary`, or the beginning of the body in its place."""
        text = self.text("body")
        if _MARKUP.search(text):
            safe = sanitise(text, self._reading.base)
        else:
            parts = (html.escape(part.strip(), quote=False) for part in re.split(r"\n\s*\n", text))
            safe = sanitise("".join(f"<p>{part}</p>".replace("\n", "<br>") for part in parts if part))
        return safe, self.line("summary", 400) or plain(safe, 400)

    def parts(self, name: str) -> tuple[str, ...]:
        """Several values: a list, or a text with commas."""
        found = self.value(name)
        texts = [text_of(one) for one in found] if isinstance(found, list) else _LIST.split(text_of(found))
        clean = (clean_line(text)[:80] for text in texts)
        return tuple(dict.fromkeys(text for text in clean if text))[:_MOST_CATEGORIES]

    def geo(self) -> Geo | None:
        """`lat` and `lon` as a point."""
        try:
            lat, lon = (float(self.text(name).replace(",", ".")) for name in ("lat", "lon"))
        except ValueError:
            return None
        return Geo(lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 and (lat or lon) else None

    def when(self, name: str) -> datetime | date | None:
        """A moment in UTC or a day."""
        value = self.value(name)
        if value in (None, ""):
            return None
        found = moment_of(value, self._reading.formats, self._reading.zone)
        if found is None:
            self._reading.unread.add(name)
        return found

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC; of a day its beginning in the feed's zone."""
        found = self.when(name)
        if found is None or isinstance(found, datetime):
            return found
        return datetime.combine(found, time(), self._reading.zone).astimezone(UTC)

    def day(self, name: str) -> date | None:
        """A day, in the feed's zone."""
        value = self.value(name)
        if value in (None, ""):
            return None
        found = day_of(value, self._reading.formats, self._reading.zone)
        if found is None:
            self._reading.unread.add(name)
        return found
