"""One release (Pressemeldung) as an article."""

import hashlib
import re
from datetime import datetime
from html import escape
from typing import Any, Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.polizei_brandenburg.answer import moment, whole
from app.feeds.connectors.polizei_brandenburg.districts import KEYS
from app.feeds.items import Area, Article
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

LONGEST_TITLE: Final = 300
SUMMARY: Final = 300

_NUMBER: Final = re.compile(r"/(\d{1,15})/?(?:[?#].*)?$")
_PARAGRAPHS: Final = re.compile(r"(?:\r?\n\s*){2,}")
_MARKUP: Final = re.compile(r"<(?:p|br|div|ul|ol|li|strong|b|em|i|a|h\d)\b", re.IGNORECASE)
_NO_TITLE: Final = "A release has no title."
_NO_DISTRICT: Final = "A release is for a district that is not known."

# A search for a person names that person, and may be over any minute. Such a name is not even stored here: the police
# alone shows it and takes it down. Where a lost laptop is meant, that only costs the reader a tap.
_SOUGHT_TITLE: Final = re.compile(
    r"vermis+t|vermißt|suchmeldung|personensuche|öffentlichkeitsfahndung|fahndung mit|wer kennt|wohlbehalten"
    r"|jährige[rn]?\b.{0,80}\bgesucht",
    re.IGNORECASE,
)
_SOUGHT_TEXT: Final = re.compile(r"\bvermis+t|\bvermißt|öffentlichkeitsfahndung|personensuche", re.IGNORECASE)
# What the article says then is content, as the release would be: in German, whoever reads.
_SOUGHT: Final = "Polizei: Meldung zu einer Suche"
_SOUGHT_WHY: Final = (
    "Wer oder was gesucht wird, steht bei der Polizei. Hier wird es nicht wiederholt, damit nichts davon bleibt, wenn"
    " die Suche vorbei ist."
)


def article_of(record: dict[str, Any], attribution: str, base: str) -> Article:
    """The article; raises `SkipItem` for an entry without a title or for nobody."""
    title = plain(_text(record, "title"))
    if not title:
        raise SkipItem(_NO_TITLE)
    number = district_of(record)
    if number not in KEYS:
        raise SkipItem(_NO_DISTRICT)
    key, name = KEYS[number]
    link = absolute(_text(record, "url"), base)
    at = moment(record.get("timestamp"))
    text, place = _text(record, "text"), shortened(plain(_text(record, "e_ort")), 100)
    sought = bool(_SOUGHT_TITLE.search(title) or _SOUGHT_TEXT.search(text))
    if sought:
        body, summary = f"<p>{_SOUGHT_WHY}</p>", _SOUGHT_WHY
    else:
        body, summary = _body(text, base), plain(text, SUMMARY)
    return Article(
        external_id=_identity(link, title, at),
        title=(f"{_SOUGHT} ({place})" if place else _SOUGHT) if sought else shortened(title, LONGEST_TITLE),
        # The address of a release is made of its headline, so that of a search may hold the name.
        url=absolute("/", base) if sought else link,
        language="de",
        published_at=at,
        summary=summary,
        body_html=body,
        categories=("Polizei", place) if place else ("Polizei",),
        attribution=attribution,
        area=Area(keys=(key,), names=(name,)),
    )


def district_of(record: dict[str, Any]) -> int | None:
    """The police's number of the district."""
    return whole(record.get("district"), 0, 100_000)


def _identity(link: str, title: str, at: datetime | None) -> str:
    """The number at the end of the address; the words before it change with the headline."""
    found = _NUMBER.search(link)
    if found:
        return found[1]
    told = link or f"{title} {at.isoformat() if at else ''}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def _body(text: str, base: str) -> str:
    """Paragraphs; a text with marks of its own is cleaned."""
    if _MARKUP.search(text):
        return sanitise(text, base)
    parts = (clean_line(part) for part in _PARAGRAPHS.split(text))
    return sanitise("".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part))


def _text(record: dict[str, Any], name: str) -> str:
    found = record.get(name)
    return found.strip()[:50_000] if isinstance(found, str) else ""
