"""One CAP document (OASIS CAP 1.0 to 1.2) as an item; entities are never resolved."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from lxml import etree

from app.feeds.connector import SkipItem
from app.feeds.connectors.cap.area import area_of, is_elsewhere
from app.feeds.connectors.cap.element import all_of, words
from app.feeds.items import Notice, NoticeKind, short_id
from app.kit.richtext import absolute, clean_line, shortened

_SPACE: Final = ("urn:oasis:names:tc:emergency:cap:", "http://www.incident.com/cap/")
_LANGUAGE: Final = re.compile(r"^(2\.49\.0\.0\.276\..+)\.[A-Z]{3}$")
_MESSAGES: Final = {"cancel": "cancel", "error": "cancel", "update": "update"}
_SEVERITIES: Final = frozenset({"minor", "moderate", "severe", "extreme"})
_URGENCIES: Final = frozenset({"immediate", "expected", "future", "past"})
_CERTAINTIES: Final = frozenset({"observed", "likely", "possible", "unlikely"})
_BY_CATEGORY: Final[dict[str, NoticeKind]] = {
    "met": "weather",
    "fire": "fire",
    "health": "health",
    "security": "police",
    "transport": "traffic",
}
_FLOOD: Final = re.compile("hochwasser|überflut|sturmflut|flood", re.IGNORECASE)


def root_of(document: bytes) -> etree._Element:
    """The root `alert`; raises `SkipItem` when the bytes are none, or bring a document type along."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SkipItem("A warning can't be read.") from error
    if root.getroottree().docinfo.doctype:
        raise SkipItem("A warning can't be read.")
    tag = str(root.tag)
    if not tag.startswith("{") or not tag[1:].startswith(_SPACE) or not tag.endswith("}alert"):
        raise SkipItem("A document is no warning in the format CAP.")
    return root


def notice_of(alert: etree._Element, language: str, attribution: str) -> Notice | None:
    """The item; None for exercises, what is not meant for the public, and warnings at sea. Raises `SkipItem`."""
    identifier = clean_line(words(alert, "identifier"))
    if not identifier:
        raise SkipItem("A warning has no id.")
    if words(alert, "status").lower() not in {"", "actual"} or words(alert, "scope").lower() in {
        "private",
        "restricted",
    }:
        return None
    infos = all_of(alert, "info")
    wanted = [one for one in infos if words(one, "language").lower().startswith(language)]
    info = next(iter(wanted or infos), alert)
    area = area_of(info)
    if is_elsewhere(info, area):
        return None
    message: Any = _MESSAGES.get(words(alert, "msgType").lower(), "alert")
    event = clean_line(words(info, "event"))
    title = clean_line(words(info, "headline")) or event
    if not title:
        raise SkipItem("A warning has no headline.")
    sent = moment(words(alert, "sent"))
    return Notice(
        external_id=short_id(identifier),
        title=shortened(title, 500),
        url=absolute(words(info, "web"), ""),
        language=(words(info, "language") or "en-US").lower(),
        published_at=sent,
        attribution=attribution,
        area=area,
        kind=_kind(info, event),
        message=message,
        severity=_one_of(_SEVERITIES, words(info, "severity")),
        urgency=_one_of(_URGENCIES, words(info, "urgency")),
        certainty=_one_of(_CERTAINTIES, words(info, "certainty")),
        event=event,
        sender=clean_line(words(info, "senderName")),
        instruction=lines(words(info, "instruction")),
        description=lines(words(info, "description")),
        sent_at=sent,
        starts_at=moment(words(info, "onset")) or moment(words(info, "effective")),
        expires_at=moment(words(info, "expires")),
        references=references(words(alert, "references")),
        same_as=_same_as(alert, identifier),
    )


def references(written: str) -> tuple[str, ...]:
    """The ids of `sender,id,time` triples that blanks stand between."""
    parts = [one.split(",") for one in written[:20_000].split()]
    return tuple(dict.fromkeys(part[1] if len(part) > 1 else part[0] for part in parts))


def lines(text: str) -> str:
    """Text with its lines and without what can't be seen."""
    whole = "\n".join(clean_line(line) for line in text[:50_000].splitlines())
    return re.sub(r"\n{3,}", "\n\n", whole).strip()


def moment(text: str) -> datetime | None:
    """A time in UTC; None when it can't be read or names no offset."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _one_of(known: frozenset[str], written: str) -> Any:
    return written.lower() if written.lower() in known else "unknown"


def _kind(info: etree._Element, event: str) -> NoticeKind:
    if _FLOOD.search(event):
        return "flood"
    names = [words(one).lower() for one in all_of(info, "category")]
    return next((_BY_CATEGORY[name] for name in names if name in _BY_CATEGORY), "civil")


def _same_as(alert: etree._Element, identifier: str) -> tuple[str, ...]:
    """The id without the language at its end, as other sources repeat it."""
    codes = [words(one) for one in all_of(alert, "code")]
    found = [code.removeprefix("id:") for code in codes if code.startswith("id:")]
    found += [one[1] for one in [_LANGUAGE.match(identifier)] if one]
    return tuple(dict.fromkeys(found))
