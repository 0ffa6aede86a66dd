"""One warning: what the list, its text (CAP 1.2 as JSON) and its drawn area say, as an item."""

import html
import re
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from app.feeds.connector import SkipItem
from app.feeds.connectors.nina.area import area_of
from app.feeds.items import Notice, NoticeKind, short_id
from app.kit.richtext import absolute, clean_line, shortened

SOURCE: Final = "Bundesamt für Bevölkerungsschutz und Katastrophenhilfe (BBK)"
_BREAK: Final = re.compile(r"<br\s*/?>|</p>|</li>|\r\n?", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT")
_OID: Final = re.compile(r"2\.49\.0\.0\.276\.[\w.-]{10,200}")
_LANGUAGE: Final = re.compile(r"\.[A-Z]{3}$")
_MESSAGES: Final = {"cancel": "cancel", "error": "cancel", "update": "update"}
_SEVERITIES: Final = frozenset({"minor", "moderate", "severe", "extreme"})
_URGENCIES: Final = frozenset({"immediate", "expected", "future", "past"})
_CERTAINTIES: Final = frozenset({"observed", "likely", "possible", "unlikely"})
_BY_ISSUER: Final[dict[str, NoticeKind]] = {"dwd": "weather", "lhp": "flood", "pol": "police"}
_BY_CATEGORY: Final[dict[str, NoticeKind]] = {
    "met": "weather",
    "fire": "fire",
    "health": "health",
    "security": "police",
    "transport": "traffic",
}
_FLOOD: Final = re.compile("hochwasser|überflut|sturmflut", re.IGNORECASE)
_PUBLIC: Final = frozenset({"", "actual"})


class Told(Struct, frozen=True):
    """Everything that is known of a warning; parts that are missing are empty."""

    id: str
    entry: dict[str, Any]
    """Of the list."""
    detail: dict[str, Any]
    """CAP as JSON."""
    drawn: dict[str, Any]
    """GeoJSON."""
    district: str
    """Whose list it is, 5 digits."""


def notice_of(told: Told) -> Notice | None:
    """The item; None for exercises and what is not meant for the public. Raises `SkipItem`."""
    if text(told.detail, "status").lower() not in _PUBLIC or text(told.detail, "scope").lower() in {
        "private",
        "restricted",
    }:
        return None
    payload = record(told.entry, "payload")
    data = record(payload, "data")
    info = _info(told.detail)
    title = clean_line(plain(text(info, "headline") or text(data, "headline") or _german(told.entry)))
    if not title:
        raise SkipItem("A warning has no headline.")
    event = clean_line(text(info, "event"))
    url = absolute(text(info, "web"), "")
    return Notice(
        external_id=short_id(told.id),
        title=shortened(title, 500),
        url=url,
        language="de",
        published_at=moment(told.detail, "sent") or moment(told.entry, "sent"),
        attribution=SOURCE,
        area=area_of(info, told.drawn, told.district),
        kind=_kind(told.id, info, event or title),
        # Before severity: an all-clear carries that of the warning which it ends.
        message=_MESSAGES.get(  # type: ignore[arg-type]  # the table has nothing else
            (text(told.detail, "msgType") or text(data, "msgType") or text(payload, "type")).lower(), "alert"
        ),
        severity=_one_of(_SEVERITIES, text(info, "severity") or text(data, "severity")),
        urgency=_one_of(_URGENCIES, text(info, "urgency") or text(data, "urgency")),
        certainty=_one_of(_CERTAINTIES, text(info, "certainty")),
        # Some issuers send a number of their own.
        event="" if event.isdigit() else event,
        sender=clean_line(_parameter(info, "sender_langname") or text(info, "senderName")),
        instruction=plain(text(info, "instruction")),
        description=plain(text(info, "description")),
        sent_at=moment(told.detail, "sent") or moment(told.entry, "sent"),
        starts_at=moment(info, "onset") or moment(told.entry, "onset") or moment(info, "effective"),
        expires_at=moment(info, "expires") or moment(told.entry, "expires"),
        references=references(text(told.detail, "references")),
        same_as=_same_as(told),
    )


def references(written: str) -> tuple[str, ...]:
    """The ids in `references`: CAP wants `sender,id,time`, but there are several ids and senders in one."""
    tokens = [token for token in re.split(r"[\s,]+", written[:20_000]) if token]
    return tuple(dict.fromkeys(token for token in tokens if "@" not in token and not _STAMP.match(token)))


def plain(markup: str) -> str:
    """Text with its lines: breaks become line ends, other tags go, the words stay as they are."""
    lines = html.unescape(_TAG.sub("", _BREAK.sub("\n", markup[:50_000]))).split("\n")
    whole = "\n".join(clean_line(line) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", whole).strip()


def text(fields: dict[str, Any], name: str) -> str:
    """A field that should be text; empty when it is absent or something else."""
    found = fields.get(name)
    return found if isinstance(found, str) else ""


def record(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """A field that should be an object."""
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def moment(fields: dict[str, Any], name: str) -> datetime | None:
    """A time in UTC; None when it can't be read or names no offset."""
    try:
        found = datetime.fromisoformat(text(fields, name))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _one_of(known: frozenset[str], written: str) -> Any:
    return written.lower() if written.lower() in known else "unknown"


def _info(detail: dict[str, Any]) -> dict[str, Any]:
    """The German block, else the first."""
    listed = detail.get("info")
    blocks = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    german = [one for one in blocks if text(one, "language").lower().startswith("de")]
    return next(iter(german or blocks), {})


def _german(entry: dict[str, Any]) -> str:
    titles = record(entry, "i18nTitle")
    return text(titles, "de") or text(titles, "DE")


def _parameter(info: dict[str, Any], name: str) -> str:
    listed = info.get("parameter")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("valueName") == name:
            return text(one, "value")
    return ""


def _kind(id_: str, info: dict[str, Any], words: str) -> NoticeKind:
    by_issuer = _BY_ISSUER.get(id_.partition(".")[0].lower())
    if by_issuer == "police":
        return "police"
    if by_issuer == "flood" or _FLOOD.search(words):
        return "flood"
    listed = info.get("category")
    names = [str(one).lower() for one in listed] if isinstance(listed, list) else []
    by_category: list[NoticeKind] = [_BY_CATEGORY[name] for name in names if name in _BY_CATEGORY]
    return "weather" if by_issuer else by_category[0] if by_category else "civil"


def _same_as(told: Told) -> tuple[str, ...]:
    """Ids that the warning has in other sources: those of the weather service are in `code`."""
    listed = told.detail.get("code")
    written = [str(one) for one in listed if str(one).startswith("id:")] if isinstance(listed, list) else []
    found = [one for one in map(_OID.search, [*written, told.id]) if one]
    return tuple(dict.fromkeys(_LANGUAGE.sub("", one[0]) for one in found))
